package report

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestNamesOfSecrets(t *testing.T) {
	secrets := NewSecrets()
	for name := range strings.FieldsSeq("Auth-Pass X-Auth-Pass X-Github-Otp X-Otp X-Passcode X-Sid X-Shopify-Hmac-Sha256 X-Hmac X-Sig " +
		"X-Sign X-Pin X-Pass X-Pw X-Ticket X-Wsse X-Creds Authorisation X-Api-Key X-WP-Nonce X-Origin-Verify X-JFrog-Art-Api " +
		"X-Honeycomb-Team OTDSTicket AccountKey MasterKey X-License-Key Key X-Registry-Config X-MS-Client-Principal X-Auth-Code X-Mfa-Code " +
		"X-TOTP X-Pincode X-Auth-Data X-RequestDigest") {
		assert.Equal(t, "[secret 1, 5 bytes]", secrets.Value(name, "abcde"), name)
	}
	for name := range strings.FieldsSeq("user[pass] oauth[code] login[pin] auth[sig] device_code oobCode auth_code verification_code " +
		"reset_code login_ticket user_pass userPass pw sign openid.sig connect.sid creds streamkey code users[pass][0] pass2 user%5Bpass%5D code%5b%5d " +
		"_wpnonce cnonce md5 signed_request SAMLart RelayState wresult sess authz auth_data authId userpass psw cred tickets ticketId tok otpcode Policy") {
		assert.Equal(t, "/?"+name+"=[secret 1, 5 bytes]", secrets.Value(":target", "/?"+name+"=abcde"), name)
		assert.Equal(t, "/?a=b&"+name+"=[secret 1, 5 bytes]", secrets.Value("X-Foo", "/?a=b&"+name+"=abcde"), name)
	}
	for name := range strings.FieldsSeq("country_code zip_code postal_code status_code lang_code errorCode design assign passed " +
		"X-Signature-Algorithm oauth_signature_method compass pinned decode X-Token-Type token_type Session-Expires X-Session-Affinity " +
		"X-Cookie-Consent session_count Routing-Key Partition-Key sort_key X-Public-Key Cache_Key X-Code announce") {
		if name != "X-Code" { // a parameter of that name is what somebody was given
			assert.Equal(t, "/?"+name+"=abcde", secrets.Value(":target", "/?"+name+"=abcde"), name)
		}
		assert.Equal(t, "abcde", secrets.Value(name, "abcde"), name)
	}
}

// What was asked for is meant as it is written, and as nodes and parameters write it.
func TestNamesThatWereAskedFor(t *testing.T) {
	secrets := NewSecrets("X-Foo", "bar")
	for _, line := range []struct{ name, value, want string }{
		{"X-Foo", "abcde", "[secret 1, 5 bytes]"},
		{"x_foo", "abcde", "[secret 1, 5 bytes]"},
		{"X-Bar", "x-foo: abcde", "x-foo: [secret 1, 5 bytes]"},
		{":target", "/?bar=abcde&bar[]=abcde&x[bar]=abcde", "/?bar=[secret 1, 5 bytes]&bar[]=[secret 1, 5 bytes]&x[bar]=[secret 1, 5 bytes]"},
		{":target", "/?bars=abcde&bar[x]=abcde", "/?bars=abcde&bar[x]=abcde"},
	} {
		assert.Equal(t, line.want, secrets.Value(line.name, line.value), line.name)
	}
}
