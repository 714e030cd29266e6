package capture

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What is no capture file is named, described, and followed by what to do.
func TestOpenSaysWhatItIsInstead(t *testing.T) {
	const reads = "; hophound reads pcap and pcapng, plain, .gz or .zst"
	pcapHead := "\xd4\xc3\xb2\xa1\x03\x00\x00\x00" + string(make([]byte, 16))
	ngHead := "\n\r\r\n\x1c\x00\x00\x00"
	tests := []struct {
		name, content string
		is            error
		want          string // after the file's name
	}{
		{"nothing", "", ErrEmpty, " is empty; was the capture stopped before it was written?"},
		{"one byte", "x", ErrFormat, ` is not a capture file: it begins with "x"` + reads},
		{"a request", "GET / HTTP/1.1\r\nHost: a\r\n", ErrFormat, ` is not a capture file: it begins with "GET / HTTP/1.1"` + reads},
		{"tcpdump's text", "12:34:56.789 IP 10.0.0.1.41234 > 10.0.0.2.80: Flags [S]", ErrFormat,
			` is not a capture file: it begins with "12:34:56.789 IP 10.0.0.1.41234 >"` + reads},
		{"indented text", "\ufeff\n\t{\"log\": {}}", ErrFormat, ` is not a capture file: it begins with "{\"log\":"` + reads},
		{"zeros", string(make([]byte, 100)), ErrFormat, " is not a capture file: it begins with zero bytes" + reads},
		{"some binary", "\x01\x02\x03\x04\x05\x06\x07\x08\x09", ErrFormat,
			" is not a capture file: it begins with the bytes 01 02 03 04 05 06 07 08" + reads},
		{"a terminal's escape", "\x1b[2Jabc", ErrFormat, " is not a capture file: it begins with the bytes 1b 5b 32 4a 61 62 63" + reads},
		{"xz", "\xfd7zXZ\x00\x00\x04", ErrFormat, " is not a capture file: it is compressed with xz; unpack it with unxz" + reads},
		{"snoop", "snoop\x00\x00\x00\x00\x00\x00\x02", ErrFormat,
			" is not a capture file: it is a snoop capture; convert it with editcap -F pcapng" + reads},
		{"gzip of text", string(gzipped(t, []byte("hello world"))), ErrFormat,
			`, unpacked with gzip, is not a capture file: it begins with "hello world"` + reads},
		{"zstd of text", string(zstded(t, []byte("hello world"))), ErrFormat,
			`, unpacked with zstd, is not a capture file: it begins with "hello world"` + reads},
		{"gzip of nothing", string(gzipped(t, nil)), ErrEmpty,
			", unpacked with gzip, is empty; was the capture stopped before it was written?"},
		{"gzip of gzip", string(gzipped(t, gzipped(t, []byte("x")))), ErrFormat,
			", unpacked with gzip, is not a capture file: it is compressed twice; unpack it once" + reads},
		{"a stump of gzip", "\x1f\x8b\x08\x00", ErrFormat,
			" is not a capture file: it looks like gzip, but that ends too soon" + reads},
		{"a stump of zstd", "\x28\xb5\x2f\xfd", ErrFormat,
			" is not a capture file: it looks like zstd, but that ends too soon" + reads},
		{"pcap of another version", pcapHead, ErrFormat,
			" is not a capture file that can be read: it is of pcap version 3.0, and only version 2 is known" + reads},
		{"pcapng of another version", ngHead + "\x4d\x3c\x2b\x1a\x07\x00\x01\x00" + string(make([]byte, 12)), ErrFormat,
			" is not a capture file that can be read: it is of pcapng version 7.1, and only version 1 is known" + reads},
		{"pcapng of no byte order", ngHead + string(make([]byte, 20)), ErrFormat,
			" is not a capture file that can be read: it begins like pcapng, but its byte-order magic is 00 00 00 00" + reads},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.pcap")
			require.NoError(t, os.WriteFile(path, []byte(tt.content), 0o600))
			_, err := Open(path)
			require.EqualError(t, err, path+tt.want)
			assert.ErrorIs(t, err, tt.is)
		})
	}
}

func TestOpenDirectory(t *testing.T) {
	dir := t.TempDir()
	_, err := Open(dir)
	require.ErrorIs(t, err, ErrDirectory)
	assert.EqualError(t, err, dir+" is a directory, and a capture file was wanted here; "+
		"a whole directory can be analysed if a hops.yaml in it says which file is which hop")
}

func TestOpenMissing(t *testing.T) {
	_, err := Open(filepath.Join(t.TempDir(), "no.pcap"))
	assert.ErrorIs(t, err, fs.ErrNotExist)
}

// Standard input that is a file is read from where it stands, without seeking.
func TestNewFileDoesNotSeek(t *testing.T) {
	file, _ := smallPcap()
	path := filepath.Join(t.TempDir(), "x")
	require.NoError(t, os.WriteFile(path, append([]byte("skip"), file...), 0o600))
	r, err := os.Open(path)
	require.NoError(t, err)
	_, err = r.Read(make([]byte, 4))
	require.NoError(t, err)
	f, err := NewFile(r, "-")
	require.NoError(t, err)
	closeAtEnd(t, f)
	assert.Len(t, readAll(t, f), 4)
}

// Offset and Size tell how far a file was read.
func TestProgress(t *testing.T) {
	file := manyPackets(10_000)
	path := filepath.Join(t.TempDir(), "x")
	require.NoError(t, os.WriteFile(path, file, 0o600))
	f, err := Open(path)
	require.NoError(t, err)
	closeAtEnd(t, f)
	assert.Equal(t, int64(len(file)), f.Size())
	var p Packet
	for range 5000 {
		require.NoError(t, f.Next(&p))
	}
	const given = pcapHeaderLen + 5000*(pcapRecordLen+200)
	assert.GreaterOrEqual(t, f.Offset(), int64(given))
	assert.Less(t, f.Offset(), int64(given+2*windowSize))
	readAll(t, f)
	assert.Equal(t, f.Size(), f.Offset())
}
