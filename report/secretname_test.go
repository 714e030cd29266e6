package report

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestNamesOfSecrets(t *testing.T) {
	secrets := NewSecrets()
	for name := range strings.FieldsSeq("Auth-Pass X-Auth-Pass X-Github-Otp X-Otp X-Passcode X-Sid X-Shopify-Hmac-Sha256 X-Hmac X-Sig " +
		"X-Sign X-Pin X-Pass X-Pw X-Ticket X-Wsse X-Creds Authorisation X-Api-Key") {
		assert.Equal(t, "[secret 1, 5 bytes]", secrets.Value(name, "abcde"), name)
	}
	for name := range strings.FieldsSeq("user[pass] oauth[code] login[pin] auth[sig] device_code oobCode auth_code verification_code " +
		"reset_code login_ticket user_pass userPass pw sign openid.sig connect.sid creds streamkey code users[pass][0] pass2 user%5Bpass%5D code%5b%5d") {
		assert.Equal(t, "/?"+name+"=[secret 1, 5 bytes]", secrets.Value(":target", "/?"+name+"=abcde"), name)
		assert.Equal(t, "/?a=b&"+name+"=[secret 1, 5 bytes]", secrets.Value("X-Foo", "/?a=b&"+name+"=abcde"), name)
	}
	for name := range strings.FieldsSeq("country_code zip_code postal_code status_code lang_code errorCode design assign passed " +
		"X-Signature-Algorithm oauth_signature_method compass pinned decode") {
		assert.Equal(t, "/?"+name+"=abcde", secrets.Value(":target", "/?"+name+"=abcde"), name)
		assert.Equal(t, "abcde", secrets.Value(name, "abcde"), name)
	}
}
