package topology

import (
	"cmp"
	"slices"
)

// Chain is the chain that some places form.
type Chain struct {
	Nodes []Node  // client side first
	Aside []Aside // places that are no part of it
}

// Node is one hop: the servers that stand at the same distance from the
// clients, such as the Pumas behind one nginx.
type Node struct {
	Name   string
	Places []int // indexes of places
}

// Aside is a place that was left out.
type Aside struct {
	Place int
	Why   string // "its requests were seen at no other server"
}

// Draw finds the chain that places form: which server's requests are followed
// by whose. Places of one distance from the clients are one node. If places
// form several chains that have nothing in common, the one with most upgrade
// attempts is drawn, then the one with most requests. No places form an empty
// chain.
func Draw(places []Place) Chain {
	if len(places) == 0 {
		return Chain{}
	}
	d := drawing{places: places, next: make([][]int, len(places)), island: make([]int, len(places))}
	d.dropCopies()
	d.connect()
	d.measure()
	best := d.best()
	d.adopt(best)
	var chain Chain
	for i := range places {
		if original, copied := d.copies[i]; copied {
			d.island[i], d.depth[i] = d.island[original], d.depth[original]
		}
		switch {
		case d.island[i] == best || d.alike(d.island[i], best):
			depth := d.depth[i]
			for len(chain.Nodes) <= depth {
				chain.Nodes = append(chain.Nodes, Node{})
			}
			chain.Nodes[depth].Places = append(chain.Nodes[depth].Places, i)
		default:
			chain.Aside = append(chain.Aside, Aside{i, "its requests were seen at no server of the chain"})
		}
	}
	chain.name(places)
	return chain
}

// drawing is a chain on the way to being drawn.
type drawing struct {
	places []Place
	copies map[int]int // places that are others once more: the lowest index of them
	next   [][]int     // next[a]: the places whose requests follow those of a
	island []int       // which places are connected: the lowest index of them
	depth  []int       // greatest number of places before this one
}

// dropCopies finds places that a source before saw already. They belong to the
// same node, and which exchanges are the same is for others to tell.
func (d *drawing) dropCopies() {
	d.copies = map[int]int{}
	for b := range d.places {
		for a := range b {
			if !d.copied(a) && d.places[b].copyOf(&d.places[a]) {
				d.copies[b] = a
				break
			}
		}
	}
}

func (d *drawing) copied(i int) bool {
	_, copied := d.copies[i]
	return copied
}

// connect finds out which place's requests are followed by which.
func (d *drawing) connect() {
	for i := range d.island {
		d.island[i] = i
	}
	into := make([][]passage, len(d.places)) // into[b][a]: from a to b
	for b := range d.places {
		into[b] = make([]passage, len(d.places))
		for a := range d.places {
			if a != b && !d.copied(a) && !d.copied(b) {
				into[b][a] = passageFrom(&d.places[a], &d.places[b])
			}
		}
	}
	for b := range d.places {
		for _, a := range d.before(b, into) {
			d.next[a] = append(d.next[a], b)
			d.join(d.island[a], d.island[b])
		}
	}
}

// before gives the places whose requests are followed by those of b: every one
// that brings about as many as the best does and, where each of several brings
// a part, as two nginxes between one load balancer and one Puma do, those that
// together do.
func (d *drawing) before(b int, into [][]passage) []int {
	best := 0
	for a, p := range into[b] {
		if o := into[b][best]; p.certain > o.certain || p.certain == o.certain && p.requests > o.requests {
			best = a
		}
	}
	between := 0 // requests that places behind the best bring to b, surely
	byPort := map[uint16]int{}
	for a, p := range into[b] {
		if p.certain > 0 && into[a][best].requests > 0 {
			between += p.requests
		}
		byPort[d.places[a].Server.Port()] += p.requests
	}
	var before []int
	for a, p := range into[b] {
		port := d.places[a].Server.Port()
		apart := port != d.places[b].Server.Port() // not of the same kind as b itself
		switch {
		case !p.comparable(into[b][best]):
		case into[b][best].enough(p.requests),
			p.certain > 0 && into[a][best].requests > 0 && into[b][best].enough(between),
			apart && into[b][best].enough(byPort[port]):
			before = append(before, a)
		}
	}
	return before
}

func (d *drawing) join(a, b int) {
	low := min(a, b)
	for i, island := range d.island {
		if island == a || island == b {
			d.island[i] = low
		}
	}
}

// measure finds the depths: the longest way from a client. Places that follow
// each other in a circle, which would need clocks or captures that lie, end it.
func (d *drawing) measure() {
	d.depth = make([]int, len(d.places))
	for range d.places {
		changed := false
		for a, next := range d.next {
			for _, b := range next {
				if d.depth[b] <= d.depth[a] {
					d.depth[b] = d.depth[a] + 1
					changed = true
				}
			}
		}
		if !changed {
			return
		}
	}
	for i := range d.depth { // a circle: no order can be told
		d.depth[i] = 0
	}
}

// best is the island to draw.
func (d *drawing) best() int {
	weigh := func(island int) (attempts, requests int) {
		for i := range d.places {
			if d.island[i] == island && !d.copied(i) {
				attempts += d.places[i].attempts()
				requests += len(d.places[i].Exchanges)
			}
		}
		return attempts, requests
	}
	islands := slices.Clone(d.island)
	slices.SortStableFunc(islands, func(a, b int) int {
		attemptsA, requestsA := weigh(a)
		attemptsB, requestsB := weigh(b)
		return cmp.Or(cmp.Compare(attemptsB, attemptsA), cmp.Compare(requestsB, requestsA))
	})
	return islands[0]
}

// adopt takes single places onto an island where others have their port at just
// one depth: a server whose answers do not tell where it stands, because it gave
// none.
func (d *drawing) adopt(island int) {
	depths := map[uint16]map[int]bool{}
	members := map[int]int{}
	for i, p := range d.places {
		members[d.island[i]]++
		if d.island[i] == island {
			port := p.Server.Port()
			if depths[port] == nil {
				depths[port] = map[int]bool{}
			}
			depths[port][d.depth[i]] = true
		}
	}
	for i, p := range d.places {
		if d.island[i] == island || members[d.island[i]] > 1 || d.copied(i) || len(depths[p.Server.Port()]) != 1 {
			continue
		}
		for depth := range depths[p.Server.Port()] {
			d.island[i], d.depth[i] = island, depth
		}
	}
}

// alike tells whether an island looks like a part of another that was captured
// apart: the same ports at the same depths, as of a second nginx with Pumas of
// its own behind the same load balancer.
func (d *drawing) alike(island, other int) bool {
	type kind struct {
		port  uint16
		depth int
	}
	kinds := map[kind]bool{}
	for i := range d.places {
		if d.island[i] == other {
			kinds[kind{d.places[i].Server.Port(), d.depth[i]}] = true
		}
	}
	for i := range d.places {
		if d.island[i] == island && !d.copied(i) && !kinds[kind{d.places[i].Server.Port(), d.depth[i]}] {
			return false
		}
	}
	return true
}
