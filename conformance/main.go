// Command conformance compares what hophound reads in captures that others made
// with what tshark reads in them, message by message: how many there are, the
// method, target and version of each request, the version and status of each
// response, every field's name and value, and the packets a head stood in.
//
//	go run ./conformance -corpus DIR
//
// DIR holds captures, and a file truth.jsonl with a line for each of them: its
// file name within DIR, how many requests and responses it has, and, where it is
// known that tshark is wrong, what is right: so many messages there must be. A
// file truth_http.jsonl, if there is one, lists messages that were found when the
// captures were collected, perhaps by other ways of asking tshark; each must be
// among hophound's. Captures are analysed whole, as those of one hop; a
// connection that hophound finds at several points of a capture is compared at
// each of them.
//
// Every disagreement has to be explained: disagreements.tsv names the file, how
// many messages only one of the two has or has otherwise, and the reason, whose
// text stands in reasons.tsv. A disagreement that is not explained fails, and so
// does an explanation of one that there is no more.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	corpus := flag.String("corpus", "", "the folder of the captures and of truth.jsonl")
	table := flag.String("explained", "conformance", "the folder of disagreements.tsv and reasons.tsv")
	only := flag.String("only", "", "compare only files whose name contains this, and print every disagreement")
	list := flag.Bool("list", false, "print what disagreements.tsv would have to say, and the reasons it gives now")
	flag.Parse()
	if *corpus == "" || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	ok, err := run(os.Stdout, options{corpus: *corpus, table: *table, only: *only, list: *list})
	if err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(2)
	}
	if !ok {
		os.Exit(1)
	}
}
