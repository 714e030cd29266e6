package report

import "strings"

// kind is what the value of a field is made of, as far as secrets go.
type kind uint8

const (
	kindText        kind = iota // anything: known secrets and what looks like one are masked
	kindOpen                    // what a diagnosis rests on: only what looks like a secret is masked
	kindTarget                  // a request target
	kindURI                     // another URI, or a part of one
	kindVersion                 // a version of HTTP
	kindStatus                  // a status code and a reason phrase
	kindMethod                  // a request method
	kindCookie                  // pairs of name and value (RFC 6265 §4.2)
	kindSetCookie               // a pair, and attributes (RFC 6265 §4.1)
	kindCredentials             // a scheme and credentials (RFC 9110 §11.4)
	kindChallenge               // a scheme and parameters (RFC 9110 §11.3)
	kindProtocols               // subprotocols, among which some clients put a token (RFC 6455 §11.3.4)
	kindSecret                  // nothing but a secret
)

// fieldKind tells what the field's value is made of. The name is in lower case.
func fieldKind(name string) kind {
	switch name {
	case ":target":
		return kindTarget
	case ":method":
		return kindMethod
	case ":version":
		return kindVersion
	case ":status":
		return kindStatus
	case "referer", "location", "content-location", "x-original-url", "x-original-uri", "x-rewrite-url",
		"x-envoy-original-path", "x-forwarded-uri", "destination", "x-accel-redirect":
		return kindURI
	case "cookie", "cookie2":
		return kindCookie
	case "set-cookie", "set-cookie2":
		return kindSetCookie
	case "sec-websocket-protocol":
		return kindProtocols
	case "www-authenticate", "proxy-authenticate":
		return kindChallenge
	case "authentication-info", "proxy-authentication-info":
		return kindSecret
	case "host", "origin", "connection", "upgrade", "forwarded", "via", "server", "date", "user-agent",
		"content-length", "content-type", "transfer-encoding", "sec-websocket-key", "sec-websocket-accept",
		"sec-websocket-version", "sec-websocket-extensions", "x-real-ip", "x-original-host",
		"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-port", "x-forwarded-server",
		"x-forwarded-ssl", "x-forwarded-scheme", "x-forwarded-by", "x-forwarded-protocol":
		return kindOpen
	}
	switch {
	case strings.HasPrefix(name, "access-control-"):
		return kindOpen
	case !isToken(name):
		return kindSecret
	case strings.HasSuffix(name, "authorization") || strings.HasSuffix(name, "authorisation"):
		return kindCredentials
	case strings.HasSuffix(name, "-cookie") || strings.HasSuffix(name, "-cookies"):
		return kindCookie
	case secretField(name):
		return kindSecret
	}
	return kindText
}

// secretParts are what the name of a field or of a parameter has in it if its
// value is a secret, without hyphens and the like: X-Api-Key, accessToken,
// user[password]. It is only read.
var secretParts = []string{
	"accesskey", "apikey", "appkey", "assertion", "authdata", "authentication", "authheader", "authkey", "authorisation",
	"authorization", "authvalue", "bearer", "cfclearance", "clientprincipal", "cookie", "credential", "csrf", "hmac", "jwt", "nonce",
	"oidcdata", "originverify", "passcode", "passkey", "passphrase", "passwd", "password",
	"passwort", "pincode", "privatekey", "pwd",
	"registryconfig", "requestdigest", "secret", "sessid", "session", "signature", "signedrequest", "streamkey", "subscriptionkey",
	"ticket", "token", "totp", "userpass", "verifier", "xsrf",
}

// secretWords are whole names of fields and of parameters.
var secretWords = setOf("key", "xauth", "xhoneycombteam", "xjfrogartapi", "xkey", "xrhidentity")

// secretParameters are whole names of parameters, short for something.
var secretParameters = setOf("authid", "cfchltk", "code", "md5", "policy", "relaystate", "samlart", "samlrequest", "samlresponse", "state", "wresult")

// secretEnds are last words of names: X-Auth-Pass, user[pass], connect.sid.
var secretEnds = setOf("auth", "authz", "cred", "creds", "mypass", "otp", "pass", "pin", "psw", "pw", "sess", "sid", "sig", "sign", "tok", "wsse")

// openEnds are last words of names that tell how a secret is made, how long it is good,
// and where it is kept: X-Signature-Algorithm, Session-Expires, X-Session-Affinity.
var openEnds = setOf("affinity", "alg", "algorithm", "consent", "count", "expires", "expiry", "method", "timeout", "ttl", "type")

// openCodes are what the names of codes begin with that open nothing; others
// do: device_code, oobCode.
var openCodes = setOf(
	"area", "bar", "close", "color", "country", "coupon", "currency", "err", "error", "exit", "http", "lang", "language", "locale",
	"postal", "post", "product", "promo", "qr", "reason", "region", "response", "result", "return", "source", "state", "status", "zip",
)

// secretField tells whether a field of that name holds nothing but a secret.
func secretField(name string) bool {
	plain := lettersAndDigits(name)
	last, before := lastWord(name)
	return secretWords[plain] || secretEnds[last] || (hasSecretPart(plain) || strings.HasSuffix(plain, "auth")) && !openEnds[last] ||
		isSecretKey(plain) || last == "code" && secretCodes[wordOf(before)]
}

// openKeys are what keys begin with under which something is found; others open
// something: X-Functions-Key, licenseKey. Sec-WebSocket-Key is an open one, too.
var openKeys = setOf("cache", "foreign", "idempotency", "partition", "primary", "public", "routing", "shard", "socket", "sort", "surrogate")

// isSecretKey tells whether a name, of letters and digits alone, is that of a key that
// opens something.
func isSecretKey(plain string) bool {
	of, ok := strings.CutSuffix(plain, "key")
	if !ok || of == "" {
		return false
	}
	for open := range openKeys {
		if strings.HasSuffix(of, open) {
			return false
		}
	}
	return true
}

// wordOf gives the last word of a name.
func wordOf(name string) string {
	word, _ := lastWord(name)
	return word
}

// secretCodes are what the names of codes begin with that are fields of their own.
var secretCodes = setOf("access", "auth", "authorization", "device", "login", "mfa", "otp", "recovery", "security", "user", "verification")

// secretParameter is secretField for a parameter's name as it stands in a
// query, escaped or not.
func (s *Secrets) secretParameter(name string) bool {
	name = strings.TrimSpace(unescaped(name))
	return s.isAskedParameter(name) || secretParameters[lettersAndDigits(name)] || secretField(name) || isSecretCode(name)
}

// isAskedParameter tells whether a parameter was asked for by its name, or by the last
// part of it: x[foo], foo[].
func (s *Secrets) isAskedParameter(name string) bool {
	if len(s.asked) == 0 {
		return false
	}
	name = strings.TrimSpace(unescaped(name))
	if s.isAsked(name) {
		return true
	}
	name = strings.TrimSuffix(strings.TrimSuffix(name, "[]"), "]")
	return s.isAsked(name[strings.LastIndexByte(name, '[')+1:])
}

// isSecretCode tells whether a name is that of a code that opens something.
func isSecretCode(name string) bool {
	last, before := lastWord(name)
	return last == "code" && !openCodes[wordOf(before)] || last == "otpcode"
}

func hasSecretPart(plain string) bool {
	for _, part := range secretParts {
		if strings.Contains(plain, part) {
			return true
		}
	}
	return false
}

// lastWord gives the last word of a name in lower case, without numbers behind
// it, and what stands before: it is the same of user[pass], user_pass, userPass
// and user.pass[0].
func lastWord(name string) (word, before string) {
	end := len(name)
	for end > 0 && !isLetter(name[end-1]) {
		end--
	}
	from := end
	for from > 0 && (isLetter(name[from-1]) || isDigit(name[from-1])) {
		from--
		if isUpper(name[from]) && (from == 0 || !isUpper(name[from-1]) || from+1 < end && isLower(name[from+1])) {
			break
		}
	}
	return strings.ToLower(name[from:end]), name[:from]
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isLower(c byte) bool { return c >= 'a' && c <= 'z' }

func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// lettersAndDigits is a name in lower case without what parts its words.
func lettersAndDigits(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'A' <= r && r <= 'Z':
			return r + 'a' - 'A'
		case 'a' <= r && r <= 'z' || '0' <= r && r <= '9':
			return r
		}
		return -1
	}, name)
}

// isToken tells whether s can be a field's name (RFC 9110 §5.6.2).
func isToken(s string) bool {
	const marks = "!#$%&'*+-.^_`|~"
	for i := range len(s) {
		if c := s[i]; (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && strings.IndexByte(marks, c) < 0 {
			return false
		}
	}
	return s != ""
}

// resemblesName tells what is no token but can only have been meant as a name:
// a few words of letters.
func resemblesName(name string) bool {
	const longest = 40
	other := func(r rune) bool {
		return (r|0x20 < 'a' || r|0x20 > 'z') && r != '-' && r != ' ' && r != '\t' && r != '(' && r != ')' && r != '@' && r != '/'
	}
	plain := lettersAndDigits(name)
	return len(name) <= longest && strings.IndexFunc(name, other) < 0 && !hasSecretPart(plain) &&
		!strings.Contains(plain, "basic")
}

// publicProtocols are subprotocols that carry no token: those of the WebSocket
// Subprotocol Name Registry (RFC 6455 §11.5) that are in use, and others that
// are well known. Whatever else stands in Sec-WebSocket-Protocol may be a
// token, since a browser lets a page set no other field.
var publicProtocols = setOf(
	"actioncable-unsupported", "actioncable-v1-json", "actioncable-v1-msgpack", "actioncable-v1-protobuf",
	"amqp", "aws.iot", "base64", "base64.binary.k8s.io", "base64.channel.k8s.io", "binary", "binary.k8s.io", "bfcp", "chat", "superchat",
	"channel.k8s.io", "dumb-increment-protocol", "guacamole", "v2.channel.k8s.io", "v3.channel.k8s.io", "v4.channel.k8s.io", "v5.channel.k8s.io",
	"echo-protocol", "graphql-ws", "graphql-transport-ws", "janus-protocol", "json", "lws-mirror-protocol",
	"mqtt", "mqttv3.1", "msrp", "nats", "ocpp1.2", "ocpp1.5", "ocpp1.6", "ocpp2.0", "ocpp2.0.1", "ocpp2.1",
	"phoenix", "realtime", "signalr", "sip", "soap", "stomp", "tty", "v10.stomp", "v11.stomp", "v12.stomp", "v1.json.cable",
	"v1.kernel.websocket.jupyter.org", "vite-hmr", "vite-ping", "wamp", "wamp.2.cbor", "wamp.2.json",
	"wamp.2.msgpack", "webrtc.softphone", "xmpp", "xmpp-framing",
)

// cookieAttributes are those of Set-Cookie (RFC 6265 §4.1.1 and its drafts).
var cookieAttributes = setOf(
	"comment", "domain", "expires", "httponly", "max-age", "partitioned", "path", "priority", "samesite", "secure", "version",
)

func setOf(names ...string) map[string]bool {
	set := map[string]bool{}
	for _, name := range names {
		set[name] = true
	}
	return set
}
