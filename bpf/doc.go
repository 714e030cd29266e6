// Package bpf loads the eBPF socket filter that lets the heads of HTTP/1
// messages through and trims everything else while it is still in the kernel,
// so that what a capture costs follows the number of heads, not of bytes.
//
// # What goes up
//
// The filter follows each direction of each connection through the framing of
// RFC 9112 (Content-Length, chunk sizes, the responses that have no content)
// and gives of every packet a prefix: up to the last byte in it that belongs to
// framing. So each byte that is cut off is content, and whoever reads the
// trimmed capture steps over it by arithmetic, as it would step over the bytes
// themselves: same heads, same pairing, same report. In particular
//
//   - heads go up whole, however many segments they take and wherever in a
//     packet they begin, up to [Options.HeadLimit] bytes each;
//   - of content of known length only the headers of the packets;
//   - of chunked content each packet up to the last chunk size line in it,
//     since with one of them missing the position would be lost, and up to its
//     end if it holds more than about 60 chunks;
//   - after a 101 the first 256 bytes of each direction, then frame headers and
//     control frames (each packet up to the last of them in it); of tunnels of
//     something else than WebSocket 16 bytes of each packet;
//   - of the tunnel of a CONNECT the first 256 bytes of each direction, then 16
//     bytes of each packet, until one begins with a start line: HTTP through it
//     is followed like any other;
//   - of TLS the first 4 KiB of each direction, then 16 bytes of each packet;
//   - segments without payload (SYN, FIN, RST, acknowledgements) always.
//
// What cannot be judged goes up whole: segments that are out of order or there
// again, IP fragments, tunnels (VXLAN, GENEVE, GRE, IP in IP, MPLS, PPPoE,
// CAPWAP, L2TP, Teredo and whatever else the analysis looks into). Of a connection
// that was met midway, or whose position was lost with a lost segment, the
// first [Options.StartLimit] bytes of a direction go up whole and then 16 bytes
// of each packet, until a packet begins with a start line. That is also where
// the analysis finds its way back, and the only place.
//
// # What that leaves out
//
// Two things differ from a full capture. What is in content cannot be searched
// any more. And a message that begins in the middle of a packet is missed if
// the position was lost (see above) and the sender put it behind content in one
// segment, which takes pipelining. Only HTTP/1 is followed: of HTTP/2 without
// TLS the first StartLimit bytes go up.
package bpf

//go:generate go tool -modfile=../tools/go.mod bpf2go -tags linux -target bpfel -go-package bpf heads heads.bpf.c -- -mcpu=v3 -O2 -fno-unroll-loops -Wall -Wextra -Werror
