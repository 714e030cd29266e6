package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/hophound/hophound/capture"
	"github.com/hophound/hophound/capture/filter"
	"github.com/hophound/hophound/process"
)

// captureOptions are tcpdump's, by their letters.
type captureOptions struct {
	interfaces []string // -i
	write      string   // -w
	snapLen    int      // -s
	count      uint64   // -c
	fileBytes  int64    // -C, in millions
	files      int      // -W
	every      int64    // -G, seconds
	unbuffered bool     // -U
	user       string   // -Z
	list       bool     // -D
	noNames    bool     // -n
	full       bool
}

func (o *captureOptions) addFlags(flags *pflag.FlagSet) {
	flags.StringArrayVarP(&o.interfaces, "interface", "i", nil, "capture here: eth0, any, netns:NAME/eth0, pid:4242/eth0, container:NAME/eth0; may be repeated")
	flags.StringVarP(&o.write, "write", "w", "", "write pcapng to this file, or to standard output if it is -")
	flags.IntVarP(&o.snapLen, "snapshot-length", "s", 0, "bytes kept of each packet; 0 is all that the trimming leaves")
	flags.Uint64VarP(&o.count, "count", "c", 0, "end after so many packets")
	flags.Int64VarP(&o.fileBytes, "file-size", "C", 0, "begin a new file after so many million bytes")
	flags.IntVarP(&o.files, "file-count", "W", 0, "with -C: so many files, the oldest overwritten; with -G: end after so many")
	flags.Int64VarP(&o.every, "rotate-seconds", "G", 0, "begin a new file every so many seconds of the wall clock; the name is a strftime format")
	flags.BoolVarP(&o.unbuffered, "packet-buffered", "U", false, "write each packet at once")
	flags.StringVarP(&o.user, "relinquish-privileges", "Z", "", "run as this user once everything is open")
	flags.BoolVarP(&o.list, "list-interfaces", "D", false, "list the interfaces, and end")
	flags.BoolVarP(&o.noNames, "numeric", "n", false, "taken for tcpdump's sake: addresses are never turned into names")
	flags.BoolVar(&o.full, "full", false, "keep packets whole: no trimming of bodies")
}

func newCaptureCommand(env *environment, logger *zerolog.Logger) *cobra.Command {
	var options captureOptions
	command := &cobra.Command{
		Use:   "capture -i INTERFACE... -w FILE [FILTER]",
		Short: "Capture the heads of requests and responses into a file",
		Long: `capture writes what an analysis needs and little else: heads whole, of other
packets the headers. Its flags are tcpdump's, FILTER is in tcpdump's language.
The trimming is done by an eBPF program in the kernel; where that cannot be had,
packets are kept whole, and it says so. --full turns it off.

SIGUSR1 prints the counts so far, SIGINT and SIGTERM end the capture.
` + exitHelp,
		Example: `  sudo hophound capture -i any -w web1.pcapng port 80 or port 3000
  sudo hophound capture -i eth0 -i container:puma/eth0 -w host.pcapng
  ssh web1 sudo hophound capture -i any -U -w - port 80 | hophound analyze nginx=-`,
		RunE: func(command *cobra.Command, args []string) error {
			return runCapture(command.Context(), env, options, strings.Join(args, " "), logger)
		},
	}
	options.addFlags(command.Flags())
	return command
}

func runCapture(ctx context.Context, env *environment, options captureOptions, expression string, logger *zerolog.Logger) error {
	switch {
	case options.list:
		return listInterfaces(env)
	case len(options.interfaces) == 0:
		return errors.New("name an interface with -i, as in -i eth0 or -i any; -D lists them")
	case options.write == "":
		return errors.New("name a file with -w, or -w - for standard output")
	}
	var sources []*capture.Live
	defer func() {
		for _, source := range sources {
			_ = source.Close() // nothing is lost: its last packets were read
		}
	}()
	for _, name := range options.interfaces {
		source, err := openLive(name, expression, capture.LiveOptions{SnapLen: options.snapLen, Heads: !options.full})
		if err != nil {
			return err
		}
		logger.Debug().Str("interface", name).Str("way", source.Way()).AnErr("why", source.WhyNotHeads()).Msg("capturing")
		sources = append(sources, source)
	}
	finder := finderFor(options.interfaces)
	defer finder.Close() //nolint:errcheck // it gives nothing back but its own sockets
	r := &recording{env: env, options: options, sources: sources, finder: finder}
	steps := []func() error{func() error { return r.open(expression) }, r.becomeUser}
	if r.rotates() { // whoever cannot begin the second file learns it with the first
		slices.Reverse(steps)
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return r.run(ctx)
}

// openLive opens an interface by the name that -i takes.
func openLive(name, expression string, o capture.LiveOptions) (*capture.Live, error) {
	live, known, err := capture.ParseLive(name)
	switch {
	case err != nil:
		return nil, err
	case !known:
		live = capture.LiveName{Kind: capture.KindInterface, Interface: name}
	}
	o.Interface = live.Interface
	if o.Namespace, err = live.Namespace(); err != nil {
		return nil, err
	}
	source, err := openFiltered(expression, o)
	return source, withRemedy(err, o)
}

// openFiltered opens an interface with a filter in tcpdump's language.
func openFiltered(expression string, o capture.LiveOptions) (*capture.Live, error) {
	if expression != "" {
		link, err := capture.LiveLink(o.Interface, o.Namespace)
		if err != nil {
			return nil, err
		}
		// What only the kernel can tell, such as the VLAN tag that it took out,
		// cannot be asked beside the eBPF filter: OpenLive then keeps packets whole
		// and says so.
		if o.Filter, err = filter.CompileSocket(expression, int(link)); err != nil {
			return nil, err
		}
	}
	return capture.OpenLive(o)
}

// recording is a capture that goes on.
type recording struct {
	env     *environment
	options captureOptions
	sources []*capture.Live
	writer  *capture.Writer
	rotator *capture.Rotator // nil if the writer writes to standard output
	finder  *process.Finder

	mu       sync.Mutex
	captured uint64
}

// open begins the file.
func (r *recording) open(expression string) error {
	about := capture.WriterOptions{Section: capture.Section{
		Application: "hophound " + version(), OS: runtime.GOOS + "/" + runtime.GOARCH,
		Comment: r.about(expression),
	}}
	if r.options.write == "-" {
		writer, err := capture.NewWriter(r.env.stdout, about)
		r.writer = writer
		return err
	}
	rotator, err := capture.NewRotator(capture.RotateOptions{
		Path: r.options.write, Bytes: r.options.fileBytes * 1e6, Every: r.options.every, Count: r.options.files,
	}, about)
	if err != nil {
		return err
	}
	r.rotator, r.writer = rotator, rotator.Writer
	return nil
}

// rotates tells whether there will be more than one file.
func (r *recording) rotates() bool { return r.options.fileBytes > 0 || r.options.every > 0 }

// becomeUser gives up privileges, if that was asked for.
func (r *recording) becomeUser() error {
	if r.options.user == "" {
		return nil
	}
	return becomeUser(r.options.user)
}

// about says in the file how it was captured.
func (r *recording) about(expression string) string {
	var parts []string
	for i, source := range r.sources {
		parts = append(parts, r.options.interfaces[i]+": "+source.Way())
	}
	if expression != "" {
		parts = append(parts, "filter: "+expression)
	}
	return strings.Join(parts, "; ")
}

// run captures until ctx ends, the count is reached or the sources end.
func (r *recording) run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := context.AfterFunc(ctx, func() {
		for _, source := range r.sources {
			source.Stop()
		}
	})
	defer stop()
	defer onCountSignal(func() { r.counts("so far") })()
	for i, source := range r.sources {
		fmt.Fprintf(r.env.stderr, "hophound: capturing on %s, %s\n", r.options.interfaces[i], describeWay(source))
	}
	var wait sync.WaitGroup
	failures := make([]error, len(r.sources))
	for i, source := range r.sources {
		wait.Go(func() {
			failures[i] = r.record(source, cancel)
			if failures[i] != nil {
				fmt.Fprintf(r.env.stderr, "hophound: %s: %v\n", r.options.interfaces[i], failures[i])
			}
		})
	}
	wait.Wait()
	err := r.close()
	r.counts("in all")
	if cause := context.Cause(ctx); errors.As(cause, new(*writeError)) {
		return cause
	}
	if err == nil && allFailed(failures) {
		return status(exitTrouble)
	}
	return err
}

// writeError is an error of the file, which ends the whole capture.
type writeError struct{ error }

func (e *writeError) Unwrap() error { return e.error }

// record writes the packets of one source. An error of the source is its own;
// one of the file ends all.
func (r *recording) record(source *capture.Live, end context.CancelCauseFunc) error {
	track, err := r.writer.Track(source)
	if err != nil {
		end(&writeError{err})
		return nil
	}
	notes := newAnnotator(r.finder)
	var p capture.Packet
	for {
		switch err := source.Next(&p); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		p.Comment = notes.annotate(&p)
		if !r.take() {
			return nil // another source has taken the last one, and ends all
		}
		err := track.Write(&p)
		if err == nil && r.options.unbuffered {
			err = r.writer.Flush()
		}
		if errors.Is(err, capture.ErrFileLimit) {
			end(nil)
			return nil
		}
		if err != nil {
			end(&writeError{err})
			return nil
		}
		if r.enough() {
			end(nil)
			return nil
		}
	}
}

// take counts a packet; false if there are as many as were asked for.
func (r *recording) take() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.full() {
		return false
	}
	r.captured++
	return true
}

// enough tells whether there are as many packets as were asked for.
func (r *recording) enough() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.full()
}

func (r *recording) full() bool { return r.options.count > 0 && r.captured >= r.options.count }

func (r *recording) close() error {
	if r.rotator != nil {
		return r.rotator.Close()
	}
	return r.writer.Close()
}

// counts prints the counters in tcpdump's words, and what the trimming saved.
func (r *recording) counts(when string) {
	r.mu.Lock()
	captured := r.captured
	r.mu.Unlock()
	var received, dropped uint64
	var heads capture.HeadCounters
	for _, source := range r.sources {
		stats := source.Stats()
		received += stats.Packets + stats.Dropped
		dropped += stats.Dropped
		if c, err := source.HeadCounters(); err == nil {
			heads.Seen += c.Seen
			heads.Bytes += c.Bytes
			heads.Copied += c.Copied
			heads.Heads += c.Heads
		}
	}
	fmt.Fprintf(r.env.stderr, "%d packets captured %s\n%d packets received by filter\n%d packets dropped by kernel\n", captured, when, received, dropped)
	if heads.Seen > 0 {
		fmt.Fprintf(r.env.stderr, "%d heads; %d of %d bytes kept\n", heads.Heads, heads.Copied, heads.Bytes)
	}
}

// describeWay says how packets of a source are chosen, and why not better.
func describeWay(source *capture.Live) string {
	text := "link type " + source.Interfaces()[0].Link.String() + ", " + source.Way()
	if source.Way() == capture.WayHeads {
		text += " (TCP alone, trimmed to heads; --full keeps all)"
	}
	if why := source.WhyNotHeads(); why != nil {
		text += fmt.Sprintf(" (packets are kept whole: %v)", why)
	}
	return text
}

func allFailed(failures []error) bool {
	for _, err := range failures {
		if err == nil {
			return false
		}
	}
	return len(failures) > 0
}

// listInterfaces answers -D.
func listInterfaces(env *environment) error {
	interfaces, err := capture.LiveInterfaces("")
	if err != nil {
		return err
	}
	for i, iface := range interfaces {
		fmt.Fprintf(env.stdout, "%d.%s [%s]\n", i+1, iface.Name, iface.Flags)
	}
	fmt.Fprintf(env.stdout, "%d.%s (all interfaces)\n", len(interfaces)+1, capture.AnyInterface)
	return nil
}

// withRemedy adds to a missing capability how to get it, with all the others
// that o needs: setcap(8) replaces what a file had.
func withRemedy(err error, o capture.LiveOptions) error {
	var missing *capture.MissingCapability
	if !errors.As(err, &missing) {
		return err
	}
	needed := capture.RequiredCapabilities(o)
	if !slices.Contains(needed, missing.Capability) {
		needed = append(needed, missing.Capability)
	}
	docker := strings.ReplaceAll(" "+strings.Join(needed, " "), " CAP_", " --cap-add ")
	instead := ""
	if missing.Capability == "CAP_BPF" {
		instead = "; or do without the trimming: --full"
	}
	return fmt.Errorf("%w: run it with sudo, or once: sudo setcap %s+ep $(which hophound); in a container: docker run%s%s",
		err, strings.ToLower(strings.Join(needed, ",")), docker, instead)
}
