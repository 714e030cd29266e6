package main

import (
	"bytes"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// preferences are ways to have tshark read a capture. Out of order or not, with
// bodies or without: each has messages that the others miss where bytes of the
// capture are missing.
var preferences = [][]string{
	{"tcp.reassemble_out_of_order:TRUE"},
	{"tcp.reassemble_out_of_order:TRUE", "http.desegment_body:FALSE"},
	{"tcp.reassemble_out_of_order:FALSE"},
	{"tcp.reassemble_out_of_order:FALSE", "http.desegment_body:FALSE"},
}

// dissect has tshark read a capture with these preferences and gives the HTTP/1
// messages over TCP that it found, in the order of packets.
func dissect(path string, preferences []string) ([]*message, error) {
	args := []string{"-n", "-r", path, "-Y", "tcp && (http.request.method || http.response.code)", "-T", "pdml", "-J", "http"}
	for _, preference := range preferences {
		args = append(args, "-o", preference)
	}
	if _, err := os.Stat(path + ".keys"); err == nil {
		args = append(args, "-o", "tls.keylog_file:"+path+".keys")
	}
	var out, complaints bytes.Buffer
	cmd := exec.Command("tshark", args...)
	cmd.Stdout, cmd.Stderr = &out, &complaints
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return nil, fmt.Errorf("run tshark (it is in Debian's package of that name): %w", err)
	}
	messages, err := readPDML(bytes.NewReader(clean(out.Bytes())))
	if err != nil {
		return nil, fmt.Errorf("read what tshark says of %s: %w; %s", path, err, bytes.TrimSpace(complaints.Bytes()))
	}
	return messages, nil
}

// clean takes out what XML does not allow: tshark copies bytes of packets into
// what is for people. What is compared is the hexadecimal value beside it.
func clean(b []byte) []byte {
	return bytes.Map(func(c rune) rune {
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' {
			return ' '
		}
		return c
	}, bytes.ToValidUTF8(b, []byte(" ")))
}

// element is a <proto> or <field> of the Packet Details Markup Language
// (https://wiki.wireshark.org/PDML).
type element struct {
	Name   string    `xml:"name,attr"`
	Show   string    `xml:"show,attr"`
	Value  string    `xml:"value,attr"` // the bytes, in hexadecimal
	Fields []element `xml:"field"`
}

// bytes gives what stood on the wire.
func (e *element) bytes() string {
	b, err := hex.DecodeString(e.Value)
	if err != nil {
		return e.Show
	}
	return string(b)
}

// readPDML reads the messages of all packets.
func readPDML(r io.Reader) ([]*message, error) {
	var messages []*message
	d := xml.NewDecoder(r)
	d.Strict = false
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return messages, nil
		}
		if err != nil {
			return nil, err
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "packet" {
			continue
		}
		var packet struct {
			Protos []element `xml:"proto"`
		}
		if err := d.DecodeElement(&packet, &start); err != nil {
			return nil, err
		}
		messages = append(messages, messagesOf(packet.Protos)...)
	}
}

// messagesOf gives the messages of a packet.
func messagesOf(protos []element) []*message {
	var number uint64
	var messages []*message
	for _, p := range protos {
		switch p.Name {
		case "geninfo":
			for _, f := range p.Fields {
				if f.Name == "num" {
					number, _ = strconv.ParseUint(f.Show, 10, 64)
				}
			}
		case "http":
			messages = append(messages, headsOf(p.Fields, number)...)
		}
	}
	return messages
}

// headsOf gives the messages of an HTTP layer: one, or more where tshark puts
// several into one layer. A start line is a field without a name that holds the
// parts of it. A field line is told twice, as the field that it is and as a
// line; of methods that UPnP added, only as the former.
func headsOf(fields []element, number uint64) []*message {
	var messages []*message
	var named []field
	for _, f := range fields {
		if m := startOf(&f); m != nil {
			m.packet = number
			messages = append(messages, m)
			named = nil
			continue
		}
		switch line := f.bytes(); {
		case len(messages) == 0:
		case f.Name == "http.request.line" || f.Name == "http.response.line":
			m := messages[len(messages)-1]
			m.fields = append(m.fields, fieldOf(line))
		case strings.HasSuffix(line, "\r\n") && strings.Count(line, "\n") == 1 && strings.Contains(line, ":"):
			named = append(named, fieldOf(line))
		}
	}
	if n := len(messages); n > 0 && len(messages[n-1].fields) == 0 {
		messages[n-1].fields = named
	}
	return messages
}

// startOf reads a start line; nil if it is none.
func startOf(f *element) *message {
	var m message
	found := false
	for i := range f.Fields {
		part := &f.Fields[i]
		switch part.Name {
		case "http.request.method":
			m.method, found = part.bytes(), true
		case "http.request.uri":
			m.target = part.bytes()
		case "http.request.version", "http.response.version":
			m.version = part.bytes()
		case "http.response.code":
			m.status, found = part.Show, true
		}
	}
	if !found {
		return nil
	}
	return &m
}

// fieldOf splits a field line at its colon. Lines that continue it (RFC 9112
// §5.2) are joined to it by a space.
func fieldOf(line string) field {
	name, value, _ := strings.Cut(strings.TrimRight(line, "\r\n"), ":")
	return field{name, strings.Trim(value, " \t")}
}
