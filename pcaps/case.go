// Package pcaps describes a case: a folder of captures taken hop by hop, what
// they show, how they were made and what a report on them must say. The folders
// beside this file are the project's own cases; people write the same hops.yaml
// for the captures of their own chains.
package pcaps

// FileName is the name of the file that makes a folder a case.
const FileName = "hops.yaml"

// Case is the content of one hops.yaml.
type Case struct {
	Title string `yaml:"title"`           // one line: what this case shows
	Story string `yaml:"story,omitempty"` // what happened on the wire, for a person
	Made  Made   `yaml:"made,omitempty"`  // how the captures came to be
	Hops  []Hop  `yaml:"hops"`            // in the order of the chain, client side first

	Preserve []string `yaml:"preserve,omitempty"` // request fields that must reach the last hop as the first hop saw them
	Strip    []string `yaml:"strip,omitempty"`    // request fields that must not reach the last hop with a value from outside

	Want Want `yaml:"want,omitempty"`
}

// Made says where the captures come from, so that nobody takes an imitation
// for the real thing.
type Made struct {
	By    string `yaml:"by"`              // the command that remakes the captures
	Nodes []Node `yaml:"nodes,omitempty"` // every process the traffic passed, client side first
}

// Node is one process of the chain that was captured.
type Node struct {
	Name     string `yaml:"name"`
	Address  string `yaml:"address,omitempty"`
	Software string `yaml:"software"`           // product and version as it reports itself, "nginx 1.22.1"
	Config   string `yaml:"config,omitempty"`   // file in the case's folder
	Log      string `yaml:"log,omitempty"`      // file in the case's folder
	Imitates string `yaml:"imitates,omitempty"` // set if this node stands in for something else, and after which source
}

// Hop names one hop and the capture in which it is seen.
type Hop struct {
	Name   string `yaml:"name"`
	File   string `yaml:"file"`             // relative to the case's folder
	Server string `yaml:"server,omitempty"` // whose requests these are: ":80", "10.0.0.5:80", "10.0.0.0/24:3000"
}

// Want is what a report on the case must say. It is written from what the
// servers were made to do, never from what a report happened to say.
type Want struct {
	Verdict  string        `yaml:"verdict"` // "pass", "fail" or "inconclusive"
	Findings []WantFinding `yaml:"findings,omitempty"`
}

// WantFinding is one finding that must be in the report; a report with a
// finding of severity error that is not wanted is wrong too.
type WantFinding struct {
	Rule    string `yaml:"rule"`
	Culprit string `yaml:"culprit"` // a hop's name; empty if the rule blames no hop of the chain
	Count   int    `yaml:"count,omitempty"`
}
