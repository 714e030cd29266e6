package main

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"

	"github.com/hophound/hophound/analyzer"
	"github.com/hophound/hophound/capture"
)

// manyFiles is how many captures are all held open. Beyond it, each is open
// only while it is read.
const manyFiles = 64

// inTurn is a capture file that is closed after its first packet, which tells
// when its time comes, until the second is asked for, and again at its end. So
// thousands of files that follow one another, as a rotating capture leaves
// them, need few descriptors and little memory.
type inTurn struct {
	path string

	mu         sync.Mutex // Close may come at any time
	file       *capture.File
	closed     bool
	ended      error // what Next returns from now on
	begun      bool  // the first packet was given
	failed     error // it could not be opened again
	stats      capture.Stats
	interfaces []capture.Interface
}

// openInTurn looks whether path is a capture file.
func openInTurn(path string) (*inTurn, error) {
	file, err := capture.Open(path)
	if err != nil {
		return nil, tooMany(err)
	}
	t := &inTurn{path: path, file: file}
	t.rest()
	return t, nil
}

// Next gives the next packet; see [capture.Source].
func (t *inTurn) Next(p *capture.Packet) error {
	if t.ended != nil {
		return t.ended
	}
	file, err := t.open()
	if err == nil {
		err = file.Next(p)
	}
	switch {
	case err != nil:
		t.ended = err
		t.rest()
	case !t.begun:
		t.begun = true
		own := append([]byte(nil), p.Data...)
		p.Data, p.Comment = own, append([]byte(nil), p.Comment...)
		t.rest()
	}
	return err
}

// open opens the file, if it is not, where it was left.
func (t *inTurn) open() (*capture.File, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil, os.ErrClosed
	}
	if t.file != nil {
		return t.file, nil
	}
	file, err := capture.Open(t.path)
	if err != nil {
		t.failed = tooMany(err)
		return nil, t.failed
	}
	if t.begun {
		var first capture.Packet
		if err := file.Next(&first); err != nil {
			return nil, errors.Join(fmt.Errorf("%s changed while it was read: %w", t.path, err), file.Close())
		}
	}
	t.file = file
	return file, nil
}

// rest closes the file and keeps what it said.
func (t *inTurn) rest() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.file == nil {
		return
	}
	t.stats, t.interfaces = t.file.Stats(), t.file.Interfaces()
	_ = t.file.Close() // nothing was written
	t.file = nil
}

// Interfaces lists those met so far; see [capture.Source].
func (t *inTurn) Interfaces() []capture.Interface {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.file != nil {
		return t.file.Interfaces()
	}
	return t.interfaces
}

// Stats says what was read so far; see [capture.Source].
func (t *inTurn) Stats() capture.Stats {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.file != nil {
		return t.file.Stats()
	}
	return t.stats
}

// Close ends the source.
func (t *inTurn) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	if t.file == nil {
		return nil
	}
	return t.file.Close() // the file stays for whoever reads it; its memory goes with the source
}

// notOpened says which of the captures could not be opened when their time
// came: a report without them would be about something else than was asked for.
func notOpened(inputs []analyzer.Input) error {
	for _, input := range inputs {
		if t, ok := input.Source.(*inTurn); ok && t.failed != nil {
			return t.failed
		}
	}
	return nil
}

// tooMany adds to the system's words what can be done.
func tooMany(err error) error {
	if !errors.Is(err, syscall.EMFILE) {
		return err
	}
	return fmt.Errorf("%w: too many captures are read at the same time; raise the limit (ulimit -n), or put those of one hop together (mergecap -w all.pcapng ...)", err)
}

func isRegular(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
