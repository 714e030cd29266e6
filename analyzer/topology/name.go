package topology

import (
	"fmt"
	"strings"

	"github.com/hophound/hophound/analyzer/http1"
)

// name gives every node a name after what is known of it: its process, otherwise
// the software that calls itself so in Server or Via, otherwise a hint, otherwise its
// port.
func (c *Chain) name(places []Place) {
	used := map[string]bool{}
	for i := range c.Nodes {
		node := &c.Nodes[i]
		var behind *Node
		if i+1 < len(c.Nodes) {
			behind = &c.Nodes[i+1]
		}
		node.Name = node.owner(places)
		if node.Name == "" {
			node.Name = strings.Clone(softwareOf(node, behind, places)) // which is part of a head
		}
		port := places[node.Places[0]].Server.Port()
		if node.Name == "" && node.oneServer(places) {
			node.Name = hopName(places[node.Places[0]].Hint)
		}
		byPort := fmt.Sprintf("port-%d", port)
		if node.Name == "" {
			node.Name = byPort
		}
		if used[node.Name] && node.Name != byPort {
			node.Name = fmt.Sprintf("%s-%d", node.Name, port)
		}
		if used[node.Name] {
			node.Name = fmt.Sprintf("%s-%d", node.Name, i+1)
		}
		used[node.Name] = true
	}
}

// owner is what the processes of the node's servers are called, if all of those
// that are known are called the same.
func (n *Node) owner(places []Place) string {
	owner := ""
	for _, i := range n.Places {
		switch name := hopName(places[i].Owner); {
		case name == "" || name == owner:
		case owner != "":
			return ""
		default:
			owner = name
		}
	}
	return owner
}

// oneServer tells whether all places of a node are the same server.
func (n *Node) oneServer(places []Place) bool {
	for _, i := range n.Places {
		if places[i].Server != places[n.Places[0]].Server {
			return false
		}
	}
	return true
}

// softwareOf gives the product that a node names itself; empty if it does not.
// A value that came from a node behind it says nothing of this one.
func softwareOf(node, behind *Node, places []Place) string {
	theirs := map[string]bool{}
	if behind != nil {
		for _, i := range behind.Places {
			for _, x := range places[i].Exchanges {
				theirs[productIn(x.Response, "Server")] = true
			}
		}
		for _, i := range behind.Places {
			for _, x := range places[i].Exchanges {
				if name := viaOf(x.Request); name != "" {
					return name
				}
			}
		}
	}
	for _, i := range node.Places {
		for _, x := range places[i].Exchanges {
			if product := productIn(x.Response, "Server"); product != "" && !theirs[product] {
				return product
			}
		}
	}
	return ""
}

// productIn gives the first product of a field like Server (RFC 9110 §10.2.4),
// as a name that can stand on a command line.
func productIn(m *http1.Message, field string) string {
	if m == nil {
		return ""
	}
	value, _ := m.Get(field)
	product, _, _ := strings.Cut(value, "/")
	product, _, _ = strings.Cut(product, " ")
	return hopName(product)
}

// viaOf gives the pseudonym of the last proxy in Via (RFC 9110 §7.6.3), unless
// it is a host's name.
func viaOf(m *http1.Message) string {
	if m == nil {
		return ""
	}
	last := ""
	for element := range m.Tokens("Via") {
		last = element
	}
	parts := strings.Fields(last)
	if len(parts) < 2 || strings.ContainsAny(parts[1], ".:") {
		return ""
	}
	return hopName(parts[1])
}

// hopName makes a name of lower-case letters, digits, dots and dashes.
func hopName(text string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-', r == '.':
			return r
		}
		return -1
	}, text)
	const longest = 24
	return strings.Trim(name[:min(len(name), longest)], "-.")
}
