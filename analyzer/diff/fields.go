package diff

import "strings"

// trait is something true of a field wherever it stands.
type trait uint16

const (
	list    trait = 1 << iota // the value is a comma-separated list (RFC 9110 §5.6.1): its lines may be joined and split (§5.3)
	crumbs                    // the value is a list separated by semicolons: Cookie, whose lines a gateway from HTTP/2 joins (RFC 9113 §8.2.3)
	alone                     // its lines must never be joined: Set-Cookie (RFC 9110 §5.3)
	anycase                   // the value knows no upper and lower case
	hop                       // concerns one connection only; not forwarded (RFC 9110 §7.6.1)
	framing                   // says how the content is framed or packed; each hop may frame anew
	trail                     // written by intermediaries to tell what passed through them
	answer                    // set anew by whoever gives the response on
)

// traits holds what is known of fields, by name in lower case. A field that is
// not here is an end-to-end field with a single, case-sensitive value.
var traits = map[string]trait{
	// Hop-by-hop: RFC 9110 §7.6.1 and the fields it names.
	"connection":          list | anycase | hop,
	"upgrade":             list | anycase | hop,
	"keep-alive":          list | anycase | hop,
	"proxy-connection":    list | anycase | hop,
	"te":                  list | anycase | hop,
	"trailer":             list | anycase | hop,
	"transfer-encoding":   list | anycase | hop | framing,
	"proxy-authenticate":  list | hop,
	"proxy-authorization": hop,
	"http2-settings":      hop, // RFC 7540 §3.2.1: only with Upgrade: h2c

	"content-length":    framing,
	"content-encoding":  list | anycase | framing,
	"accept-ranges":     list | anycase | framing,
	"expect":            list | anycase | framing, // the next hop may answer 100 itself
	"accept-encoding":   list | anycase,
	"accept-charset":    list | anycase,
	"accept":            list,
	"accept-language":   list | anycase,
	"allow":             list,
	"cache-control":     list | anycase,
	"pragma":            list | anycase,
	"vary":              list | anycase,
	"host":              anycase,
	"cookie":            crumbs,
	"set-cookie":        alone,
	"www-authenticate":  list,
	"if-match":          list,
	"if-none-match":     list,
	"content-language":  list | anycase,
	"forwarded":         list | trail,
	"via":               list | trail,
	"x-forwarded-for":   list | trail,
	"x-forwarded-proto": list | anycase | trail,
	"x-forwarded-host":  list | anycase | trail,
	"x-forwarded-port":  list | trail,

	"sec-websocket-protocol":   list,
	"sec-websocket-extensions": list,
	"sec-websocket-version":    list,

	// What intermediaries tell the next server about a request, or each other.
	"x-forwarded-server":          list | trail,
	"x-forwarded-by":              list | trail,
	"x-forwarded-ssl":             anycase | trail,
	"x-forwarded-scheme":          anycase | trail,
	"x-forwarded-prefix":          trail,
	"x-forwarded-uri":             trail,
	"x-forwarded-method":          trail,
	"x-forwarded-client-cert":     trail,
	"x-original-forwarded-for":    list | trail,
	"x-original-uri":              trail,
	"x-original-host":             trail,
	"x-real-ip":                   trail,
	"x-client-ip":                 trail,
	"x-cluster-client-ip":         trail,
	"x-scheme":                    anycase | trail,
	"x-request-id":                trail,
	"x-correlation-id":            trail,
	"request-id":                  trail,
	"x-request-start":             trail,
	"x-queue-start":               trail,
	"x-unique-id":                 trail,
	"traceparent":                 trail,
	"tracestate":                  list | trail,
	"x-b3-traceid":                trail,
	"x-b3-spanid":                 trail,
	"x-b3-parentspanid":           trail,
	"x-b3-sampled":                trail,
	"b3":                          trail,
	"x-amzn-trace-id":             trail,
	"x-amzn-requestid":            trail,
	"x-amz-cf-id":                 trail,
	"x-amz-cf-pop":                trail,
	"cf-ray":                      trail,
	"cf-connecting-ip":            trail,
	"cf-ipcountry":                trail,
	"cf-visitor":                  trail,
	"cf-worker":                   trail,
	"cdn-loop":                    list | trail,
	"true-client-ip":              trail,
	"fastly-client-ip":            trail,
	"x-cloud-trace-context":       trail,
	"x-varnish":                   trail,
	"x-envoy-external-address":    trail,
	"x-envoy-internal":            trail,
	"x-envoy-attempt-count":       trail,
	"x-envoy-original-path":       trail,
	"x-envoy-peer-metadata":       trail,
	"x-envoy-peer-metadata-id":    trail,
	"x-envoy-decorator-operation": trail,

	"x-envoy-expected-rq-timeout-ms": trail,
	"x-envoy-upstream-service-time":  trail,
	"x-envoy-upstream-healthchecked": trail,
	"x-envoy-overloaded":             trail,
	"x-envoy-ratelimited":            trail,

	// Responses.
	"server":             answer,
	"date":               answer,
	"age":                answer,
	"x-cache":            answer,
	"x-cache-hits":       answer,
	"x-served-by":        answer,
	"x-timer":            answer,
	"cf-cache-status":    answer,
	"alt-svc":            list | answer,
	"x-pad":              answer,
	"x-accel-buffering":  answer,
	"x-accel-charset":    answer,
	"x-accel-expires":    answer,
	"x-accel-limit-rate": answer,
	"x-accel-redirect":   answer,
	"report-to":          answer,
	"nel":                answer,
}

func (t trait) has(u trait) bool { return t&u != 0 }

// elements gives the parts of a field's lines that must be the same, in the
// same order, for two spellings of the field to mean the same.
func (t trait) elements(values []string) []string {
	var out []string
	for _, v := range values {
		switch {
		case t.has(alone):
			out = append(out, v)
		case t.has(crumbs):
			out = appendCrumbs(out, v)
		default:
			out = appendTokens(out, v)
		}
	}
	return out
}

func appendCrumbs(out []string, value string) []string {
	for crumb := range strings.SplitSeq(value, ";") {
		if crumb = strings.Trim(crumb, " \t"); crumb != "" {
			out = append(out, crumb)
		}
	}
	return out
}

// appendTokens splits a list at the commas outside quoted strings
// (RFC 9110 §5.6.1); empty elements do not count.
func appendTokens(out []string, value string) []string {
	start, quoted := 0, false
	for i := 0; i < len(value); i++ {
		switch {
		case quoted && value[i] == '\\':
			i++
		case value[i] == '"':
			quoted = !quoted
		case value[i] == ',' && !quoted:
			out = appendTrimmed(out, value[start:i])
			start = i + 1
		}
	}
	return appendTrimmed(out, value[start:])
}

func appendTrimmed(out []string, s string) []string {
	if s = strings.Trim(s, " \t"); s != "" {
		out = append(out, s)
	}
	return out
}
