package main

import "net/http"

// Result is what was seen from the client's end of the chain.
type Result struct {
	URL      string      `json:"url"`
	Local    string      `json:"local,omitempty"`    // own address and port of the connection
	Remote   string      `json:"remote,omitempty"`   // the first hop's
	Status   int         `json:"status"`             // of the answer to the handshake; 0 if none came
	Header   http.Header `json:"header,omitempty"`   // of that answer
	Body     string      `json:"body,omitempty"`     // of an answer that is no 101, at most 1024 bytes
	Protocol string      `json:"protocol,omitempty"` // subprotocol agreed on
	Sent     int         `json:"sent"`               // WebSocket messages sent, commands included
	Received int         `json:"received"`           // WebSocket messages received, welcome and pings included
	Echoed   int         `json:"echoed"`             // messages of ours that came back
	Error    string      `json:"error,omitempty"`    // empty if all went well, the close included
}
