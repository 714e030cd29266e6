package report

import "strings"

// Target gives a request target or another URI as it may be shown: without
// user and password, and without the values of parameters that are secrets, in
// the query and in the fragment.
func (s *Secrets) Target(target string) string {
	if s == nil {
		return target
	}
	target = s.userinfo(s.authority(target))
	target, fragment, hasFragment := strings.Cut(target, "#")
	path, query, hasQuery := strings.Cut(target, "?")
	shown := s.Text(path)
	if hasQuery {
		shown += "?" + s.parameters(query)
	}
	if hasFragment { // some have a path and a query
		route, query, hasQuery := strings.Cut(fragment, "?")
		shown += "#" + s.parameters(route)
		if hasQuery {
			shown += "?" + s.parameters(query)
		}
	}
	return shown
}

// parameters masks the values of a query (application/x-www-form-urlencoded).
func (s *Secrets) parameters(query string) string {
	parts := strings.Split(query, "&")
	for i, part := range parts {
		name, value, ok := strings.Cut(part, "=")
		switch {
		case ok && s.isAskedParameter(name):
			parts[i] = name + "=" + s.markAsked(value)
		case ok && strings.Trim(value, "=") == "" && looksGiven(name): // padding
			parts[i] = s.mark(part)
		case ok && (name == "" || s.secretParameter(name) || name == "id" && looksRandom(value) || s.hides(value, maxNested)):
			parts[i] = name + "=" + s.mark(value)
		case !ok && (looksGiven(part) || s.hides(part, maxNested)):
			parts[i] = s.mark(part)
		default:
			parts[i] = s.Text(part)
		}
	}
	return strings.Join(parts, "&")
}

// authority masks the user and password of "user:password@host:port", which is
// a request target in authority-form (RFC 9112 §3.2.3) or a Host that should
// not have them. A sentence that quotes a Host has it at once with them.
func (s *Secrets) authority(text string) string {
	end := strings.IndexAny(text, "/?# \"")
	if end < 0 {
		end = len(text)
	}
	at := strings.LastIndexByte(text[:end], '@')
	if at <= 0 {
		return text
	}
	return s.markAsked(text[:at]) + text[at:]
}

// cookies masks the values of a cookie string.
func (s *Secrets) cookies(value string) string {
	parts := strings.Split(value, ";")
	for i, part := range parts {
		parts[i] = s.cookie(part)
	}
	return strings.Join(parts, ";")
}

// setCookie masks the value of a cookie that is set, and all that is no
// attribute: when lines were joined, another cookie follows a comma.
func (s *Secrets) setCookie(value string) string {
	parts := strings.Split(value, ";")
	for i, part := range parts {
		name, rest, _ := strings.Cut(part, "=")
		if i == 0 || !cookieAttributes[strings.ToLower(strings.TrimSpace(name))] || strings.Contains(rest, "=") {
			parts[i] = s.cookie(part)
		}
	}
	return strings.Join(parts, ";")
}

func (s *Secrets) cookie(part string) string {
	name, secret, ok := strings.Cut(part, "=")
	padding := strings.Trim(secret, "=") == "" && looksGiven(name)
	if ok && isToken(strings.TrimSpace(name)) && !padding {
		return name + "=" + s.mark(secret)
	}
	space := part[:len(part)-len(strings.TrimLeft(part, " \t"))]
	return space + s.mark(part[len(space):])
}

// credentials masks what follows the scheme.
func (s *Secrets) credentials(value string) string {
	scheme, credentials, ok := strings.Cut(value, " ")
	if !ok || !isScheme(scheme) {
		return s.mark(value)
	}
	return scheme + " " + s.mark(credentials)
}

// challenge masks the data of a dialogue (RFC 4559 §4); parameters such as the
// realm are no secrets.
func (s *Secrets) challenge(value string) string {
	scheme, _, _ := strings.Cut(value, " ")
	switch strings.ToLower(scheme) {
	case "basic", "bearer", "digest":
		return s.patterns(value)
	}
	return s.credentials(value)
}

// isScheme tells whether s is an authentication scheme that is known, and so no
// secret.
func isScheme(s string) bool { return schemes[strings.ToLower(s)] }

// schemes are those that are registered (RFC 9110 §16.4.1), and those of services.
var schemes = setOf(
	"basic", "bearer", "concealed", "digest", "dpop", "gnap", "hoba", "mutual", "negotiate", "oauth", "privatetoken",
	"scram-sha-1", "scram-sha-256", "vapid",
	"apikey", "api-key", "aws", "aws4-ecdsa-p256-sha256", "aws4-hmac-sha256", "client-id", "geniekey", "googlelogin", "hawk",
	"hmac", "hmac-sha256", "jwt", "kerberos", "key", "mac", "ntlm", "sharedaccesssignature", "sharedkey", "sharedkeylite",
	"signature", "splunk", "ssws", "token", "webpush", "wsse",
)

// protocols masks the subprotocols that are not public.
func (s *Secrets) protocols(value string) string {
	parts := strings.Split(value, ",")
	for i, part := range parts {
		name := strings.Trim(part, " \t")
		if !publicProtocols[strings.ToLower(name)] {
			parts[i] = strings.Replace(part, name, s.mark(name), 1)
		}
	}
	return strings.Join(parts, ",")
}
