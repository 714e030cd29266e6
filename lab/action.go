//go:build linux

package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// Action is one thing the client does, and what it must see.
type Action struct {
	Argv   []string // run in the client's namespace; {scratch} is an empty folder of its own
	Want   Sight
	Beside bool // at the same time as the action before it
	client client
}

// beside are actions that begin together.
func beside(actions ...Action) []Action {
	for i := range actions {
		actions[i].Beside = i > 0
	}
	return actions
}

// Sight is what a client has seen of the answers to an action.
type Sight struct {
	Statuses []int // the status of each answer, in order; 0: no answer came, or the client does not tell
	Talked   bool  // a WebSocket was open, its messages came back and it was closed in order
}

// host is the name under which people know the chain.
const host = "app.example.com"

// origin is what a page of that site sends as Origin.
const origin = "http://" + host

// handshake is a real WebSocket client that speaks Action Cable. A status of
// 101 means that it must also be able to talk.
func handshake(at Place, status int, flags ...string) Action {
	return handshakeAt(at.server(), status, flags...)
}

// handshakeAt is the same at an address, with a port or without.
func handshakeAt(server string, status int, flags ...string) Action {
	argv := append([]string{"{tools}/client", "-origin", origin, "-host", host, "-timeout", "15s"}, flags...)
	return Action{
		Argv:   append(argv, "ws://"+server+"/cable"),
		Want:   Sight{Statuses: []int{status}, Talked: status == 101},
		client: websocketClient(),
	}
}

// handshakeUnanswered is the same client where no answer comes: it gives up
// after five seconds.
func handshakeUnanswered(at Place) Action { return handshake(at, 0, "-timeout", "5s") }

// handshakeBroken is the same client where the handshake has an answer of
// status 101 that it cannot use.
func handshakeBroken(at Place, flags ...string) Action {
	a := handshake(at, 101, flags...)
	a.Want.Talked = false
	return a
}

// curl is one run of curl, with one status for each of its URLs. They name the
// host as people do; the connection goes to the chain's first node.
func curl(at Place, statuses []int, args ...string) Action {
	return curlAt(at.server()+":80", statuses, args...)
}

// curlAt is the same at an address and port.
func curlAt(server string, statuses []int, args ...string) Action {
	argv := []string{"curl", "-sS", "--max-time", "15", "-w", "%{http_code}\n", "--connect-to", "::" + server}
	for range statuses {
		argv = append(argv, "-o", "/dev/null")
	}
	return Action{Argv: append(argv, args...), Want: Sight{Statuses: statuses}, client: curlClient()}
}

// raw sends texts over one connection, byte for byte, each after the answers to the
// one before; see lab/raw.
func raw(at Place, statuses []int, texts ...string) Action {
	argv := append([]string{"{tools}/raw", "-connect", at.server() + ":80"}, texts...)
	return Action{Argv: argv, Want: Sight{Statuses: statuses}, client: rawClient()}
}

// curlTogether is one run of curl that asks for the same as often as there are
// statuses, at the same time, on connections of their own.
func curlTogether(at Place, statuses []int, args ...string) Action {
	url := args[len(args)-1]
	args = append([]string{"--parallel", "--parallel-immediate", "--parallel-max", "20"}, args...)
	for range statuses[1:] {
		args = append(args, url)
	}
	return curl(at, statuses, args...)
}

// times is as many answers of one status.
func times(n, status int) []int { return slices.Repeat([]int{status}, n) }

// Keys of handshakes by hand: one of our own, and the one that RFC 6455, section
// 1.3, has as its example, and with it every recipe there is for curl.
const (
	ownKey    = "x3JJHMbDL1EzLkh9GBhXDw=="
	sampleKey = "dGhlIHNhbXBsZSBub25jZQ=="
)

// handshakeByHand are the fields of a handshake as arguments of curl, with more
// arguments before the two fields that make it one.
func handshakeByHand(key string, more ...string) []string {
	args := []string{
		"--http1.1", "-H", "Origin: " + origin, "-H", "Sec-WebSocket-Key: " + key,
		"-H", "Sec-WebSocket-Version: 13", "-H", "Sec-WebSocket-Protocol: actioncable-v1-json",
	}
	args = append(args, more...)
	return append(args, "-H", "Connection: Upgrade", "-H", "Upgrade: websocket")
}

// browse opens the application's page in a browser; the page opens a WebSocket.
func browse(at Place, want Sight) Action {
	return Action{
		Argv: []string{
			"chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
			"--disable-background-networking", "--disable-component-update", "--disable-sync",
			"--user-data-dir={scratch}", "--host-resolver-rules=MAP " + host + " " + at.server(),
			"--dump-dom", "http://" + host + "/browser",
		},
		Want:   want,
		client: browserClient(),
	}
}

// do runs the action in the client's namespace and says what the client saw.
func (a Action) do(ctx context.Context, l *Lab, ns Namespace) (Sight, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	scratch, err := os.MkdirTemp(l.tools, "client-")
	if err != nil {
		return Sight{}, fmt.Errorf("make a folder for the client: %w", err)
	}
	var argv []string
	for _, arg := range l.expand(a.Argv, "") {
		argv = append(argv, strings.ReplaceAll(arg, "{scratch}", scratch))
	}
	argv = ns.command(argv...).Args
	var complaint strings.Builder
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Stderr = &complaint
	cmd.WaitDelay = time.Second // a child of the client's may hold its output open
	out, err := cmd.Output()    // a client that was refused exits with an error: its output tells
	sight, readErr := a.client.read(string(out))
	if readErr != nil {
		return Sight{}, fmt.Errorf("run %s: %w: %s", strings.Join(argv, " "), errors.Join(readErr, err), complaint.String())
	}
	return sight, nil
}

// clientSoftware names the programs that the actions run, with their versions.
func (l *Lab) clientSoftware(ctx context.Context, actions []Action) (string, error) {
	var names []string
	for _, action := range actions {
		line, err := l.ask(ctx, action.client.version...)
		if err != nil {
			return "", fmt.Errorf("ask a client for its version: %w", err)
		}
		for _, end := range []string{" (x86_64", " (aarch64", " built on"} {
			line, _, _ = strings.Cut(line, end)
		}
		if !slices.Contains(names, line) {
			names = append(names, line)
		}
	}
	return strings.Join(names, ", "), nil
}
