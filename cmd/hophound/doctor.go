package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/hophound/hophound/capture"
	"github.com/hophound/hophound/doctor"
)

func newDoctorCommand(env *environment) *cobra.Command {
	var output string
	command := &cobra.Command{
		Use:   "doctor",
		Short: "Say what this machine lets hophound do, and what to change",
		Long: `doctor looks at the kernel, at the capabilities of this process, at the network
namespaces and interfaces, at the clock and at the servers that run here. It
changes nothing and runs no other program. Reading saved captures needs none of
this.

Exit status:
  0  live capture works
  1  it does not
  2  the command line cannot be used`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return runDoctor(env, output) },
	}
	command.Flags().StringVarP(&output, "output", "o", "text", "text or json")
	return command
}

func runDoctor(env *environment, output string) error {
	checks := doctor.Examine(doctor.Options{Probe: probe})
	switch output {
	case "text":
		if err := doctor.WriteText(env.stdout, checks); err != nil {
			return err
		}
	case "json":
		encoder := json.NewEncoder(env.stdout)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(checks); err != nil {
			return err
		}
	default:
		return fmt.Errorf("unknown output %q: use -o text or -o json", output)
	}
	for _, c := range checks {
		if c.State == doctor.DoesNotWork {
			return status(exitFail)
		}
	}
	return nil
}

// probe tries the kernel's eBPF.
func probe() []doctor.Feature {
	var features []doctor.Feature
	for _, f := range capture.Probe() {
		features = append(features, doctor.Feature{Name: f.Name, MinimumKernel: f.MinimumKernel, Err: f.Err})
	}
	return features
}
