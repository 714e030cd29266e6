package http1

// Limits bound what a [Stream] keeps. A zero field stands for its default.
type Limits struct {
	Head     int // bytes of one head, or of one trailer section; default 256 KiB
	Fields   int // field lines of one head; default 1000
	Pipeline int // requests waiting for their response; default 1000

	// Held is how many bytes of heads that are not complete the streams of one
	// [Arena] keep together; default 8 MiB.
	Held int
}

// withDefaults gives the limits that are in force.
func (l Limits) withDefaults() Limits {
	if l.Head <= 0 {
		l.Head = 256 << 10
	}
	if l.Fields <= 0 {
		l.Fields = 1000
	}
	if l.Pipeline <= 0 {
		l.Pipeline = 1000
	}
	if l.Held <= 0 {
		l.Held = 8 << 20
	}
	return l
}
