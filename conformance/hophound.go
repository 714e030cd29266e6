package main

import (
	"context"
	"errors"
	"math"
	"strconv"

	"github.com/hophound/hophound/analyzer"
	"github.com/hophound/hophound/analyzer/http1"
	"github.com/hophound/hophound/capture"
)

// readCapture gives the messages that hophound finds in a capture file when it
// is analysed as that of one hop to which every request belongs. A file that is
// no capture, or of link types that cannot be read, has none.
func readCapture(path string) ([]*message, error) {
	f, err := capture.Open(path)
	if errors.Is(err, capture.ErrFormat) || errors.Is(err, capture.ErrEmpty) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	input := analyzer.Input{Name: path, Source: f, Hops: []analyzer.HopInput{{Name: "all"}}}
	report, err := analyzer.Run(context.Background(), []analyzer.Input{input}, analyzer.Options{All: true, Journeys: math.MaxInt32})
	if errors.Is(err, analyzer.ErrLinkType) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var messages []*message
	for i := range report.Journeys {
		match := report.Journeys[i].Match
		for _, attempts := range append(match.Retries, match.Exchanges) {
			for _, x := range attempts {
				messages = append(messages, messagesIn(x)...)
			}
		}
	}
	return messages, nil
}

// messagesIn gives the messages of an exchange.
func messagesIn(x *http1.Exchange) []*message {
	if x == nil {
		return nil
	}
	var messages []*message
	heads := append([]*http1.Message{x.Request}, x.Informational...)
	for _, m := range append(heads, x.Response) {
		if m == nil {
			continue
		}
		ours := messageOf(m)
		ours.copies = len(x.Conn.Also)
		messages = append(messages, ours)
	}
	return messages
}

// messageOf turns a message into what is compared.
func messageOf(m *http1.Message) *message {
	ours := &message{
		method: m.Method, target: m.Target, version: m.Version,
		packet: m.Packets[len(m.Packets)-1], until: m.Packets[len(m.Packets)-1],
	}
	if m.Framing != http1.FramingNone {
		ours.until = math.MaxUint64 // tshark tells of a message when its content is complete
	}
	if m.Status != 0 {
		ours.status = strconv.Itoa(m.Status)
	}
	for _, f := range m.Fields {
		ours.fields = append(ours.fields, field{f.Name, f.Value})
	}
	return ours
}
