package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
)

// identifier names the lab's channel in every command, as a JSON text of its own:
// https://docs.anycable.io/misc/action_cable_protocol
const identifier = `{"channel":"EchoChannel"}`

// command is a message of Action Cable to the server.
type command struct {
	Command    string `json:"command"` // "subscribe" or "message"
	Identifier string `json:"identifier"`
	Data       string `json:"data,omitempty"` // a JSON text
}

// event is a message of Action Cable from the server. Type is empty if it
// carries a channel's message.
type event struct {
	Type    string          `json:"type"`
	Reason  string          `json:"reason"`
	Message json.RawMessage `json:"message"`
}

// payload is what goes to EchoChannel and must come back.
type payload struct {
	Number int `json:"number"`
}

// session is an open WebSocket that speaks Action Cable.
type session struct {
	conn   *websocket.Conn
	result *Result
}

// subscribe waits for the welcome and subscribes to EchoChannel.
func (s session) subscribe(ctx context.Context) error {
	if _, err := s.await(ctx, "welcome"); err != nil {
		return err
	}
	if err := s.send(ctx, command{Command: "subscribe", Identifier: identifier}); err != nil {
		return err
	}
	_, err := s.await(ctx, "confirm_subscription")
	return err
}

// echo sends message n and waits until it has come back.
func (s session) echo(ctx context.Context, n int) error {
	data, err := json.Marshal(payload{Number: n})
	if err != nil {
		return err
	}
	if err := s.send(ctx, command{Command: "message", Identifier: identifier, Data: string(data)}); err != nil {
		return err
	}
	e, err := s.await(ctx, "")
	if err != nil {
		return err
	}
	var back payload
	if err := json.Unmarshal(e.Message, &back); err != nil {
		return fmt.Errorf("read what came back: %w", err)
	}
	if back.Number != n {
		return fmt.Errorf("message %d came back instead", back.Number)
	}
	s.result.Echoed++
	return nil
}

func (s session) send(ctx context.Context, c command) error {
	if err := wsjson.Write(ctx, s.conn, c); err != nil {
		return fmt.Errorf("send %s: %w", c.Command, err)
	}
	s.result.Sent++
	return nil
}

// await reads events until one has the wanted type, stepping over pings.
func (s session) await(ctx context.Context, want string) (event, error) {
	for {
		var e event
		if err := wsjson.Read(ctx, s.conn, &e); err != nil {
			return event{}, fmt.Errorf("wait for %s: %w", kind(want), err)
		}
		s.result.Received++
		switch e.Type {
		case want:
			return e, nil
		case "ping":
		default:
			return event{}, fmt.Errorf("wait for %s: got %s %s", kind(want), kind(e.Type), e.Reason)
		}
	}
}

// kind is an event's type in words.
func kind(eventType string) string {
	if eventType == "" {
		return "a message"
	}
	return eventType
}
