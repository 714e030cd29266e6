//go:build unix

package main

import (
	"errors"
	"os"
	"os/signal"
	"syscall"
)

// catchBrokenPipe lets writing to a pipe that nobody reads fail instead of
// ending the process, so that what was begun is brought to its end. If nobody
// wants the signal, as under nohup, it stays so.
func catchBrokenPipe() {
	if !signal.Ignored(syscall.SIGPIPE) {
		signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	}
}

// endOfBrokenPipe ends the process as one that does not catch SIGPIPE ends,
// grep or tcpdump: silently, 141 to a shell. It returns if err is nothing of
// the kind, or if the signal was ignored before hophound began.
func endOfBrokenPipe(err error) {
	if !errors.Is(err, syscall.EPIPE) || signal.Ignored(syscall.SIGPIPE) {
		return
	}
	signal.Reset(syscall.SIGPIPE)
	_ = syscall.Kill(os.Getpid(), syscall.SIGPIPE) // if that cannot be, the error is told
	select {}
}
