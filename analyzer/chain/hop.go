package chain

// Hop is the link into a node, named after that node: the hop nginx is the
// traffic as it arrives at nginx.
type Hop struct {
	Index int // in chain order, client side first, from 0
	Name  string
}
