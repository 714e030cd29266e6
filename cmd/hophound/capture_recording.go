package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/hophound/hophound/capture"
	"github.com/hophound/hophound/process"
)

// recording is a capture that goes on.
type recording struct {
	env     *environment
	options captureOptions
	sources []*capture.Live
	writer  *capture.Writer
	rotator *capture.Rotator // nil if the writer writes to standard output
	finder  *process.Finder

	captured atomic.Uint64 // packets; more than were asked for if several sources had another one
}

// open begins the file.
func (r *recording) open(expression string) error {
	about := capture.WriterOptions{Section: capture.Section{
		Application: "hophound " + version(), OS: runtime.GOOS + "/" + runtime.GOARCH,
		Comment: r.about(expression),
	}}
	if r.options.write == "-" {
		writer, err := capture.NewWriter(r.env.stdout, about)
		r.writer = writer
		return err
	}
	rotator, err := capture.NewRotator(capture.RotateOptions{
		Path: r.options.write, Bytes: r.options.fileBytes * 1e6, Every: r.options.every, Count: r.options.files,
	}, about)
	if err != nil {
		return r.options.withFolder(err)
	}
	r.rotator, r.writer = rotator, rotator.Writer
	return nil
}

// rotates tells whether there will be more than one file.
func (o *captureOptions) rotates() bool { return o.fileBytes > 0 || o.every > 0 }

// withFolder adds to an error what may be written once privileges are gone, if
// that is the reason.
func (o *captureOptions) withFolder(err error) error {
	if !errors.Is(err, fs.ErrPermission) || !o.rotates() {
		return err
	}
	return fmt.Errorf("%w: with -C and -G, files are begun without privileges, as %s: choose a folder of that user's, or name the folder's owner with -Z", err, cmp.Or(o.user, "the user who started it"))
}

// about says in the file how it was captured.
func (r *recording) about(expression string) string {
	var parts []string
	for i, source := range r.sources {
		parts = append(parts, r.options.interfaces[i]+": "+source.Way())
	}
	if expression != "" {
		parts = append(parts, "filter: "+expression)
	}
	return strings.Join(parts, "; ")
}

// run captures until ctx ends, the count is reached or the sources end.
func (r *recording) run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := context.AfterFunc(ctx, func() {
		for _, source := range r.sources {
			source.Stop()
		}
	})
	defer stop()
	defer onCountSignal(func() { r.counts("so far") })()
	for i, source := range r.sources {
		fmt.Fprintf(r.env.stderr, "hophound: capturing on %s, %s\n", r.options.interfaces[i], describeWay(source))
	}
	var wait sync.WaitGroup
	failures := make([]error, len(r.sources))
	for i, source := range r.sources {
		wait.Go(func() {
			defer endOnPanic(r.env.stderr, cancel)
			failures[i] = r.record(source, cancel)
			if failures[i] != nil {
				fmt.Fprintf(r.env.stderr, "hophound: %s: %v\n", r.options.interfaces[i], failures[i])
			}
		})
	}
	wait.Wait()
	err := r.close()
	r.counts("in all")
	if cause := context.Cause(ctx); errors.As(cause, new(*writeError)) {
		return cause
	} else if errors.Is(cause, errPanic) { // it was told
		return status(exitTrouble)
	}
	if err == nil && allFailed(failures) {
		return status(exitTrouble)
	}
	return err
}

// writeError is an error of the file, which ends the whole capture.
type writeError struct{ error }

func (e *writeError) Unwrap() error { return e.error }

// record writes the packets of one source. An error of the source is its own;
// one of the file ends all.
func (r *recording) record(source *capture.Live, end context.CancelCauseFunc) error {
	track, err := r.writer.Track(source)
	if err != nil {
		end(&writeError{err})
		return nil
	}
	notes := newAnnotator(r.finder)
	var p capture.Packet
	for {
		if err := source.Next(&p); err != nil {
			if errors.Is(err, capture.ErrIdle) && r.wrote(r.rotator.Turn(), end) {
				continue
			}
			return endOf(err)
		}
		p.Comment = notes.annotate(&p)
		wanted, last := r.take()
		if !wanted {
			return nil // another source has taken the last one, and ends all
		}
		err := track.Write(&p)
		if err == nil && r.options.unbuffered {
			err = r.writer.Flush()
		}
		if !r.wrote(err, end) {
			return nil
		}
		if last {
			end(nil)
			return nil
		}
	}
}

// endOf gives the error of a source that has ended: none if it came to its end,
// or if it was the file that did.
func endOf(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, capture.ErrIdle) {
		return nil
	}
	return err
}

// wrote ends all if the file takes no more.
func (r *recording) wrote(err error, end context.CancelCauseFunc) bool {
	switch {
	case err == nil:
		return true
	case errors.Is(err, capture.ErrFileLimit):
		end(nil)
	default:
		end(&writeError{err})
	}
	return false
}

// take counts a packet, and tells whether it is one of those that were asked
// for, and the last of them.
func (r *recording) take() (wanted, last bool) {
	n, limit := r.captured.Add(1), r.options.count
	return limit == 0 || n <= limit, n == limit
}

func (r *recording) close() error {
	if r.rotator != nil {
		return r.rotator.Close()
	}
	return r.writer.Close()
}

// counts prints the counters in tcpdump's words, and what the trimming saved.
func (r *recording) counts(when string) {
	captured := r.captured.Load()
	if r.options.count > 0 {
		captured = min(captured, r.options.count)
	}
	var received, dropped uint64
	var heads capture.HeadCounters
	for _, source := range r.sources {
		stats := source.Stats()
		received += stats.Packets + stats.Dropped
		dropped += stats.Dropped
		if c, err := source.HeadCounters(); err == nil {
			heads.Seen += c.Seen
			heads.Bytes += c.Bytes
			heads.Copied += c.Copied
			heads.Heads += c.Heads
		}
	}
	fmt.Fprintf(r.env.stderr, "%d packets captured %s\n%d packets received by filter\n%d packets dropped by kernel\n", captured, when, received, dropped)
	if heads.Seen > 0 {
		fmt.Fprintf(r.env.stderr, "%d heads; %d of %d bytes kept\n", heads.Heads, heads.Copied, heads.Bytes)
	}
}

func allFailed(failures []error) bool {
	for _, err := range failures {
		if err == nil {
			return false
		}
	}
	return len(failures) > 0
}
