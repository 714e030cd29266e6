package main

import (
	"net"
	"strings"

	"github.com/hophound/hophound/lab/head"
)

// forwarded turns a client's request head into the one the backend gets. client
// and listener are the two ends of the client's connection.
func forwarded(request *head.Head, client, listener *net.TCPAddr) {
	if line, isOld := strings.CutSuffix(request.StartLine, " HTTP/1.0"); isOld {
		request.StartLine = line + " HTTP/1.1"
	}
	host, ok := request.Get("Host")
	if !ok {
		host = listener.IP.String()
		request.Append("host:" + host)
	}
	request.Replace("Host", "host:"+host)

	source := client.IP.String()
	if before, ok := request.Get("X-Forwarded-For"); ok {
		source = before + ", " + source
	}
	for _, name := range []string{"Connection", "Upgrade", "X-Forwarded-For", "X-Forwarded-Port", "X-Forwarded-Proto"} {
		request.Remove(name)
	}
	request.Append("X-Forwarded-For: " + source)
	request.Append("X-Forwarded-Port: " + portOf(listener))
	request.Append("X-Forwarded-Proto: http")
	request.Append("Connection: keep-alive")
}

func portOf(a *net.TCPAddr) string {
	_, port, _ := net.SplitHostPort(a.String())
	return port
}

// persistent reports whether the connection a message came on may carry another
// one: RFC 9112, section 9.3.
func persistent(h *head.Head, version string) bool {
	if h.HasToken("Connection", "close") {
		return false
	}
	return version == "HTTP/1.1" || h.HasToken("Connection", "keep-alive")
}

// requestLine returns the first and the last word of a request's start line.
func requestLine(line string) (method, version string) {
	method, rest, _ := strings.Cut(line, " ")
	return method, rest[strings.LastIndexByte(rest, ' ')+1:]
}
