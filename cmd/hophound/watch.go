package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/hophound/hophound/analyzer"
	"github.com/hophound/hophound/analyzer/diagnose"
	"github.com/hophound/hophound/capture"
	"github.com/hophound/hophound/report"
)

type watchOptions struct {
	output       string
	duration     time.Duration
	count        uint64
	untilFinding bool
	all          bool
	full         bool
	limit        connectionLimit
	secrets      secretOptions
	save         string
	user         string // -Z
}

func (o *watchOptions) addFlags(flags *pflag.FlagSet) {
	flags.StringVarP(&o.output, "output", "o", "text", "text, or jsonl: a line of JSON per request, and no report at the end")
	flags.DurationVar(&o.duration, "for", 0, "end after so long, as in 30s or 5m")
	flags.Uint64Var(&o.count, "count", 0, "end after so many upgrade attempts")
	flags.BoolVar(&o.untilFinding, "until-finding", false, "end with the first finding of severity error")
	flags.BoolVar(&o.all, "all", false, "tell of every request, not only upgrade attempts and those with findings")
	flags.StringVar(&o.save, "save", "", "keep the packets of requests with findings in this folder, as a case for check")
	flags.StringVarP(&o.user, "relinquish-privileges", "Z", "", "run as this user once everything is open")
	flags.BoolVar(&o.full, "full", false, "copy packets whole: no trimming of bodies in the kernel")
	o.limit.addFlags(flags)
	o.secrets.addFlags(flags)
}

func newWatchCommand(env *environment, logger *zerolog.Logger) *cobra.Command {
	var options watchOptions
	command := &cobra.Command{
		Use:   "watch HOP=SOURCE[@SERVER]...",
		Short: "Report on live traffic of this host, until Ctrl-C",
		Long: `watch looks at the hops that this host can see, tells of each upgrade attempt as
it is answered, and reports on all of them at the end.

  HOP      a name for the node the traffic arrives at, client side first
  SOURCE   iface:eth0, iface:any, netns:NAME/eth0, pid:4242/eth0 or
           container:NAME/eth0
  SERVER   whose requests these are: :80, 10.0.0.5:80, 10.0.0.0/24:3000
` + exitHelp,
		Example: `  sudo hophound watch nginx=iface:any@:80 puma=iface:any@:3000
  sudo hophound watch nginx=iface:eth0@:80 puma=container:puma/eth0@:3000 --for 30s`,
		Args: some("name a source for each hop, client side first, as in nginx=iface:any@:80 puma=iface:any@:3000"),
		RunE: func(command *cobra.Command, args []string) error {
			return runWatch(command.Context(), env, options, args, logger)
		},
	}
	options.addFlags(command.Flags())
	return command
}

func runWatch(ctx context.Context, env *environment, options watchOptions, args []string, logger *zerolog.Logger) error {
	if options.output != "text" && options.output != "jsonl" {
		return fmt.Errorf("unknown output %q: use -o text or -o jsonl", options.output)
	}
	var hops []hopArgument
	for _, arg := range args {
		hop, err := parseHop(arg)
		if err != nil {
			return err
		}
		if hop.name == "" {
			return fmt.Errorf("%s names no hop: write HOP=SOURCE, as in nginx=iface:any@:80", arg)
		}
		hops = append(hops, hop)
	}
	var sources []*capture.Live
	inputs, err := inputsOf(hops, func(where string) (capture.Source, error) {
		live, err := watchSource(ctx, env, where, options)
		if err != nil {
			return nil, err
		}
		sources = append(sources, live)
		logger.Debug().Str("source", where).Str("way", live.Way()).AnErr("why", live.WhyNotHeads()).Msg("watching")
		return live, nil
	})
	if err != nil {
		return err
	}
	defer closeInputs(inputs)
	if options.duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, options.duration)
		defer cancel()
	}
	w := &watching{env: env, options: options, inputs: inputs, begun: time.Now(), owners: newOwners(hops)}
	defer w.owners.close()
	if err := giveUpPrivileges(env, options.user, sources, logger); err != nil {
		return err
	}
	if options.save != "" {
		w.saving = &saving{dir: options.save, hops: hops}
		if err := w.saving.prepare(); err != nil {
			return err
		}
		w.saving.keep(inputs)
	}
	w.shown = report.Options{ToolVersion: version(), ShowSecrets: options.secrets.show, Secrets: options.secrets.secrets(), Width: env.width, Color: env.color}
	result, err := analyzer.Run(ctx, inputs, analyzer.Options{
		All: options.all, Connections: int(options.limit), Watch: &analyzer.Watch{Journey: w.journey, Tick: w.tick},
	})
	w.clearStatus()
	if err != nil {
		return err
	}
	return w.end(result)
}

// watchSource opens a live source that tells when nothing comes.
func watchSource(ctx context.Context, env *environment, where string, options watchOptions) (*capture.Live, error) {
	if _, known, err := capture.ParseLive(where); err != nil || !known {
		if err == nil {
			err = fmt.Errorf("%s is no live source: write iface:eth0, iface:any, netns:NAME/eth0, pid:4242/eth0 or container:NAME/eth0; analyze reads files", where)
		}
		return nil, err
	}
	o, err := liveOptions(ctx, env.stderr, where, "", capture.LiveOptions{Heads: !options.full, Idle: idle})
	if err != nil {
		return nil, err
	}
	return openLive(o)
}

// idle is how long a source may be silent before it tells the time.
const idle = 100 * time.Millisecond

// watching tells of journeys as they come.
type watching struct {
	env     *environment
	options watchOptions
	inputs  []analyzer.Input
	shown   report.Options
	begun   time.Time
	owners  *owners
	saving  *saving // nil if nothing is saved

	tally    diagnose.Tally
	done     bool // what was asked for was seen
	statusOn bool // a status line stands on the terminal
	err      error
}

// journey tells of one request.
func (w *watching) journey(r *analyzer.Report, d *diagnose.Diagnosis) {
	w.tally.Add(d)
	w.owners.meet(r)
	if w.saving != nil && len(d.Findings) > 0 {
		w.saving.journey(r)
	}
	if w.options.untilFinding && w.tally.Errors > 0 || w.options.count > 0 && w.tally.Asked >= w.options.count {
		w.done = true
	}
	if !w.options.all && !d.Upgrade && len(d.Findings) == 0 {
		return
	}
	w.clearStatus()
	if w.options.output == "jsonl" {
		w.err = errors.Join(w.err, report.JSONLine(w.env.stdout, r, w.shown))
		return
	}
	_, err := fmt.Fprintln(w.env.stdout, report.Line(r, w.shown))
	w.err = errors.Join(w.err, err)
}

// tick keeps the status line, and ends the watch when it is time.
func (w *watching) tick(s analyzer.Summary) bool {
	if w.env.width > 0 {
		w.status(s)
	}
	return !w.done && w.err == nil
}

func (w *watching) status(s analyzer.Summary) {
	var dropped uint64
	for _, input := range w.inputs {
		dropped += input.Source.Stats().Dropped
	}
	line := fmt.Sprintf("%s  %d exchanges  %d upgrades asked for, %d upgraded, %d lost  %d packets dropped",
		time.Since(w.begun).Round(time.Second), s.Exchanges, w.tally.Asked, w.tally.Upgraded, w.tally.Lost, dropped)
	fmt.Fprintf(w.env.stderr, "\r\x1b[K%s", line[:min(len(line), w.env.width-1)])
	w.statusOn = true
}

func (w *watching) clearStatus() {
	if w.statusOn {
		io.WriteString(w.env.stderr, "\r\x1b[K") //nolint:errcheck // there is nobody to tell
		w.statusOn = false
	}
}

// end reports on everything.
func (w *watching) end(result *analyzer.Report) error {
	result.Owners = w.owners.found
	var unsaved error
	if w.saving != nil {
		unsaved = w.saving.write(result)
	}
	if w.err == nil && w.options.output == "text" {
		w.err = report.Text(w.env.stdout, result, w.shown)
	}
	if err := errors.Join(w.err, unsaved); err != nil {
		return err
	}
	return verdictStatus(result)
}
