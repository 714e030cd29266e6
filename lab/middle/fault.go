package main

import (
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"github.com/hophound/hophound/lab/head"
)

// fault is what goes wrong.
type fault string

const (
	none       fault = "none"
	accept     fault = "accept"
	swallow101 fault = "101"
	turn502    fault = "502"
	key        fault = "key"
	host       fault = "host"
	connection fault = "connection"
	upgrade    fault = "upgrade"
)

// MarshalText and UnmarshalText let a fault be a flag.
func (f fault) MarshalText() ([]byte, error) { return []byte(f), nil }

// UnmarshalText accepts the names of the faults.
func (f *fault) UnmarshalText(text []byte) error {
	known := []fault{none, accept, swallow101, turn502, key, host, connection, upgrade}
	if !slices.Contains(known, fault(text)) {
		return fmt.Errorf("no fault is called %q", text)
	}
	*f = fault(text)
	return nil
}

// spoilRequest does to a request what the fault says. backend is the address and
// port of the next hop.
func (f fault) spoilRequest(request *head.Head, backend string) {
	switch f {
	case key:
		request.Remove("Sec-WebSocket-Key")
	case host:
		request.Replace("Host", "Host: "+backend)
	case connection:
		request.Remove("Connection")
	case upgrade:
		request.Remove("Upgrade")
	}
}

// badGateway is what a 101 is turned into.
const badGateway = "HTTP/1.1 502 Bad Gateway\r\n" +
	"Content-Type: text/plain\r\n" +
	"Content-Length: 12\r\n" +
	"Connection: close\r\n" +
	"\r\n" +
	"Bad Gateway\n"

// spoilAnswer does to an answer what the fault says. It returns the bytes to send
// instead, nil for none, and whether the conversation goes on after them.
func (f fault) spoilAnswer(answer *head.Head) (instead []byte, goesOn bool) {
	if !switchesProtocols(answer) {
		return answer.Bytes(), true
	}
	switch f {
	case accept:
		answer.Replace("Sec-WebSocket-Accept", "Sec-WebSocket-Accept: "+acceptFor("another key"))
	case swallow101:
		return nil, false
	case turn502:
		return []byte(badGateway), false
	}
	return answer.Bytes(), true
}

func switchesProtocols(answer *head.Head) bool {
	_, rest, _ := strings.Cut(answer.StartLine, " ")
	status, _, _ := strings.Cut(rest, " ")
	return status == "101"
}

// acceptFor computes a Sec-WebSocket-Accept: RFC 6455, section 4.2.2.
func acceptFor(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}
