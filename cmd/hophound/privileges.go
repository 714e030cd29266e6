package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/rs/zerolog"

	"github.com/hophound/hophound/capture"
)

// giveUpPrivileges is called when all sources are open: what comes from the
// network is read without the privileges that opening took. As another user
// nothing is kept; else what it takes to tell whose sockets those of other
// users are, and to read the counters of sources.
func giveUpPrivileges(env *environment, user string, sources []*capture.Live, logger *zerolog.Logger) error {
	wanted := ownerCapabilities()
	if user != "" {
		if err := becomeUser(user); err != nil {
			return err
		}
		wanted = nil
	}
	kept, err := keepOnly(wanted, func() error { return readCounters(sources) })
	switch {
	case errors.Is(err, errors.ErrUnsupported) && user != "":
		return nil // with the change of the user they went, in such a build too
	case errors.Is(err, errors.ErrUnsupported):
		fmt.Fprintf(env.stderr, "hophound: privileges are kept while it captures, which this build cannot change (%v): build it with CGO_ENABLED=0, or name a user with -Z\n", err)
		return nil
	case err != nil:
		return err
	}
	names := make([]string, len(kept))
	for i, c := range kept {
		names[i] = c.String()
	}
	logger.Debug().Str("kept", strings.Join(names, " ")).Str("user", user).Msg("gave up privileges")
	return nil
}

// readCounters tries to read those of the eBPF filters.
func readCounters(sources []*capture.Live) error {
	for _, source := range sources {
		if _, err := source.HeadCounters(); err != nil && !errors.Is(err, errors.ErrUnsupported) {
			return err
		}
	}
	return nil
}
