package capture

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestLinkTypeString(t *testing.T) {
	tests := map[LinkType]string{
		LinkNull:      "NULL",
		LinkEthernet:  "ETHERNET",
		LinkRawBSD:    "RAW",
		LinkRaw:       "RAW",
		LinkLinuxSLL:  "LINUX_SLL",
		LinkLinuxSLL2: "LINUX_SLL2",
		105:           "IEEE802_11",
		127:           "IEEE802_11_RADIOTAP",
		147:           "USER0",
		162:           "USER15",
		146:           "LINKTYPE_146",
		65535:         "LINKTYPE_65535",
	}
	for link, want := range tests {
		assert.Equal(t, want, link.String())
	}
}

func TestLinkTypeSupported(t *testing.T) {
	for _, link := range []LinkType{0, 1, 9, 11, 12, 13, 14, 19, 101, 105, 106, 108, 113, 127, 192, 228, 229, 239, 258, 276} {
		assert.True(t, link.Supported(), link.String())
	}
	for _, link := range []LinkType{3, 20, 147, 189, 253, 277} {
		assert.False(t, link.Supported(), link.String())
	}
}
