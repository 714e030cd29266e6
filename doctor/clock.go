package doctor

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"
)

// Clock is what adjtimex(2) tells of the system's clock.
type Clock struct {
	Synchronised bool
	MaxError     time.Duration
}

const clockSources = "sys/devices/system/clocksource/clocksource0/"

// slowSources need a system call or slow hardware for every packet's time.
var slowSources = []string{"xen", "hpet", "acpi_pm", "jiffies", "pit"}

func clockSource(root fs.FS) Check {
	c := Check{Name: "clock source", State: Works}
	text, err := fs.ReadFile(root, clockSources+"current_clocksource")
	if err != nil {
		c.State, c.Detail = WorksPartly, "the kernel does not tell it"
		return c
	}
	current := strings.TrimSpace(string(text))
	c.Detail = current
	if !slices.Contains(slowSources, current) {
		return c
	}
	c.State = WorksPartly
	c.Detail = current + " is slow to read, which every packet's time costs"
	available, err := fs.ReadFile(root, clockSources+"available_clocksource")
	for _, better := range [...]string{"tsc", "kvm-clock", "arch_sys_counter"} {
		if err == nil && slices.Contains(strings.Fields(string(available)), better) {
			c.Remedy = fmt.Sprintf("echo %s | sudo tee /%scurrent_clocksource", better, clockSources)
			break
		}
	}
	return c
}

func clockSync(system *System) Check {
	c := Check{Name: "clock", State: WorksPartly}
	if system.Clock == nil {
		c.Detail = "not looked at on this system"
		return c
	}
	clock, err := system.Clock()
	switch {
	case err != nil:
		c.Detail = fmt.Sprintf("whether it is synchronised cannot be told: %v", err)
	case !clock.Synchronised:
		c.Detail = "not synchronised, as far as this kernel knows; offsets between hosts are estimated from what they exchange, but times of day may be wrong"
		c.Remedy = "start chronyd, or sudo timedatectl set-ntp true"
	default:
		c.State, c.Detail = Works, fmt.Sprintf("synchronised, at most %v off", clock.MaxError.Round(time.Microsecond))
	}
	return c
}
