//go:build linux

// Command cases remakes the cases of pcaps/ from real servers: all of them, or
// those that are named.
//
//	go run ./lab/cases [CASE...]
//
// It needs Linux, root and what lab/install.sh installs.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/hophound/hophound/lab"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := remake(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		stop()
		os.Exit(1)
	}
}

// remake plays the named scenarios, or all, one after the other.
func remake(ctx context.Context, names []string) error {
	scenarios, err := choose(names)
	if err != nil {
		return err
	}
	l, err := lab.Open(ctx)
	if err != nil {
		return err
	}
	var failed error
	for _, s := range scenarios {
		if ctx.Err() != nil {
			break
		}
		if err := l.WriteCase(ctx, s, l.Cases()); err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		fmt.Println(s.Name)
	}
	return errors.Join(failed, ctx.Err(), l.Close())
}

func choose(names []string) ([]lab.Scenario, error) {
	if len(names) == 0 {
		return lab.Scenarios(), nil
	}
	var chosen []lab.Scenario
	for _, name := range names {
		s, found := lab.Named(name)
		if !found {
			return nil, fmt.Errorf("find case %q: the lab has no such scenario", name)
		}
		chosen = append(chosen, s)
	}
	return chosen, nil
}
