package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/goccy/go-yaml"

	"github.com/hophound/hophound/analyzer"
	"github.com/hophound/hophound/capture"
	"github.com/hophound/hophound/pcaps"
)

// kept is a live source that keeps its latest packets, so that those of a
// journey in which something was found can be saved when that is known.
type kept struct {
	capture.Source
	latest []keptPacket // a ring
	next   int
	bytes  int

	wanted map[uint64]bool // numbers of packets to be saved
	saved  []keptPacket
	size   int // bytes of saved
}

// keptPacket owns its memory.
type keptPacket struct{ capture.Packet }

// Limits of what is kept of a source and of what is saved of it, in bytes.
const (
	keepBytes = 32 << 20
	saveBytes = 16 << 20
)

// Stop ends the source; see [capture.Stop].
func (k *kept) Stop() { capture.Stop(k.Source) }

// Next gives a packet and keeps it.
func (k *kept) Next(p *capture.Packet) error {
	if err := k.Source.Next(p); err != nil {
		return err
	}
	own := *p
	own.Data, own.Comment = slices.Clone(p.Data), nil
	k.latest = append(k.latest, keptPacket{own})
	k.bytes += len(own.Data)
	for k.bytes > keepBytes {
		k.bytes -= len(k.latest[k.next].Data)
		k.latest[k.next] = keptPacket{}
		k.next++
	}
	if k.next > len(k.latest)/2 {
		k.latest = slices.Delete(k.latest, 0, k.next)
		k.next = 0
	}
	return nil
}

// save takes packets out of those that are kept.
func (k *kept) save(wants func(*capture.Packet) bool) {
	for i := k.next; i < len(k.latest); i++ {
		p := &k.latest[i]
		if wants(&p.Packet) && !k.wanted[p.Number] && k.size < saveBytes {
			k.wanted[p.Number] = true
			k.saved = append(k.saved, *p)
			k.size += len(p.Data)
		}
	}
}

// saving keeps the packets of journeys with findings as a case.
type saving struct {
	dir     string
	made    bool // by this watch: a folder in which nothing is saved is removed
	sources []*kept
	hops    []hopArgument
}

// prepare makes the case's folder and tries to write into it: who may not
// learns it now and not when something was found.
func (s *saving) prepare() error {
	if _, err := os.Stat(s.dir); errors.Is(err, fs.ErrNotExist) {
		s.made = true
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil { // captures hold secrets
		return s.withFolder(err)
	}
	file, err := os.CreateTemp(s.dir, ".hophound-*")
	if err != nil {
		return s.withFolder(err)
	}
	_ = file.Close() // nothing was written
	if err := os.Remove(file.Name()); err != nil {
		return fmt.Errorf("save case: %w", err)
	}
	return nil
}

func (s *saving) withFolder(err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("save case: %w: it is written without privileges: choose a folder of the user who started this, or name the folder's owner with -Z", err)
	}
	return fmt.Errorf("save case: %w", err)
}

// keep wraps the sources of a watch.
func (s *saving) keep(inputs []analyzer.Input) {
	for i := range inputs {
		k := &kept{Source: inputs[i].Source, wanted: map[uint64]bool{}}
		inputs[i].Source = k
		s.sources = append(s.sources, k)
	}
}

// journey saves the heads of one journey, and the packets with which its
// connections began.
func (s *saving) journey(r *analyzer.Report) {
	for _, x := range r.Journeys[0].Match.Exchanges {
		if x == nil {
			continue
		}
		var numbers []uint64
		if x.Request != nil {
			numbers = append(numbers, x.Request.Packets...)
		}
		if x.Response != nil {
			numbers = append(numbers, x.Response.Packets...)
		}
		for _, proxy := range x.Conn.Proxy {
			numbers = append(numbers, proxy.Packets...)
		}
		start := x.Conn.Start
		s.sources[x.Conn.Source].save(func(p *capture.Packet) bool {
			return p.Time == start || slices.Contains(numbers, p.Number)
		})
	}
}

// write writes the case's folder. It does nothing if nothing was found.
func (s *saving) write(result *analyzer.Report) error {
	if len(result.Findings) == 0 {
		if s.made {
			_ = os.Remove(s.dir) // unless somebody put something there
		}
		return nil
	}
	c := pcaps.Case{
		Title: "Saved by hophound watch",
		Story: "The heads of the requests in which something was found, and the packets with which their connections began.",
		Want:  pcaps.Want{Verdict: string(result.Verdict)},
	}
	files := map[string]string{}
	for i, k := range s.sources {
		name := fmt.Sprintf("source-%d.pcapng", i+1)
		files[result.Sources[i]] = name
		if err := k.write(filepath.Join(s.dir, name), result.Sources[i]); err != nil {
			return err
		}
	}
	for _, hop := range s.hops {
		c.Hops = append(c.Hops, pcaps.Hop{Name: hop.name, File: files[hop.shown], Server: hop.server.String()})
	}
	for _, f := range result.Findings {
		c.Want.Findings = append(c.Want.Findings, pcaps.WantFinding{Rule: f.Rule.ID, Culprit: f.Culprit})
	}
	text, err := yaml.Marshal(c)
	if err != nil {
		return fmt.Errorf("save case: %w", err)
	}
	if err := os.WriteFile(filepath.Join(s.dir, pcaps.FileName), text, 0o600); err != nil {
		return fmt.Errorf("save case: %w", err)
	}
	return nil
}

// write writes what was saved of a source as a capture file.
func (k *kept) write(path, about string) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("save case: %w", err)
	}
	err = k.writeTo(file, about)
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("save case in %s: %w", path, err)
	}
	return nil
}

func (k *kept) writeTo(file *os.File, about string) error {
	writer, err := capture.NewWriter(file, capture.WriterOptions{Section: capture.Section{
		Application: "hophound " + version(), Comment: about + ": packets of requests with findings",
	}})
	if err != nil {
		return err
	}
	track, err := writer.Track(k.Source)
	if err != nil {
		return err
	}
	slices.SortFunc(k.saved, func(a, b keptPacket) int { return int(int64(a.Number) - int64(b.Number)) })
	for i := range k.saved {
		if err := track.Write(&k.saved[i].Packet); err != nil {
			return err
		}
	}
	return writer.Close()
}
