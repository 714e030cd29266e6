package capture

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"
)

// RotateOptions says how captures are spread over files, the way of tcpdump
// (tcpdump(1), -w, -C, -G and -W). With neither Bytes nor Every there is one.
type RotateOptions struct {
	Path  string // of the files; with Every, conversions of strftime(3) stand for the time a file began
	Bytes int64  // a new file begins once one is larger; 0 is no limit. Numbers are appended to Path
	Every int64  // seconds after which a new file begins; 0 is never

	// Count is how many files there may be, 0 is no limit. With Bytes, the
	// oldest is overwritten when there are so many; with Every alone, the
	// capture ends ([ErrFileLimit]); with both, each time's files are limited.
	Count int

	Ended func(path string) // told of each file that is complete; may be nil
}

// ErrFileLimit is the end of a capture that has filled all of its files.
var ErrFileLimit = errors.New("all capture files that were asked for are written")

// Rotator is a [Writer] into files, a new one whenever it is time. Each file
// can be read alone: it has its own section, interfaces and counts.
type Rotator struct {
	*Writer
	options RotateOptions
	file    *os.File  // nil once the last one is closed
	path    string    // of the file that was begun last
	began   time.Time // the file's period: what its name is made of
	periods int       // ended so far
	number  int       // of the file in its period
}

// NewRotator creates the first file. Files that exist are overwritten. They
// are for their owner alone: captures hold secrets. Where the names of all files
// are known (Bytes with Count, without Every), those that exist must be writable.
//
// w.Now is the wall clock that Every is measured by.
func NewRotator(o RotateOptions, w WriterOptions) (*Rotator, error) {
	if w.Now == nil {
		w.Now = time.Now
	}
	if o.Every > 0 {
		if _, err := strftime(o.Path, w.Now()); err != nil {
			return nil, err
		}
	}
	r := &Rotator{options: o, began: w.Now()}
	file, err := r.create()
	if err != nil {
		return nil, err
	}
	r.file = file
	if err := o.mayOverwrite(); err != nil {
		_ = file.Close() // what is wrong says more
		return nil, err
	}
	if r.Writer, err = NewWriter(file, w); err != nil {
		_ = file.Close() // what went wrong before says more
		return nil, err
	}
	if o.Bytes > 0 || o.Every > 0 {
		r.turn = r.rotate
	}
	return r, nil
}

// Path is the file that is written at the moment, or was written last.
func (r *Rotator) Path() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.path
}

// Close ends the last file and closes it. After a write that failed it is cut
// to what was written whole.
func (r *Rotator) Close() error {
	r.mu.Lock()
	failed := r.err != nil
	r.mu.Unlock()
	err := r.Writer.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.file == nil {
		return err
	}
	if failed || err != nil {
		_ = r.file.Truncate(r.flushed) // a device or pipe can't be cut, and needn't
	}
	return errors.Join(err, r.closeFile())
}

// Turn ends a file whose time is over, and begins the next one. Writing a packet
// does that too; Turn is for silence, in which there is none. It may be called
// as often as wanted and from any goroutine.
//
// Errors: those of [Track.Write], [ErrFileLimit] among them.
func (r *Rotator) Turn() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, err := r.turnPeriod()
	return err
}

// turnPeriod tells whether a new period began.
func (r *Rotator) turnPeriod() (begun bool, err error) {
	if r.err != nil {
		return false, r.err
	}
	now := r.Writer.options.Now()
	if r.options.Every == 0 || now.Unix()-r.began.Unix() < r.options.Every {
		return false, nil
	}
	r.began, r.number = now, 0
	r.periods++
	if r.options.Bytes == 0 && r.options.Count > 0 && r.periods >= r.options.Count {
		return true, r.finish()
	}
	return true, r.next()
}

// rotate is called before each packet, with the lock held.
func (r *Rotator) rotate() error {
	if begun, err := r.turnPeriod(); begun || err != nil {
		return err
	}
	if r.options.Bytes > 0 && r.size > r.options.Bytes {
		r.number++
		if r.options.Count > 0 && r.number >= r.options.Count {
			r.number = 0
		}
		return r.next()
	}
	return nil
}

// next ends the file and begins another.
func (r *Rotator) next() error {
	if err := r.end(); err != nil {
		return err
	}
	if err := r.closeFile(); err != nil {
		r.err = err
		return err
	}
	file, err := r.create()
	if err != nil {
		r.err = err
		return err
	}
	r.file = file
	return r.begin(file)
}

// finish ends the last file that was asked for.
func (r *Rotator) finish() error {
	if err := r.end(); err != nil {
		return err
	}
	r.err = ErrFileLimit
	if err := r.closeFile(); err != nil {
		r.err = err
	}
	return r.err
}

func (r *Rotator) closeFile() error {
	file := r.file
	r.file = nil
	if err := file.Close(); err != nil {
		return fmt.Errorf("end capture file: %w", err)
	}
	if r.options.Ended != nil {
		r.options.Ended(file.Name())
	}
	return nil
}

func (r *Rotator) create() (*os.File, error) {
	path, err := r.options.name(r.began, r.number)
	if err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("begin capture file: %w", err)
	}
	r.path = path
	return file, nil
}

// mayOverwrite finds a file that is in the way, now and not when its turn comes.
func (o RotateOptions) mayOverwrite() error {
	if o.Bytes == 0 || o.Every > 0 {
		return nil
	}
	for number := 1; number < o.Count; number++ {
		path, err := o.name(time.Time{}, number)
		if err != nil {
			return err
		}
		if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() && !info.IsDir() {
			continue // it will be made, or is a pipe or device, which to open may take a while
		}
		file, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return fmt.Errorf("prepare capture file %d of %d: %w", number+1, o.Count, err)
		}
		_ = file.Close() // nothing was written
	}
	return nil
}

// name is tcpdump's name for a file: the time, then the number with as many
// digits as the largest one has. The first file has no number if there is no
// largest one.
func (o RotateOptions) name(began time.Time, number int) (string, error) {
	path := o.Path
	if o.Every > 0 {
		var err error
		if path, err = strftime(path, began); err != nil {
			return "", err
		}
	}
	if o.Bytes == 0 {
		return path, nil
	}
	width := 0
	if o.Count > 1 {
		width = len(strconv.Itoa(o.Count - 1))
	}
	if number == 0 && width == 0 {
		return path, nil
	}
	return path + fmt.Sprintf("%0*d", width, number), nil
}
