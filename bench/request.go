package bench

import (
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strconv"
)

const (
	hostName  = "app.example.com"
	userAgent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
)

// burst tells how many requests a client sends at once.
func (l *load) burst() int {
	if l.options.Kind != Pipelined {
		return 1
	}
	return min(1+l.random.IntN(8), l.options.Journeys-l.summary.Journeys)
}

// newJourney decides what the next request is.
func (l *load) newJourney() *journey {
	l.summary.Journeys++
	j := &journey{number: l.summary.Journeys, once: l.options.Kind == Connections}
	j.upgrade = l.options.Kind != Pipelined && l.random.Float64() < l.options.Upgrades
	j.lost = j.upgrade && l.random.Float64() < l.options.Lost
	if !j.upgrade {
		j.request = l.ordinaryRequest(j)
		return j
	}
	j.once = false
	j.request = l.upgradeRequest()
	l.summary.Upgrades.Asked++
	if j.lost {
		l.summary.Upgrades.Lost++
	} else {
		l.summary.Upgrades.Upgraded++
	}
	return j
}

// upgradeRequest asks for a WebSocket of Action Cable (RFC 6455 §4.1).
func (l *load) upgradeRequest() message {
	nonce := binary.BigEndian.AppendUint64(nil, l.random.Uint64())
	key := base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint64(nonce, l.random.Uint64()))
	return message{start: "GET " + cable + " HTTP/1.1", fields: []field{
		{"Host", hostName},
		{"Connection", "Upgrade"},
		{"Pragma", "no-cache"},
		{"User-Agent", userAgent},
		{"Upgrade", "websocket"},
		{"Origin", "http://" + hostName},
		{"Sec-WebSocket-Version", "13"},
		{"Accept-Encoding", "gzip, deflate"},
		{"Cookie", l.cookie()},
		{"Sec-WebSocket-Key", key},
		{"Sec-WebSocket-Protocol", "actioncable-v1-json, actioncable-unsupported"},
	}}
}

// ordinaryRequest is one of a mix: mostly GET of one of a thousand targets,
// some of them conditional, some HEAD and POST.
func (l *load) ordinaryRequest(j *journey) message {
	method := "GET"
	item := strconv.Itoa(l.random.IntN(1000))
	m := message{fields: append(make([]field, 0, 10),
		field{"Host", hostName},
		field{"User-Agent", userAgent},
		field{"Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"},
		field{"Accept-Encoding", "gzip, deflate"},
		field{"Cookie", l.cookie()},
	)}
	if l.options.Kind == Small || l.options.Kind == TLS || l.options.Kind == Connections {
		switch l.random.IntN(20) {
		case 0:
			method = "HEAD"
		case 1, 2:
			method = "POST"
			m.content = fmt.Appendf(nil, `{"item":%s,"journey":%d,"note":"ordered"}`, item, j.number)
			m.fields = append(m.fields, field{"Content-Type", "application/json"}, field{"Content-Length", strconv.Itoa(len(m.content))})
		case 3, 4, 5:
			m.fields = append(m.fields, field{"If-None-Match", `W/"` + item + `"`})
		}
	}
	if j.once {
		m.fields = append(m.fields, field{"Connection", "close"})
	} else {
		m.fields = append(m.fields, field{"Connection", "keep-alive"})
	}
	m.start = method + " /items/" + item + " HTTP/1.1"
	return m
}

func (l *load) cookie() string {
	return "session=" + strconv.FormatUint(l.random.Uint64(), 36) + "; theme=dark"
}

// accept gives the Sec-WebSocket-Accept that answers a key (RFC 6455 §4.2.2).
func accept(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}
