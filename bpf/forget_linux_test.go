//go:build amd64 || arm64

package bpf

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Forget makes the filter forget all connections, which is quicker than to load
// another.
func (h *Heads) Forget(t *testing.T) {
	t.Helper()
	var k headsKey
	for h.objects.Flows.NextKey(nil, &k) == nil {
		require.NoError(t, h.objects.Flows.Delete(k))
	}
}
