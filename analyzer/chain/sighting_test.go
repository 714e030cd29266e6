package chain_test

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/hophound/hophound/analyzer/chain"
	"github.com/hophound/hophound/analyzer/http1"
)

// sighting is an exchange written by hand. By default it is alone on its
// connection from 192.0.2.1:40000, which was seen from its start, and was
// answered with 200.
type sighting struct{ *http1.Exchange }

// seen makes a sighting from the times of the request and of the response, in
// milliseconds, the request line without the version, and field lines.
func seen(start, end int, head ...string) sighting {
	method, target, _ := strings.Cut(head[0], " ")
	request := &http1.Message{
		Head:   strings.Join(head, "\r\n") + "\r\n\r\n",
		Method: method, Target: target, Version: "HTTP/1.1",
		Complete: true, Start: ms(start), End: ms(start),
	}
	for _, line := range head[1:] {
		name, value, _ := strings.Cut(line, ": ")
		request.Fields = append(request.Fields, http1.Field{Name: name, Value: value})
	}
	return sighting{&http1.Exchange{
		Conn:    &http1.Conn{ID: uint64(start) + 1, Client: netip.MustParseAddrPort("192.0.2.1:40000"), Start: ms(start), Whole: true},
		Request: request,
		Response: &http1.Message{
			Head: "HTTP/1.1 200 OK\r\n\r\n", Status: 200, Version: "HTTP/1.1",
			Complete: true, Start: ms(end), End: ms(end),
		},
	}}
}

func addrPort(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

func ms(n int) int64 { return int64(n) * int64(time.Millisecond) }

func (s sighting) from(client string) sighting {
	s.Conn.Client = netip.MustParseAddrPort(client)
	return s
}

func (s sighting) on(conn *http1.Conn, index int) sighting {
	s.Conn, s.Index = conn, index
	return s
}

func (s sighting) proxied(source string) sighting {
	s.Conn.Proxy = append(s.Conn.Proxy, http1.ProxyHeader{Version: 1, Source: netip.MustParseAddrPort(source)})
	return s
}

func (s sighting) answered(status int) sighting {
	s.Response.Status = status
	s.Response.Head = fmt.Sprintf("HTTP/1.1 %d \r\n\r\n", status)
	return s
}

func (s sighting) unanswered() sighting { s.Response = nil; return s }

// tunnelled gives it a tunnel with the hash of the client's first bytes.
func (s sighting) tunnelled(clientStart uint64) sighting {
	s.Tunnel = &http1.Tunnel{FromClient: 100, ClientStart: clientStart}
	return s.answered(101)
}

func (s sighting) onlyAnswer() sighting { s.Request = nil; return s }
func (s sighting) cut() sighting        { s.Request.Complete = false; return s }
func (s sighting) lossy() sighting      { s.Lossy = true; return s }
func (s sighting) turned() sighting     { s.Conn.Turned = true; return s }
func (s sighting) startUnseen() sighting {
	s.Conn.Whole = false
	return s
}

// hops is what was seen at each hop. The n-th exchange of the first hop is
// called a1, a2, …, those of the second b1, b2, …
type hops [][]sighting

// match runs a matcher over them and tells the journeys, one line each:
// "a1 certain(X-Request-Id) b2 after b1 guess(head order time) …"; a hop at
// which it was not seen is left out.
func match(h hops, options chain.Options) []string {
	names := make(map[*http1.Exchange]string)
	var journeys []string
	m := chain.NewMatcher(len(h), options, func(j *chain.Journey) { journeys = append(journeys, tell(j, names)) })
	for hop, sightings := range h {
		for i, s := range sightings {
			names[s.Exchange] = fmt.Sprintf("%c%d", 'a'+hop, i+1)
			m.Add(hop, s.Exchange)
		}
	}
	m.Close()
	return journeys
}

func tell(j *chain.Journey, names map[*http1.Exchange]string) string {
	var words []string
	links := j.Links
	for hop, x := range j.Exchanges {
		if x != nil {
			words = append(words, names[x])
		}
		if j.Retries != nil {
			for _, r := range j.Retries[hop] {
				words = append(words, "after "+names[r])
			}
		}
		if x != nil && len(links) > 0 {
			words = append(words, fmt.Sprintf("%s(%s)", links[0].Confidence, strings.Join(links[0].By, " ")))
			if links[0].Alike {
				words = append(words, "alike")
			}
			links = links[1:]
		}
	}
	return strings.Join(words, " ")
}
