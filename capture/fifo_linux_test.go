package capture

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Open reads a FIFO and gives each packet while the writer still holds the
// next.
func TestFIFO(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fifo")
	require.NoError(t, syscall.Mkfifo(path, 0o600))
	file, ends := smallPcap()
	given := make(chan int)
	go func() {
		w, err := os.OpenFile(path, os.O_WRONLY, 0)
		if !assert.NoError(t, err) {
			return
		}
		defer func() { assert.NoError(t, w.Close()) }()
		from := 0
		for i, end := range ends {
			_, err := w.Write(file[from:end])
			assert.NoError(t, err)
			from = end
			if i > 0 {
				assert.Equal(t, i, <-given)
			}
		}
	}()
	f, err := Open(path)
	require.NoError(t, err)
	closeAtEnd(t, f)
	assert.Equal(t, int64(-1), f.Size())
	var p Packet
	for i := 1; i < len(ends); i++ {
		require.NoError(t, f.Next(&p))
		given <- int(p.Number)
	}
	assert.Empty(t, readAll(t, f))
	assert.Equal(t, int64(len(file)), f.Offset())
}

// A running tcpdump is read while it captures: a datagram sent on a network of
// its own is seen before tcpdump ends. Needs root, tcpdump, unshare and
// nsenter.
func TestTcpdumpThroughFIFO(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fifo")
	require.NoError(t, syscall.Mkfifo(path, 0o600))
	cmd := exec.Command("unshare", "--net", "sh", "-c",
		`ip link set lo up && exec tcpdump -i lo -n -U -w "$0" udp`, path)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	// Held open for reading and writing, so that Open never waits for a
	// tcpdump that could not start; closed when it is there.
	hold, err := os.OpenFile(path, os.O_RDWR, 0)
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait()   // its status is that of a signal
		_ = hold.Close() // a tcpdump that failed is an end of the file
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		<-ended
	})

	f, err := Open(path) // tcpdump -U writes the file header at once
	if err != nil {
		<-ended
		require.NoError(t, err, "tcpdump must run, which needs root: %s", &stderr)
	}
	closeAtEnd(t, f)
	var p Packet
	for i := range 3 {
		payload := fmt.Sprintf("datagram %d", i)
		send := exec.Command("nsenter", "--net", "--target", fmt.Sprint(cmd.Process.Pid),
			"bash", "-c", "echo -n '"+payload+"' > /dev/udp/127.0.0.1/9")
		out, err := send.CombinedOutput()
		require.NoError(t, err, "%s", out)
		require.NoError(t, f.Next(&p))
		assert.Equal(t, uint64(i+1), p.Number)
		assert.Equal(t, LinkEthernet, p.Link)
		assert.True(t, strings.HasSuffix(string(p.Data), payload))
		assert.WithinDuration(t, time.Now(), time.Unix(0, p.Time), time.Minute)
	}
}
