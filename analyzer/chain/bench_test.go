package chain_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/hophound/hophound/analyzer/chain"
	"github.com/hophound/hophound/analyzer/http1"
)

// BenchmarkMatcher matches 10⁴, 10⁵ and 10⁶ journeys on three hops, made on the
// fly. Linear work shows as the same ns/exchange for all, bounded memory as the
// same MB-live: the heap in use after a collection, at its highest of ten
// looks.
func BenchmarkMatcher(b *testing.B) {
	kinds := []struct {
		name  string
		plain float64
	}{{"ids", 0}, {"mixed", 0.5}, {"plain", 1}}
	for _, kind := range kinds {
		for _, n := range []int{1e4, 1e5, 1e6} {
			b.Run(fmt.Sprintf("%s/%d", kind.name, n), func(b *testing.B) {
				exchanges := 0
				var live uint64
				b.ReportAllocs()
				for b.Loop() {
					exchanges, live = runStream(b, n, kind.plain)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(exchanges), "ns/exchange")
				b.ReportMetric(float64(live)/1e6, "MB-live")
			})
		}
	}
}

// runStream lets n journeys happen, a thousand at a time: making them is not
// measured, only adding them.
func runStream(b *testing.B, n int, plain float64) (exchanges int, live uint64) {
	b.StopTimer()
	s := &stream{rng: rand.New(rand.NewPCG(1, 2)), plain: plain}
	linked := 0
	m := chain.NewMatcher(worldHops, chain.Options{}, func(j *chain.Journey) { linked += len(j.Links) })
	for i := 0; i < n; i += 1000 {
		chunk := s.next(1000)
		exchanges += len(chunk)
		b.StartTimer()
		for _, c := range chunk {
			m.Add(c.hop, c.x)
		}
		b.StopTimer()
		if i%(n/10) == 0 {
			live = max(live, heapInUse())
		}
	}
	b.StartTimer()
	m.Close()
	b.StopTimer()
	if linked < n {
		b.Fatalf("only %d links in %d journeys", linked, n)
	}
	b.StartTimer()
	return exchanges, live
}

func heapInUse() uint64 {
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return s.HeapAlloc
}

// stream is a light world: 2000 requests a second that nest, of which some
// are lost.
type stream struct {
	rng   *rand.Rand
	plain float64
	n     int
	now   int64
}

func (s *stream) next(n int) []capturedExchange {
	var out []capturedExchange
	for range n {
		s.n++
		s.now += int64(500e3)
		fields := []http1.Field{
			{Name: "Host", Value: "www.example.com"}, {Name: "User-Agent", Value: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"},
			{Name: "Accept", Value: "*/*"}, {Name: "Cookie", Value: fmt.Sprintf("_session_id=%d", s.n%5000)},
			{Name: "Accept-Encoding", Value: "gzip, deflate, br"}, {Name: "Accept-Language", Value: "en-US,en;q=0.5"},
		}
		if s.rng.Float64() >= s.plain {
			fields = append(fields, http1.Field{Name: "X-Request-Id", Value: fmt.Sprintf("%016x", s.rng.Uint64())})
		}
		took := int64(5e6) + s.rng.Int64N(20e6)
		for hop := worldHops - 1; hop >= 0; hop-- {
			if s.rng.Float64() < 0.01 {
				continue
			}
			start, end := s.now+int64(hop)*300e3, s.now+took-int64(hop)*200e3
			out = append(out, capturedExchange{hop: hop, ended: end, x: &http1.Exchange{
				Conn:     &http1.Conn{ID: uint64(s.n), Start: start, Whole: true},
				Request:  &http1.Message{Method: "GET", Target: "/cable", Fields: fields, Complete: true, Start: start, End: start},
				Response: &http1.Message{Status: 200, Complete: true, Start: end, End: end},
			}})
		}
	}
	return out
}
