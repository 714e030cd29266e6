package report

import (
	"fmt"
	"strings"
)

// Secrets replaces values that nobody should find in a pasted report. What a
// comparison needs is kept: names, the scheme of credentials, the length, and
// whether two values are the same, since equal values get equal marks.
//
// A nil *Secrets shows everything.
type Secrets struct {
	marks map[string]int
}

// NewSecrets gives a Secrets that has met no value yet. Marks are numbered in
// the order in which values are met, so one Secrets serves one output.
func NewSecrets() *Secrets { return &Secrets{marks: map[string]int{}} }

// credentialFields carry "scheme credentials" (RFC 9110 §11.4).
var credentialFields = map[string]bool{
	"authorization":       true,
	"proxy-authorization": true,
}

// tokenFields carry nothing but a secret.
var tokenFields = map[string]bool{
	"api-key":                 true,
	"x-access-token":          true,
	"x-amz-security-token":    true,
	"x-amzn-oidc-accesstoken": true,
	"x-amzn-oidc-data":        true,
	"x-api-key":               true,
	"x-auth-token":            true,
	"x-csrf-token":            true,
	"x-xsrf-token":            true,
	"cf-access-jwt-assertion": true,
}

// targetFields carry a URI whose query can hold a token.
var targetFields = map[string]bool{
	":target":          true,
	"content-location": true,
	"location":         true,
	"referer":          true,
}

// queryNames are the parameters of a query that carry a secret.
var queryNames = map[string]bool{
	"access_token": true, "api_key": true, "apikey": true, "auth": true, "auth_token": true,
	"client_secret": true, "code": true, "id_token": true, "jwt": true, "password": true,
	"refresh_token": true, "secret": true, "session": true, "session_id": true, "sig": true,
	"signature": true, "ticket": true, "token": true, "x-amz-credential": true,
	"x-amz-security-token": true, "x-amz-signature": true,
}

// Value gives the value of a field as it may be shown. The name is compared
// without regard to case; ":target" is the request target.
func (s *Secrets) Value(name, value string) string {
	if s == nil {
		return value
	}
	name = strings.ToLower(name)
	switch {
	case name == "cookie":
		return s.pairs(value, len(value))
	case name == "set-cookie":
		return s.pairs(value, 1)
	case credentialFields[name]:
		scheme, credentials, ok := strings.Cut(value, " ")
		if !ok {
			return s.mark(value)
		}
		return scheme + " " + s.mark(credentials)
	case tokenFields[name]:
		return s.mark(value)
	case targetFields[name]:
		return s.Target(value)
	}
	return value
}

// Target gives a request target or another URI as it may be shown.
func (s *Secrets) Target(target string) string {
	path, query, ok := strings.Cut(target, "?")
	if s == nil || !ok {
		return target
	}
	parameters := strings.Split(query, "&")
	for i, parameter := range parameters {
		if name, value, ok := strings.Cut(parameter, "="); ok && queryNames[strings.ToLower(name)] {
			parameters[i] = name + "=" + s.mark(value)
		}
	}
	return path + "?" + strings.Join(parameters, "&")
}

// pairs masks the values of the first n pairs of a cookie string; what follows
// them in Set-Cookie are attributes.
func (s *Secrets) pairs(value string, n int) string {
	parts := strings.Split(value, ";")
	for i, part := range parts[:min(n, len(parts))] {
		name, secret, ok := strings.Cut(part, "=")
		if !ok {
			name, secret = "", part
		} else {
			name += "="
		}
		parts[i] = name + s.mark(secret)
	}
	return strings.Join(parts, ";")
}

func (s *Secrets) mark(secret string) string {
	if secret == "" {
		return ""
	}
	number, ok := s.marks[secret]
	if !ok {
		number = len(s.marks) + 1
		s.marks[secret] = number
	}
	return fmt.Sprintf("[secret %d, %d bytes]", number, len(secret))
}
