// Command generate makes captures of a proxy chain at work, one per hop, and
// prints as JSON what is in them.
//
//	go run ./bench/generate -hops 3 -journeys 100000 -upgrades 0.05 -lost 0.01 -o DIR
//
// Or it writes one capture that holds very much of one thing to standard output:
//
//	go run ./bench/generate -flood half-open -count 1000000 | hophound analyze puma=-
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"

	"github.com/hophound/hophound/bench"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(2)
	}
}

func run(args []string) error {
	var o bench.Options
	flags := flag.NewFlagSet("generate", flag.ExitOnError)
	dir := flags.String("o", "", "write NAME.pcap of every hop into this `folder`, which is made if need be")
	flags.IntVar(&o.Hops, "hops", 3, "hops of the chain, 1 to 9")
	flags.IntVar(&o.Journeys, "journeys", 100_000, "requests that the clients send in all")
	flags.Func("kind", fmt.Sprintf("what `kind` of requests: one of %v (default small)", bench.Kinds()), func(s string) error {
		o.Kind = bench.Kind(s)
		return nil
	})
	flags.Float64Var(&o.Upgrades, "upgrades", 0.05, "share of the requests that ask for a WebSocket")
	flags.Float64Var(&o.Lost, "lost", 0, "share of those that lose Upgrade and Connection at the last proxy")
	flags.BoolVar(&o.RequestIDs, "ids", false, "let the load balancer and the application give requests an id")
	flags.Float64Var(&o.Loss, "loss", 0, "share of the packets that the captures miss")
	flags.Float64Var(&o.Reorder, "reorder", 0, "share of the segments that come after the next one of their burst")
	flags.IntVar(&o.Clients, "clients", 64, "clients that are at work at the same time")
	flags.Uint64Var(&o.Seed, "seed", 1, "other seeds give other traffic")
	flood := flags.String("flood", "", fmt.Sprintf("write a `flood` to standard output instead: one of %v", bench.Floods()))
	count := flags.Int64("count", 1_000_000, "connections of the flood, or bytes")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *flood != "" {
		return bench.WriteFlood(os.Stdout, bench.Flood(*flood), *count)
	}
	if *dir == "" || flags.NArg() > 0 {
		return fmt.Errorf("name the folder for the captures: -o DIR, and nothing else behind the flags")
	}
	if err := os.MkdirAll(*dir, 0o755); err != nil {
		return err
	}
	summary, err := bench.Generate(*dir, o)
	if err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", "  ")
	return out.Encode(summary)
}
