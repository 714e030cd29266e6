package performance

import (
	"fmt"
	"math"
	"slices"
)

// Spread is how far the figures of several runs lie apart.
type Spread struct{ Min, Median, Max float64 }

// SpreadOf gives the spread of figures; that of none is zero. The slice stays as
// it is.
func SpreadOf(figures []float64) Spread {
	if len(figures) == 0 {
		return Spread{}
	}
	sorted := slices.Sorted(slices.Values(figures))
	middle := len(sorted) / 2
	median := sorted[middle]
	if len(sorted)%2 == 0 {
		median = (sorted[middle-1] + sorted[middle]) / 2
	}
	return Spread{sorted[0], median, sorted[len(sorted)-1]}
}

// String writes the median in three digits, and the ends behind it if they are
// others: 2.10 (1.98–2.31).
func (s Spread) String() string {
	low, middle, high := Figure(s.Min), Figure(s.Median), Figure(s.Max)
	if low == high {
		return middle
	}
	return fmt.Sprintf("%s (%s–%s)", middle, low, high)
}

// Figure writes a number in three digits, those before the point all of them:
// 0.0123, 1.23, 45.6, 7890.
func Figure(v float64) string {
	digits := 2
	if size := math.Abs(v); size > 0 {
		digits = min(max(2-int(math.Floor(math.Log10(size))), 0), 4)
	}
	return fmt.Sprintf("%.*f", digits, v)
}
