package report

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestSecretsKeepWhatADiffNeeds(t *testing.T) {
	tests := []struct{ name, value, want string }{
		{"Cookie", "_session=abcdef; theme=dark", "_session=[secret 1, 6 bytes]; theme=[secret 2, 4 bytes]"},
		{"Set-Cookie", "_session=abcdef; Path=/; HttpOnly", "_session=[secret 1, 6 bytes]; Path=/; HttpOnly"},
		{"Cookie", "abcdef", "[secret 1, 6 bytes]"},
		{"Cookie", "empty=", "empty="},
		{"Authorization", "Bearer abcdef", "Bearer [secret 1, 6 bytes]"},
		{"authorization", "opaque", "[secret 3, 6 bytes]"},
		{"X-API-Key", "k", "[secret 4, 1 byte]"},
		{":target", "/cable?token=abcdef&room=7", "/cable?token=[secret 1, 6 bytes]&room=7"},
		{"Location", "https://a/b?Access_Token=zz", "https://a/b?Access_Token=[secret 5, 2 bytes]"},
		{"Upgrade", "websocket", "websocket"},
		{"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ=="},
	}
	secrets := NewSecrets()
	for _, test := range tests {
		assert.Equal(t, test.want, secrets.Value(test.name, test.value), "%s: %s", test.name, test.value)
	}
	assert.Equal(t, "Bearer abcdef", (*Secrets)(nil).Value("Authorization", "Bearer abcdef"))
}
