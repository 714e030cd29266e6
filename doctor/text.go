package doctor

import (
	"fmt"
	"io"
)

// WriteText writes checks for people, one a line, and under those that need
// something what to do.
func WriteText(w io.Writer, checks []Check) error {
	widest := 0
	for _, c := range checks {
		widest = max(widest, len(c.Name))
	}
	for _, c := range checks {
		if _, err := fmt.Fprintf(w, "%-*s  %-13s  %s\n", widest, c.Name, c.State, c.Detail); err != nil {
			return err
		}
		if c.Remedy == "" {
			continue
		}
		if _, err := fmt.Fprintf(w, "%-*s  %-13s  → %s\n", widest, "", "", c.Remedy); err != nil {
			return err
		}
	}
	return nil
}
