package diagnose

// Verdict is the conclusion of a whole report.
type Verdict string

const (
	Pass         Verdict = "pass"         // every upgrade that was asked for was answered by the application, and no finding is an error
	Fail         Verdict = "fail"         // a finding of severity error
	Inconclusive Verdict = "inconclusive" // too little was seen to say pass, and nothing shows a fault
)

// Tally counts journeys. The zero value is ready.
type Tally struct {
	Journeys                                      uint64
	Unread                                        uint64 // journeys of which no whole request head was seen
	Doubtful                                      uint64 // journeys of which too little was seen, and that may well have been handshakes
	Asked                                         uint64 // journeys whose client needed an upgrade; the sum of the next five
	Upgraded, Lost, Refused, Failed, Inconclusive uint64

	Errors uint64 // findings of severity error
}

// Add counts one journey.
func (t *Tally) Add(d *Diagnosis) {
	t.Journeys++
	if d.Unread {
		t.Unread++
	}
	if d.Doubtful {
		t.Doubtful++
	}
	for i := range d.Findings {
		if d.Findings[i].Severity == Error {
			t.Errors++
		}
	}
	if !d.Needed {
		return
	}
	t.Asked++
	switch d.Outcome {
	case Upgraded:
		t.Upgraded++
	case Lost:
		t.Lost++
	case Refused:
		t.Refused++
	case Failed:
		t.Failed++
	default:
		t.Inconclusive++
	}
}

// AddAll adds what another tally counted.
func (t *Tally) AddAll(o *Tally) {
	t.Journeys += o.Journeys
	t.Unread += o.Unread
	t.Doubtful += o.Doubtful
	t.Asked += o.Asked
	t.Upgraded += o.Upgraded
	t.Lost += o.Lost
	t.Refused += o.Refused
	t.Failed += o.Failed
	t.Inconclusive += o.Inconclusive
	t.Errors += o.Errors
}

// AddUndetermined adds the journeys that another tally counted, but not what was said of
// them: that turned out not to hold.
func (t *Tally) AddUndetermined(o *Tally) {
	t.AddAll(&Tally{Journeys: o.Journeys, Unread: o.Unread, Doubtful: o.Doubtful, Asked: o.Asked, Inconclusive: o.Asked})
}

// Conclude gives the verdict on everything that was counted.
func (t *Tally) Conclude() Verdict {
	switch {
	case t.Errors > 0:
		return Fail
	case t.Inconclusive > 0, t.Doubtful > 0, t.Unread == t.Journeys && t.Asked == 0:
		return Inconclusive
	default:
		return Pass
	}
}
