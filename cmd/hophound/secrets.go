package main

import (
	"github.com/spf13/pflag"

	"github.com/hophound/hophound/report"
)

// secretOptions say what of the traffic is shown.
type secretOptions struct {
	show bool
	mask []string
}

func (o *secretOptions) addFlags(flags *pflag.FlagSet) {
	flags.BoolVar(&o.show, "show-secrets", false, "show cookies, credentials and tokens instead of marks")
	o.addMaskFlag(flags)
}

func (o *secretOptions) addMaskFlag(flags *pflag.FlagSet) {
	flags.StringSliceVar(&o.mask, "mask", nil, "mask the values of fields and query parameters of this name too; may be repeated")
}

// secrets gives what masks all that one command prints; nil masks nothing.
func (o *secretOptions) secrets() *report.Secrets {
	if o.show {
		return nil
	}
	return report.NewSecrets(o.mask...)
}
