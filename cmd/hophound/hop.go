package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hophound/hophound/analyzer"
	"github.com/hophound/hophound/capture"
	"github.com/hophound/hophound/pcaps"
)

// hopArgument is one HOP=CAPTURE[@SERVER] of the command line.
type hopArgument struct {
	name   string // empty if the hops of the capture are to be found
	file   string
	shown  string // what the report calls the file
	server analyzer.Server
}

var hopName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// liveSources are ways to name an interface instead of a file.
var liveSources = []string{"iface:", "netns:", "pid:", "container:"}

// parseHopArgument reads an argument that names saved captures.
func parseHopArgument(arg string) (hopArgument, error) {
	hop, err := parseHop(arg)
	if err != nil {
		return hop, err
	}
	for _, prefix := range liveSources {
		if strings.HasPrefix(hop.file, prefix) {
			return hop, fmt.Errorf("hop %s: %s is a live source: hophound watch looks at those, analyze reads saved captures", hop.name, hop.file)
		}
	}
	return hop, nil
}

// parseHop reads NAME=WHERE[@SERVER], or WHERE alone.
func parseHop(arg string) (hopArgument, error) {
	name, where, ok := strings.Cut(arg, "=")
	if at := strings.LastIndexByte(arg, '@'); !ok && at > 0 && !isFile(arg) && isFile(arg[:at]) {
		return hopArgument{}, fmt.Errorf("%s says whose requests are meant but not at which hop: write NAME=%s, or %s alone and the hops are found", arg, arg, arg[:at])
	}
	if !ok || isFile(arg) {
		return hopArgument{file: arg, shown: arg}, nil
	}
	if !hopName.MatchString(name) {
		return hopArgument{}, fmt.Errorf("hop name %q: use letters, digits, dot, dash and underscore", name)
	}
	if where == "" {
		return hopArgument{}, fmt.Errorf("hop %s has no capture: write %s=FILE", name, name)
	}
	hop := hopArgument{name: name, file: where, shown: where}
	i := strings.LastIndexByte(where, '@')
	if i < 0 {
		return hop, nil
	}
	server, err := analyzer.ParseServer(where[i+1:])
	if err != nil {
		if _, statErr := os.Stat(where); statErr == nil {
			return hop, nil // a file whose name has an @ in it
		}
		return hopArgument{}, fmt.Errorf("hop %s: %w", name, err)
	}
	hop.file, hop.shown, hop.server = where[:i], where[:i], server
	return hop, nil
}

// some refuses a command line without arguments, and says what belongs there.
func some(wanted string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			return errors.New(wanted)
		}
		return nil
	}
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}

// folderArguments reads the hops of a case's folder.
func folderArguments(dir string) ([]hopArgument, error) {
	c, err := pcaps.Load(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is a folder without a %s: name each hop with its capture, as in nginx=%s", dir, pcaps.FileName, filepath.Join(dir, "web1.pcap"))
	}
	if err != nil {
		return nil, err
	}
	return caseArguments(dir, c)
}

// caseArguments gives the hops of a case whose folder is dir.
func caseArguments(dir string, c *pcaps.Case) ([]hopArgument, error) {
	var hops []hopArgument
	for _, h := range c.Hops {
		file := filepath.Join(dir, h.File)
		hop := hopArgument{name: h.Name, file: file, shown: file}
		if h.Server != "" {
			server, err := analyzer.ParseServer(h.Server)
			if err != nil {
				return nil, fmt.Errorf("hop %s of %s: %w", h.Name, dir, err)
			}
			hop.server = server
		}
		hops = append(hops, hop)
	}
	return hops, nil
}

// openInputs opens the captures of hops. If there are many, most are closed
// again until their time comes.
func openInputs(ctx context.Context, hops []hopArgument, stdin io.Reader) ([]analyzer.Input, error) {
	many := len(hops) > manyFiles
	return inputsOf(hops, func(path string) (capture.Source, error) {
		if many && isRegular(path) {
			return openInTurn(path)
		}
		return openCapture(ctx, path, stdin)
	})
}

// inputsOf opens every source once, however many hops it serves. Hops of one
// name are one hop with several captures; it stands where it is first named.
func inputsOf(hops []hopArgument, open func(where string) (capture.Source, error)) (inputs []analyzer.Input, err error) {
	defer func() {
		if err != nil {
			closeInputs(inputs)
		}
	}()
	infos := make([]fs.FileInfo, len(hops)) // nil for what is no file
	for i, hop := range hops {
		if info, err := os.Stat(hop.file); err == nil {
			infos[i] = info
		}
	}
	var opened []int // which input serves which hop
	places := map[string]int{}
	for index, hop := range hops {
		if _, known := places[hop.name]; !known {
			places[hop.name] = len(places)
		}
		asked := analyzer.HopInput{Index: places[hop.name], Name: hop.name, Server: hop.server}
		if i := sameFile(hops, infos, index); i >= 0 {
			i = opened[i]
			opened = append(opened, i)
			if hop.name != "" {
				inputs[i].Hops = append(inputs[i].Hops, asked)
			}
			continue
		}
		source, err := open(hop.file)
		if err != nil {
			if hop.name != "" {
				err = fmt.Errorf("hop %s: %w", hop.name, err)
			}
			return inputs, err
		}
		opened = append(opened, len(inputs))
		input := analyzer.Input{Name: hop.shown, Source: source}
		if hop.name != "" {
			input.Hops = []analyzer.HopInput{asked}
		}
		inputs = append(inputs, input)
	}
	return inputs, nil
}

// sameFile finds the hop before that of the index that reads the same file, by
// whatever path; -1 if there is none.
func sameFile(hops []hopArgument, infos []fs.FileInfo, index int) int {
	for i := range index {
		if hops[i].file == hops[index].file {
			return i
		}
		if infos[i] != nil && infos[index] != nil && os.SameFile(infos[i], infos[index]) {
			return i
		}
	}
	return -1
}

// openCapture opens a capture, which can take until somebody writes to a pipe.
// If ctx ends before, that is an error.
func openCapture(ctx context.Context, path string, stdin io.Reader) (capture.Source, error) {
	type result struct {
		file *capture.File
		err  error
	}
	results := make(chan result, 1)
	go func() {
		defer endOnCrash(os.Stderr)
		var r result
		if path == "-" {
			r.file, r.err = capture.NewFile(stdin, "standard input")
		} else {
			r.file, r.err = capture.Open(path)
		}
		results <- r
	}()
	select {
	case r := <-results:
		if r.err != nil {
			return nil, r.err
		}
		return r.file, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("interrupted while waiting for the first bytes of %s", path)
	}
}

// closeInputs closes what was opened; nothing was written, so that an error on
// the way out has nothing to tell.
func closeInputs(inputs []analyzer.Input) {
	for _, input := range inputs {
		_ = input.Source.Close()
	}
}
