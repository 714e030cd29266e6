package diff

import (
	"net/url"
	"strconv"
	"strings"
)

// startLine appends the changes of the start line to changes.
func (p *pair) startLine(changes []Change) []Change {
	if p.request != p.after.IsRequest() {
		return changes // not the same message; the caller joined what does not belong together
	}
	if p.before.StartCut || p.after.StartCut {
		return changes // what is missing of it may be the same
	}
	if !p.request {
		changes = p.startPart(changes, ":version", p.before.Version, p.after.Version)
		return p.startPart(changes, ":status", statusText(p.before.Status, p.before.Reason), statusText(p.after.Status, p.after.Reason))
	}
	changes = p.startPart(changes, ":method", p.before.Method, p.after.Method)
	changes = p.startPart(changes, ":target", p.before.Target, p.after.Target)
	return p.startPart(changes, ":version", p.before.Version, p.after.Version)
}

func statusText(status int, reason string) string {
	if reason == "" {
		return strconv.Itoa(status)
	}
	return strconv.Itoa(status) + " " + reason
}

func (p *pair) startPart(changes []Change, field, before, after string) []Change {
	if before == after || after == "" && !p.after.Complete || before == "" && !p.before.Complete {
		return changes // what was not seen may have been lost
	}
	c := Change{Field: field, Kind: Changed, Before: []string{before}, After: []string{after}}
	switch {
	case before == "":
		c.Kind, c.Before = Added, nil
	case after == "":
		c.Kind, c.After = Dropped, nil
	case field != ":method" && field != ":target" && strings.EqualFold(before, after):
		c.Kind = Recased // the method and the target do know case (RFC 9110 §9.1, §4.2.3)
	}
	c.Class, c.Why = p.judgeStart(&c)
	return append(changes, c)
}

func (p *pair) judgeStart(c *Change) (Class, string) {
	switch {
	case c.Kind == Recased:
		return Expected, "Only upper and lower case differ."
	case c.Field == ":status":
		return p.judgeStatus()
	case c.Field == ":version":
		return p.judgeVersion()
	case c.Field == ":method" && p.context.Upgrade && p.before.Method == "GET":
		return Breaking, "A WebSocket handshake must be a GET request (RFC 6455 §4.1)."
	case c.Field == ":method":
		return Notable, "Another method can be refused, or do something else."
	case sameTarget(p.before.Target, p.after.Target):
		return Expected, "The target is written in another way but names the same path and query."
	default:
		return Notable, "Another path or query can lead to another route of the application."
	}
}

func (p *pair) judgeStatus() (Class, string) {
	switch {
	case p.before.Status == p.after.Status:
		return Expected, "The reason phrase has no meaning (RFC 9112 §4)."
	case p.before.Status == 101:
		return Breaking, "The server agreed to the upgrade, but whoever asked was told otherwise."
	default:
		return Notable, "The node gave an answer of its own instead of the one it got."
	}
}

func (p *pair) judgeVersion() (Class, string) {
	if p.request && p.context.Upgrade && p.after.Version == "HTTP/1.0" {
		return Notable, "A server must ignore Upgrade in an HTTP/1.0 request (RFC 9110 §7.8); some accept it all the same."
	}
	return Expected, "The version belongs to each connection by itself (RFC 9110 §2.5)."
}

// sameTarget tells whether two request targets name the same path and query:
// absolute-form against origin-form, or other percent-encoding.
func sameTarget(before, after string) bool {
	b, errB := url.Parse(before)
	a, errA := url.Parse(after)
	if errB != nil || errA != nil {
		return false
	}
	return b.Path == a.Path && b.RawQuery == a.RawQuery && (b.Host == "" || a.Host == "" || strings.EqualFold(b.Host, a.Host))
}
