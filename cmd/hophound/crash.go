package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"github.com/hophound/hophound/analyzer"
)

// endOnCrash is deferred by goroutines, whose panics run cannot recover from.
func endOnCrash(w io.Writer) {
	if value := recover(); value != nil {
		tellCrash(w, value)
		os.Exit(exitTrouble)
	}
}

// errPanic ends what other goroutines do when one panicked.
var errPanic = errors.New("internal error")

// endOnPanic is deferred by goroutines of a work that is still worth bringing to
// its end, as a file that is worth closing.
func endOnPanic(w io.Writer, end context.CancelCauseFunc) {
	if value := recover(); value != nil {
		tellCrash(w, value)
		end(errPanic)
	}
}

// tellCrash tells of a panic: where it was, and nothing of what was being
// handled, since that may be somebody's secret. It must be called by the
// deferred function that recovered.
func tellCrash(w io.Writer, recovered any) {
	callers := make([]uintptr, 64)
	callers = callers[:runtime.Callers(3, callers)]
	if p, ok := recovered.(*analyzer.Panic); ok {
		recovered, callers = p.Value, p.Callers
	}
	fmt.Fprintf(w, "hophound: internal error (%T), nothing can be concluded; please report it with these lines, hophound %s:\n", recovered, version())
	frames := runtime.CallersFrames(callers)
	for {
		frame, more := frames.Next()
		if frame.Function != "" && !strings.HasPrefix(frame.Function, "runtime.") {
			fmt.Fprintf(w, "  %s:%d\n", frame.Function, frame.Line)
		}
		if !more {
			return
		}
	}
}
