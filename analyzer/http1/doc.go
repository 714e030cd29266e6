// Package http1 reads HTTP/1.x from the bytes of a connection that somebody
// else had: bytes in, messages and exchanges out, without any I/O.
//
//	Stream.Write, Skip, Fin, Close      stream.go    one connection
//	  half: a direction's position      half.go      which state the next byte meets
//	    PROXY protocol headers          proxyheader.go
//	    heads: start line and fields    head.go, reading.go, startline.go, fields.go
//	    where content ends              framing.go, chunked.go
//	    the position is lost            resync.go
//	  requests that wait                queue.go
//	  which response is whose           pairing.go
//	  after a 101                       tunnel.go
//	→ Exchange, Message, Field
//
// The parser is no judge: what RFC 9112 forbids is kept as it stood and noted
// as a [Defect]. It is a witness, though: what it did not see it does not say.
// A head with a gap in it is not complete; after a loss a message is believed
// to begin only where a packet's payload begins with an unmistakable start
// line; and a response is joined to a request only if it can belong to no
// other.
package http1
