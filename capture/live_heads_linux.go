package capture

import (
	"errors"
	"fmt"
)

func loadHeads(LiveOptions, bool) (headFilter, error) {
	return nil, fmt.Errorf("load the eBPF filter: %w", errors.ErrUnsupported)
}
