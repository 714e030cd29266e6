package http1

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// hidden is what an attacker would have read as a request of its own.
const hidden = "GET /other HTTP/1.1\r\nHost: a\r\n\r\n"

// TestAmbiguousLengths: requests whose end recipients find in different places,
// how they are read here, and what is noted. Each is followed by another request
// in a packet of its own.
func TestAmbiguousLengths(t *testing.T) {
	length := fmt.Sprintf("Content-Length: %d\r\n", len(hidden))
	chunks := fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(hidden), hidden)
	const chunked = "Transfer-Encoding: chunked\r\n"
	tests := []struct {
		name, fields, content string
		want                  string // of the first request
		hidden                bool   // the other one is found in its content
	}{
		{"plain length", length, hidden, "POST / length 32", false},
		{"CL.TE", length + chunked, chunks, "POST / chunked 32 !length-and-encoding", true},
		{"space before the colon of a coding", length + "Transfer-Encoding : chunked\r\n", hidden, "POST / length 32 !space-before-colon", true},
		{"space before the colon of a length", "Content-Length : 32\r\nContent-Length: 0\r\n", "", "POST / length 0 !space-before-colon", false},
		{"folded coding", "Transfer-Encoding:\r\n chunked\r\n", chunks, "POST / chunked 32 !obs-fold", true},
		{"a coding within another field's fold", length + "X: y\r\n Transfer-Encoding: chunked\r\n", hidden, "POST / length 32 !obs-fold", true},
		{"tab before the coding", "Transfer-Encoding:\tchunked\r\n", chunks, "POST / chunked 32", false},
		{"vertical tab before the coding", "Transfer-Encoding: \x0bchunked\r\n", "", "POST / unfinished !bad-transfer-encoding", false},
		{"unknown coding", "Transfer-Encoding: xchunked\r\n", "", "POST / unfinished !bad-transfer-encoding", false},
		{"chunked is not last", "Transfer-Encoding: chunked, gzip\r\n", "", "POST / unfinished !bad-transfer-encoding", false},
		{"identity after chunked", "Transfer-Encoding: chunked, identity\r\n", chunks, "POST / chunked 32 !bad-transfer-encoding", true},
		{"coding twice", chunked + chunked, chunks, "POST / chunked 32 !bad-transfer-encoding", true},
		{"name with an underscore", length + "Transfer_Encoding: chunked\r\n", hidden, "POST / length 32 !lookalike", true},
		{"name with a vertical tab", length + "Transfer-Encoding\x0b: chunked\r\n", hidden, "POST / length 32 !bad-name !lookalike", true},
		{"length twice", length + length, hidden, "POST / length 32 !repeated-length", true},
		{"list of lengths", "Content-Length: 32, 32\r\n", hidden, "POST / length 32 !repeated-length", true},
		{"lengths that differ", "Content-Length: 0\r\n" + length, "", "POST / unfinished !conflicting-lengths", false},
		{"sign", "Content-Length: +32\r\n", "", "POST / unfinished !bad-length", false},
		{"hexadecimal", "Content-Length: 0x20\r\n", "", "POST / unfinished !bad-length", false},
		{"too large", "Content-Length: 18446744073709551648\r\n", "", "POST / unfinished !bad-length", false},
		{"bare CR before a coding", length + "X: y\rTransfer-Encoding: chunked\r\n", hidden, "POST / length 32 !bad-value", true},
		{"bare LF before the length", "X: y\n" + length, hidden, "POST / length 32 !bare-lf", true},
		{"NUL", "X: y\x00z\r\n" + length, hidden, "POST / length 32 !bad-value", true},
		{"Expect that is none", "Expect: y 100-continue\r\n" + length, hidden, "POST / length 32 !odd-expect", true},
		{"Expect as it should be", "Expect: 100-continue\r\n" + length, hidden, "POST / length 32", false},
		{"Expect without content", "Expect: 100-continue\r\n", "", "POST / !odd-expect", false},
		{"chunk extension", chunked, strings.Replace(chunks, "20\r", "20 ; a=b\r", 1), "POST / chunked 32", false},
		{"LF alone after a chunk extension", chunked, strings.Replace(chunks, "20\r", "20;", 1), "POST / chunked 32 !bare-lf", true},
		{"bare CR in a chunk extension", chunked, strings.Replace(chunks, "20\r", "20;\ra\r", 1), "POST / chunked 32 !odd-chunk-size", true},
		{"space before a chunk size", chunked, " " + chunks, "POST / chunked 32 !odd-chunk-size", true},
		{"space after a chunk size", chunked, strings.Replace(chunks, "20\r", "20 \r", 1), "POST / chunked 32 !odd-chunk-size", true},
		{"zeros before a chunk size", chunked, strings.Repeat("0", 16) + chunks, "POST / chunked 32 !odd-chunk-size", true},
		{"a few zeros before it", chunked, "000" + chunks, "POST / chunked 32", false},
		{"0x before a chunk size", chunked, "0x" + chunks, "POST / chunked 0 unfinished !bad-chunk", false},
		{"chunk size of more than 64 bits", chunked, "1" + strings.Repeat("0", 16) + chunks, "POST / chunked 0 unfinished !bad-chunk", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			request := "POST / HTTP/1.1\r\nHost: a\r\n" + tt.fields + "\r\n" + tt.content
			exchanges, _ := play(whole, Limits{}, []event{client(request), client(getTwo)}, End{})
			require.Len(t, exchanges, 2)
			m := exchanges[0].Request
			assert.Equal(t, tt.want, briefMessage(m))
			assert.Equal(t, "GET /2", briefMessage(exchanges[1].Request))
			method, target, ok := m.Hidden()
			assert.Equal(t, tt.hidden, ok)
			if ok {
				assert.Equal(t, "GET /other", method+" "+target)
			}
		})
	}
}

// A request in HTTP/1.0 with a coding, and a GET with content.
func TestAmbiguousMethodAndVersion(t *testing.T) {
	exchanges, _ := play(whole, Limits{}, []event{
		client("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
		client("GET /2 HTTP/1.1\r\nContent-Length: 32\r\n\r\n" + hidden),
	}, End{})
	assert.Equal(t, []string{"POST / chunked 0 !bad-transfer-encoding -> ?", "GET /2 length 32 !content-in-get -> ?"}, briefs(exchanges))
}

// In a response white space before a colon changes nothing.
func TestSpaceBeforeColonOfResponse(t *testing.T) {
	exchanges, _ := play(whole, Limits{}, []event{client(get), server("HTTP/1.1 200 OK\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n")}, End{})
	assert.Equal(t, []string{"GET / -> 200 chunked 0 !space-before-colon"}, briefs(exchanges))
}

// What is kept of a content is bounded, and ends where bytes are missing.
func TestContentStart(t *testing.T) {
	const fields = "POST / HTTP/1.1\r\nX: y\x00\r\nContent-Length: 100000\r\n\r\n"
	line := strings.Repeat("x", 1000)
	exchanges, _ := play(whole, Limits{}, []event{client(fields + line), client(line), client(line), client(line)}, End{})
	assert.Equal(t, strings.Repeat("x", maxStart), exchanges[0].Request.Content.Start)

	exchanges, _ = play(whole, Limits{}, []event{client(fields + "abc"), clientGap(10), client(line)}, End{})
	assert.Equal(t, "abc", exchanges[0].Request.Content.Start)
}

// TestUnasked: a response that nobody asked for is called so only if no request
// can have been missed.
func TestUnasked(t *testing.T) {
	tests := []struct {
		name   string
		info   ConnInfo
		events []event
		want   bool
	}{
		{"two answers to one request", whole, []event{client(get), server(ok0 + ok0)}, true},
		{"later", whole, []event{client(get), server(ok0), server(notFound)}, true},
		{"before any request", whole, []event{server(ok0)}, false},
		{"a request is on its way", whole, []event{client(get), server(ok0), client("GET /2 HTT"), server(ok0)}, false},
		{"bytes of the client are missing", whole, []event{client(get), server(ok0), clientGap(10), server(ok0)}, false},
		{"the client said something else", whole, []event{client(get + "\x01\x02\r\n\r\n"), server(ok0 + ok0)}, false},
		{"the beginning was not seen", midway, []event{client(get), server(ok0 + ok0)}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			exchanges, _ := play(tt.info, Limits{}, tt.events, End{})
			last := exchanges[len(exchanges)-1]
			for _, x := range exchanges {
				assert.False(t, x.Unasked && x.Request != nil)
				if x.Request == nil {
					last = x
				}
			}
			assert.Equal(t, tt.want, last.Unasked)
		})
	}
}
