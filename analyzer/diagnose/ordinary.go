package diagnose

import (
	"github.com/hophound/hophound/analyzer/chain"
	"github.com/hophound/hophound/analyzer/http1"
)

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
		if !isOrdinaryExchange(x) {
			return false
		}
		seen = true
	}
	return seen
}

func isOrdinaryExchange(x *http1.Exchange) bool {
	return x.Request != nil && x.Request.IsOrdinary() && len(x.Conn.Proxy) == 0 &&
		x.Response != nil && 200 <= x.Response.Status && x.Response.Status < 400
}
