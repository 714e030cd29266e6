package analyzer

import (
	"path"
	"slices"
	"strings"

	"github.com/hophound/hophound/analyzer/chain"
	"github.com/hophound/hophound/analyzer/topology"
)

// drawOn is how many exchanges of each input are looked at to draw the chain.
const drawOn = 4 * topology.Sample

// draw finds the hops from the first exchanges of all inputs.
func (a *analysis) draw() {
	each(a.feeds, func(f *feed) { f.collect(drawOn) })()
	var places []topology.Place
	var owners []*feed
	var of []*place
	for _, f := range a.feeds {
		f.sample()
		drawable := f.drawable()
		hint := ""
		if len(drawable) == 1 {
			hint = stem(f.input.Name)
		}
		for _, p := range drawable {
			places = append(places, topology.Place{Source: f.index, Server: p.server, Owner: f.owners.name(p.server), Hint: hint, Exchanges: p.sample})
			owners, of = append(owners, f), append(of, p)
			p.sample = nil
		}
	}
	if len(places) == 0 {
		a.drawNothing()
		return
	}
	drawn := topology.Draw(places)
	a.drawn = &Drawing{}
	for i, node := range drawn.Nodes {
		a.hops = append(a.hops, chain.Hop{Index: i, Name: node.Name})
		for _, p := range node.Places {
			owners[p].placed(of[p], i)
		}
	}
	for _, aside := range drawn.Aside {
		a.drawn.Aside = append(a.drawn.Aside, Aside{place: of[aside.Place], Source: owners[aside.Place].input.Name, Server: of[aside.Place].server, Why: aside.Why})
	}
	for _, f := range a.feeds {
		f.drawn = true
	}
}

// drawNothing makes one hop of inputs in which there was no request: what was
// captured instead, and what was lost, still stands in its ledger.
func (a *analysis) drawNothing() {
	a.hops = []chain.Hop{{Name: stem(a.feeds[0].input.Name)}}
	for _, f := range a.feeds {
		for _, p := range f.places {
			p.hop = 0
		}
		f.places = slices.Insert(f.places, 0, newPlace(0))
		f.drawn, f.single = true, true
	}
}

// stem is the name of a file without its folder and endings: "web1" of
// "captures/web1.pcap.gz".
func stem(name string) string {
	base := path.Base(strings.ReplaceAll(name, `\`, "/"))
	first, _, _ := strings.Cut(base, ".")
	return first
}
