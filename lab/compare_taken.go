//go:build linux

package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"regexp"
	"strconv"
	"syscall"
	"time"

	"github.com/hophound/hophound/analyzer"
	"github.com/hophound/hophound/analyzer/http1"
	packets "github.com/hophound/hophound/capture"
)

// Taken is what a capture of a load has cost and given.
type Taken struct {
	By       string
	CPU      time.Duration // user and system time of the capturing process
	Captured uint64        // packets
	Dropped  uint64        // by the kernel
	Wire     int64         // bytes of the captured packets on the wire
	Copied   int64         // bytes of them that came to user space
	Path     string
}

var (
	captured = regexp.MustCompile(`(\d+) packets? captured`)
	dropped  = regexp.MustCompile(`(\d+) packets? dropped by kernel`)
)

// end ends the capture as Ctrl-C does, and reads what it says of itself.
func (t *Taken) end(p *process) error {
	if err := p.cmd.Process.Signal(syscall.SIGINT); err != nil {
		return fmt.Errorf("end %s: %w", t.By, err)
	}
	select {
	case <-p.exited:
	case <-time.After(30 * time.Second):
		return fmt.Errorf("end %s: it goes on", t.By)
	}
	t.CPU = p.cmd.ProcessState.UserTime() + p.cmd.ProcessState.SystemTime()
	said := p.tail()
	for pattern, into := range map[*regexp.Regexp]*uint64{captured: &t.Captured, dropped: &t.Dropped} {
		found := pattern.FindStringSubmatch(said)
		if found == nil {
			return fmt.Errorf("read what %s counted: %s", t.By, said)
		}
		*into, _ = strconv.ParseUint(found[1], 10, 64) // the pattern has but digits
	}
	return nil
}

// weigh adds up the packets of the file.
func (t *Taken) weigh() error {
	file, err := packets.Open(t.Path)
	if err != nil {
		return fmt.Errorf("weigh the capture: %w", err)
	}
	defer file.Close()
	for p := (packets.Packet{}); ; {
		switch err := file.Next(&p); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("weigh the capture: %w", err)
		}
		t.Wire += int64(p.Length)
		t.Copied += int64(len(p.Data))
	}
}

// Heads counts the heads that an analysis finds in the capture: each by its
// connection, its direction and all of its bytes.
func (t *Taken) Heads(ctx context.Context) (map[string]int, error) {
	file, err := packets.Open(t.Path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	const enough = 1 << 30
	report, err := analyzer.Run(ctx, []analyzer.Input{{Name: t.Path, Source: file, Hops: []analyzer.HopInput{
		{Index: 0, Name: "nginx", Server: analyzer.Server{Port: 80}},
		{Index: 1, Name: "site", Server: analyzer.Server{Port: 3000, Prefix: netip.PrefixFrom(Application.address(0), 32)}},
		{Index: 2, Name: "cable", Server: analyzer.Server{Port: 3000, Prefix: netip.PrefixFrom(Application.address(1), 32)}},
	}}}, analyzer.Options{All: true, Journeys: enough})
	if err != nil {
		return nil, err
	}
	heads := map[string]int{}
	for _, journey := range report.Journeys {
		for _, x := range journey.Match.Exchanges {
			countHeads(heads, x)
		}
		for _, retries := range journey.Match.Retries {
			for _, x := range retries {
				countHeads(heads, x)
			}
		}
	}
	return heads, nil
}

func countHeads(heads map[string]int, x *http1.Exchange) {
	if x == nil {
		return
	}
	for _, m := range append([]*http1.Message{x.Request, x.Response}, x.Informational...) {
		if m != nil {
			heads[fmt.Sprintf("%s %s %t %s", x.Conn.Client, x.Conn.Server, m.IsRequest(), m.Head)]++
		}
	}
}
