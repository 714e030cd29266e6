//go:build linux

package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/goccy/go-yaml"

	"github.com/hophound/hophound/pcaps"
)

// WriteCase plays the scenario and makes it a case: the folder named after it
// below cases gets the captures, the configurations, the logs and hops.yaml.
// Nothing in the folder changes if the run fails or shows something else than
// the scenario says.
func (l *Lab) WriteCase(ctx context.Context, s Scenario, cases string) error {
	dir, err := os.MkdirTemp(l.tools, "case-")
	if err != nil {
		return fmt.Errorf("make a folder for the run: %w", err)
	}
	r, err := l.Run(ctx, s, dir)
	if err != nil {
		return fmt.Errorf("play %s: %w", s.Name, err)
	}
	if err := r.Check(); err != nil {
		return fmt.Errorf("check what %s shows: %w", s.Name, err)
	}
	return r.save(filepath.Join(cases, s.Name))
}

// save replaces the case's files by those of the run. Wanted reports that are
// there already stay.
func (r *Run) save(folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("make the case's folder: %w", err)
	}
	old, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil {
		return fmt.Errorf("list the case's folder: %w", err)
	}
	for _, path := range old {
		if !slices.Contains([]string{"want.txt", "want.json"}, filepath.Base(path)) {
			err = errors.Join(err, os.Remove(path))
		}
	}
	for _, name := range r.files() {
		err = errors.Join(err, copyFile(filepath.Join(r.Dir, name), filepath.Join(folder, name)))
	}
	for i, node := range r.Scenario.Nodes {
		if r.Logs[i] != "" {
			err = errors.Join(err, os.WriteFile(filepath.Join(folder, node.log()), []byte(r.Logs[i]), 0o644))
		}
	}
	text, yamlErr := yaml.MarshalWithOptions(r.describe(), yaml.UseLiteralStyleIfMultiline(true), yaml.Indent(2))
	err = errors.Join(err, yamlErr, os.WriteFile(filepath.Join(folder, pcaps.FileName), text, 0o644))
	if err != nil {
		return fmt.Errorf("write case %s: %w", r.Scenario.Name, err)
	}
	return nil
}

// files are the names of the captures and configurations.
func (r *Run) files() []string {
	var names []string
	for _, tap := range r.Scenario.taps() {
		names = append(names, tap.File)
	}
	for _, node := range r.Scenario.Nodes {
		if node.Config != "" {
			names = append(names, node.SavedAs)
		}
	}
	if r.Scenario.Docker {
		names = append(names, rulesSavedAs)
	}
	return names
}

// describe is the content of hops.yaml.
func (r *Run) describe() pcaps.Case {
	s := r.Scenario
	made := pcaps.Made{By: "go run ./lab/cases " + s.Name}
	made.Nodes = append(made.Nodes, pcaps.Node{
		Name: clientName, Address: s.entrance().client(), Software: r.Client,
	})
	for i, node := range s.Nodes {
		n := pcaps.Node{
			Name: node.Name, Address: node.server(), Software: r.Software[i], Imitates: node.Imitates,
		}
		if node.Config != "" {
			n.Config = node.SavedAs
		}
		if r.Logs[i] != "" {
			n.Log = node.log()
		}
		made.Nodes = append(made.Nodes, n)
	}
	c := pcaps.Case{Title: s.Title, Story: s.Story, Made: made, Preserve: s.Preserve, Strip: s.Strip, Want: s.Want}
	for _, tap := range s.taps() {
		for _, hop := range tap.Hops {
			hop.File = tap.File
			c.Hops = append(c.Hops, hop)
		}
	}
	return c
}
