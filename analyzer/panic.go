package analyzer

import (
	"fmt"
	"runtime"
)

// Panic is what [Run] panics with if something in it does, in whatever
// goroutine. It says nothing of the value when it is printed: that may quote
// the traffic.
type Panic struct {
	Value   any       // of the panic
	Callers []uintptr // program counters where it was, for runtime.CallersFrames
}

// Error says of what type the value is.
func (p *Panic) Error() string { return fmt.Sprintf("internal error (%T)", p.Value) }

// Caught runs do and gives its panic, nil if there was none: for goroutines, whose
// panics become those of whoever waits for them.
func Caught(do func()) (p *Panic) {
	defer func() {
		if value := recover(); value != nil {
			callers := make([]uintptr, 64)
			p = &Panic{Value: value, Callers: callers[:runtime.Callers(3, callers)]}
		}
	}()
	do()
	return nil
}
