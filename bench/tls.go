package bench

import "encoding/binary"

// sealer wraps what a connection carries into TLS records as one sees them from
// outside (RFC 8446 §5): the handshake's are well formed, and what would be
// encrypted is noise of the right length.
type sealer struct{ content *content }

const (
	recordLimit    = 1 << 14 // plaintext bytes of a record
	recordOverhead = 17      // content type and authentication tag

	recordChangeCipher = 20
	recordHandshake    = 22
	recordApplication  = 23
)

// handshake makes the TLS handshake from the time at on and gives the time at
// which the client's first bytes can be seen.
func (s *sealer) handshake(c *connection, at int64) int64 {
	random := s.content.noise(96)
	hello := c.sendPlain(client, at, [][]byte{record(recordHandshake, clientHello(random))})
	answer := c.sendPlain(server, hello.last+10*delay, [][]byte{
		record(recordHandshake, serverHello(random)),
		record(recordChangeCipher, []byte{1}),
		record(recordApplication, s.content.noise(2400)), // extensions, certificate, Finished
	})
	finished := c.sendPlain(client, answer.last+c.trip+delay, [][]byte{
		record(recordChangeCipher, []byte{1}),
		record(recordApplication, s.content.noise(53)),
	})
	return finished.last + pace
}

// records gives the records that carry a message.
func (s *sealer) records(parts [][]byte) [][]byte {
	left := 0
	for _, p := range parts {
		left += len(p)
	}
	var sealed [][]byte
	for left > 0 {
		n := min(left, recordLimit)
		sealed = append(sealed, recordHead(recordApplication, n+recordOverhead), s.content.noise(n+recordOverhead))
		left -= n
	}
	return sealed
}

func recordHead(kind byte, length int) []byte {
	return []byte{kind, 3, 3, byte(length >> 8), byte(length)}
}

func record(kind byte, body []byte) []byte {
	return append(recordHead(kind, len(body)), body...)
}

// clientHello gives a ClientHello (RFC 8446 §4.1.2) made of 96 random bytes.
func clientHello(random []byte) []byte {
	b := []byte{3, 3}
	b = append(b, random[:32]...)
	b = append(append(b, 32), random[32:64]...)                                                // session id
	b = append(b, 0, 8, 0x13, 1, 0x13, 2, 0x13, 3, 0xc0, 0x2f)                                 // cipher suites
	b = append(b, 1, 0)                                                                        // no compression
	host := append([]byte{0, byte(len(hostName) + 3), 0, 0, byte(len(hostName))}, hostName...) // as a list of one
	var extensions []byte
	extensions = appendExtension(extensions, 0, host)                                                   // server_name
	extensions = appendExtension(extensions, 10, []byte{0, 2, 0, 29})                                   // supported_groups: x25519
	extensions = appendExtension(extensions, 13, []byte{0, 4, 4, 3, 8, 4})                              // signature_algorithms
	extensions = appendExtension(extensions, 16, append([]byte{0, 9, 8}, "http/1.1"...))                // ALPN
	extensions = appendExtension(extensions, 43, []byte{2, 3, 4})                                       // supported_versions: 1.3
	extensions = appendExtension(extensions, 51, append([]byte{0, 36, 0, 29, 0, 32}, random[64:96]...)) // key_share
	b = binary.BigEndian.AppendUint16(b, uint16(len(extensions)))
	return handshakeMessage(1, append(b, extensions...))
}

// serverHello gives a ServerHello (RFC 8446 §4.1.3) to the ClientHello of the
// same random bytes.
func serverHello(random []byte) []byte {
	b := []byte{3, 3}
	b = append(b, random[64:96]...)
	b = append(append(b, 32), random[32:64]...)
	b = append(b, 0x13, 1, 0) // cipher suite, no compression
	extensions := appendExtension(nil, 43, []byte{3, 4})
	extensions = appendExtension(extensions, 51, append([]byte{0, 29, 0, 32}, random[:32]...))
	b = binary.BigEndian.AppendUint16(b, uint16(len(extensions)))
	return handshakeMessage(2, append(b, extensions...))
}

func handshakeMessage(kind byte, body []byte) []byte {
	return append([]byte{kind, 0, byte(len(body) >> 8), byte(len(body))}, body...)
}

func appendExtension(b []byte, kind uint16, body []byte) []byte {
	b = binary.BigEndian.AppendUint16(b, kind)
	b = binary.BigEndian.AppendUint16(b, uint16(len(body)))
	return append(b, body...)
}
