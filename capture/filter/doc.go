// Package filter compiles tcpdump's filter language (pcap-filter(7)) to
// classic BPF, without libpcap and without cgo.
//
// [Compile] makes a program for packets as they lie in a capture file,
// [CompileSocket] one for the kernel to run on an AF_PACKET socket, where the
// outermost VLAN tag is not in the packet but beside it. Both give the verdicts
// that tcpdump's programs give, though not by the same instructions, but for one
// oversight of libpcap: where an accessor stands right of an operator, as in
// `100 / ip[1] > 2`, it forgets to ask whether the packet is of that protocol.
//
// The way of an expression:
//
//	text → tokens → tree of tests → blocks → instructions with labels → jumps resolved
//
// What is left out is refused with the reason: names of hosts and networks
// (there is no DNS during an incident), protochain (classic BPF has no loops),
// the encapsulations MPLS, PPPoE, Geneve and VXLAN, 802.2 LLC and what is older
// than IP. [CompileWithTcpdump] asks an installed tcpdump for those, and
// [CompileSocketWithTcpdump] for those of them that are right on a socket too.
package filter
