package diagnose

import "github.com/hophound/hophound/analyzer/chain"

// ordinary is the diagnosis of all ordinary journeys.
var ordinary = Diagnosis{Outcome: OK}

// IsOrdinary tells journeys of which no rule has anything to say, whatever other
// journeys show: at every hop that saw the request it was an ordinary one, and
// answered. There are journeys of which it does not know. A rule for such requests
// must take them out here.
func IsOrdinary(j *chain.Journey) bool {
	seen := false
	for _, x := range j.Exchanges {
		if x == nil {
			continue
		}
		if !x.IsOrdinary() {
			return false
		}
		seen = true
	}
	return seen
}
