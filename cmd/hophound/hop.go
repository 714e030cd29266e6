package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

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

// openInputs opens the captures of hops.
func openInputs(hops []hopArgument, stdin io.Reader) ([]analyzer.Input, error) {
	return inputsOf(hops, func(path string) (capture.Source, error) { return openCapture(path, stdin) })
}

// inputsOf opens every source once, however many hops it serves. Hops of one
// name are one hop with several captures; it stands where it is first named.
func inputsOf(hops []hopArgument, open func(where string) (capture.Source, error)) (inputs []analyzer.Input, err error) {
	defer func() {
		if err != nil {
			closeInputs(inputs)
		}
	}()
	var opened []int // which input serves which hop
	places := map[string]int{}
	for index, hop := range hops {
		if _, known := places[hop.name]; !known {
			places[hop.name] = len(places)
		}
		asked := analyzer.HopInput{Index: places[hop.name], Name: hop.name, Server: hop.server}
		if i := sameFile(hops[:index], hop.file); i >= 0 {
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

// sameFile finds the hop that reads the same file, by whatever path; -1 if
// there is none.
func sameFile(hops []hopArgument, path string) int {
	info, err := os.Stat(path)
	for i, hop := range hops {
		if hop.file == path {
			return i
		}
		if err != nil {
			continue
		}
		if other, err := os.Stat(hop.file); err == nil && os.SameFile(info, other) {
			return i
		}
	}
	return -1
}

func openCapture(path string, stdin io.Reader) (*capture.File, error) {
	if path == "-" {
		return capture.NewFile(stdin, "standard input")
	}
	return capture.Open(path)
}

// closeInputs closes what was opened; nothing was written, so that an error on
// the way out has nothing to tell.
func closeInputs(inputs []analyzer.Input) {
	for _, input := range inputs {
		_ = input.Source.Close()
	}
}
