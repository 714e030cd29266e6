package tcp

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/capture"
)

// A script is a capture of one connection that a person can read, a packet per
// line:
//
//	> S 100           a SYN from the client, sequence number 100
//	< SA 300 101      a SYN with ACK from the server, acknowledging 101
//	> A 101 301 GET   three bytes from the client
//
// Further fields: @20 the time in milliseconds (it stays until the next one),
// cut=2 only two bytes of payload were captured. "." stands for no flags.
// Client and server are 10.0.0.1:1000 and 10.0.0.2:80.
type script string

const clientEnd, serverEnd = "10.0.0.1:1000", "10.0.0.2:80"

// step is one line of a script.
type step struct {
	server   bool // the server sends
	flags    uint8
	seq, ack uint32
	data     string
	cut      int   // bytes of data captured, -1 for all
	time     int64 // nanoseconds
}

func (s script) steps(t testing.TB) []step {
	var steps []step
	var now int64
	for line := range strings.Lines(string(s)) {
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		st := step{server: fields[0] == "<", cut: -1}
		for _, letter := range fields[1] {
			st.flags |= map[rune]uint8{'S': flagSYN, 'F': flagFIN, 'R': flagRST, 'A': flagACK, 'P': flagPSH}[letter]
		}
		numbers := []*uint32{&st.seq, &st.ack}
		for _, f := range fields[2:] {
			n, err := strconv.ParseUint(f, 10, 32)
			switch {
			case err == nil && len(numbers) > 0:
				*numbers[0] = uint32(n)
				numbers = numbers[1:]
			case strings.HasPrefix(f, "@"):
				ms, err := strconv.ParseInt(f[1:], 10, 64)
				require.NoError(t, err, line)
				now = ms * 1e6
			case strings.HasPrefix(f, "cut="):
				st.cut, err = strconv.Atoi(f[4:])
				require.NoError(t, err, line)
			default:
				st.data = f
			}
		}
		st.time = now
		steps = append(steps, st)
	}
	return steps
}

// packet makes the packet of a step, its number-th of the capture.
func (st step) packet(number int) *capture.Packet {
	src, dst := netip.MustParseAddrPort(clientEnd), netip.MustParseAddrPort(serverEnd)
	if st.server {
		src, dst = dst, src
	}
	data := rawTCP(src, dst, st.seq, st.ack, st.flags, st.data)
	p := &capture.Packet{Number: uint64(number), Time: st.time, Link: capture.LinkRaw, Length: len(data), Data: data}
	if st.cut >= 0 {
		p.Data = data[:len(data)-len(st.data)+st.cut]
	}
	return p
}

// rawTCP makes an IPv4 packet with a TCP segment.
func rawTCP(src, dst netip.AddrPort, seq, ack uint32, flags uint8, data string) []byte {
	b := make([]byte, 40, 40+len(data))
	b[0], b[8], b[9] = 0x45, 64, protoTCP
	binary.BigEndian.PutUint16(b[2:], uint16(40+len(data)))
	copy(b[12:], src.Addr().AsSlice())
	copy(b[16:], dst.Addr().AsSlice())
	binary.BigEndian.PutUint16(b[20:], src.Port())
	binary.BigEndian.PutUint16(b[22:], dst.Port())
	binary.BigEndian.PutUint32(b[24:], seq)
	binary.BigEndian.PutUint32(b[28:], ack)
	b[32], b[33] = 0x50, flags
	return append(b, data...)
}

// transcript is a Handler that writes down what it is told, a line per event:
//
//	open 10.0.0.1:1000 > 10.0.0.2:80      with "?" for ">" if no SYN was seen
//	4 > GET                               bytes, by packet 4
//	7 < gap 3 lost                        three bytes are missing, shown by packet 7
//	8 > fin
//	9 close fin by >
//
// From the second connection on, lines begin with its ID: "#2".
type transcript struct {
	lines  []string
	refuse bool
}

func (tr *transcript) line(c *Conn, format string, args ...any) {
	prefix := ""
	if c.ID > 1 {
		prefix = fmt.Sprintf("#%d ", c.ID)
	}
	tr.lines = append(tr.lines, prefix+fmt.Sprintf(format, args...))
}

func arrow(d Direction) string { return []string{">", "<"}[d] }

func (tr *transcript) Open(c *Conn) bool {
	tr.line(c, "open %v %s %v", c.A, map[bool]string{true: ">", false: "?"}[c.Opened], c.B)
	return !tr.refuse
}

func (tr *transcript) Chunk(c *Conn, d Direction, ch Chunk) {
	tr.line(c, "%d %s %s", ch.Packet, arrow(d), ch.Data)
}

func (tr *transcript) Gap(c *Conn, d Direction, g Gap) {
	cause := map[GapCause]string{GapLost: "lost", GapTruncated: "truncated", GapLimit: "limit"}[g.Cause]
	tr.line(c, "%d %s gap %d %s", g.Packet, arrow(d), g.Length, cause)
}

func (tr *transcript) Fin(c *Conn, d Direction, m Mark) { tr.line(c, "%d %s fin", m.Packet, arrow(d)) }

func (tr *transcript) Close(c *Conn, e End) {
	cause := map[EndCause]string{EndCapture: "capture", EndFin: "fin", EndReset: "reset",
		EndReused: "reused", EndIdle: "idle", EndLimit: "limit"}[e.Cause]
	by := ""
	if e.Cause == EndFin || e.Cause == EndReset {
		by = " by " + arrow(e.By)
	}
	tr.line(c, "%d close %s%s", e.Packet, cause, by)
}

// play gives a script to an Assembler and returns what was told.
func play(t testing.TB, s script, l Limits) ([]string, Stats) {
	tr := new(transcript)
	a := NewAssembler(tr, l)
	for i, st := range s.steps(t) {
		a.Add(st.packet(i + 1))
	}
	a.Close()
	return tr.lines, a.Stats()
}

// told splits what a test wants to be told into lines.
func told(text string) []string {
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// scriptLine makes a line of a script.
func scriptLine(format string, args ...any) script { return script(fmt.Sprintf(format, args...)) }

// repeat gives n times the same letter.
func repeat(letter byte, n int) string { return strings.Repeat(string(letter), n) }
