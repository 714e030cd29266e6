package capture

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The writers and readers of gopacket's pcapgo agree with this package on
// random files, wherever pcapgo can do what is asked (it knows link types of
// eight bits only, and no comments).

// written is what a random file holds.
type written struct {
	info gopacket.CaptureInfo
	data []byte
}

// randomPackets makes n packets of 0 to 2000 bytes, some cut short.
func randomPackets(r *rand.Rand, n int, unit time.Duration) []written {
	all := make([]written, n)
	at := time.Unix(1_700_000_000, 0).UTC()
	for i := range all {
		data := make([]byte, r.IntN(2000))
		for j := range data {
			data[j] = byte(r.Uint32())
		}
		at = at.Add(time.Duration(r.IntN(3_000_000)) * unit)
		all[i] = written{gopacket.CaptureInfo{
			Timestamp: at, CaptureLength: len(data), Length: len(data) + r.IntN(2)*r.IntN(60000),
		}, data}
	}
	return all
}

// same compares what this package read with what was written or what another
// reader read.
func same(t *testing.T, want []written, got []seen) {
	t.Helper()
	require.Len(t, got, len(want))
	for i, w := range want {
		g := got[i]
		require.Equal(t, uint64(i+1), g.Number)
		require.Equal(t, w.info.Timestamp.UnixNano(), g.Time, "packet %d", i+1)
		require.Equal(t, w.info.Length, g.Length, "packet %d", i+1)
		require.Equal(t, w.info.InterfaceIndex, g.Interface, "packet %d", i+1)
		require.Equal(t, string(w.data), g.Data, "packet %d", i+1)
	}
}

// source is a reader of pcapgo.
type source interface {
	ReadPacketData() ([]byte, gopacket.CaptureInfo, error)
}

func readPcapgo(t *testing.T, src source) []written {
	t.Helper()
	var all []written
	for {
		data, info, err := src.ReadPacketData()
		if errors.Is(err, io.EOF) {
			return all
		}
		require.NoError(t, err)
		all = append(all, written{info, data})
	}
}

func TestAgreesWithPcapgoOnPcap(t *testing.T) {
	for seed := range uint64(10) {
		r := rand.New(rand.NewPCG(seed, 0))
		var file bytes.Buffer
		w, unit := pcapgo.NewWriter(&file), time.Microsecond
		if seed%2 == 1 {
			w, unit = pcapgo.NewWriterNanos(&file), time.Nanosecond
		}
		require.NoError(t, w.WriteFileHeader(65535, layers.LinkTypeEthernet))
		packets := randomPackets(r, r.IntN(500), unit)
		for _, p := range packets {
			require.NoError(t, w.WritePacket(p.info, p.data))
		}
		got := readAll(t, open(t, file.Bytes()))
		same(t, packets, got)
		theirs, err := pcapgo.NewReader(bytes.NewReader(file.Bytes()))
		require.NoError(t, err)
		same(t, readPcapgo(t, theirs), got)
	}
}

func TestAgreesWithPcapgoOnPcapng(t *testing.T) {
	for seed := range uint64(10) {
		r := rand.New(rand.NewPCG(seed, 0))
		var file bytes.Buffer
		ifaces := []pcapgo.NgInterface{
			{Name: "eth0", Description: "one", Comment: "first", LinkType: layers.LinkTypeEthernet, SnapLength: 65535},
			{Name: "tun0", LinkType: layers.LinkTypeRaw},
			{Name: "lo", LinkType: layers.LinkTypeNull},
		}
		w, err := pcapgo.NewNgWriterInterface(&file, ifaces[0], pcapgo.NgWriterOptions{
			SectionInfo: pcapgo.NgSectionInfo{Comment: "made for a test", Application: "go test", OS: "any", Hardware: "some"},
		})
		require.NoError(t, err)
		for _, i := range ifaces[1:] {
			_, err := w.AddInterface(i)
			require.NoError(t, err)
		}
		packets := randomPackets(r, r.IntN(500), time.Nanosecond)
		for i := range packets {
			packets[i].info.InterfaceIndex = r.IntN(len(ifaces))
			require.NoError(t, w.WritePacket(packets[i].info, packets[i].data))
		}
		require.NoError(t, w.WriteInterfaceStats(1, pcapgo.NgInterfaceStatistics{PacketsReceived: 500, PacketsDropped: 17}))
		require.NoError(t, w.Flush())

		f := open(t, file.Bytes())
		got := readAll(t, f)
		same(t, packets, got)
		for i, p := range got {
			assert.Equal(t, LinkType(ifaces[packets[i].info.InterfaceIndex].LinkType), p.Link)
		}
		assert.Equal(t, Interface{Name: "eth0", Description: "one", Comment: "first", Link: LinkEthernet, SnapLen: 65535}, f.Interfaces()[0])
		assert.Equal(t, []Section{{"made for a test", "some", "any", "go test"}}, f.Sections())
		assert.Equal(t, uint64(17), f.Stats().Dropped)
		theirs, err := pcapgo.NewNgReader(bytes.NewReader(file.Bytes()), pcapgo.NgReaderOptions{WantMixedLinkType: true})
		require.NoError(t, err)
		same(t, readPcapgo(t, theirs), got)
	}
}
