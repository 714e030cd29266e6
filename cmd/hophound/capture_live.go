package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/hophound/hophound/capture"
	"github.com/hophound/hophound/capture/filter"
)

// liveOptions reads where to capture, as -i takes it, and compiles the filter
// for what is there. Nothing is opened: if tcpdump must be run to compile, it
// gets nothing of ours.
func liveOptions(ctx context.Context, stderr io.Writer, name, expression string, o capture.LiveOptions) (capture.LiveOptions, error) {
	live, known, err := capture.ParseLive(name)
	switch {
	case err != nil:
		return o, err
	case !known:
		live = capture.LiveName{Kind: capture.KindInterface, Interface: name}
	}
	o.Interface = live.Interface
	if o.Namespace, err = live.Namespace(); err != nil || expression == "" {
		return o, err
	}
	link, err := capture.LiveLink(o.Interface, o.Namespace)
	if err != nil {
		return o, withRemedy(err, o)
	}
	// What only the kernel can tell, such as the VLAN tag that it took out,
	// cannot be asked beside the eBPF filter: OpenLive then keeps packets whole
	// and says so.
	var why error
	if o.Filter, why, err = filter.CompileSocketWithTcpdump(ctx, expression, int(link)); err != nil {
		return o, err
	}
	if why != nil {
		fmt.Fprintf(stderr, "hophound: %s: the filter is compiled by the tcpdump that is installed here (%v)\n", name, why)
	}
	return o, nil
}

// openLive opens an interface by the name that -i takes.
func openLive(o capture.LiveOptions) (*capture.Live, error) {
	source, err := capture.OpenLive(o)
	return source, withRemedy(err, o)
}

// describeWay says how packets of a source are chosen, and why not better.
func describeWay(source *capture.Live) string {
	text := "link type " + source.Interfaces()[0].Link.String() + ", " + source.Way()
	if source.Way() == capture.WayHeads {
		text += " (TCP alone, trimmed to heads; --full keeps all)"
	}
	if why := source.WhyNotHeads(); why != nil {
		text += fmt.Sprintf(" (packets are kept whole: %v)", why)
	}
	return text
}

// withRemedy adds to a missing capability how to get it, with all the others
// that o needs: setcap(8) replaces what a file had.
func withRemedy(err error, o capture.LiveOptions) error {
	var missing *capture.MissingCapability
	if !errors.As(err, &missing) {
		return err
	}
	needed := capture.RequiredCapabilities(o)
	if !slices.Contains(needed, missing.Capability) {
		needed = append(needed, missing.Capability)
	}
	docker := strings.ReplaceAll(" "+strings.Join(needed, " "), " CAP_", " --cap-add ")
	instead := ""
	if missing.Capability == "CAP_BPF" || missing.Capability == "CAP_PERFMON" {
		instead = "; or do without the trimming: --full"
	}
	return fmt.Errorf("%w: run it with sudo, or once: sudo setcap %s+ep $(which hophound); in a container: docker run%s%s",
		err, strings.ToLower(strings.Join(needed, ",")), docker, instead)
}
