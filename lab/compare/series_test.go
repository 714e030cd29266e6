//go:build linux

package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/hophound/hophound/lab"
)

func TestTable(t *testing.T) {
	took := func(ms int, packets, dropped uint64, copied int64) lab.Taken {
		return lab.Taken{CPU: time.Duration(ms) * time.Millisecond, Captured: packets, Dropped: dropped, Wire: 1000, Copied: copied}
	}
	c := comparison{start: map[string]float64{"tcpdump": 0.01, "hophound": 0.3}}
	got := c.table([]series{
		{by: "nobody", rates: []float64{100, 200}},
		{"tcpdump", []float64{50, 150}, []lab.Taken{took(210, 1000, 5, 1000), took(110, 1000, 0, 1000)}},
		{"hophound", []float64{90, 180}, []lab.Taken{took(400, 1000, 0, 50), took(350, 1000, 0, 30)}},
	})
	assert.Equal(t, ""+
		"| captured by |  done a second |         of nobody's | CPU s, start |         CPU s, steady | times tcpdump's | µs a packet | packets | dropped | to user space |\n"+
		"|-------------|---------------:|--------------------:|-------------:|----------------------:|----------------:|------------:|--------:|--------:|--------------:|\n"+
		"| nobody      |  150 (100–200) |                1.00 |              |                       |                 |             |         |         |               |\n"+
		"| tcpdump     | 100 (50.0–150) | 0.625 (0.500–0.750) |       0.0100 |   0.150 (0.100–0.200) |            1.00 |         150 |    1000 |       5 |         100 % |\n"+
		"| hophound    | 135 (90.0–180) |               0.900 |        0.300 | 0.0750 (0.0500–0.100) |           0.500 |        75.0 |    1000 |       0 |        4.00 % |\n", got)
}

func TestHeadsAreCountedAsOftenAsTheyAre(t *testing.T) {
	ours, theirs := map[string]int{"a": 2, "b": 1}, map[string]int{"a": 1, "c": 4}
	assert.Equal(t, 3, count(ours))
	assert.Equal(t, 2, missing(ours, theirs))
	assert.Equal(t, 4, missing(theirs, ours))
}
