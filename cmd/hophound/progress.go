package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"golang.org/x/term"

	"github.com/hophound/hophound/analyzer"
	"github.com/hophound/hophound/report"
)

const (
	progressAfter = 2 * time.Second        // what is over sooner needs none
	progressEvery = 200 * time.Millisecond // smooth to the eye, nothing to the machine
	progressSpan  = 5 * time.Second        // of which the rate tells
)

// progress tells on a terminal how far the captures of an analysis were read:
// one line, from two seconds on, that is gone at the end.
type progress struct {
	out     io.Writer
	width   func() int // columns of the terminal
	files   []progressFile
	samples []progressSample // of the last progressSpan
	shown   int              // columns of the line that stands there

	ending chan struct{}
	ended  sync.WaitGroup
}

// progressFile is a capture that is being read; both of its numbers are bytes,
// before decompression.
type progressFile struct {
	name string // of the hops it is read for
	file interface {
		Offset() int64 // how many were read
		Size() int64   // how many there are, -1 if that is not known
	}
}

// progressSample is how much was read at a moment, of all files.
type progressSample struct {
	at   time.Time
	done int64
}

// showProgress begins to tell how far the inputs are read, if standard error is
// a terminal. The caller calls end before anything else is written.
func showProgress(env *environment, inputs []analyzer.Input) *progress {
	p := &progress{out: env.stderr, width: env.stderrWidth, ending: make(chan struct{})}
	for _, input := range inputs {
		file := progressFile{name: report.Printable(progressName(input))}
		var known bool
		if file.file, known = input.Source.(interface {
			Offset() int64
			Size() int64
		}); known {
			p.files = append(p.files, file)
		}
	}
	if p.width != nil && len(p.files) > 0 {
		p.ended.Go(p.run)
	}
	return p
}

// progressName is what an input is called: its hops, or else its file.
func progressName(input analyzer.Input) string {
	var names []string
	for _, hop := range input.Hops {
		names = append(names, hop.Name)
	}
	if len(names) == 0 {
		return filepath.Base(input.Name)
	}
	return strings.Join(names, "+")
}

// end takes the line away. It may be called more than once.
func (p *progress) end() {
	select {
	case <-p.ending:
	default:
		close(p.ending)
	}
	p.ended.Wait()
	p.show("")
}

func (p *progress) run() {
	ticker := time.NewTicker(progressEvery)
	defer ticker.Stop()
	begun := time.Now()
	p.sample(begun)
	for {
		select {
		case <-p.ending:
			return
		case now := <-ticker.C:
			p.sample(now)
			if now.Sub(begun) >= progressAfter {
				p.show(p.line(p.width() - 1)) // a full line would make some terminals scroll
			}
		}
	}
}

// sample notes how much was read by now.
func (p *progress) sample(now time.Time) {
	done, _ := p.total()
	p.samples = append(p.samples, progressSample{now, done})
	for now.Sub(p.samples[0].at) > progressSpan {
		p.samples = p.samples[1:]
	}
}

// total gives the bytes read of all files, and the bytes there are; -1 if that
// is not known of one of them.
func (p *progress) total() (done, size int64) {
	for _, f := range p.files {
		done += f.file.Offset()
		if n := f.file.Size(); n < 0 || size < 0 {
			size = -1
		} else {
			size += n
		}
	}
	return done, size
}

// line tells of all files together and, if the width allows it, of each.
func (p *progress) line(width int) string {
	together := p.together()
	var each []string
	for _, f := range p.files {
		each = append(each, f.String())
	}
	line := strings.Join(each, "  ") + "   " + together
	if len(p.files) == 1 || utf8.RuneCountInString(line) > width {
		line = together
	}
	if utf8.RuneCountInString(line) > width {
		line = string([]rune(line)[:max(width, 0)])
	}
	return line
}

func (f progressFile) String() string {
	done, size := f.file.Offset(), f.file.Size()
	if size <= 0 {
		return f.name + " " + byteCount(done)
	}
	return fmt.Sprintf("%s %d%%", f.name, min(done, size)*100/size)
}

// together tells how much was read, how fast, and when it is over.
func (p *progress) together() string {
	done, size := p.total()
	first, last := p.samples[0], p.samples[len(p.samples)-1]
	rate := 0.0 // bytes per second
	if span := last.at.Sub(first.at); span > 0 {
		rate = float64(last.done-first.done) / span.Seconds()
	}
	told := byteCount(done) + " read"
	if size > 0 {
		told = fmt.Sprintf("%s of %s read", byteCount(min(done, size)), byteCount(size))
	}
	told += ", " + byteCount(int64(rate)) + "/s"
	if size > done && rate >= 1 {
		told += ", " + timeLeft(float64(size-done)/rate) + " left"
	}
	return told
}

// show puts a line in the place of the one before. Blanks rather than an escape
// sequence clear the rest: every terminal knows those.
func (p *progress) show(line string) {
	columns := utf8.RuneCountInString(line)
	if columns == 0 && p.shown == 0 {
		return
	}
	text := "\r" + line + strings.Repeat(" ", max(0, p.shown-columns))
	if columns == 0 {
		text += "\r"
	}
	_, _ = io.WriteString(p.out, text) // a terminal that went away misses nothing
	p.shown = columns
}

// byteCount writes a number of bytes in three digits: 999 B, 1.23 MB, 45.6 GB.
func byteCount(n int64) string {
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	value, units := float64(n), "kMGTPE"
	for value /= 1000; value >= 999.5; value /= 1000 {
		units = units[1:]
	}
	digits := 0
	switch {
	case value < 9.995:
		digits = 2
	case value < 99.95:
		digits = 1
	}
	return fmt.Sprintf("%.*f %cB", digits, value, units[0])
}

// timeLeft writes seconds as a person says them.
func timeLeft(seconds float64) string {
	const most = 100 * 3600
	s := int64(min(seconds, most) + 0.5)
	switch {
	case s >= most:
		return "days"
	case s >= 3600:
		return fmt.Sprintf("%d h %d min", s/3600, s%3600/60)
	case s >= 60:
		return fmt.Sprintf("%d min %d s", s/60, s%60)
	}
	return fmt.Sprintf("%d s", max(s, 1))
}

// terminalWidth gives a function that tells the columns of the terminal f; nil
// if f is none, or one that cannot go back to the start of a line.
func terminalWidth(f *os.File) func() int {
	fd := int(f.Fd())
	if !term.IsTerminal(fd) || os.Getenv("TERM") == "dumb" {
		return nil
	}
	return func() int {
		width, _, err := term.GetSize(fd)
		if err != nil || width <= 0 {
			return 80
		}
		return width
	}
}
