// Package tcp turns captured packets into the ordered bytes of TCP connections.
//
// A packet goes through two stages:
//
//	capture.Packet → decoder → segment → Assembler → Handler
//
// The decoder peels link layers, tags, tunnels and IP off a packet, puts
// fragments together and ends at a TCP segment, or says what the packet was
// instead. Each layer is a small function in the file of its family
// (ethernet.go, linuxsll.go, ppp.go, ieee80211.go, ip.go, tunnel.go, ...) that
// reads its header and names the next one; decode.go holds the list of those
// that most packets have, peel.go that of the others, link.go says which one a
// link type begins with. A new encapsulation is one more function and one more
// line in a list.
//
// The Assembler keeps a flow per connection and tells a Handler of its bytes:
//
//   - in order within a direction, every byte once, from the packet that
//     brought it first; what the capture does not hold is a Gap, never silence;
//   - in causal order between the directions: bytes are told after everything
//     of the other direction that their segment acknowledges, so that a
//     request comes before its response even if the capture has them swapped;
//   - straight from the packet's memory if they are in order; only what comes
//     too early is copied, within Limits;
//   - of different bytes for the same place, those that were captured first;
//     conflict.go says what is known of the others.
//
// Checksums are not looked at: on the sending host the network card fills them
// in after the capture, so they are wrong in most captures made there.
//
// All times are the packets' own. There is no wall clock and no goroutine; the
// same packets give the same events.
package tcp
