package capture

import (
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// deliver reads a capture from r in a goroutine of its own and hands over each
// packet as it comes, until w, the pipe's other end, is closed. It closes w at
// the end of the test.
func deliver(t *testing.T, r io.Reader, w io.Closer) <-chan seen {
	t.Helper()
	packets := make(chan seen)
	t.Cleanup(func() {
		_ = w.Close() // once more, unless the test broke off
		for range packets {
		}
	})
	go func() {
		defer close(packets)
		f, err := NewFile(r, "pipe")
		if !assert.NoError(t, err) {
			return
		}
		defer func() { assert.NoError(t, f.Close()) }()
		var p Packet
		for {
			if err := f.Next(&p); err != nil {
				assert.ErrorIs(t, err, io.EOF)
				return
			}
			packets <- seen{p.Number, p.Time, p.Interface, p.Link, p.Length, string(p.Data), string(p.Comment)}
		}
	}()
	return packets
}

// Each packet is given as soon as its last byte has come through the pipe,
// while the writer waits with the next.
func TestPipeGivesPacketsAtOnce(t *testing.T) {
	pcap, pcapEnds := smallPcap()
	pcapng, pcapngEnds := smallPcapng()
	tests := []struct {
		name    string
		file    []byte
		ends    []int
		packets []int // how many packets are there after each end
	}{
		{"pcap", pcap, pcapEnds, []int{0, 1, 2, 3, 4}},
		{"pcapng", pcapng, pcapngEnds, []int{0, 0, 1, 1, 2, 3, 3, 3, 3, 4}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, w, err := os.Pipe()
			require.NoError(t, err)
			packets := deliver(t, r, w)
			from, given := 0, 0
			for i, end := range tt.ends {
				_, err := w.Write(tt.file[from:end])
				require.NoError(t, err)
				from = end
				for ; given < tt.packets[i]; given++ {
					assert.Equal(t, uint64(given+1), (<-packets).Number)
				}
			}
			require.NoError(t, w.Close())
			_, more := <-packets
			assert.False(t, more)
		})
	}
}

// blocked is a reader that never returns and cannot be closed, as standard
// input is where the system does not wake a read.
type blocked struct{ io.Reader }

func (b *blocked) Read(p []byte) (int, error) {
	if n, err := b.Reader.Read(p); n > 0 || !errors.Is(err, io.EOF) {
		return n, err
	}
	select {}
}

// Close wakes a Next that waits, whatever it waits for.
func TestCloseWakesNext(t *testing.T) {
	file, ends := smallPcap()
	halfway := ends[1] + 5
	pipe := func(t *testing.T) io.Reader {
		r, w, err := os.Pipe()
		require.NoError(t, err)
		closeAtEnd(t, w)
		_, err = w.Write(file[:halfway])
		require.NoError(t, err)
		return r
	}
	tests := []struct {
		name string
		r    func(t *testing.T) io.Reader
	}{
		{"a pipe", pipe},
		{"a reader that cannot be woken", func(*testing.T) io.Reader {
			return &blocked{&firstBytes{file[:halfway]}}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := NewFile(tt.r(t), "x")
			require.NoError(t, err)
			var p Packet
			require.NoError(t, f.Next(&p))
			woken := make(chan error)
			go func() { woken <- f.Next(&p) }()
			time.Sleep(20 * time.Millisecond) // so that it waits, most likely; right either way
			require.NoError(t, f.Close())
			require.ErrorIs(t, <-woken, os.ErrClosed)
			require.ErrorIs(t, f.Next(&p), os.ErrClosed)
			require.NoError(t, f.Close(), "closed twice")
			assert.Empty(t, f.Stats().Damage, "a closed file is not a broken one")
		})
	}
}

// firstBytes gives its bytes once.
type firstBytes struct{ left []byte }

func (f *firstBytes) Read(p []byte) (int, error) {
	if len(f.left) == 0 {
		return 0, io.EOF
	}
	n := copy(p, f.left)
	f.left = f.left[n:]
	return n, nil
}
