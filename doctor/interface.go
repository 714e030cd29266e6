package doctor

import (
	"fmt"
	"strings"
)

// Interface is a network interface with its offloads.
type Interface struct {
	Name     string
	Up       bool
	Offloads []string // those that are on, as ethtool -k calls them: "generic-receive-offload"
}

// interfaces shows offloads so that nobody wonders about packets of 64 KiB, or
// about checksums that are not there yet. They need no change.
func interfaces(system *System) Check {
	c := Check{Name: "interfaces", State: Works}
	if system.Interfaces == nil {
		c.State, c.Detail = WorksPartly, "not looked at on this system"
		return c
	}
	all, err := system.Interfaces()
	if err != nil {
		c.State, c.Detail = DoesNotWork, fmt.Sprintf("cannot be listed: %v", err)
		return c
	}
	var shown []string
	offloading := false
	for _, i := range all {
		if !i.Up {
			continue
		}
		text := i.Name
		if len(i.Offloads) > 0 {
			text += " (" + strings.Join(i.Offloads, ", ") + ")"
			offloading = true
		}
		shown = append(shown, text)
	}
	if len(shown) == 0 {
		c.State, c.Detail = DoesNotWork, "none is up in this network namespace"
		return c
	}
	c.Detail = "up: " + mention(shown)
	if offloading {
		c.Detail += "; offloads make captured packets of up to 64 KiB and checksums that look wrong, which is fine"
	}
	return c
}
