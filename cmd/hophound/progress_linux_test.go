package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// A capture that comes slowly through a pipe: the line stands on the terminal
// while it is read, and is gone when the report comes.
func TestProgressOnATerminal(t *testing.T) {
	screen, terminal := openTerminal(t, 60)
	capture, err := os.ReadFile(lostCase + "puma.pcap")
	require.NoError(t, err)
	stdin, feed, err := os.Pipe()
	require.NoError(t, err)
	defer stdin.Close()

	var report bytes.Buffer
	env := &environment{stdin: stdin, stdout: &report, stderr: terminal, stderrWidth: terminalWidth(terminal)}
	ended := make(chan int)
	go func() {
		status := run(t.Context(), env, []string{"analyze", "nginx=" + lostCase + "nginx.pcap", "puma=-"})
		_, _ = terminal.WriteString("REPORT") // so that reading the screen comes to an end
		ended <- status
	}()
	_, err = feed.Write(capture[:len(capture)/2])
	require.NoError(t, err)
	shown := readUntil(t, screen, "B/s")
	assert.Contains(t, shown, "nginx 100%  puma "+byteCount(int64(len(capture)/2)))

	_, err = feed.Write(capture[len(capture)/2:])
	require.NoError(t, err)
	require.NoError(t, feed.Close())
	shown += readUntil(t, screen, "REPORT")
	assert.Equal(t, exitFail, <-ended)
	lines := strings.Split(strings.TrimSuffix(shown, "REPORT"), "\r")
	assert.Empty(t, lines[len(lines)-1])
	assert.Regexp(t, "^ {30,}$", lines[len(lines)-2], "the line is cleared")
	for _, line := range lines {
		assert.Less(t, len(line), 60, "it fits: %q", line)
	}
	assert.Contains(t, report.String(), "nginx dropped Upgrade")
}

func TestTerminalsWithoutAWayBackGetNoLine(t *testing.T) {
	_, terminal := openTerminal(t, 100)
	width := terminalWidth(terminal)
	require.NotNil(t, width)
	assert.Equal(t, 100, width())
	t.Setenv("TERM", "dumb")
	assert.Nil(t, terminalWidth(terminal))
	file, err := os.Create(t.TempDir() + "/log")
	require.NoError(t, err)
	defer file.Close()
	t.Setenv("TERM", "xterm")
	assert.Nil(t, terminalWidth(file))
}

// openTerminal makes a pseudoterminal of so many columns (pty(7)): what is
// written to the terminal can be read from the screen.
func openTerminal(t *testing.T, columns uint16) (screen, terminal *os.File) {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = screen.Close() })
	fd := int(screen.Fd())
	require.NoError(t, unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0))
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	require.NoError(t, err)
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = terminal.Close() })
	require.NoError(t, unix.IoctlSetWinsize(int(terminal.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: columns}))
	t.Setenv("TERM", "xterm")
	return screen, terminal
}

// readUntil reads until the wanted text was seen.
func readUntil(t *testing.T, r io.Reader, want string) string {
	t.Helper()
	var seen []byte
	buffer := make([]byte, 256)
	for !strings.Contains(string(seen), want) {
		n, err := r.Read(buffer)
		require.NoError(t, err)
		seen = append(seen, buffer[:n]...)
	}
	return string(seen)
}
