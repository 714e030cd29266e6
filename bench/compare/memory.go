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
	"strings"

	"github.com/hophound/hophound/bench"
	"github.com/hophound/hophound/bench/performance"
)

// heavy is something that may cost memory, and how much it may.
type heavy struct {
	name  string
	flood bench.Flood // streamed into hophound; or else a load
	count int64       // of what the flood counts
	load  load
	limit int64 // bytes of the resident set, without pages of files
}

const (
	most       = 150_000_000 // whatever is read
	mostBodies = 64_000_000  // of large bodies
)

func heavies() []heavy {
	small := func(name string, hops, journeys int) heavy {
		return heavy{name: name, limit: most, load: load{name: name, kind: bench.Small, hops: hops, journeys: journeys}}
	}
	return []heavy{
		small("200,000 small exchanges", 1, 200_000),
		small("ten times as many", 1, 2_000_000),
		small("three hops of 200,000 small exchanges", 3, 200_000),
		small("three hops, five times as many", 3, 1_000_000),
		{name: "1 GB of large bodies", limit: mostBodies, load: load{name: "bodies", kind: bench.Download, hops: 1, journeys: 5_000}},
		{name: "one body of 10 GB", flood: bench.LongBody, count: 10_000_000_000, limit: mostBodies},
		{name: "a million half-open connections", flood: bench.HalfOpen, count: 1_000_000, limit: most},
		{name: "a million endless heads", flood: bench.EndlessHeads, count: 1_000_000, limit: most},
		{name: "a million idle connections", flood: bench.Idle, count: 1_000_000, limit: most},
		{name: "1 GB behind a gap that never fills", flood: bench.OpenGap, count: 1_000_000_000, limit: most},
		{name: "20,000 connections with such a gap", flood: bench.OpenGaps, count: 20_000, limit: most},
	}
}

// memory measures what hophound keeps in memory at most.
func (p *plan) memory(ctx context.Context) (string, error) {
	var rows [][]string
	for _, h := range heavies() {
		if !p.wants(h.name) {
			continue
		}
		fmt.Fprintln(os.Stderr, "reading", h.name)
		if p.quick {
			h.count /= quickly
		}
		c, read, err := p.read(ctx, h)
		if err != nil {
			return "", fmt.Errorf("%s: %w", h.name, err)
		}
		verdict := "within"
		if c.anonymous > h.limit {
			verdict = "**over**"
		}
		rows = append(rows, []string{
			h.name, read.limits(), verdict, fmt.Sprint(h.limit / 1e6), performance.Figure(float64(c.anonymous) / 1e6), performance.Figure(float64(c.peak) / 1e6),
			fmt.Sprintf("%.0f", read.megabytes()), performance.Figure(c.wall.Seconds()),
		})
	}
	about := p.machine + "\n"
	if p.quick {
		about += "A quick look: a twentieth of everything.\n"
	}
	return about + "\n" + performance.Table(3, []string{"what is read", "limits hit, as the report tells", "", "limit MB", "peak MB", "with file pages", "MB on the wire", "seconds"}, rows), nil
}

// read lets hophound read something heavy and gives what its report says.
func (p *plan) read(ctx context.Context, h heavy) (cost, *report, error) {
	out, err := os.Create(filepath.Join(p.dir, "report.json"))
	if err != nil {
		return cost{}, nil, err
	}
	defer out.Close()
	read := p.readFiles
	if h.flood != "" {
		read = p.readFlood
	}
	c, err := read(ctx, h, out)
	if err != nil {
		return cost{}, nil, err
	}
	said, err := readReport(out)
	return c, said, err
}

// readFiles lets it read capture files, as people do.
func (p *plan) readFiles(ctx context.Context, h heavy, out *os.File) (c cost, err error) {
	m, err := p.make(ctx, h.load)
	if err != nil {
		return cost{}, err
	}
	defer func() { err = errors.Join(err, m.remove()) }()
	return costOf(ctx, hophoundAt("", p.hophound).argv(m.files), nil, out, true)
}

// readFlood lets it read a stream, which no disk has to hold.
func (p *plan) readFlood(ctx context.Context, h heavy, out *os.File) (cost, error) {
	from, into, err := os.Pipe()
	if err != nil {
		return cost{}, err
	}
	defer from.Close()
	source := exec.CommandContext(ctx, p.generate, "-flood", string(h.flood), "-count", strconv.FormatInt(h.count, 10))
	source.Stdout = into
	err = source.Start()
	into.Close()
	if err != nil {
		return cost{}, err
	}
	c, err := costOf(ctx, hophoundAt("", p.hophound).argv([]string{"-"}), from, out, true)
	from.Close() // so that the source ends, whatever happened
	return c, errors.Join(err, source.Wait())
}

// report is what is of interest here in hophound's.
type report struct {
	Hops []struct {
		Bytes  int64
		Ledger struct {
			Limits []struct {
				Name  string
				Count int64
			}
		}
	}
}

// readReport reads a report up to its hops: what comes behind them can be much.
func readReport(from io.ReadSeeker) (*report, error) {
	if _, err := from.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	var r report
	in := json.NewDecoder(from)
	if _, err := in.Token(); err != nil {
		return nil, fmt.Errorf("read the report: %w", err)
	}
	for in.More() {
		key, err := in.Token()
		if err != nil {
			return nil, fmt.Errorf("read the report: %w", err)
		}
		if key == "hops" {
			return &r, in.Decode(&r.Hops)
		}
		var other json.RawMessage
		if err := in.Decode(&other); err != nil {
			return nil, fmt.Errorf("read the report: %w", err)
		}
	}
	return nil, errors.New("read the report: it has no hops")
}

func (r *report) megabytes() (mb float64) {
	for _, h := range r.Hops {
		mb += float64(h.Bytes) / 1e6
	}
	return mb
}

// limits lists what was let go, and how often.
func (r *report) limits() string {
	var told []string
	for _, h := range r.Hops {
		for _, l := range h.Ledger.Limits {
			told = append(told, fmt.Sprintf("%s %d", l.Name, l.Count))
		}
	}
	if len(told) == 0 {
		return "none"
	}
	return strings.Join(told, ", ")
}
