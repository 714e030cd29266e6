// Package capture turns capture files and live traffic into packets, and packets
// into capture files.
//
// [Open] reads a pcap or pcapng file, plain or compressed with gzip or zstd,
// from disk or out of a FIFO; [NewFile] does the same for any stream, standard
// input among them. What the file is, is told by its first bytes and never by
// its name. Both return a [File], which is a [Source]: each call of
// [File.Next] fills one [Packet] whose bytes stay in the reader's buffer, so
// that a packet costs no allocation and no copy.
//
//	disk, FIFO, stdin → input → gunzip, unzstd → window → pcap or pcapng → Packet
//
// A file that breaks off or has a broken record is data, not an error: all
// packets before the break are given, then io.EOF, and [Stats] says where and
// why the file broke. Something that is no capture file at all is an error of
// Open that tells what it looks like.
//
// [OpenLive] captures on an interface, or on all of them, in this or another
// network namespace, which [ParseLive] finds by its name, a process or a
// container. Its [Live] is a [Source] too:
//
//	socket without protocol → ring → filter → bind → blocks of the ring → Packet
//
// [NewWriter] writes packets of one or more sources into a pcapng file, and
// [NewRotator] into one file after another, the way of tcpdump.
//
// Packets are numbered from 1 in the order of the file, as Wireshark
// numbers them; their times are nanoseconds since the Unix epoch.
package capture
