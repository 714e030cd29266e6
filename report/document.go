package report

// Document is the JSON form of a report. Version grows only when a field
// changes its meaning; fields may be added. schema.json describes it.
type Document struct {
	Version  int               `json:"version"`
	Tool     Tool              `json:"tool"`
	Verdict  string            `json:"verdict"`
	Hops     []HopDocument     `json:"hops"`
	Aside    []AsideDocument   `json:"aside,omitempty"`
	Journeys []JourneyDocument `json:"journeys"`
	Findings []FindingDocument `json:"findings"`
	Notes    []string          `json:"notes"`
	Summary  SummaryDocument   `json:"summary"`
}

// Tool says what wrote the report.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// HopDocument is one hop and what was seen of it.
type HopDocument struct {
	Name        string          `json:"name"`
	Source      string          `json:"source"`
	Server      string          `json:"server,omitempty"`
	Servers     []string        `json:"servers"`
	Packets     uint64          `json:"packets"`
	Bytes       uint64          `json:"bytes"`
	Also        []string        `json:"also,omitempty"`
	Owners      []OwnerDocument `json:"owners,omitempty"`
	Connections uint64          `json:"connections"`
	Copies      uint64          `json:"copies,omitempty"`
	Exchanges   uint64          `json:"exchanges"`
	Clock       *ClockDocument  `json:"clock,omitempty"`
	Ledger      LedgerDocument  `json:"ledger"`
}

// OwnerDocument is the process that serves an address.
type OwnerDocument struct {
	Server string `json:"server"`
	Owner  string `json:"owner"`
}

// ClockDocument is how the clock of a hop's capture stands against the first
// hop's: offset was added to the times that the report gives, in nanoseconds,
// give or take error.
type ClockDocument struct {
	Offset int64   `json:"offset"`
	Error  int64   `json:"error"`
	Drift  float64 `json:"drift"`
	Links  int     `json:"links"`
}

// AsideDocument is a server that has no part in a chain that was found.
type AsideDocument struct {
	Source    string `json:"source"`
	Server    string `json:"server"`
	Exchanges uint64 `json:"exchanges"`
	Why       string `json:"why"`
}

// LedgerDocument is what was not seen at a hop.
type LedgerDocument struct {
	Dropped       uint64          `json:"dropped"`
	Truncated     uint64          `json:"truncated"`
	Trimmed       uint64          `json:"trimmed,omitempty"`
	Gaps          uint64          `json:"gaps"`
	GapBytes      uint64          `json:"gap_bytes"`
	Fragments     uint64          `json:"fragments,omitempty"`
	Conflicts     uint64          `json:"conflicts,omitempty"`
	Late          uint64          `json:"late,omitempty"`
	UnparsedBytes uint64          `json:"unparsed_bytes"`
	Unmatched     uint64          `json:"unmatched"`
	Limits        []CountDocument `json:"limits"`
	Damage        []string        `json:"damage"`
	Ignored       []CountDocument `json:"ignored"`
}

// CountDocument counts something named.
type CountDocument struct {
	Name  string `json:"name"`
	Count uint64 `json:"count"`
}

// JourneyDocument is one request at every hop.
type JourneyDocument struct {
	ID        int                 `json:"id"`
	Method    string              `json:"method"`
	Target    string              `json:"target"`
	Kind      string              `json:"kind"`
	Outcome   string              `json:"outcome"`
	Match     MatchDocument       `json:"match"`
	Exchanges []*ExchangeDocument `json:"exchanges"`
	Changes   []ChangeDocument    `json:"changes"`
	Findings  []int               `json:"findings"`
}

// MatchDocument says how sure it is that the exchanges are one request.
type MatchDocument struct {
	Confidence string   `json:"confidence"`
	By         []string `json:"by"`
	Alike      bool     `json:"alike,omitempty"`
}

// ExchangeDocument is the request and its responses as one hop saw them.
type ExchangeDocument struct {
	Hop        string              `json:"hop"`
	Source     string              `json:"source"`
	Connection uint64              `json:"connection"`
	Client     string              `json:"client"`
	Server     string              `json:"server"`
	Also       []SightingDocument  `json:"also,omitempty"`
	Start      string              `json:"start"`
	Corrected  bool                `json:"corrected,omitempty"`
	Packets    []uint64            `json:"packets"`
	Proxy      []ProxyDocument     `json:"proxy,omitempty"`
	Request    *MessageDocument    `json:"request"`
	Responses  []*MessageDocument  `json:"responses"`
	Tunnel     *TunnelDocument     `json:"tunnel,omitempty"`
	Retried    []*ExchangeDocument `json:"retried,omitempty"`
}

// SightingDocument is where else in the capture a connection was seen.
type SightingDocument struct {
	Client string `json:"client"`
	Server string `json:"server"`
}

// ProxyDocument is a PROXY protocol header.
type ProxyDocument struct {
	Version     int      `json:"version"`
	Source      string   `json:"source,omitempty"`
	Destination string   `json:"destination,omitempty"`
	Packets     []uint64 `json:"packets"`
}

// MessageDocument is a head. Requests have a method and a target, responses a
// status and a reason.
type MessageDocument struct {
	Method   string          `json:"method,omitempty"`
	Target   *string         `json:"target,omitempty"` // may be empty, as the reason may
	Status   int             `json:"status,omitempty"`
	Reason   *string         `json:"reason,omitempty"`
	Version  string          `json:"version"`
	Fields   []FieldDocument `json:"fields"`
	StartCut bool            `json:"start_cut,omitempty"`
	Complete bool            `json:"complete"`
	Packets  []uint64        `json:"packets"`
	Defects  []string        `json:"defects,omitempty"`
}

// FieldDocument is one field line.
type FieldDocument struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// TunnelDocument counts the bytes that followed a 101.
type TunnelDocument struct {
	FromClient uint64 `json:"from_client"`
	FromServer uint64 `json:"from_server"`
	Missing    uint64 `json:"missing"`
}

// ChangeDocument is one difference between neighbouring hops. From and to are
// in the direction in which the message travelled; by is the node between them.
type ChangeDocument struct {
	From    string   `json:"from"`
	To      string   `json:"to"`
	By      string   `json:"by"`
	Message string   `json:"message"`
	Field   string   `json:"field"`
	Kind    string   `json:"kind"`
	Before  []string `json:"before"`
	After   []string `json:"after"`
	Class   string   `json:"class"`
	Why     string   `json:"why"`
}

// FindingDocument is one distinct problem.
type FindingDocument struct {
	Rule        string             `json:"rule"`
	Severity    string             `json:"severity"`
	Culprit     string             `json:"culprit"`
	Servers     []string           `json:"servers,omitempty"`
	Certainty   string             `json:"certainty"`
	Count       int                `json:"count"`
	Summary     string             `json:"summary"`
	Explanation string             `json:"explanation"`
	Fix         *FixDocument       `json:"fix,omitempty"`
	Evidence    []EvidenceDocument `json:"evidence"`
	References  []string           `json:"references"`
}

// FixDocument is what to change, and where.
type FixDocument struct {
	Where string `json:"where"`
	Text  string `json:"text"`
}

// EvidenceDocument is where a finding can be checked: packet numbers from 1 in
// the hop's source.
type EvidenceDocument struct {
	Hop     string   `json:"hop"`
	Source  string   `json:"source"`
	Packets []uint64 `json:"packets"`
	Note    string   `json:"note"`
}

// SummaryDocument counts.
type SummaryDocument struct {
	Exchanges uint64           `json:"exchanges"`
	Journeys  uint64           `json:"journeys"`
	Upgrades  UpgradesDocument `json:"upgrades"`
}

// UpgradesDocument counts upgrade attempts by what became of them.
type UpgradesDocument struct {
	Asked        uint64 `json:"asked"`
	Upgraded     uint64 `json:"upgraded"`
	Lost         uint64 `json:"lost"`
	Refused      uint64 `json:"refused"`
	Failed       uint64 `json:"failed"`
	Inconclusive uint64 `json:"inconclusive"`
}
