package topology

import "net/netip"

// Behind gives the places of one source that are behind others of it: they get
// what those send on, for certain, or they are one more server of a kind that does,
// on the same port, asked by the same hosts. Requests that only look the same are
// not enough.
func Behind(places []Place) []int {
	front, behind := map[int]bool{}, map[int]bool{}
	for b := range places {
		for a := range places {
			if a == b {
				continue
			}
			if p := passageFrom(&places[a], &places[b]); p.certain > 0 || p.addresses.asGiven > p.addresses.reversed {
				front[a], behind[b] = true, true
			}
		}
	}
	ports, senders := map[uint16]bool{}, map[netip.Addr]bool{}
	for b := range behind {
		ports[places[b].Server.Port()] = true
		for _, x := range places[b].Exchanges {
			senders[x.Conn.Client.Addr()] = true
		}
	}
	var all []int
	for i := range places {
		if behind[i] || !front[i] && ports[places[i].Server.Port()] && places[i].askedBy(senders) {
			all = append(all, i)
		}
	}
	return all
}

// askedBy tells whether all that is seen at a place came from some hosts.
func (p *Place) askedBy(hosts map[netip.Addr]bool) bool {
	for _, x := range p.Exchanges {
		if !hosts[x.Conn.Client.Addr()] {
			return false
		}
	}
	return true
}
