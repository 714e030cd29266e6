package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hophound/hophound/analyzer"
	"github.com/hophound/hophound/analyzer/diff"
	"github.com/hophound/hophound/analyzer/http1"
)

// absent stands in a cell whose field is not there; unseen in one of a hop that
// did not see the request.
const (
	absent = "-"
	unseen = "?"
)

// table shows one journey: a row per header that matters, a column per hop.
type table struct {
	rows []row
	hops int
}

type row struct {
	label string
	cells []cell
}

// cell is the value at one hop; marked if it is not what the hop before it had.
type cell struct {
	text   string
	marked bool
}

// tableRows bounds a table: what is left out stands in the JSON form.
const tableRows = 12

// newTable gives the table of a journey: who saw it, the fields that a hop
// changed in a way that matters, Connection and Upgrade of an upgrade attempt,
// the status and the packets.
func newTable(r *analyzer.Report, j analyzer.Journey, secrets *Secrets) table {
	t := table{hops: len(r.Hops)}
	request := firstRequest(j)
	title := row{label: "response"}
	if request != nil {
		title.label = secrets.Method(request.Method) + " " + pathOf(secrets.Target(request.Target))
	}
	for _, hop := range r.Hops {
		title.cells = append(title.cells, cell{text: hop.Name})
	}
	t.rows = append(t.rows, title)
	for _, name := range fieldsThatMatter(j) {
		if len(t.rows) == tableRows {
			break
		}
		t.rows = append(t.rows, t.fieldRow(j, name, secrets))
	}
	if j.Match.Retries != nil {
		t.rows = append(t.rows, t.attemptRow(j))
	}
	t.rows = append(t.rows, t.statusRow(j))
	t.rows = append(t.rows, t.packetRow(j))
	return t
}

// fieldsThatMatter lists the request's fields worth a row, those that broke the
// upgrade first.
func fieldsThatMatter(j analyzer.Journey) []string {
	var names []string
	add := func(name string) {
		known := func(n string) bool { return strings.EqualFold(n, name) }
		if name != "< :status" && !slices.ContainsFunc(names, known) {
			names = append(names, name)
		}
	}
	if j.Upgrade {
		add("Connection")
		add("Upgrade")
	}
	for _, class := range []diff.Class{diff.Breaking, diff.Notable} {
		for _, change := range j.Changes {
			if change.Class == class && !change.Response {
				add(change.Field)
			}
		}
		for _, change := range j.Changes {
			if change.Class == class && change.Response {
				add("< " + change.Field)
			}
		}
	}
	return names
}

// fieldRow shows one field at every hop. A name that begins with "< " is a
// field of the response.
func (t table) fieldRow(j analyzer.Journey, name string, secrets *Secrets) row {
	field, response := strings.CutPrefix(name, "< ")
	result := row{label: label(name, secrets)}
	for hop, x := range j.Match.Exchanges {
		var m *http1.Message
		if x != nil {
			m = x.Request
			if response {
				m = x.Response
			}
		}
		result.cells = append(result.cells, cell{text: value(m, field, secrets), marked: changedAt(j, hop, field, response)})
	}
	return result
}

// label is the name of a row's field as it may be shown.
func label(name string, secrets *Secrets) string {
	if field, response := strings.CutPrefix(name, "< "); response {
		return "< " + secrets.Name(field)
	}
	return strings.TrimPrefix(secrets.Name(name), ":")
}

// changedAt tells whether the field arrived at the hop otherwise than it stood
// at the hop before it on the message's way.
func changedAt(j analyzer.Journey, hop int, field string, response bool) bool {
	return slices.ContainsFunc(j.Changes, func(c analyzer.Change) bool {
		return c.To == hop && c.Response == response && strings.EqualFold(c.Field, field) && c.Class != diff.Expected
	})
}

func value(m *http1.Message, field string, secrets *Secrets) string {
	if m == nil {
		return unseen
	}
	switch field {
	case ":method":
		return secrets.Method(m.Method)
	case ":target":
		return secrets.Target(m.Target)
	case ":version":
		return secrets.Version(m.Version)
	case ":status":
		return strconv.Itoa(m.Status)
	}
	values := m.Values(field)
	if len(values) == 0 && !m.Complete {
		return unseen
	}
	if len(values) == 0 {
		return absent
	}
	for i, v := range values {
		values[i] = secrets.Value(field, v)
		if v == "" {
			values[i] = `""`
		}
	}
	return strings.Join(values, " | ")
}

// attemptRow tells at which hop the request was tried more than once.
func (t table) attemptRow(j analyzer.Journey) row {
	result := row{label: "attempts"}
	for hop, x := range j.Match.Exchanges {
		text := unseen
		if x != nil {
			text = strconv.Itoa(len(j.Match.Retries[hop]) + 1)
		}
		result.cells = append(result.cells, cell{text: text})
	}
	return result
}

func (t table) statusRow(j analyzer.Journey) row {
	result := row{label: "status"}
	for _, x := range j.Match.Exchanges {
		switch {
		case x == nil:
			result.cells = append(result.cells, cell{text: unseen})
		case x.Response == nil:
			result.cells = append(result.cells, cell{text: absent})
		default:
			result.cells = append(result.cells, cell{text: strconv.Itoa(x.Response.Status)})
		}
	}
	return result
}

// packetRow gives the packets of the request's head and those of the response's.
func (t table) packetRow(j analyzer.Journey) row {
	result := row{label: "packets"}
	for _, x := range j.Match.Exchanges {
		text := unseen
		if x != nil {
			var parts []string
			for _, m := range []*http1.Message{x.Request, x.Response} {
				if m != nil {
					parts = append(parts, packetList(m.Packets))
				}
			}
			text = strings.Join(parts, " / ")
		}
		result.cells = append(result.cells, cell{text: text})
	}
	return result
}

// packetList writes packet numbers, many of them as first-last.
func packetList(packets []uint64) string {
	switch len(packets) {
	case 0:
		return absent
	case 1, 2, 3:
		var parts []string
		for _, p := range packets {
			parts = append(parts, strconv.FormatUint(p, 10))
		}
		return strings.Join(parts, ",")
	}
	return fmt.Sprintf("%d-%d", packets[0], packets[len(packets)-1])
}

// pathOf is the target without its query.
func pathOf(target string) string {
	path, _, _ := strings.Cut(target, "?")
	return path
}

// lines lays the table out in width columns. Every column is as wide as it
// needs, and the widest give way when it gets too much.
func (t table) lines(width int, paint style) []string {
	widths := make([]int, t.hops+1)
	for _, r := range t.rows {
		widths[0] = max(widths[0], columns(Printable(r.label)))
		for i, c := range r.cells {
			widths[i+1] = max(widths[i+1], columns(Printable(c.text)))
		}
	}
	const gap = 2
	for total(widths)+gap*t.hops > width {
		widest := slices.Index(widths, slices.Max(widths))
		if widths[widest] <= 4 {
			break
		}
		widths[widest]--
	}
	var lines []string
	for i, r := range t.rows {
		label := pad(fit(Printable(r.label), widths[0]), widths[0])
		var line strings.Builder
		line.WriteString(label)
		for hop, c := range r.cells {
			text := fit(Printable(c.text), widths[hop+1])
			if hop < len(r.cells)-1 {
				text = pad(text, widths[hop+1])
			}
			switch {
			case i == 0:
				text = paint.paint(bold, text)
			case c.marked:
				text = paint.paint(red, text)
			}
			line.WriteString(strings.Repeat(" ", gap) + text)
		}
		lines = append(lines, strings.TrimRight(line.String(), " "))
	}
	return lines
}

func total(widths []int) int {
	sum := 0
	for _, w := range widths {
		sum += w
	}
	return sum
}
