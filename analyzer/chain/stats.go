package chain

// Stats is what a Matcher has done so far.
type Stats struct {
	Hops []HopStats // by hop index
}

// HopStats counts the exchanges of one hop. Exchanges not yet given out are in
// Exchanges only; after Close, Matched and Unmatched add up to Exchanges.
type HopStats struct {
	Exchanges uint64 // taken in
	Matched   uint64 // given out in a journey that was seen at another hop too
	Unmatched uint64 // given out alone
	LetGo     uint64 // of both: given out early because Options.Pool was reached; partners may have come later
}
