package bench

import (
	"encoding/binary"
	"math/rand/v2"
	"strings"
)

// content is what messages carry: slices of two blocks, so that nothing is
// copied.
type content struct {
	random *rand.Rand
	text   []byte
	bytes  []byte
}

const (
	textLength  = 300_000
	noiseLength = 1 << 16
)

// trap is a line of the pages: whoever looks for messages inside of content
// finds one there.
const trap = "<pre>\r\n\r\nGET /cable HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\nHTTP/1.1 101 Switching Protocols\r\n\r\n</pre>\r\n"

func newContent(random *rand.Rand) *content {
	lines := strings.Repeat("<p>The quick brown fox jumps over the lazy dog.</p>\r\n", 30) + trap
	c := &content{random: random, bytes: make([]byte, 0, noiseLength)}
	c.text = []byte(strings.Repeat(lines, textLength/len(lines)+1))[:textLength]
	for len(c.bytes) < noiseLength {
		c.bytes = binary.LittleEndian.AppendUint64(c.bytes, random.Uint64())
	}
	return c
}

// page gives text of a random length from low up to high.
func (c *content) page(low, high int) []byte {
	n := low + c.random.IntN(high-low)
	from := c.random.IntN(textLength - n + 1)
	return c.text[from : from+n : from+n]
}

// noise gives n random bytes, at most 32 KiB.
func (c *content) noise(n int) []byte {
	from := c.random.IntN(noiseLength - n)
	return c.bytes[from : from+n : from+n]
}
