package diff

import (
	"slices"
	"strings"
	"testing"

	"github.com/hophound/hophound/analyzer/http1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// FuzzCompare holds Compare to what must be true of any two heads.
func FuzzCompare(f *testing.F) {
	seeds := []string{
		handshake,
		"GET /cable HTTP/1.0\nHost: app\nConnection: close\nSec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\n\n",
		"GET / HTTP/1.1\nhost:a\nX-Forwarded-For: 1.2.3.4\nX-Forwarded-For: 5.6.7.8\nConnection: keep-alive\n\n",
		"GET / HTTP/1.1\nConnection: keep-alive, Upgrade\nconnection: \"a,b\" ,,c\nCookie: a=1; b=2\n",
		"HTTP/1.1 101 Switching Protocols\nUpgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Accept: x\n\n",
		"HTTP/1.0 502 Bad Gateway\nSet-Cookie: a\nSet-Cookie: b\n\n",
	}
	for i, a := range seeds {
		for _, b := range seeds[i:] {
			f.Add(a, b, uint8(3), uint8(2), true)
		}
	}
	f.Fuzz(func(t *testing.T, a, b string, cutA, cutB uint8, upgrade bool) {
		before, after := head(a), head(b)
		c := Context{Upgrade: upgrade}
		assert.Empty(t, Compare(before, before, c), "a message differs from itself")

		changes := Compare(before, after, c)
		for _, ch := range changes {
			assert.NotEmpty(t, ch.Why)
			assert.Contains(t, []Class{Breaking, Notable, Expected}, ch.Class)
		}
		if before.Complete && after.Complete && before.IsRequest() == after.IsRequest() {
			assert.Equal(t, meaning(after), meaning(apply(before, changes)), "the changes, made to the first head, do not give the second")
			checkCut(t, before, after, int(cutA), int(cutB), c)
		}
	})
}

// checkCut: what is reported of heads whose ends were not seen is also true of
// the whole heads.
func checkCut(t *testing.T, before, after *http1.Message, cutA, cutB int, c Context) {
	whole := Compare(before, after, c)
	for _, ch := range Compare(cut(before, cutA), cut(after, cutB), c) {
		i := slices.IndexFunc(whole, func(w Change) bool { return strings.EqualFold(w.Field, ch.Field) })
		require.GreaterOrEqual(t, i, 0, "%s of %s is told of the cut heads only", ch.Kind, ch.Field)
		if ch.Kind == Dropped || ch.Kind == Added {
			assert.Equal(t, ch.Kind, whole[i].Kind)
		}
		if ch.Class == Breaking {
			assert.Equal(t, Breaking, whole[i].Class)
		}
	}
}

// cut gives the head without its last lines; 0 cuts nothing.
func cut(m *http1.Message, lines int) *http1.Message {
	if lines == 0 {
		return m
	}
	short := *m
	short.Complete = false
	short.Fields = m.Fields[:len(m.Fields)-min(lines-1, len(m.Fields))]
	return &short
}

// apply makes the changes to a head.
func apply(m *http1.Message, changes []Change) *http1.Message {
	out := *m
	out.Fields = slices.Clone(m.Fields)
	for _, c := range changes {
		switch c.Field {
		case ":method":
			out.Method = strings.Join(c.After, "")
		case ":target":
			out.Target = strings.Join(c.After, "")
		case ":version":
			out.Version = strings.Join(c.After, "")
		case ":status":
			out.Status, out.Reason = 0, strings.Join(c.After, "")
		default:
			out.Fields = slices.DeleteFunc(out.Fields, func(f http1.Field) bool { return strings.EqualFold(f.Name, c.Field) })
			for _, v := range c.After {
				out.Fields = append(out.Fields, http1.Field{Name: c.Field, Value: v})
			}
		}
	}
	return &out
}

// meaning is a head without what Compare does not compare: the spelling of
// names and the order of lines with different names.
func meaning(m *http1.Message) map[string][]string {
	all := map[string][]string{"start": {m.Method, m.Target, m.Version, statusOf(m)}}
	for _, f := range m.Fields {
		key := "field " + strings.ToLower(f.Name)
		all[key] = append(all[key], f.Value)
	}
	return all
}

func statusOf(m *http1.Message) string {
	if m.Status == 0 {
		return m.Reason
	}
	return statusText(m.Status, m.Reason)
}
