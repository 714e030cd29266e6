package bench

// Summary counts what was made: what an analysis of the captures has to find.
type Summary struct {
	Journeys int          `json:"journeys"`
	Upgrades Upgrades     `json:"upgrades"`
	Hops     []HopSummary `json:"hops"`
}

// Upgrades counts the requests that asked for a WebSocket.
type Upgrades struct {
	Asked    int `json:"asked"`
	Upgraded int `json:"upgraded"`
	Lost     int `json:"lost"`
}

// HopSummary counts what one capture holds. Its exchanges are those that took
// place: one whose request or response the capture has missed is one of them,
// where a reader of the capture may see two halves that nothing joins.
type HopSummary struct {
	Name        string `json:"name"`
	Packets     int    `json:"packets"`     // in the file
	Bytes       int64  `json:"bytes"`       // of these packets, on the wire
	Connections int    `json:"connections"` // opened
	Exchanges   int    `json:"exchanges"`   // requests with their responses
	Lost        int    `json:"lost"`        // packets that were on the wire and are not in the file
	Reordered   int    `json:"reordered"`   // packets that stand behind a later one of their direction
}
