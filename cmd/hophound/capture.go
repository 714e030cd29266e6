package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/hophound/hophound/capture"
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
	sources, err := openAll(ctx, env, options, expression, logger)
	if err != nil {
		return err
	}
	defer closeAll(sources)
	finder := finderFor(options.interfaces)
	defer finder.Close() //nolint:errcheck // it gives nothing back but its own sockets
	r := &recording{env: env, options: options, sources: sources, finder: finder}
	steps := []func() error{
		func() error { return r.open(expression) },
		func() error { return giveUpPrivileges(env, options.user, sources, logger) },
	}
	if options.rotates() { // whoever cannot begin the second file learns it with the first
		slices.Reverse(steps)
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return r.run(ctx)
}

// openAll opens the interfaces, after all filters are compiled.
func openAll(ctx context.Context, env *environment, options captureOptions, expression string, logger *zerolog.Logger) (sources []*capture.Live, err error) {
	defer func() {
		if err != nil {
			closeAll(sources)
		}
	}()
	wanted := capture.LiveOptions{SnapLen: options.snapLen, Heads: !options.full}
	if options.every > 0 && options.write != "-" { // files turn in silence too
		wanted.Idle = idle
	}
	var opening []capture.LiveOptions
	for _, name := range options.interfaces {
		o, err := liveOptions(ctx, env.stderr, name, expression, wanted)
		if err != nil {
			return nil, err
		}
		opening = append(opening, o)
	}
	for i, o := range opening {
		source, err := openLive(o)
		if err != nil {
			return sources, err
		}
		logger.Debug().Str("interface", options.interfaces[i]).Str("way", source.Way()).AnErr("why", source.WhyNotHeads()).Msg("capturing")
		sources = append(sources, source)
	}
	return sources, nil
}

func closeAll(sources []*capture.Live) {
	for _, source := range sources {
		_ = source.Close() // nothing is lost: its last packets were read
	}
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
