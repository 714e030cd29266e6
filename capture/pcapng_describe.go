package capture

import (
	"math"
	"strings"
)

// Option codes. The first four of the section's and the interface's share
// their numbers: an option means something only in its block.
const (
	optEnd     = 0
	optComment = 1

	optSectionHardware    = 2
	optSectionOS          = 3
	optSectionApplication = 4

	optInterfaceName        = 2
	optInterfaceDescription = 3
	optInterfaceResolution  = 9
	optInterfaceOffset      = 14

	optPacketDropCount = 4

	optStatisticsInterfaceDrop = 5
	optStatisticsSystemDrop    = 7
)

// How much is kept of what a file says in words, in bytes.
const (
	maxName    = 256
	maxComment = 4096
)

// options walks the options of a block: code, length, value, padding.
type options struct {
	rest   []byte
	order  byteOrder
	broken bool // an option claimed more bytes than the block has
}

func (o *options) next() (code uint16, value []byte, ok bool) {
	if len(o.rest) < 4 {
		o.broken = o.broken || len(o.rest) > 0
		return 0, nil, false
	}
	code = o.order.uint16(o.rest)
	n := int(o.order.uint16(o.rest[2:]))
	if code == optEnd {
		return 0, nil, false
	}
	if n > len(o.rest)-4 {
		o.broken = true
		return 0, nil, false
	}
	value = o.rest[4 : 4+n]
	o.rest = o.rest[min(4+(n+3)&^3, len(o.rest)):]
	return code, value, true
}

// section reads the body of a Section Header Block: byte order, version and
// section length were seen or are of no use; options.
func (r *pcapngRecords) section(offset int64, body []byte) error {
	const fixed = 16
	if len(body) < fixed {
		return broken(offset, "a section header is too short: %d of %d bytes", len(body)+minBlockLen, minSectionBlockLen)
	}
	if len(r.secs) == maxDescribed {
		return broken(offset, "the file has more than %d sections", maxDescribed)
	}
	r.first = len(r.ifaces)
	var s Section
	opts := options{rest: body[fixed:], order: r.order}
	for code, value, ok := opts.next(); ok; code, value, ok = opts.next() {
		switch code {
		case optComment:
			addText(&s.Comment, value)
		case optSectionHardware:
			s.Hardware = text(value, maxName)
		case optSectionOS:
			s.OS = text(value, maxName)
		case optSectionApplication:
			s.Application = text(value, maxName)
		}
	}
	r.secs = append(r.secs, s)
	return nil
}

// iface reads the body of an Interface Description Block: link type, two
// unused bytes, snapshot length, options.
func (r *pcapngRecords) iface(offset int64, body []byte) error {
	const fixed = 8
	if len(body) < fixed {
		return broken(offset, "the description of interface %d is too short", len(r.ifaces)-r.first)
	}
	if len(r.ifaces) == maxDescribed {
		return broken(offset, "the file has more than %d interfaces", maxDescribed)
	}
	i := Interface{
		Link:    LinkType(r.order.uint16(body)),
		SnapLen: int(min(r.order.uint32(body[4:]), math.MaxInt32)),
	}
	resolution, seconds := uint8(defaultResolution), int64(0)
	opts := options{rest: body[fixed:], order: r.order}
	for code, value, ok := opts.next(); ok; code, value, ok = opts.next() {
		switch {
		case code == optComment:
			addText(&i.Comment, value)
		case code == optInterfaceName:
			i.Name = text(value, maxName)
		case code == optInterfaceDescription:
			i.Description = text(value, maxName)
		case code == optInterfaceResolution && len(value) == 1:
			resolution = value[0]
		case code == optInterfaceOffset && len(value) == 8:
			seconds = int64(r.order.uint64(value))
		}
	}
	if opts.broken { // the unit of its times may be among what is lost
		return broken(offset, "the description of interface %d has a broken option", len(r.ifaces)-r.first)
	}
	r.ifaces = append(r.ifaces, i)
	r.clocks = append(r.clocks, newClock(resolution, seconds))
	r.drops = append(r.drops, drops{})
	return nil
}

// statistics reads the body of an Interface Statistics Block: interface, time,
// options. Its counts are totals since the capture began; the last one holds.
// Those of an interface that was not described are nobody's, and cost no packet.
func (r *pcapngRecords) statistics(offset int64, body []byte) error {
	const fixed = 12
	if len(body) < fixed {
		return broken(offset, "the statistics of an interface are too short")
	}
	id := r.order.uint32(body)
	if int64(id) >= int64(len(r.ifaces)-r.first) {
		return nil
	}
	var total uint64
	opts := options{rest: body[fixed:], order: r.order}
	for code, value, ok := opts.next(); ok; code, value, ok = opts.next() {
		if (code == optStatisticsInterfaceDrop || code == optStatisticsSystemDrop) && len(value) == 8 {
			total += r.order.uint64(value)
		}
	}
	d := &r.drops[r.first+int(id)]
	d.total = max(d.total, total)
	return nil
}

// addText appends one of several comments on a line of its own, as long as there is room.
func addText(to *string, value []byte) {
	if len(*to) >= maxComment-len(textGoesOn) {
		return
	}
	if *to != "" {
		value = append([]byte(*to+"\n"), value...)
	}
	*to = text(value, maxComment)
}

// textGoesOn stands at the end of what was cut.
const textGoesOn = "…"

// text makes a string of at most limit bytes out of what a file says in words.
// A writer may have counted the NUL at its end.
func text(b []byte, limit int) string {
	s := strings.TrimRight(string(b), "\x00")
	if len(s) > limit {
		s = s[:limit-len(textGoesOn)] + textGoesOn
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
