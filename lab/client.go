//go:build linux

package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// client is a program that acts as the chain's client.
type client struct {
	version []string                           // command whose first line names it
	read    func(output string) (Sight, error) // reads from its output what it saw
}

// websocketClient is lab/client.
func websocketClient() client {
	return client{
		version: []string{"go", "list", "-m", "-f", "{{.Path}} {{.Version}} (lab/client)", "github.com/coder/websocket"},
		read:    readWebSocketClient,
	}
}

func curlClient() client {
	return client{version: []string{"curl", "--version"}, read: readCurl}
}

// rawClient is lab/raw, which prints one status per line as curl does.
func rawClient() client {
	return client{version: []string{"echo", "lab/raw"}, read: readCurl}
}

// browserClient is a headless browser that dumps the application's page.
func browserClient() client {
	return client{version: []string{"chromium", "--version"}, read: readBrowser}
}

// readWebSocketClient reads the lines of JSON that lab/client prints, one for
// each attempt.
func readWebSocketClient(output string) (Sight, error) {
	var sight Sight
	for line := range strings.Lines(output) {
		var result struct {
			Status int    `json:"status"`
			Echoed int    `json:"echoed"`
			Error  string `json:"error"`
		}
		if err := json.Unmarshal([]byte(line), &result); err != nil {
			return Sight{}, fmt.Errorf("read what the WebSocket client saw, %q: %w", output, err)
		}
		sight.Statuses = append(sight.Statuses, result.Status)
		sight.Talked = result.Echoed > 0 && result.Error == ""
	}
	if len(sight.Statuses) == 0 {
		return Sight{}, errors.New("read what the WebSocket client saw: it printed nothing")
	}
	return sight, nil
}

// readCurl reads one status per line; curl writes 000 where no answer came.
func readCurl(output string) (Sight, error) {
	var sight Sight
	for line := range strings.FieldsSeq(output) {
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

// readBrowser reads what the page of lab/app has written into itself. A browser
// tells its pages no status: they learn that a WebSocket opened, or that it did not.
func readBrowser(output string) (Sight, error) {
	_, text, found := strings.Cut(output, `<pre id="result">`)
	text, _, end := strings.Cut(text, "</pre>")
	if !found || !end {
		return Sight{}, fmt.Errorf("read what the browser saw, %q: it has no result", output)
	}
	var result struct {
		Opened   bool `json:"opened"`
		Echoed   int  `json:"echoed"`
		WasClean bool `json:"wasClean"`
	}
	if err := json.Unmarshal([]byte(text), &result); err != nil {
		return Sight{}, fmt.Errorf("read what the browser saw, %q: %w", text, err)
	}
	status := 0
	if result.Opened {
		status = 101
	}
	return Sight{Statuses: []int{status}, Talked: result.Echoed > 0 && result.WasClean}, nil
}
