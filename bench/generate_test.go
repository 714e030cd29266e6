package bench

import (
	"encoding/binary"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What the summary says is in the files, read back by gopacket and net/http.
func TestCapturesHoldWhatTheSummarySays(t *testing.T) {
	for _, kind := range Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			o := Options{Journeys: 300, Kind: kind, Upgrades: 0.2, Lost: 0.3, Seed: 7}
			if kind == Download {
				o.Journeys = 40
			}
			s, recs := generate(t, o)
			require.Equal(t, o.Journeys, s.Journeys)
			for i, rec := range recs {
				h := s.Hops[i]
				rec.whole(t)
				assert.Equal(t, h.Packets, rec.packets)
				assert.Equal(t, h.Bytes, rec.bytes)
				assert.Len(t, rec.order, h.Connections)
				assert.Zero(t, rec.disordered)
				if kind == TLS {
					continue
				}
				all := rec.exchanges(t)
				assert.Len(t, all, s.Journeys)
				assert.Equal(t, s.Upgrades.Upgraded, count(all, http.StatusSwitchingProtocols))
				assert.Equal(t, s.Upgrades.Lost, count(all, http.StatusNotFound))
			}
			if kind != Pipelined {
				assert.Positive(t, s.Upgrades.Lost)
				assert.Positive(t, s.Upgrades.Upgraded)
			}
		})
	}
}

func count(all []seen, status int) (n int) {
	for _, x := range all {
		if x.response.StatusCode == status {
			n++
		}
	}
	return n
}

// A proxy sends a request on after it got it, and its response after it got
// that: the cookie, other in every request, tells which exchanges are one
// journey.
func TestExchangesLieWithinThoseOfTheHopBefore(t *testing.T) {
	for _, kind := range []Kind{Small, Download, Chunked, Pipelined, Connections, WebSocket} {
		t.Run(string(kind), func(t *testing.T) {
			_, recs := generate(t, Options{Hops: 4, Journeys: 60, Kind: kind, Upgrades: 0.3, Lost: 0.5})
			before := map[string]seen{}
			for i, rec := range recs {
				now := map[string]seen{}
				for _, x := range rec.exchanges(t) {
					id := x.request.Header.Get("Cookie")
					now[id] = x
					if i == 0 {
						continue
					}
					require.Contains(t, before, id)
					assert.True(t, before[id].asked.Before(x.asked))
					assert.True(t, x.asked.Before(x.answered))
					assert.True(t, x.answered.Before(before[id].answered))
				}
				require.Len(t, now, 60)
				before = now
			}
		})
	}
}

// head is what a hop sees of a handshake.
type head struct{ version, host, upgrade, connection, forwarded string }

func TestHandshakeFromHopToHop(t *testing.T) {
	tests := map[string]struct {
		lost float64
		want []head
	}{
		"configured": {0, []head{
			{"HTTP/1.1", "app.example.com", "websocket", "Upgrade", ""},
			{"HTTP/1.1", "app.example.com", "websocket", "Upgrade", "198.18.0.0"},
			{"HTTP/1.1", "app.example.com", "websocket", "upgrade", "198.18.0.0, 10.0.0.10"},
		}},
		"nothing configured": {1, []head{
			{"HTTP/1.1", "app.example.com", "websocket", "Upgrade", ""},
			{"HTTP/1.1", "app.example.com", "websocket", "Upgrade", "198.18.0.0"},
			{"HTTP/1.0", "puma", "", "close", "198.18.0.0"},
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, recs := generate(t, Options{Journeys: 1, Kind: WebSocket, Lost: tt.lost})
			var got []head
			for _, rec := range recs {
				r := rec.exchanges(t)[0].request
				got = append(got, head{r.Proto, r.Host, r.Header.Get("Upgrade"), r.Header.Get("Connection"), r.Header.Get("X-Forwarded-For")})
			}
			// net/http takes "close" out of the fields.
			if tt.lost == 1 {
				assert.True(t, recs[2].exchanges(t)[0].request.Close)
				got[2].connection = "close"
			}
			assert.Equal(t, tt.want, got)
		})
	}
}

func TestRequestIDs(t *testing.T) {
	_, recs := generate(t, Options{Journeys: 50, RequestIDs: true})
	ids := map[string]bool{}
	for _, x := range recs[1].exchanges(t) {
		ids[x.request.Header.Get("X-Amzn-Trace-Id")] = true
		assert.NotEmpty(t, x.response.Header.Get("X-Request-Id"))
	}
	assert.Len(t, ids, 50)
}

// Everything inside of TLS looks like TLS from outside.
func TestTLSIsRecordsThroughout(t *testing.T) {
	_, recs := generate(t, Options{Journeys: 50, Kind: TLS})
	for _, rec := range recs {
		for _, c := range rec.order {
			for side, s := range c {
				data := s.data.Bytes()
				assert.Equal(t, byte(recordHandshake), data[0])
				assert.Equal(t, byte(1+side), data[5], "ClientHello or ServerHello")
				for len(data) > 0 {
					require.GreaterOrEqual(t, len(data), 5)
					length := 5 + int(binary.BigEndian.Uint16(data[3:]))
					require.GreaterOrEqual(t, len(data), length, "record goes on behind the end")
					data = data[length:]
				}
			}
		}
	}
}

func TestLossTakesPacketsFromTheCaptureAlone(t *testing.T) {
	whole, _ := generate(t, Options{Journeys: 100})
	holed, recs := generate(t, Options{Journeys: 100, Loss: 0.05})
	for i, h := range holed.Hops {
		assert.Positive(t, h.Lost)
		assert.Equal(t, whole.Hops[i].Packets, h.Packets+h.Lost)
		assert.Equal(t, h.Packets, recs[i].packets)
	}
}

func TestReorderKeepsEveryByte(t *testing.T) {
	_, straight := generate(t, Options{Journeys: 20, Kind: Download})
	s, recs := generate(t, Options{Journeys: 20, Kind: Download, Reorder: 0.05})
	for i, rec := range recs {
		rec.whole(t)
		assert.Positive(t, s.Hops[i].Reordered)
		assert.Equal(t, s.Hops[i].Reordered, rec.disordered)
		for key, c := range rec.connections {
			for side := range c {
				assert.Equal(t, straight[i].connections[key][side].data.Bytes(), c[side].data.Bytes())
			}
		}
	}
}

func TestSameSeedSameBytes(t *testing.T) {
	read := func(o Options) (files []string) {
		dir := t.TempDir()
		s, err := Generate(dir, o)
		require.NoError(t, err)
		for _, h := range s.Hops {
			b, err := os.ReadFile(filepath.Join(dir, h.Name+".pcap"))
			require.NoError(t, err)
			files = append(files, string(b))
		}
		return files
	}
	// More than one batch of packets, so that files are written in several goes.
	o := Options{Journeys: 10_000, Upgrades: 0.1, Lost: 0.1, Loss: 0.01, Reorder: 0.01, Seed: 3}
	first := read(o)
	assert.True(t, assert.ObjectsAreEqual(first, read(o)))
	o.Seed = 4
	assert.False(t, assert.ObjectsAreEqual(first, read(o)))
}

func TestHopNames(t *testing.T) {
	assert.Equal(t, []string{"puma"}, HopNames(1))
	assert.Equal(t, []string{"nginx", "puma"}, HopNames(2))
	assert.Equal(t, []string{"elb", "nginx", "puma"}, HopNames(3))
	assert.Equal(t, []string{"elb", "nginx3", "nginx2", "nginx", "puma"}, HopNames(5))
}

func TestOptionsThatCannotBe(t *testing.T) {
	tests := map[string]Options{
		"make a chain of 10 hops: it has 1 to 9":                                                                  {Hops: 10},
		"make -1 journeys of 64 clients: there must be at least one":                                              {Journeys: -1},
		`use 1.5 as the share "loss": it is a number from 0 to 1`:                                                 {Loss: 1.5},
		"lose upgrades in a chain of one hop: there is no proxy in it":                                            {Hops: 1, Lost: 0.1},
		`make traffic of kind "mail": the kinds are [small download chunked pipelined connections tls websocket]`: {Kind: "mail"},
	}
	for want, o := range tests {
		_, err := Generate(t.TempDir(), o)
		require.EqualError(t, err, want)
	}
	_, err := Generate(filepath.Join(t.TempDir(), "absent"), Options{})
	require.ErrorIs(t, err, os.ErrNotExist)
}

// The checksums of RFC 1071 §3's example.
func TestChecksum(t *testing.T) {
	assert.Equal(t, uint16(0xddf2), fold(sum(0, []byte{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7})))
	assert.Equal(t, uint16(0xddf2+0x0100), fold(sum(0, []byte{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7, 0x01})))
}

func TestDatesAreThoseOfTheCapture(t *testing.T) {
	_, recs := generate(t, Options{Journeys: 1})
	x := recs[0].exchanges(t)[0]
	date, err := http.ParseTime(x.response.Header.Get("Date"))
	require.NoError(t, err)
	assert.WithinDuration(t, x.answered, date, time.Second)
}

func BenchmarkGenerate(b *testing.B) {
	for _, kind := range Kinds() {
		b.Run(string(kind), func(b *testing.B) {
			dir := b.TempDir()
			var written, journeys int64
			for b.Loop() {
				s, err := Generate(dir, Options{Journeys: 2000, Kind: kind, Upgrades: 0.05})
				require.NoError(b, err)
				for _, h := range s.Hops {
					written += h.Bytes
				}
				journeys += int64(s.Journeys)
			}
			b.SetBytes(written / int64(b.N))
			b.ReportMetric(float64(journeys)/b.Elapsed().Seconds(), "journeys/s")
		})
	}
}
