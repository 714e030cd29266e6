//go:build linux

package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"time"
)

// Run is a scenario that was played: its files and what was seen.
type Run struct {
	Scenario Scenario
	Dir      string   // captures, configurations and logs
	Client   string   // the programs the client's actions ran, with their versions
	Software []string // of each node, as it reports itself
	Seen     []Sight  // by the client, for each action
	Logs     []string // what each node wrote during the actions
}

// Run builds the scenario's chain, lets the client act while every link is
// captured, and takes the chain down again. The files it made stay in dir.
func (l *Lab) Run(ctx context.Context, s Scenario, dir string) (*Run, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	r := &Run{Scenario: s, Dir: dir}
	var err error
	if r.Client, err = l.clientSoftware(ctx, s.Actions); err != nil {
		return nil, err
	}
	for _, node := range s.Nodes {
		software, err := node.software(ctx, l)
		if err != nil {
			return nil, err
		}
		r.Software = append(r.Software, software)
	}
	c, err := l.start(ctx, s, dir)
	if err != nil {
		return nil, err
	}
	return r, errors.Join(r.play(ctx, c), c.stop())
}

// play lets the client act and ends the captures.
func (r *Run) play(ctx context.Context, c *Chain) error {
	before, err := r.readLogs()
	if err != nil {
		return err
	}
	if err := r.act(ctx, c); err != nil {
		return err
	}
	if err := c.endCaptures(ctx); err != nil {
		return err
	}
	return r.awaitLogs(ctx, before)
}

// logPatience is how long after its answer a server on a busy machine may write what is
// wanted in its log.
const logPatience = 20 * time.Second

// awaitLogs takes what the nodes have written since before, when all that is wanted
// of the application's log is there, or hardly comes any more: then Check says so.
func (r *Run) awaitLogs(ctx context.Context, before []string) error {
	for begun := time.Now(); ; {
		after, err := r.readLogs()
		if err != nil {
			return err
		}
		r.Logs = r.Logs[:0]
		for i := range after {
			r.Logs = append(r.Logs, strings.TrimPrefix(after[i], before[i]))
		}
		if len(r.absentLines()) == 0 || time.Since(begun) > logPatience {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// absentLines lists what is wanted in the application's log and is not there.
func (r *Run) absentLines() (lines []string) {
	log := r.AppLog()
	for _, line := range r.Scenario.AppLog {
		if !strings.Contains(log, line+"\n") {
			lines = append(lines, line)
		}
	}
	return lines
}

// act does the actions, each after those before it have ended or, if it is
// Beside them, at the same time.
func (r *Run) act(ctx context.Context, c *Chain) error {
	actions := r.Scenario.Actions
	r.Seen = make([]Sight, len(actions))
	for begin := 0; begin < len(actions); {
		end := begin + 1
		for end < len(actions) && actions[end].Beside {
			end++
		}
		failed := make([]error, end-begin)
		var together sync.WaitGroup
		for i := range failed {
			together.Go(func() {
				r.Seen[begin+i], failed[i] = actions[begin+i].do(ctx, c.lab, c.spaces[clientName])
			})
		}
		together.Wait()
		if err := errors.Join(failed...); err != nil {
			return err
		}
		begin = end
	}
	return nil
}

// readLogs reads what each node has written so far.
func (r *Run) readLogs() ([]string, error) {
	var logs []string
	for _, node := range r.Scenario.Nodes {
		text, err := os.ReadFile(filepath.Join(r.Dir, node.log()))
		if err != nil {
			return nil, fmt.Errorf("read the log of %s: %w", node.Name, err)
		}
		logs = append(logs, string(text))
	}
	return logs, nil
}

// AppLog is what the application wrote during the actions, all of its servers
// one after the other.
func (r *Run) AppLog() string {
	var log strings.Builder
	for i, node := range r.Scenario.Nodes {
		if node.host() == r.Scenario.application() && !node.Fails {
			log.WriteString(r.Logs[i])
		}
	}
	return log.String()
}

// Check says whether client and application saw what the scenario says.
func (r *Run) Check() error {
	var failed error
	for i, action := range r.Scenario.Actions {
		if !reflect.DeepEqual(action.Want, r.Seen[i]) {
			failed = errors.Join(failed, fmt.Errorf("%s: want the client to see %+v, it saw %+v", strings.Join(action.Argv, " "), action.Want, r.Seen[i]))
		}
	}
	for _, line := range r.absentLines() {
		failed = errors.Join(failed, fmt.Errorf("want in the application's log %q, it holds:\n%s", line, r.AppLog()))
	}
	if r.Scenario.AppQuiet && strings.Contains(r.AppLog(), "Started ") {
		failed = errors.Join(failed, fmt.Errorf("want no request at the application, its log holds:\n%s", r.AppLog()))
	}
	return failed
}
