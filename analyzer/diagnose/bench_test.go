package diagnose

import "testing"

// BenchmarkRun: an ordinary request, of which there are millions, and a
// handshake with a finding.
func BenchmarkRun(b *testing.B) {
	for name, hops := range map[string][]ExampleHop{
		"ordinary":  nginxInheritanceCancelled.Example.Beside,
		"handshake": nginxDefault.Example.Hops,
	} {
		j, chainHops := journeyOf(b, hops)
		nodes := NewNodes(chainHops)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				nodes.Observe(j)
				Run(j, chainHops, nodes)
			}
		})
	}
}
