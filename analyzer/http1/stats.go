package http1

// Bytes says what the bytes of a connection were taken for. After
// [Stream.Close] its sum is the number of bytes written to the stream.
type Bytes struct {
	Head     uint64 // start lines and field lines of messages
	Content  uint64 // of messages, chunk framing not counted
	Framing  uint64 // chunk size lines, trailers, line breaks between messages, PROXY protocol headers
	Tunnel   uint64 // after a 101, or a 2xx to CONNECT
	Unparsed uint64 // none of these: not HTTP/1, or not told apart after a loss
}

// Sum is the number of bytes in all.
func (b Bytes) Sum() uint64 { return b.Head + b.Content + b.Framing + b.Tunnel + b.Unparsed }

func (b Bytes) plus(o Bytes) Bytes {
	b.Head += o.Head
	b.Content += o.Content
	b.Framing += o.Framing
	b.Tunnel += o.Tunnel
	b.Unparsed += o.Unparsed
	return b
}

// Stats counts what a [Stream] read and what it had to let go.
type Stats struct {
	Bytes     Bytes
	Missing   uint64 // bytes told by Skip
	Exchanges int    // given out
	Requests  int    // of these, with a request
	Responses int    // of these, with a final response

	Lost int // how often the position between messages was lost

	// Limits hit: heads longer than Limits.Head or Limits.Fields, requests
	// given out unanswered because of Limits.Pipeline, heads given up because of
	// Limits.Held.
	HeadLimit, FieldLimit, PipelineLimit, HeldLimit int
}

// Protocol is what the bytes of a connection looked like.
type Protocol string

const (
	ProtocolNone    Protocol = ""        // nothing seen that could be told
	ProtocolHTTP1   Protocol = "http/1"  // at least one message
	ProtocolHTTP2   Protocol = "http/2"  // the connection preface (RFC 9113 §3.4)
	ProtocolTLS     Protocol = "tls"     // TLS records (RFC 8446 §5.1)
	ProtocolUnknown Protocol = "unknown" // something else
)
