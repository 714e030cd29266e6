package head_test

import (
	"bufio"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/lab/head"
)

const handshake = "GET /cable HTTP/1.1\r\n" +
	"Host: app.example.com\r\n" +
	"connection:Upgrade\r\n" +
	"X-Twice: one\r\n" +
	"Upgrade-Insecure-Requests: 1\r\n" +
	"x-twice:  two \r\n" +
	"\r\n"

func read(t *testing.T, text string) *head.Head {
	t.Helper()
	h, err := head.Read(bufio.NewReader(strings.NewReader(text)))
	require.NoError(t, err)
	return h
}

func TestNothingChangesUnasked(t *testing.T) {
	r := bufio.NewReader(iotest.OneByteReader(strings.NewReader(handshake + "body")))

	h, err := head.Read(r)
	require.NoError(t, err)
	rest, err := io.ReadAll(r)
	require.NoError(t, err)

	assert.Equal(t, handshake, string(h.Bytes()))
	assert.Equal(t, "body", string(rest))
}

func TestFields(t *testing.T) {
	h := read(t, handshake)

	value, ok := h.Get("X-TWICE")
	assert.Equal(t, "one, two", value)
	assert.True(t, ok)
	_, ok = h.Get("Upgrade")
	assert.False(t, ok, "Upgrade-Insecure-Requests is another field")
	assert.True(t, h.HasToken("Connection", "upgrade"))
	assert.False(t, h.HasToken("Connection", "up"))
}

func TestEdits(t *testing.T) {
	h := read(t, handshake)

	h.Remove("X-Twice")
	assert.True(t, h.Replace("host", "host:backend"))
	assert.False(t, h.Replace("Cookie", "Cookie: a=1"))
	h.Append("Via: 1.1 lab")

	assert.Equal(t, "GET /cable HTTP/1.1\r\n"+
		"host:backend\r\n"+
		"connection:Upgrade\r\n"+
		"Upgrade-Insecure-Requests: 1\r\n"+
		"Via: 1.1 lab\r\n"+
		"\r\n", string(h.Bytes()))
}

func TestEnds(t *testing.T) {
	for text, want := range map[string]error{
		"":                              io.EOF,
		"GET / HT":                      io.ErrUnexpectedEOF,
		"GET / HTTP/1.1\r\nHost: a\r\n": io.ErrUnexpectedEOF,
	} {
		_, err := head.Read(bufio.NewReader(strings.NewReader(text)))
		assert.ErrorIs(t, err, want, "%q", text)
	}
	_, err := head.Read(bufio.NewReader(strings.NewReader("GET / HTTP/1.1\r\nA: " + strings.Repeat("a", 1<<17) + "\r\n\r\n")))
	assert.ErrorContains(t, err, "longer than 65536 bytes")
}
