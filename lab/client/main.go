// Command client opens a WebSocket as a JavaScript client of Action Cable would,
// sends messages to the lab's EchoChannel, waits until each has come back, and
// closes. Whatever happens, it prints one line of JSON that says what was seen
// from this end of the chain.
//
//	client [-origin URL] [-host NAME] [-header "Name: value"]... [-messages N] [-timeout D] [-attempts N] [-pause D] URL
//
// As a page does, it tries again after a while if the WebSocket does not open,
// the same with a new key, as often as -attempts says; each attempt has its line
// of JSON.
//
// The exit status is 0 if every message came back and the close was clean, 1 if
// not, 2 if the command line makes no sense.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/textproto"
	"os"
	"strings"
	"time"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

func run(args []string, stdout, stderr io.Writer) int {
	options, err := parseOptions(args, stderr)
	if err != nil {
		return 2
	}
	for attempt := 1; ; attempt++ {
		result := try(options)
		if err := json.NewEncoder(stdout).Encode(result); err != nil {
			fmt.Fprintf(stderr, "write the result: %v\n", err)
			return 1
		}
		switch {
		case result.Error == "":
			return 0
		case attempt >= options.attempts:
			return 1
		}
		time.Sleep(options.pause)
	}
}

// try is one attempt, on a connection of its own.
func try(o options) Result {
	ctx, cancel := context.WithTimeout(context.Background(), o.timeout)
	defer cancel()
	return talk(ctx, o)
}

// options is what the command line asks for.
type options struct {
	url      string
	host     string // Host field of the request; empty: the URL's
	header   header // further fields of the request, Origin among them
	messages int
	timeout  time.Duration // for everything of an attempt, from connect to close
	attempts int           // to open the WebSocket
	pause    time.Duration // between two attempts
}

func parseOptions(args []string, stderr io.Writer) (options, error) {
	o := options{header: header{}}
	flags := flag.NewFlagSet("client", flag.ContinueOnError)
	flags.SetOutput(stderr)
	origin := flags.String("origin", "http://app.example.com", "Origin of the page that opens the WebSocket; empty: none is sent")
	flags.StringVar(&o.host, "host", "", "Host `name` to ask for, instead of the URL's")
	flags.Var(o.header, "header", "a further field of the handshake, as `\"Name: value\"`; may be repeated")
	flags.IntVar(&o.messages, "messages", 3, "number of messages to send and get back")
	flags.DurationVar(&o.timeout, "timeout", 10*time.Second, "give up after this long")
	flags.IntVar(&o.attempts, "attempts", 1, "try to open the WebSocket this often")
	flags.DurationVar(&o.pause, "pause", time.Second, "wait this long between two attempts")
	if err := flags.Parse(args); err != nil {
		return options{}, err
	}
	if flags.NArg() != 1 {
		err := fmt.Errorf("want one URL, got %d", flags.NArg())
		fmt.Fprintln(stderr, err)
		return options{}, err
	}
	o.url = flags.Arg(0)
	if *origin != "" {
		http.Header(o.header).Set("Origin", *origin)
	}
	return o, nil
}

// header collects the values of -header; it is a flag.Value.
type header http.Header

func (h header) String() string { return "" }

func (h header) Set(line string) error {
	name, value, found := strings.Cut(line, ":")
	if !found || name == "" {
		return fmt.Errorf("want \"Name: value\"")
	}
	http.Header(h).Add(name, textproto.TrimString(value))
	return nil
}
