package main

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/hophound/hophound/analyzer"
	"github.com/hophound/hophound/analyzer/diagnose"
	"github.com/hophound/hophound/report"
)

type analyzeOptions struct {
	output   string
	all      bool
	journeys int
	limit    connectionLimit
	secrets  secretOptions
}

func (o *analyzeOptions) addFlags(flags *pflag.FlagSet) {
	flags.StringVarP(&o.output, "output", "o", "text", "how the report is written: text or json")
	flags.BoolVar(&o.all, "all", false, "report every request, not only upgrade attempts and those with findings")
	flags.IntVar(&o.journeys, "max-journeys", analyzer.DefaultJourneys, "requests the report holds at most; the rest is counted")
	o.limit.addFlags(flags)
	o.secrets.addFlags(flags)
}

// connectionLimit is the flag for hosts with very many open connections.
type connectionLimit int

func (l *connectionLimit) addFlags(flags *pflag.FlagSet) {
	flags.IntVar((*int)(l), "max-connections", analyzer.DefaultConnections, "open connections of an input that are followed; beyond, the longest silent are let go")
}

func newAnalyzeCommand(env *environment, logger *zerolog.Logger) *cobra.Command {
	var options analyzeOptions
	command := &cobra.Command{
		Use:   "analyze HOP=CAPTURE[@SERVER]... | CAPTURE... | DIR",
		Short: "Report on saved captures",
		Long: `analyze reads one capture per hop, client side first, and reports which hop
changed or lost what.

  HOP      a name for the node the traffic arrives at: elb, nginx, puma
  CAPTURE  a pcap or pcapng file, plain, .gz or .zst; - is standard input
  SERVER   whose requests these are: :80, 10.0.0.5:80, [2001:db8::5]:80 or
           10.0.0.0/24:3000; where one capture holds several hops, one of
           them may go without, and gets what is no other one's
  DIR      a folder with a hops.yaml that says all this

A hop with several captures, such as one per nginx behind a load balancer, is
named several times. Captures without names are looked at together: hophound
finds which server's requests are followed by whose, and shows the chain.
` + exitHelp,
		Example: `  hophound analyze elb=client.pcap nginx=web1.pcap puma=app1.pcap
  hophound analyze elb=client.pcap nginx=web1.pcap@:80 puma=web1.pcap@:3000
  hophound analyze web1.pcap
  ssh web1 sudo tcpdump -i eth0 -U -w - port 80 | hophound analyze nginx=-
  hophound analyze pcaps/nginx-default`,
		Args: some("name a capture for each hop, client side first, as in nginx=web1.pcap puma=app1.pcap, or one capture alone, or a folder with a hops.yaml"),
		RunE: func(command *cobra.Command, args []string) error {
			return runAnalyze(command.Context(), env, options, args, logger)
		},
	}
	options.addFlags(command.Flags())
	return command
}

func runAnalyze(ctx context.Context, env *environment, options analyzeOptions, args []string, logger *zerolog.Logger) error {
	if options.output != "text" && options.output != "json" {
		return fmt.Errorf("unknown output %q: use -o text or -o json", options.output)
	}
	hops, err := hopArguments(args)
	if err != nil {
		return err
	}
	inputs, err := openInputs(ctx, hops, env.stdin)
	if err != nil {
		return err
	}
	defer closeInputs(inputs)

	if size := totalSize(inputs); size >= largeInput {
		largePages(heapCeiling)
	}
	begun := time.Now()
	shown := showProgress(env, inputs)
	result, err := analyzer.Run(ctx, inputs, analyzer.Options{All: options.all, Journeys: options.journeys, Connections: int(options.limit)})
	shown.end()
	if err = cmp.Or(err, notOpened(inputs)); err != nil {
		return err
	}
	logger.Debug().Dur("took", time.Since(begun)).Uint64("exchanges", result.Summary.Exchanges).
		Uint64("journeys", result.Summary.Journeys).Msg("analysed")
	if err := writeReport(env, result, options); err != nil {
		return err
	}
	return verdictStatus(result)
}

// verdictStatus is the exit status for a report.
func verdictStatus(result *analyzer.Report) error {
	switch result.Verdict {
	case diagnose.Fail:
		return status(exitFail)
	case diagnose.Inconclusive:
		return status(exitInconclusive)
	}
	return nil
}

func writeReport(env *environment, result *analyzer.Report, options analyzeOptions) error {
	shown := report.Options{
		ToolVersion: version(),
		ShowSecrets: options.secrets.show,
		Secrets:     options.secrets.secrets(),
		Width:       env.width,
		Color:       env.color,
	}
	if options.output == "json" {
		return report.JSON(env.stdout, result, shown)
	}
	return report.Text(env.stdout, result, shown)
}

// hopArguments reads the command line: a case's folder, hops one by one, or
// captures whose hops are to be found.
func hopArguments(args []string) ([]hopArgument, error) {
	if len(args) == 1 && isFolder(args[0]) {
		return folderArguments(args[0])
	}
	var hops []hopArgument
	for _, arg := range args {
		hop, err := parseHopArgument(arg)
		if err != nil {
			return nil, err
		}
		hops = append(hops, hop)
	}
	for _, hop := range hops {
		if (hop.name == "") != (hops[0].name == "") {
			return nil, fmt.Errorf("%s has no name and others have: name every hop, as in nginx=%s, or none", hop.file, hop.file)
		}
	}
	return hops, nil
}
