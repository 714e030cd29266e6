package http1

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestValues(t *testing.T) {
	m := &Message{Fields: []Field{{Name: "Connection", Value: "keep-alive, Upgrade"}, {Name: "connection", Value: "close"}, {Name: "Empty"}}}

	value, ok := m.Get("CONNECTION")
	assert.True(t, ok)
	assert.Equal(t, "keep-alive, Upgrade", value)
	assert.Equal(t, []string{"keep-alive, Upgrade", "close"}, m.Values("Connection"))
	assert.Equal(t, []string{"keep-alive", "Upgrade", "close"}, slices.Collect(m.Tokens("Connection")))
	assert.True(t, m.HasToken("connection", "upgrade"))
	assert.False(t, m.HasToken("connection", "grade"))
	assert.True(t, m.Has("empty"), "a field without a value is there")
	assert.False(t, m.Has("Empt"))
	assert.Nil(t, m.Values("Host"))
}

func TestTokens(t *testing.T) {
	for value, want := range map[string][]string{
		"":                    nil,
		"a":                   {"a"},
		"a,b":                 {"a", "b"},
		" a\t, ,, b ":         {"a", "b"},
		`a;x="1,2", b`:        {`a;x="1,2"`, "b"},
		`"a\",b", c`:          {`"a\",b"`, "c"},
		`"never closed, a, b`: {`"never closed, a, b`},
	} {
		m := &Message{Fields: []Field{{Name: "L", Value: value}}}
		assert.Equal(t, want, slices.Collect(m.Tokens("l")), "%q", value)
	}
	m := &Message{Fields: []Field{{Name: "L", Value: "a, b"}, {Name: "L", Value: "c"}}}
	for token := range m.Tokens("L") {
		assert.Equal(t, "a", token)
		break
	}
}
