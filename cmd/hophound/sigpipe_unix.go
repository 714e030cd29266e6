//go:build unix

package main

import (
	"errors"
	"os"
	"os/signal"
	"syscall"
)

// catchBrokenPipe lets writing to a pipe that nobody reads, or beyond a limit,
// fail instead of ending the process, so that what was begun is brought to its end.
func catchBrokenPipe() {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	signal.Ignore(syscall.SIGXFSZ) // a limit on the size of files (ulimit -f) is an error of writing
}

// endOfBrokenPipe ends the process as one that does not catch SIGPIPE ends,
// grep or tcpdump: silently, 141 to a shell. It returns if err is nothing of
// the kind.
func endOfBrokenPipe(err error) {
	if !errors.Is(err, syscall.EPIPE) {
		return
	}
	signal.Reset(syscall.SIGPIPE)
	_, _ = os.Stdout.Write([]byte{'\n'}) // now the runtime ends the process: see os/signal
}
