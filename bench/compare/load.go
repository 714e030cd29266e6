//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/hophound/hophound/bench"
)

// load is captures that programs read.
type load struct {
	name     string
	kind     bench.Kind
	hops     int
	journeys int
	faults   []string // further flags of bench/generate
	all      bool     // every program reads it, not only tcpdump beside hophound
}

// loads are what the figures are about, and each kind of traffic once.
func loads() []load {
	lost := []string{"-lost", "0.01"}
	return []load{
		{name: "small exchanges", kind: bench.Small, hops: 1, journeys: 200_000, all: true},
		{name: "large bodies", kind: bench.Download, hops: 1, journeys: 2_100, all: true},
		{name: "three hops of small exchanges", kind: bench.Small, hops: 3, journeys: 200_000, faults: lost, all: true},
		{name: "three hops, a thousandth of the packets missing", kind: bench.Small, hops: 3, journeys: 50_000, faults: []string{"-lost", "0.01", "-loss", "0.001", "-reorder", "0.001"}},
		{name: "chunked bodies", kind: bench.Chunked, hops: 1, journeys: 5_000},
		{name: "pipelined requests", kind: bench.Pipelined, hops: 1, journeys: 100_000},
		{name: "a connection for each request", kind: bench.Connections, hops: 1, journeys: 100_000},
		{name: "TLS", kind: bench.TLS, hops: 1, journeys: 50_000},
		{name: "WebSocket messages", kind: bench.WebSocket, hops: 1, journeys: 20_000},
	}
}

// made is a load's captures on disk.
type made struct {
	load
	dir     string
	files   []string // one for each hop, client side first
	summary bench.Summary
}

// readInto writes all captures to w.
func (m *made) readInto(w io.Writer) error {
	for _, file := range m.files {
		f, err := os.Open(file)
		if err != nil {
			return err
		}
		_, err = io.Copy(w, f)
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
	return nil
}

// quickly is the part of everything that a quick look makes do with.
const quickly = 20

// make writes a load's captures.
func (p *plan) make(ctx context.Context, l load) (*made, error) {
	if p.quick {
		l.journeys /= quickly
	}
	m := &made{load: l, dir: filepath.Join(p.dir, "load")}
	argv := append([]string{"-o", m.dir, "-kind", string(l.kind), "-hops", strconv.Itoa(l.hops), "-journeys", strconv.Itoa(l.journeys)}, l.faults...)
	output, err := exec.CommandContext(ctx, p.generate, argv...).Output()
	if err != nil {
		return nil, fmt.Errorf("make captures of %s: %w", l.name, err)
	}
	if err := json.Unmarshal(output, &m.summary); err != nil {
		return nil, fmt.Errorf("read what was made: %w", err)
	}
	for _, name := range bench.HopNames(l.hops) {
		m.files = append(m.files, filepath.Join(m.dir, name+".pcap"))
	}
	return m, nil
}

func (m *made) remove() error { return os.RemoveAll(m.dir) }

// megabytes is the size of all files.
func (m *made) megabytes() (mb float64) {
	for _, file := range m.files {
		if info, err := os.Stat(file); err == nil {
			mb += float64(info.Size()) / 1e6
		}
	}
	return mb
}

// title says what is measured.
func (m *made) title() string {
	packets := 0
	for _, h := range m.summary.Hops {
		packets += h.Packets
	}
	return fmt.Sprintf("%s: %d requests, %d packets, %.0f MB", m.name, m.journeys, packets, m.megabytes())
}

// hopArguments names the captures as hophound's command line does.
func hopArguments(files []string) (args []string) {
	for i, name := range bench.HopNames(len(files)) {
		args = append(args, name+"="+files[i])
	}
	return args
}
