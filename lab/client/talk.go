package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"

	"github.com/coder/websocket"
)

// talk opens the WebSocket, speaks Action Cable over it and closes it.
func talk(ctx context.Context, o options) Result {
	result := Result{URL: o.url}
	if err := result.converse(ctx, o); err != nil {
		result.Error = err.Error()
	}
	return result
}

// converse notes in r what it sees as it goes, so that an error leaves behind
// how far it came.
func (r *Result) converse(ctx context.Context, o options) error {
	conn, err := r.dial(ctx, o)
	if err != nil {
		return err
	}
	defer conn.CloseNow()
	s := session{conn: conn, result: r}
	if err := s.subscribe(ctx); err != nil {
		return fmt.Errorf("subscribe: %w", err)
	}
	for n := 1; n <= o.messages; n++ {
		if err := s.echo(ctx, n); err != nil {
			return fmt.Errorf("echo message %d of %d: %w", n, o.messages, err)
		}
	}
	if err := conn.Close(websocket.StatusNormalClosure, ""); err != nil {
		return fmt.Errorf("close: %w", err)
	}
	return nil
}

// dial makes the handshake on a connection of its own.
func (r *Result) dial(ctx context.Context, o options) (*websocket.Conn, error) {
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(got httptrace.GotConnInfo) {
			r.Local = got.Conn.LocalAddr().String()
			r.Remote = got.Conn.RemoteAddr().String()
		},
	})
	conn, response, err := websocket.Dial(ctx, o.url, &websocket.DialOptions{
		// No proxy from the environment, no Accept-Encoding of net/http's own,
		// and the first answer is the answer.
		HTTPClient: &http.Client{
			Transport:     &http.Transport{DisableCompression: true},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		HTTPHeader:   http.Header(o.header),
		Host:         o.host,
		Subprotocols: []string{"actioncable-v1-json", "actioncable-unsupported"},
	})
	if response != nil {
		r.Status, r.Header = response.StatusCode, response.Header
		if response.StatusCode != http.StatusSwitchingProtocols {
			body, _ := io.ReadAll(response.Body) // Dial left at most 1024 bytes, in memory
			r.Body = string(body)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("open the WebSocket: %w", err)
	}
	r.Protocol = conn.Subprotocol()
	return conn, nil
}
