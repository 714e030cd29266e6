package chain

// Stats is what a Matcher has done so far.
type Stats struct {
	Hops []HopStats // by hop index
}

// HopStats counts the exchanges of one hop. Exchanges not yet given out are in
// Exchanges only; after Close, Matched and Unmatched add up to Exchanges.
type HopStats struct {
	Exchanges uint64 // taken in
	// First and Last are the packet times of the first and last packet of all
	// exchanges, by the hop's own clock, nanoseconds since the Unix epoch.
	First, Last int64

	Matched   uint64 // given out in a journey that was seen at another hop too, or where there is no other
	Unmatched uint64 // given out alone
	LetGo     uint64 // of both: given out early because of Options.Pool, or after many batches; partners may have come later
}

// see takes note of an exchange that is taken in; its times are packet times.
func (s *HopStats) see(e *Entry) {
	if s.Exchanges == 0 || e.start < s.First {
		s.First = e.start
	}
	if s.Exchanges == 0 || e.came > s.Last {
		s.Last = e.came
	}
	s.Exchanges++
}

// span is how long a hop was seen to have exchanges, in nanoseconds.
func (s *HopStats) span() int64 { return s.Last - s.First }
