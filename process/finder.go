package process

import (
	"io/fs"
	"time"
)

// Options say where a Finder looks. The zero value looks into the network
// namespace of the caller.
type Options struct {
	Namespaces []string      // paths of network namespaces: /run/netns/NAME, /proc/4242/ns/net; none, or "", is the caller's own
	Interval   time.Duration // between two rounds; 0 is half a second
	Keep       time.Duration // how long closed connections are known; 0 is a minute
	Limit      int           // connections kept; 0 is 65536
	Root       fs.FS         // root of the file system that /proc, /etc/passwd and names of containers are read from; nil is the host's
}

func (o Options) withDefaults() Options {
	if len(o.Namespaces) == 0 {
		o.Namespaces = []string{""}
	}
	if o.Interval <= 0 {
		o.Interval = time.Second / 2
	}
	if o.Keep <= 0 {
		o.Keep = time.Minute
	}
	if o.Limit <= 0 {
		o.Limit = 1 << 16
	}
	return o
}
