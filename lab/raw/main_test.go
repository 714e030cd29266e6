package main

import (
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestTalk: bytes go out as they were written, each text after the answers to the
// one before, and every status of every answer is printed.
func TestTalk(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = listener.Close() }()
	heard := make(chan string, 2)
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		buffer := make([]byte, 1000)
		for _, answer := range []string{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", "HTTP/1.0 404 Not Found\r\n\r\n"} {
			n, _ := conn.Read(buffer)
			heard <- string(buffer[:n])
			_, _ = conn.Write([]byte(answer))
		}
		_ = conn.Close()
	}()
	var printed strings.Builder
	require.NoError(t, talk(&printed, listener.Addr().String(), []string{`A\r\n\x00`, `B`}))
	assert.Equal(t, "A\r\n\x00", <-heard)
	assert.Equal(t, "B", <-heard)
	assert.Equal(t, []string{"100", "200", "404"}, strings.Fields(printed.String()))
	assert.ErrorContains(t, talk(&printed, "127.0.0.1:1", []string{"A"}), "connect")
}
