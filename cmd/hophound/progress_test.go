package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/hophound/hophound/analyzer"
)

// beingRead is a capture of which so much was read.
type beingRead struct{ offset, size int64 }

func (b *beingRead) Offset() int64 { return b.offset }
func (b *beingRead) Size() int64   { return b.size }

func TestProgressLine(t *testing.T) {
	const mega = 1_000_000
	tests := []struct {
		name  string
		files []progressFile
		width int
		want  string
	}{
		{"one file", []progressFile{{"nginx", &beingRead{300 * mega, 1200 * mega}}}, 80, "300 MB of 1.20 GB read, 100 MB/s, 9 s left"},
		{"a file per hop", []progressFile{{"elb", &beingRead{100 * mega, 400 * mega}}, {"nginx", &beingRead{200 * mega, 600 * mega}}}, 80,
			"elb 25%  nginx 33%   300 MB of 1.00 GB read, 100 MB/s, 7 s left"},
		{"a narrow terminal", []progressFile{{"elb", &beingRead{100 * mega, 400 * mega}}, {"nginx", &beingRead{200 * mega, 600 * mega}}}, 50,
			"300 MB of 1.00 GB read, 100 MB/s, 7 s left"},
		{"a very narrow one", []progressFile{{"nginx", &beingRead{300 * mega, 1200 * mega}}}, 9, "300 MB of"},
		{"no room at all", []progressFile{{"nginx", &beingRead{300 * mega, 1200 * mega}}}, -1, ""},
		{"a pipe", []progressFile{{"nginx", &beingRead{300 * mega, -1}}}, 80, "300 MB read, 100 MB/s"},
		{"a pipe beside a file", []progressFile{{"elb", &beingRead{100 * mega, 400 * mega}}, {"nginx", &beingRead{200 * mega, -1}}}, 80,
			"elb 25%  nginx 200 MB   300 MB read, 100 MB/s"},
		{"all is read", []progressFile{{"nginx", &beingRead{300 * mega, 300 * mega}}}, 80, "300 MB of 300 MB read, 100 MB/s"},
		{"a file that grows while it is read", []progressFile{{"nginx", &beingRead{300 * mega, 200 * mega}}}, 80, "200 MB of 200 MB read, 100 MB/s"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			now := time.Unix(0, 0)
			p := &progress{files: test.files, samples: []progressSample{{now, 100 * mega}}}
			p.sample(now.Add(2 * time.Second))
			assert.Equal(t, test.want, p.line(test.width))
		})
	}
}

// The rate is that of the last seconds, not of all the time.
func TestProgressRateFollows(t *testing.T) {
	file := &beingRead{0, 1e12}
	p := &progress{files: []progressFile{{"nginx", file}}}
	for second := range 60 {
		p.sample(time.Unix(int64(second), 0))
		if second < 30 {
			file.offset += 5e9
		} else {
			file.offset += 1e9
		}
	}
	assert.LessOrEqual(t, len(p.samples), 6)
	assert.Contains(t, p.line(80), ", 1.00 GB/s, ")
}

// Nothing of a longer line stays behind a shorter one, or at the end.
func TestProgressClearsItsLine(t *testing.T) {
	var out bytes.Buffer
	p := &progress{out: &out, ending: make(chan struct{})}
	p.show("nginx 9.99 MB")
	p.show("nginx 10 MB")
	p.end()
	p.end()
	assert.Equal(t, "\rnginx 9.99 MB\rnginx 10 MB  \r           \r", out.String())
}

func TestNoProgressWithoutATerminal(t *testing.T) {
	var out bytes.Buffer
	p := showProgress(&environment{stderr: &out}, nil)
	p.end()
	assert.Empty(t, out.String())
}

func TestProgressNamesInputsByTheirHops(t *testing.T) {
	hops := []analyzer.HopInput{{Name: "nginx"}, {Name: "puma"}}
	assert.Equal(t, "nginx+puma", progressName(analyzer.Input{Name: "/tmp/web1.pcap", Hops: hops}))
	assert.Equal(t, "web1.pcap", progressName(analyzer.Input{Name: "/tmp/web1.pcap"}))
}

func TestByteCount(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 B", 999: "999 B", 1000: "1.00 kB", 9_994: "9.99 kB", 9_995: "10.0 kB", 99_949: "99.9 kB", 99_950: "100 kB",
		999_499: "999 kB", 999_500: "1.00 MB", 1_234_567: "1.23 MB", 45_600_000_000: "45.6 GB", 1<<63 - 1: "9.22 EB",
	} {
		assert.Equal(t, want, byteCount(n), "%d", n)
	}
}

func TestTimeLeft(t *testing.T) {
	for seconds, want := range map[float64]string{
		0: "1 s", 0.4: "1 s", 59.4: "59 s", 59.6: "1 min 0 s", 130: "2 min 10 s", 3725: "1 h 2 min", 1e18: "days",
	} {
		assert.Equal(t, want, timeLeft(seconds), "%v", seconds)
	}
}
