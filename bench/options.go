package bench

import (
	"fmt"
	"slices"
)

// Options says what traffic to make.
type Options struct {
	Hops     int    // hops of the chain, 1 to 9; 0 stands for 3
	Journeys int    // requests that the clients send in all; 0 stands for 1000
	Kind     Kind   // what they look like; empty stands for Small
	Seed     uint64 // other seeds give other traffic of the same kind

	Upgrades   float64 // share of the requests that ask for a WebSocket; all do in the kind WebSocket, none in Pipelined
	Lost       float64 // share of those that lose Upgrade and Connection at the last proxy
	RequestIDs bool    // the load balancer adds X-Amzn-Trace-Id, the application answers with X-Request-Id

	Loss    float64 // share of the packets that the captures do not hold
	Reorder float64 // share of the segments that come after the next one of their burst

	Clients int // clients that are at work at the same time; 0 stands for 64
}

// Kind is a kind of traffic.
type Kind string

// The kinds of traffic.
const (
	Small       Kind = "small"       // requests and responses of a packet each, on connections that are kept alive
	Download    Kind = "download"    // responses of 100 to 300 kB
	Chunked     Kind = "chunked"     // responses of 8 to 64 kB in chunks, cut anew by nginx
	Pipelined   Kind = "pipelined"   // clients send up to eight requests at once
	Connections Kind = "connections" // a new connection for every request, at every hop
	TLS         Kind = "tls"         // as small, but inside TLS records at every hop
	WebSocket   Kind = "websocket"   // every request asks for a WebSocket, and messages flow through those that get one
)

// Kinds lists the kinds of traffic.
func Kinds() []Kind {
	return []Kind{Small, Download, Chunked, Pipelined, Connections, TLS, WebSocket}
}

// complete fills in what was left out and says what cannot be done.
func (o Options) complete() (Options, error) {
	if o.Hops == 0 {
		o.Hops = 3
	}
	if o.Journeys == 0 {
		o.Journeys = 1000
	}
	if o.Clients == 0 {
		o.Clients = 64
	}
	if o.Kind == "" {
		o.Kind = Small
	}
	if o.Kind == WebSocket {
		o.Upgrades = 1
	}
	return o, o.check()
}

func (o Options) check() error {
	if o.Hops < 1 || o.Hops > 9 {
		return fmt.Errorf("make a chain of %d hops: it has 1 to 9", o.Hops)
	}
	if o.Journeys < 1 || o.Clients < 1 {
		return fmt.Errorf("make %d journeys of %d clients: there must be at least one", o.Journeys, o.Clients)
	}
	if !slices.Contains(Kinds(), o.Kind) {
		return fmt.Errorf("make traffic of kind %q: the kinds are %v", o.Kind, Kinds())
	}
	for _, share := range []struct {
		name  string
		value float64
	}{{"upgrades", o.Upgrades}, {"lost", o.Lost}, {"loss", o.Loss}, {"reorder", o.Reorder}} {
		if !(share.value >= 0 && share.value <= 1) {
			return fmt.Errorf("use %v as the share %q: it is a number from 0 to 1", share.value, share.name)
		}
	}
	if o.Lost > 0 && o.Hops < 2 {
		return fmt.Errorf("lose upgrades in a chain of one hop: there is no proxy in it")
	}
	return nil
}
