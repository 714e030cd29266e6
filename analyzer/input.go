package analyzer

import (
	"errors"
	"fmt"

	"github.com/hophound/hophound/analyzer/diagnose"
	"github.com/hophound/hophound/capture"
)

// Input is one source of packets and the hops that are seen in it: one for the
// capture of a link, several for that of a proxy's host. A source is read once,
// however many hops it serves.
type Input struct {
	Name   string // the file's path, or what else a person calls it
	Source capture.Source
	Hops   []HopInput // empty, in all inputs or in none: the hops are to be found
}

// HopInput is one hop as it was asked for.
type HopInput struct {
	Index  int // position in the chain, client side first, from 0
	Name   string
	Server Server // whose requests belong to the hop; the zero value: of those that no other hop of the input claims
}

// Options of an analysis. The zero value is what people want.
type Options struct {
	// All keeps every journey in the report, not only upgrade attempts and
	// those with findings.
	All bool

	// Journeys is how many journeys the report holds at most; those beyond are
	// counted, not kept. 0 means DefaultJourneys.
	Journeys int

	// Connections is how many connections of an input that carry bytes and have
	// not ended are followed at a time; beyond, the one that was silent for
	// longest is let go, and counted. Each takes about 2 KiB. 0 means
	// DefaultConnections.
	Connections int

	// Watch is for sources that do not end by themselves; nil for files.
	Watch *Watch
}

// Watch is how an analysis of live sources tells what it finds while it goes
// on. Its functions are called by the goroutine that called Run.
type Watch struct {
	// Journey is told each request when it was matched and diagnosed, or given
	// up, as a report of nothing else. Upgrades that succeed are told when they
	// are answered. May be nil.
	Journey func(*Report, *diagnose.Diagnosis)

	// Tick is called every tenth of a second or so of packet time. Returning
	// false ends the analysis. May be nil.
	Tick func(Summary) bool
}

// DefaultConnections bounds the memory of open connections.
const DefaultConnections = 1 << 15

// DefaultJourneys bounds the report's memory: at three hops a journey takes
// about 8 KiB, and as much again in a JSON report.
const DefaultJourneys = 2000

// validate refuses inputs that no answer could be true of.
func validate(inputs []Input) error {
	if len(inputs) == 0 {
		return errors.New("no capture to analyse")
	}
	for _, input := range inputs {
		if (len(input.Hops) == 0) != (len(inputs[0].Hops) == 0) {
			return errors.New("some captures are named as hops and some are not: name all of them, or none")
		}
		for i, h := range input.Hops {
			for _, other := range input.Hops[:i] {
				if h.Name == other.Name && h.Server == other.Server {
					return fmt.Errorf("hop %s is given %s twice: name it once", h.Name, input.Name)
				}
				if h.Server == other.Server {
					return fmt.Errorf("hops %s and %s both read %s, and nothing says whose requests are whose: add the server each hop's requests go to, as in %s=%s@:80 %s=%s@:3000",
						other.Name, h.Name, input.Name, other.Name, input.Name, h.Name, input.Name)
				}
			}
		}
	}
	return nil
}
