package capture

// Packet is one captured packet.
//
// A Packet is filled by [Source.Next] and reused from call to call: its Data
// and Comment point into the source's buffer and are valid only until the next
// call. Whoever needs them longer copies them.
//
// Numbers count from 1 in the order of the source and are those that Wireshark
// and tshark show, so that anyone can look a packet up. They are tcpdump's too,
// but for pcapng files with custom or journal blocks: Wireshark gives each of
// those a number, tcpdump does not.
type Packet struct {
	Number    uint64   // position in its source, from 1: Wireshark's frame.number
	Time      int64    // capture time, nanoseconds since the Unix epoch; 0 if the file does not say (pcapng Simple Packet Block)
	Interface int      // index into Source.Interfaces
	Link      LinkType // how Data begins
	Length    int      // bytes on the wire; more than len(Data) if the capture cut the packet short
	Data      []byte   // bytes captured
	Comment   []byte   // pcapng opt_comment of this packet, nil if there is none; several are joined by line feeds, up to 64 KiB
}

// Truncated tells whether the capture holds less of the packet than was on the
// wire (a short snapshot length, or a mirror that cut it).
func (p *Packet) Truncated() bool { return len(p.Data) < p.Length }
