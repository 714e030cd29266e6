package http1

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestAcceptKey(t *testing.T) {
	for key, want := range map[string]string{
		"dGhlIHNhbXBsZSBub25jZQ==":                           "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", // RFC 6455 §1.3
		"x3JJHMbDL1EzLkh9GBhXDw==":                           "HSmrc0sMlYUkAGmm5OPpG2HaGWk=",
		"dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZQ==": "motd92hNo/XZm4ZNfS/a+cB0Id4=", // a duplicate that was joined
	} {
		assert.Equal(t, want, AcceptKey(key))
	}
}

func TestIsUpgradeAttempt(t *testing.T) {
	for _, c := range []struct {
		name  string
		field Field
		want  bool
	}{
		{"Upgrade", Field{Name: "Upgrade", Value: "websocket"}, true},
		{"Upgrade that was emptied", Field{Name: "upgrade"}, true},
		{"token of Connection", Field{Name: "Connection", Value: "keep-alive, upgrade"}, true},
		{"another token", Field{Name: "Connection", Value: "close"}, false},
		{"key without Upgrade", Field{Name: "Sec-WebSocket-Key", Value: "x"}, true},
		{"version without Upgrade", Field{Name: "sec-websocket-version", Value: "13"}, true},
		{"unrelated name", Field{Name: "Upgrade-Insecure-Requests", Value: "1"}, false},
	} {
		assert.Equal(t, c.want, (&Message{Method: "GET", Fields: []Field{c.field}}).IsUpgradeAttempt(), c.name)
		assert.False(t, (&Message{Status: 101, Fields: []Field{c.field}}).IsUpgradeAttempt(), "a response is none")
	}
}
