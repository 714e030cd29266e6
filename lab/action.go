//go:build linux

package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Action is one thing the client does, and what it must see.
type Action struct {
	Argv []string // run in the client's namespace
	Want Sight
	read func(output string) (Sight, error)
}

// Sight is what a client has seen of the answers to an action.
type Sight struct {
	Statuses []int // the status of each answer, in order; 0: no answer came
	Talked   bool  // a WebSocket was open, its messages came back and it was closed in order
}

// host is the name under which people know the chain.
const host = "app.example.com"

// origin is what a page of that site sends as Origin.
const origin = "http://" + host

// handshake is a real WebSocket client that speaks Action Cable. A status of
// 101 means that it must also be able to talk.
func handshake(at Place, status int, flags ...string) Action {
	argv := append([]string{"{tools}/client", "-origin", origin, "-host", host, "-timeout", "3s"}, flags...)
	return Action{
		Argv: append(argv, "ws://"+at.server()+"/cable"),
		Want: Sight{Statuses: []int{status}, Talked: status == 101},
		read: readClient,
	}
}

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
	argv := []string{"curl", "-sS", "--max-time", "5", "-w", "%{http_code}\n", "--connect-to", "::" + at.server() + ":80"}
	for range statuses {
		argv = append(argv, "-o", "/dev/null")
	}
	return Action{Argv: append(argv, args...), Want: Sight{Statuses: statuses}, read: readCurl}
}

// do runs the action in the client's namespace and says what the client saw.
func (a Action) do(ctx context.Context, l *Lab, ns Namespace) (Sight, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	argv := ns.command(l.expand(a.Argv, "")...).Args
	var complaint strings.Builder
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Stderr = &complaint
	out, err := cmd.Output() // a client that was refused exits with an error: its output tells
	sight, readErr := a.read(string(out))
	if readErr != nil {
		return Sight{}, fmt.Errorf("run %s: %w (%v): %s", strings.Join(argv, " "), readErr, err, complaint.String())
	}
	return sight, nil
}

// readClient reads the one line of JSON that lab/client prints.
func readClient(output string) (Sight, error) {
	var result struct {
		Status int    `json:"status"`
		Echoed int    `json:"echoed"`
		Error  string `json:"error"`
	}
	if err := json.Unmarshal([]byte(output), &result); err != nil {
		return Sight{}, fmt.Errorf("read what the WebSocket client saw, %q: %w", output, err)
	}
	return Sight{Statuses: []int{result.Status}, Talked: result.Echoed > 0 && result.Error == ""}, nil
}

// readCurl reads one status per line; curl writes 000 where no answer came.
func readCurl(output string) (Sight, error) {
	var sight Sight
	for _, line := range strings.Fields(output) {
		status, err := strconv.Atoi(line)
		if err != nil {
			return Sight{}, fmt.Errorf("read curl's status: %w", err)
		}
		sight.Statuses = append(sight.Statuses, status)
	}
	if len(sight.Statuses) == 0 {
		return Sight{}, errors.New("read curl's status: it printed none")
	}
	return sight, nil
}

// clientSoftware names the programs that the actions run, with their versions.
func (l *Lab) clientSoftware(ctx context.Context, actions []Action) (string, error) {
	var names []string
	for _, action := range actions {
		name := "curl"
		argv := []string{"curl", "--version"}
		if strings.HasSuffix(action.Argv[0], "/client") {
			name = "github.com/coder/websocket"
			argv = []string{"go", "list", "-m", "-f", "{{.Path}} {{.Version}} (lab/client)", name}
		}
		if slices.ContainsFunc(names, func(known string) bool { return strings.HasPrefix(known, name) }) {
			continue
		}
		out, err := run(ctx, l.tree, argv...)
		if err != nil {
			return "", fmt.Errorf("ask %s for its version: %w", name, err)
		}
		line, _, _ := strings.Cut(out, "\n")
		line, _, _ = strings.Cut(line, " (x86")
		names = append(names, strings.TrimSpace(line))
	}
	return strings.Join(names, ", "), nil
}
