package process

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"sync"
	"time"
)

// Finder knows whose sockets there are, and whose there were until a minute
// ago. It is safe for concurrent use.
type Finder struct {
	options Options
	stop    chan struct{}
	done    sync.WaitGroup

	mu      sync.Mutex
	sockets []*sockets // of each namespace that could be opened
	known   *table
	files   *openFiles
	asking  allowance // of Lookup
	err     error
}

// NewFinder makes a Finder and begins to watch. What it could not open is told
// by Err; it then finds what the rest tells it. Close ends it.
func NewFinder(options Options) *Finder {
	options = options.withDefaults()
	if options.Root == nil {
		options.Root = os.DirFS("/")
	}
	f := &Finder{
		options: options, stop: make(chan struct{}),
		known: newTable(options.Keep, options.Limit), files: newOpenFiles(options.Root),
	}
	for _, namespace := range options.Namespaces {
		s, err := openSockets(namespace)
		if err != nil {
			f.err = errors.Join(f.err, err)
			continue
		}
		f.sockets = append(f.sockets, s)
	}
	if len(f.sockets) > 0 {
		f.done.Go(f.watch)
	}
	return f
}

// Err is what went wrong first: a namespace that could not be opened, or a
// kernel that does not answer.
func (f *Finder) Err() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

// Close ends the watching. A Lookup after it answers from what is remembered.
func (f *Finder) Close() error {
	close(f.stop)
	f.done.Wait()
	f.mu.Lock()
	defer f.mu.Unlock()
	var err error
	for _, s := range f.sockets {
		err = errors.Join(err, s.conn.Close())
	}
	f.sockets = nil
	return err
}

func (f *Finder) watch() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-f.stop:
			return
		case <-timer.C:
		}
		begun := time.Now()
		f.round()
		// Of a host with very many sockets not more than a tenth of one core is taken.
		timer.Reset(max(f.options.Interval, 10*time.Since(begun)))
	}
}

// round meets all connections that exist now, and finds the processes of those
// that are new.
func (f *Finder) round() {
	defer func() {
		if v := recover(); v != nil { // whoever captures goes on without; of the value nothing is told, it may quote a command line
			f.fail(fmt.Errorf("look whose sockets there are: internal error (%T)", v))
		}
	}()
	f.mu.Lock()
	all := f.sockets
	f.mu.Unlock()
	var found []socket
	for _, s := range all {
		listed, err := s.list()
		if err != nil {
			f.fail(err)
		}
		found = append(found, listed...)
	}
	f.meet(found)
}

func (f *Finder) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err == nil {
		f.err = err
	}
}

func (f *Finder) meet(found []socket) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	wanted := map[uint32][]*entry{}
	for _, s := range found {
		if s.inode == 0 {
			continue // no process has it any more
		}
		if e := f.known.meet(s.connection, s.inode, s.user, now); !e.found {
			wanted[s.inode] = append(wanted[s.inode], e)
		}
	}
	f.own(wanted)
}

// own finds the processes of sockets; where there is none, the user alone.
func (f *Finder) own(wanted map[uint32][]*entry) {
	if len(wanted) == 0 {
		return
	}
	inodes := make(map[uint32]int, len(wanted))
	for inode := range wanted {
		inodes[inode] = 0
	}
	f.files.find(inodes)
	for inode, entries := range wanted {
		var owner Owner
		if pid := inodes[inode]; pid != 0 {
			owner = describe(f.options.Root, pid)
		} else {
			owner.User = userName(f.options.Root, strconv.FormatUint(uint64(entries[0].user), 10))
		}
		for _, e := range entries {
			e.tries++
			e.owner, e.found = owner, owner.PID != 0 || e.tries >= maxTries
		}
	}
}

// Lookup tells who has the socket of a connection whose end on this host is
// local. A connection that the last round did not meet is asked for at once, as
// long as that takes no more than a fiftieth of one core (some thousands in a
// second); where that fails, the process that listens at local answers, with
// [Owner.Listener] set. It is false if nothing at all is known.
func (f *Finder) Lookup(local, remote netip.AddrPort) (Owner, bool) {
	c := connection{plain(local), plain(remote)}
	f.mu.Lock()
	defer f.mu.Unlock()
	if e := f.known.get(c); e != nil && e.found {
		return e.owner, true
	}
	if owner, ok := f.ask(c); ok {
		return owner, true
	}
	return f.listener(c.local)
}

// ask asks the kernel for one connection.
func (f *Finder) ask(c connection) (Owner, bool) {
	now := time.Now()
	if !f.asking.left(now) {
		return Owner{}, false
	}
	defer func() { f.asking.spend(time.Since(now)) }()
	for _, s := range f.sockets {
		if got, ok := s.get(c); ok && got.inode != 0 && got.connection == c {
			e := f.known.meet(c, got.inode, got.user, now)
			f.own(map[uint32][]*entry{got.inode: {e}})
			return e.owner, true
		}
	}
	return Owner{}, false
}

// listener finds who listens at an address, or at all of this host.
func (f *Finder) listener(local netip.AddrPort) (Owner, bool) {
	for _, address := range [...]netip.Addr{local.Addr(), netip.IPv4Unspecified(), netip.IPv6Unspecified()} {
		c := connection{local: netip.AddrPortFrom(address, local.Port())}
		if e := f.known.get(c); e != nil && e.found {
			owner := e.owner
			owner.Listener = true
			return owner, true
		}
	}
	return Owner{}, false
}

// plain writes an IPv4 address as one, also where a socket of IPv6 has it.
func plain(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port())
}
