package process

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// However often it is asked, no more than a fiftieth of the time is spent, but
// for what was saved up.
func TestAllowanceIsAShareOfTheTime(t *testing.T) {
	const question, second = 5 * time.Microsecond, time.Second
	now, end := time.Unix(1, 0), time.Unix(1, 0).Add(10*second)
	a := allowance{}
	assert.True(t, a.left(now), "at first there is what may be saved")
	var spent time.Duration
	for now.Before(end) {
		if a.left(now) {
			a.spend(question)
			spent += question
		}
		now = now.Add(question)
	}
	assert.InDelta(t, 10*second/askingShare+askingSaved, spent, float64(2*question))
}

// A question that took very long is paid for before the next one.
func TestAllowanceTakesBackDebts(t *testing.T) {
	now := time.Unix(1, 0)
	a := allowance{}
	assert.True(t, a.left(now))
	a.spend(askingSaved + time.Second)
	assert.False(t, a.left(now.Add(49*time.Second)))
	assert.True(t, a.left(now.Add(51*time.Second)))
}

// What is saved does not grow for ever.
func TestAllowanceIsLimited(t *testing.T) {
	now := time.Unix(1, 0)
	a := allowance{}
	assert.True(t, a.left(now))
	now = now.Add(24 * time.Hour)
	assert.True(t, a.left(now))
	a.spend(askingSaved)
	assert.False(t, a.left(now))
}
