package tcp

import (
	"bytes"
	"compress/flate"
	"errors"
	"io"
)

// maxInflated is the largest payload that an IP packet can have, in bytes.
const maxInflated = 1 << 16

// inflater unpacks compressed payloads. Its memory is made with the first one
// and used again for each.
type inflater struct {
	packed bytes.Reader
	reader io.ReadCloser
	plain  []byte
}

// ipcomp unpacks what an IPComp header (RFC 3173 §3) says is compressed with
// DEFLATE (RFC 2394), or in a way that both ends agreed on; others are not known. A packet that was
// not captured whole can't be unpacked.
func (d *decoder) ipcomp(c *cursor) layer {
	const header, deflate, negotiated = 4, 2, 256
	if len(c.data) < header {
		return c.short(header)
	}
	next, way := c.data[0], be16(c.data[2:])
	c.skip(header)
	if way != deflate && way < negotiated { // what both ends agreed on is DEFLATE, or can't be unpacked
		return c.stop(KindProtocol)
	}
	if len(c.data) < c.wire {
		return c.stop(KindCut)
	}
	if c.inflated { // twice, which nothing does; there is memory for one
		return c.stop(KindTooDeep)
	}
	plain, ok := d.inflater.unpack(c.data)
	if !ok {
		return c.stop(KindMalformed)
	}
	c.data, c.wire, c.protocol, c.inflated = plain, len(plain), next, true
	return layerProtocol
}

// unpack gives the plain bytes, which hold until the next call.
func (u *inflater) unpack(packed []byte) (plain []byte, ok bool) {
	u.packed.Reset(packed)
	if u.reader == nil {
		u.reader = flate.NewReader(&u.packed)
		u.plain = make([]byte, maxInflated)
	} else if err := u.reader.(flate.Resetter).Reset(&u.packed, nil); err != nil {
		return nil, false
	}
	n, err := io.ReadFull(u.reader, u.plain)
	if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, false // broken, or longer than a packet can be
	}
	return u.plain[:n], true
}
