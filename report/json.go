package report

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/hophound/hophound/analyzer"
	"github.com/hophound/hophound/analyzer/http1"
)

// DocumentVersion is the version of the JSON form.
const DocumentVersion = 1

// Options say how a report is shown.
type Options struct {
	ToolVersion string
	ShowSecrets bool     // mask nothing
	Secrets     *Secrets // masks; nil is one of its own for this report
	Width       int      // columns of the text form; 0 means 80
	Color       bool     // of the text form
}

// secrets gives what masks a report, when all that is in it was met.
func (o Options) secrets(r *analyzer.Report) *Secrets {
	if o.ShowSecrets {
		return nil
	}
	secrets := o.Secrets
	if secrets == nil {
		secrets = NewSecrets()
	}
	secrets.Learn(r)
	return secrets
}

// NewDocument gives the JSON form of a report. It shares no memory that a
// caller may change.
func NewDocument(r *analyzer.Report, options Options) *Document {
	d := documenter{report: r, options: options, secrets: options.secrets(r)}
	document := d.frame()
	document.Journeys = mapped(r.Journeys, d.journey)
	document.Findings = mapped(r.Findings, d.finding)
	return document
}

// frame is a document without journeys and findings.
func (d *documenter) frame() *Document {
	r, options := d.report, d.options
	document := &Document{
		Version: DocumentVersion,
		Tool:    Tool{Name: "hophound", Version: options.ToolVersion},
		Verdict: string(r.Verdict),
		Hops:    mapped(r.Hops, d.hopDocument),
		Notes:   list(r.Notes),
		Summary: SummaryDocument{
			Exchanges: r.Summary.Exchanges,
			Journeys:  r.Summary.Journeys,
			Upgrades:  UpgradesDocument(r.Summary.Upgrades),
		},
	}
	if r.Drawing != nil {
		document.Aside = mapped(r.Drawing.Aside, func(a analyzer.Aside) AsideDocument {
			return AsideDocument{Source: a.Source, Server: address(a.Server), Exchanges: a.Exchanges, Why: a.Why}
		})
	}
	return document
}

// documenter carries what the parts of a document share.
type documenter struct {
	report  *analyzer.Report
	options Options
	secrets *Secrets
}

func (d *documenter) hop(index int) string { return d.report.Hops[index].Name }

func (d *documenter) hopDocument(h analyzer.Hop) HopDocument {
	counts := func(limits []analyzer.Limit) []CountDocument {
		return mapped(limits, func(l analyzer.Limit) CountDocument { return CountDocument(l) })
	}
	l := h.Ledger
	document := HopDocument{
		Name: h.Name, Source: strings.Join(h.Sources, ", "), Server: h.Server, Servers: mapped(h.Servers, address),
		Packets: h.Packets, Bytes: h.Bytes, Connections: h.Connections, Copies: h.Copies, Exchanges: h.Exchanges,
		Ledger: LedgerDocument{
			Dropped: l.Dropped, Truncated: l.Truncated, Trimmed: l.Trimmed, Gaps: l.Gaps, GapBytes: l.GapBytes,
			Fragments: l.Fragments, Conflicts: l.Conflicts, Late: l.Late, UnparsedBytes: l.UnparsedBytes, Unmatched: l.Unmatched,
			Limits: counts(l.Limits), Damage: list(l.Damage), Ignored: counts(l.Ignored),
		},
	}
	if c := h.Clock; c.Known && c.Hop != c.To && c.Links > 0 {
		document.Clock = &ClockDocument{Offset: c.Offset, Error: c.Error, Drift: c.Drift, Links: c.Links}
	}
	for _, server := range h.Servers {
		if owner := d.report.Owners[server]; owner != "" {
			document.Owners = append(document.Owners, OwnerDocument{Server: address(server), Owner: owner})
		}
	}
	if len(h.Also) > 0 {
		document.Also = mapped(h.Also, address)
	}
	return document
}

func (d *documenter) journey(j analyzer.Journey) JourneyDocument {
	document := JourneyDocument{
		ID:      j.ID,
		Kind:    "request",
		Outcome: string(j.Outcome),
		Match:   MatchDocument{Confidence: j.Match.Confidence().String(), By: []string{}},
		Changes: mapped(j.Changes, d.change), Findings: list(j.Findings),
	}
	if j.Upgrade {
		document.Kind = "upgrade"
	}
	if request := firstRequest(j); request != nil {
		document.Method, document.Target = d.secrets.Method(request.Method), d.secrets.Target(request.Target)
	}
	for _, link := range j.Match.Links {
		document.Match.Alike = document.Match.Alike || link.Alike
		for _, signal := range link.By {
			if !slices.Contains(document.Match.By, signal) {
				document.Match.By = append(document.Match.By, signal)
			}
		}
	}
	for hop, x := range j.Match.Exchanges {
		exchange := d.exchange(hop, x)
		document.Exchanges = append(document.Exchanges, exchange)
		if exchange == nil || j.Match.Retries == nil {
			continue
		}
		for _, earlier := range j.Match.Retries[hop] {
			exchange.Retried = append(exchange.Retried, d.exchange(hop, earlier))
		}
	}
	return document
}

// firstRequest is the request as the first hop that saw it saw it; nil if only
// a response was seen.
func firstRequest(j analyzer.Journey) *http1.Message {
	for _, x := range j.Match.Exchanges {
		if x != nil && x.Request != nil {
			return x.Request
		}
	}
	return nil
}

// firstSeen is the first hop that saw a journey, and what it saw.
func firstSeen(j analyzer.Journey) (hop int, x *http1.Exchange) {
	for hop, x := range j.Match.Exchanges {
		if x != nil {
			return hop, x
		}
	}
	return 0, nil // there is no journey that was seen nowhere
}

func (d *documenter) exchange(hop int, x *http1.Exchange) *ExchangeDocument {
	if x == nil {
		return nil
	}
	start := d.report.Time(hop, x.Start())
	document := &ExchangeDocument{
		Hop: d.hop(hop), Source: d.report.Sources[x.Conn.Source], Connection: x.Conn.ID,
		Client: address(x.Conn.Client), Server: address(x.Conn.Server),
		Start:     time.Unix(0, start).UTC().Format("2006-01-02T15:04:05.000000000Z"),
		Corrected: start != x.Start(),
		Packets:   []uint64{},
		Responses: []*MessageDocument{},
	}
	for _, sighting := range x.Conn.Also {
		document.Also = append(document.Also, SightingDocument{Client: address(sighting.Client), Server: address(sighting.Server)})
	}
	for _, proxy := range x.Conn.Proxy {
		document.Proxy = append(document.Proxy, ProxyDocument{
			Version: proxy.Version, Source: address(proxy.Source), Destination: address(proxy.Destination),
			Packets: list(proxy.Packets),
		})
	}
	if x.Request != nil {
		document.Request = d.message(x.Request)
		document.Packets = append(document.Packets, x.Request.Packets...)
	}
	responses := x.Informational
	if x.Response != nil {
		responses = append(slices.Clip(responses), x.Response)
	}
	for _, response := range responses {
		document.Responses = append(document.Responses, d.message(response))
		document.Packets = append(document.Packets, response.Packets...)
	}
	slices.Sort(document.Packets)
	document.Packets = slices.Compact(document.Packets)
	if x.Tunnel != nil {
		document.Tunnel = &TunnelDocument{
			FromClient: x.Tunnel.FromClient, FromServer: x.Tunnel.FromServer, Missing: x.Tunnel.Missing,
		}
	}
	return document
}

func (d *documenter) message(m *http1.Message) *MessageDocument {
	document := &MessageDocument{
		Method: d.secrets.Method(m.Method), Status: m.Status, Version: d.secrets.Version(m.Version),
		Fields: mapped(m.Fields, func(f http1.Field) FieldDocument {
			return FieldDocument{Name: d.secrets.Name(f.Name), Value: d.secrets.Value(f.Name, f.Value)}
		}),
		StartCut: m.StartCut, Complete: m.Complete, Packets: list(m.Packets),
	}
	if m.IsRequest() {
		target := d.secrets.Target(m.Target)
		document.Target = &target
	} else {
		reason := d.secrets.Reason(m.Reason)
		document.Reason = &reason
	}
	for _, defect := range m.Defects {
		document.Defects = append(document.Defects, string(defect.ID))
	}
	return document
}

func (d *documenter) change(c analyzer.Change) ChangeDocument {
	values := func(values []string) []string {
		return mapped(values, func(v string) string { return d.secrets.Value(c.Field, v) })
	}
	message := "request"
	if c.Response {
		message = "response"
	}
	return ChangeDocument{
		From: d.hop(c.From), To: d.hop(c.To), By: c.By, Message: message,
		Field: d.secrets.Name(c.Field), Kind: string(c.Kind), Before: values(c.Before), After: values(c.After),
		Class: string(c.Class), Why: d.secrets.Text(c.Why),
	}
}

func (d *documenter) finding(f analyzer.Finding) FindingDocument {
	document := FindingDocument{
		Rule: f.Rule.ID, Severity: string(f.Severity), Culprit: f.Culprit,
		Certainty: f.Certainty.String(), Count: f.Count, Summary: d.secrets.Text(f.Summary), Explanation: d.secrets.Text(f.Explanation),
		Evidence: []EvidenceDocument{}, References: list(f.Rule.References),
	}
	if i := slices.IndexFunc(d.report.Hops, func(h analyzer.Hop) bool { return h.Name == f.Culprit }); i >= 0 && len(d.report.Hops[i].Servers) > 1 {
		document.Servers = mapped(f.Servers, address)
	}
	if f.Fix != nil {
		document.Fix = &FixDocument{Where: d.secrets.Text(f.Fix.Where), Text: d.secrets.Text(f.Fix.Text)}
	}
	for _, e := range f.Evidence {
		document.Evidence = append(document.Evidence, EvidenceDocument{
			Hop: d.hop(e.Hop), Source: d.report.Sources[e.Source], Packets: list(e.Packets), Note: d.secrets.Text(e.Note),
		})
	}
	return document
}

// address is empty for an endpoint that is not known.
func address(a netip.AddrPort) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

// list is never nil, so that JSON shows [] and not null.
func list[T any](values []T) []T { return append([]T{}, values...) }

func mapped[T, U any](values []T, f func(T) U) []U {
	result := make([]U, 0, len(values))
	for _, v := range values {
		result = append(result, f(v))
	}
	return result
}
