package process

import "time"

const (
	// askingShare is the part of one core that asking for single connections
	// may take: on a host that opens thousands in a second, a second core would
	// otherwise be busy with nothing else.
	askingShare = 50

	// askingSaved is the most that may be spent at once after a quiet time: some
	// thousands of questions.
	askingSaved = 50 * time.Millisecond
)

// allowance is time that may be spent; it comes in as time passes.
type allowance struct {
	saved time.Duration // negative if more was spent than there was
	until time.Time     // up to which it has come in
}

// left tells whether there is any.
func (a *allowance) left(now time.Time) bool {
	a.saved = min(askingSaved, a.saved+now.Sub(a.until)/askingShare)
	a.until = now
	return a.saved > 0
}

func (a *allowance) spend(d time.Duration) { a.saved -= d }
