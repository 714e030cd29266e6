package main

import (
	"fmt"
	"io"
	"sync"
)

// output is standard output. Whoever writes to it need not look at errors: the
// first one stays, ends what is going on, and is told at the end.
type output struct {
	below  io.Writer
	failed func() // is called once

	mu  sync.Mutex
	err error
}

// Write is io.Writer; after an error it writes nothing more.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err != nil {
		return 0, o.err
	}
	n, err := o.below.Write(p)
	if err != nil {
		o.err = fmt.Errorf("write output: %w", err)
		o.failed()
		return n, o.err
	}
	return n, nil
}

// failure gives the first error; nil if all was written.
func (o *output) failure() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.err
}
