package http1

// Field is one field line of a message (RFC 9112 §5), as it stood on the wire.
type Field struct {
	Name  string // spelled as sent
	Value string // without the white space around it; obs-fold replaced by a space (RFC 9112 §5.2)
}
