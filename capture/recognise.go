package capture

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// What [Open] says of something that is no capture file. The texts follow the
// file's name.
var (
	ErrDirectory = errors.New("is a directory")
	ErrEmpty     = errors.New("is empty")
	ErrFormat    = errors.New("is not a capture file")
)

const whatIsRead = "hophound reads pcap and pcapng, plain, .gz or .zst"

func directoryError(name string) error {
	return fmt.Errorf("%s %w, and a capture file was wanted here; a whole directory can be analysed if a hops.yaml in it says which file is which hop", name, ErrDirectory)
}

// recognise tells the format by the first bytes.
func (f *File) recognise() (records, error) {
	magic := f.window.peek(4)
	var r records
	var err error
	switch _, _, isPcap := pcapMagic(magic); {
	case isPcap:
		r, err = newPcapRecords(f.window, f.in.waits())
	case len(magic) == 4 && littleEndian.uint32(magic) == blockSection:
		r, err = newPcapngRecords(f.window)
	default:
		return nil, f.notCapture()
	}
	if err != nil {
		return nil, fmt.Errorf("%s %w that can be read: %w; %s", f.name, ErrFormat, err, whatIsRead)
	}
	return r, nil
}

// notCapture says what the file looks like instead.
func (f *File) notCapture() error {
	ended := f.window.err
	switch {
	case f.in.err != nil:
		return fmt.Errorf("read %s: %w", f.name, f.in.err)
	case f.compression == "" && ended != nil && !errors.Is(ended, io.EOF):
		return fmt.Errorf("read %s: %w", f.name, ended)
	}
	start := f.window.buffered(64)
	packed := ""
	if f.compression != "" {
		packed = ", unpacked with " + f.compression + ","
	}
	switch {
	case len(start) == 0 && errors.Is(ended, io.EOF):
		return fmt.Errorf("%s%s %w; was the capture stopped before it was written?", f.name, packed, ErrEmpty)
	case len(start) < 4 && !errors.Is(ended, io.EOF):
		return fmt.Errorf("%s %w: it looks like %s, but that %s; %s", f.name, ErrFormat, f.compression, whyNotUnpacked(ended), whatIsRead)
	}
	return fmt.Errorf("%s%s %w: %s; %s", f.name, packed, ErrFormat, looksLike(start), whatIsRead)
}

// looksLike describes the first bytes of a file.
func looksLike(start []byte) string {
	for _, k := range otherFormats {
		if bytes.HasPrefix(start, []byte(k.magic)) {
			return k.looks
		}
	}
	switch {
	case isGzip(start) || isZstd(start):
		return "it is compressed twice; unpack it once"
	case len(bytes.Trim(start, "\x00")) == 0:
		return "it begins with zero bytes"
	}
	if line := firstWords(start); line != "" {
		return fmt.Sprintf("it begins with %q", line)
	}
	return fmt.Sprintf("it begins with the bytes % x", start[:min(8, len(start))])
}

// otherFormats are those that a capture is mistaken for, or packed in. It is
// only read.
var otherFormats = []struct{ magic, looks string }{
	{"snoop\x00\x00\x00", "it is a snoop capture; convert it with editcap -F pcapng"},
	{"RTSS", "it is a Network Monitor capture; convert it with editcap -F pcapng"},
	{"GMBU", "it is a Network Monitor capture; convert it with editcap -F pcapng"},
	{"TRSNIFF data", "it is a Sniffer capture; convert it with editcap -F pcapng"},
	{"XCP\x00", "it is a Sniffer capture for Windows; convert it with editcap -F pcapng"},
	{"ObserverPktBuffe", "it is an Observer capture; convert it with editcap -F pcapng"},
	{"iptrace ", "it is an iptrace capture of AIX; convert it with editcap -F pcapng"},
	{"TR\x00d\x00", "it is a nettl trace of HP-UX; convert it with editcap -F pcapng"},
	{"\x05VNF", "it is a Visual Networks capture; convert it with editcap -F pcapng"},
	{"\xaa\xaa\xaa\xaa", "it is an InfoVista 5View capture; convert it with editcap -F pcapng"},
	{"btsnoop\x00", "it is a Bluetooth capture, which holds no TCP"},
	{"\xfd7zXZ\x00", "it is compressed with xz; unpack it with unxz"},
	{"BZh", "it is compressed with bzip2; unpack it with bunzip2"},
	{"\x04\x22\x4d\x18", "it is compressed with lz4; unpack it with unlz4"},
	{"PK\x03\x04", "it is a zip archive; unpack it with unzip"},
	{"7z\xbc\xaf\x27\x1c", "it is a 7-Zip archive; unpack it"},
	{"\x7fELF", "it is a program"},
}

// firstWords returns the start of the first line if that is text, at most 32
// bytes of it and no value that may be a secret, and "" if it is not text.
func firstWords(start []byte) string {
	start = bytes.TrimLeft(start, "\ufeff\r\n\t ")
	if i := bytes.IndexAny(start, "\r\n"); i >= 0 {
		start = start[:i]
	}
	const most = 32
	for len(start) > most {
		_, size := utf8.DecodeLastRune(start)
		start = start[:len(start)-size]
	}
	text := strings.ReplaceAll(string(start), "\t", " ")
	for _, c := range text {
		if c == utf8.RuneError || c < ' ' || c == 0x7f {
			return ""
		}
	}
	return withoutValues(strings.TrimRight(text, " "))
}

// withoutValues cuts a line where something is given a value, as in Cookie: a=b,
// and before a word that looks like a password.
func withoutValues(line string) string {
	const longest = 11 // of words that mix letters and digits
	isLetter := func(c rune) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
	isDigit := func(c rune) bool { return c >= '0' && c <= '9' }
	for start := 0; start < len(line); {
		word, _, _ := strings.Cut(line[start:], " ")
		if i := strings.IndexAny(word, "=?@"); i >= 0 {
			return line[:start+i]
		}
		letters, digits := strings.ContainsFunc(word, isLetter), strings.ContainsFunc(word, isDigit)
		switch {
		case len(word) > longest && letters && digits:
			return line[:start] + "..."
		case letters && strings.HasSuffix(word, ":"):
			return line[:start+len(word)]
		}
		start += len(word) + 1
	}
	return line
}
