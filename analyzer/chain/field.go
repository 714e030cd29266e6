package chain

import "strings"

// headField is a field of a request head that helps to recognise the request.
type headField struct {
	name string
	says evidence
	part func(string) string // the part of the value that travels unchanged; nil: all of it
}

// evidence is what an equal field value at two hops is worth.
type evidence uint8

const (
	trait        evidence = iota // many requests share it; proxies leave it alone by default
	ofTrace                      // one value for a request and what it sets off
	ofRequest                    // one value per request
	handshakeKey                 // one value per handshake, but a hop may make its own
)

// identifierFields are those of which a value is unique to a request, the strongest
// first: if it is so at both hops, that joins it for certain.
var identifierFields = [...]headField{
	{name: "Sec-WebSocket-Key", says: handshakeKey}, // RFC 6455 §4.1

	{name: "X-Request-Id", says: ofRequest},
	{name: "X-Amz-Cf-Id", says: ofRequest},
	{name: "CF-Ray", says: ofRequest},
	{name: "X-ARR-Log-Id", says: ofRequest},
	{name: "Fly-Request-Id", says: ofRequest},

	{name: "X-Amzn-Trace-Id", says: ofTrace, part: amznRoot},
	{name: "traceparent", says: ofTrace, part: traceID}, // https://www.w3.org/TR/trace-context/#trace-id
	{name: "X-Correlation-Id", says: ofTrace},
	{name: "Request-Id", says: ofTrace, part: rootID},
	{name: "X-Trace-Id", says: ofTrace},
	{name: "X-B3-TraceId", says: ofTrace},
	{name: "b3", says: ofTrace, part: until("-")},
	{name: "uber-trace-id", says: ofTrace, part: until(":")},
	{name: "X-Cloud-Trace-Context", says: ofTrace, part: until("/")},
}

// traitFields tell apart requests that have nothing unique.
var traitFields = [...]headField{
	{name: "Cookie"},
	{name: "Authorization"},
	{name: "User-Agent"},
	{name: "Origin"},
	{name: "Referer"},
	{name: "Accept"},
	{name: "Accept-Language"},
	{name: "Content-Type"},
	{name: "Range"},
	{name: "Sec-WebSocket-Protocol"},
}

const (
	keyField       = 0                     // Sec-WebSocket-Key
	firstTrait     = len(identifierFields) // in headFields
	headFieldCount = firstTrait + len(traitFields)
)

// headFields is the table of all these fields.
var headFields = func() (all [headFieldCount]headField) {
	copy(all[:], identifierFields[:])
	copy(all[firstTrait:], traitFields[:])
	return all
}()

// amznRoot is the Root of an X-Amzn-Trace-Id; load balancers put a Self of
// their own before it.
func amznRoot(value string) string {
	for part := range strings.SplitSeq(value, ";") {
		name, id, _ := strings.Cut(strings.TrimSpace(part), "=")
		if strings.EqualFold(name, "Root") {
			return id
		}
	}
	return ""
}

// traceID is the second of the four parts of a traceparent; the third is new
// at every node.
func traceID(value string) string {
	_, rest, _ := strings.Cut(value, "-")
	id, _, _ := strings.Cut(rest, "-")
	return id
}

// rootID is what stays of a hierarchical Request-Id: "|root.parent.child."
// https://github.com/dotnet/runtime/blob/main/src/libraries/System.Diagnostics.DiagnosticSource/src/HierarchicalRequestId.md
func rootID(value string) string {
	if !strings.HasPrefix(value, "|") {
		return value
	}
	id, _, _ := strings.Cut(value, ".")
	return id
}

func until(separator string) func(string) string {
	return func(value string) string {
		id, _, _ := strings.Cut(value, separator)
		return id
	}
}

// sampleKeys are Sec-WebSocket-Key values that stand in documents and end up
// in commands and load tests: equal ones say nothing about the request.
var sampleKeys = map[string]bool{
	"dGhlIHNhbXBsZSBub25jZQ==": true, // RFC 6455 §1.3
	"x3JJHMbDL1EzLkh9GBhXDw==": true, // Wikipedia, "WebSocket"
	"SGVsbG8sIHdvcmxkIQ==":     true, // "Hello, world!"
	"AAAAAAAAAAAAAAAAAAAAAA==": true, // sixteen zeros
	"MTIzNDU2Nzg5MDEyMzQ1Ng==": true, // "1234567890123456"
	"AQIDBAUGBwgJCgsMDQ4PEA==": true, // 1, 2, … 16
}

// placeholder tells whether an identifier field is there but identifies nothing.
func placeholder(id string) bool {
	if strings.Trim(id, "0-") == "" {
		return true
	}
	switch strings.ToLower(id) {
	case "null", "none", "nil", "undefined", "unknown":
		return true
	}
	return false
}
