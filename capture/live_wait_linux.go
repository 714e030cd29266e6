package capture

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

const (
	drainTime = 3 * ringDelay          // after which the ring holds nothing that was not handed over
	downTime  = 200 * time.Millisecond // how often a lost interface is looked for
)

// wait returns nil when it is worth looking at the ring again, and an error
// when there will be no more packets. It waits by Go's network poller: a thread
// in a system call of its own would keep the scheduler's watchman (sysmon)
// looking after it every 20 µs for as long as it waits.
func (l *Live) wait() error {
	stopped, begun := l.stopped.Load(), time.Now()
	limit := l.patience(stopped)
	err := l.socket.await(limit, func() bool {
		return l.ring.ready() || l.closed.Load() || l.stopped.Load() != stopped
	})
	switch {
	case errors.Is(err, unix.ENETDOWN):
		l.wary = true // the ring is read to its end before that is looked into
		return nil
	case err != nil:
		return fmt.Errorf("capture on %s: %w", l.what, err)
	case l.ring.ready() || limit == 0 || time.Since(begun) < limit:
		return nil
	case stopped:
		return io.EOF
	}
	return l.nothing()
}

// patience is how long to wait; 0 is for ever.
func (l *Live) patience(stopped bool) time.Duration {
	switch {
	case stopped:
		return drainTime
	case l.wary && (l.idle == 0 || l.idle > downTime):
		return downTime
	}
	return l.idle
}

// nothing is what it means that nothing came for a while.
func (l *Live) nothing() error {
	if l.wary {
		if err := l.socket.lostInterface(l.what); err != nil {
			return err
		}
	}
	if l.idle > 0 {
		return ErrIdle
	}
	return nil
}

// await waits until ready, or until woken, or for so long (0: for ever). It
// returns the socket's error. Only one goroutine may wait.
func (s *socket) await(limit time.Duration, ready func() bool) error {
	if limit > 0 || s.limited {
		s.limited = limit > 0
		until := time.Time{}
		if s.limited {
			until = time.Now().Add(limit)
		}
		if err := s.file.SetReadDeadline(until); err != nil {
			return fmt.Errorf("wait for packets: %w", err)
		}
	}
	var trouble error
	asked := false
	err := s.poll.Read(func(uintptr) bool {
		trouble = s.trouble()
		again := asked
		asked = true
		return again || trouble != nil || ready()
	})
	switch {
	case trouble != nil:
		return trouble
	case err == nil || errors.Is(err, os.ErrDeadlineExceeded):
		return nil
	}
	// The poller does not wait for a socket that told of nothing but an error,
	// as it does when its interface goes down, before it tells of packets.
	if limit == 0 || limit > downTime {
		limit = downTime
	}
	time.Sleep(limit)
	return s.trouble()
}

// awake ends await, the next one if there is none.
func (s *socket) awake() { _ = s.file.SetReadDeadline(time.Unix(1, 0)) } // fails only if it is closed

// trouble takes the socket's error. ENETDOWN is no reason to end: the interface
// may come back, and if it does not, lostInterface will tell.
func (s *socket) trouble() error {
	errno, err := unix.GetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err == nil && errno != 0 {
		err = unix.Errno(errno)
	}
	return err
}

// lostInterface returns an error if the interface that the socket was bound to
// is no more: the kernel has unbound it then.
func (s *socket) lostInterface(what string) error {
	address, err := unix.Getsockname(s.fd)
	if err != nil {
		return fmt.Errorf("capture on %s: %w", what, err)
	}
	if at, ok := address.(*unix.SockaddrLinklayer); ok && at.Ifindex < 0 {
		return fmt.Errorf("capture on %s: the interface was removed: %w", what, unix.ENETDOWN)
	}
	return nil
}
