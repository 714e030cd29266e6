package http1

import (
	"crypto/sha1" //nolint:gosec // RFC 6455 §4.2.2 prescribes SHA-1; nothing is kept secret by it
	"encoding/base64"
)

// IsUpgradeAttempt tells whether a request carries any sign of an attempt to
// leave HTTP: an Upgrade field, an upgrade token in Connection, a
// Sec-WebSocket-Key or a Sec-WebSocket-Version. The last two are end-to-end
// fields, so that a handshake is known even where its Upgrade is gone.
func (m *Message) IsUpgradeAttempt() bool {
	if m.upgrade != upgradeUnknown {
		return m.upgrade == upgradeAsked
	}
	return m.IsRequest() && m.names.mayHaveAny(namesOfUpgrades|nameConnection) &&
		(m.Has("Upgrade") || m.Has("Sec-WebSocket-Key") || m.Has("Sec-WebSocket-Version") ||
			m.HasToken("Connection", "upgrade"))
}

// upgrade is the answer of IsUpgradeAttempt, which every stage asks for.
type upgrade uint8

const (
	upgradeUnknown upgrade = iota // not looked for yet
	upgradeAsked
	upgradeNotAsked
)

// learnUpgrade answers IsUpgradeAttempt for good.
func (m *Message) learnUpgrade() {
	asked := m.IsUpgradeAttempt()
	m.upgrade = upgradeNotAsked
	if asked {
		m.upgrade = upgradeAsked
	}
}

// AcceptKey gives the Sec-WebSocket-Accept that answers a Sec-WebSocket-Key
// (RFC 6455 §4.2.2, item 5.4).
func AcceptKey(key string) string {
	const guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
	sum := sha1.Sum([]byte(key + guid)) //nolint:gosec // as above
	return base64.StdEncoding.EncodeToString(sum[:])
}

// accepts tells whether a response proves by its Sec-WebSocket-Accept that it
// answers that request.
func accepts(response, request *Message) bool {
	accept, ok := response.Get("Sec-WebSocket-Accept")
	if !ok || accept == "" {
		return false
	}
	key, ok := request.Get("Sec-WebSocket-Key")
	return ok && AcceptKey(key) == accept
}
