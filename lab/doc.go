// Package lab builds real proxy chains on one machine and looks at them from
// outside: every node runs in a network namespace of its own, the nodes are
// joined by veth pairs, tcpdump listens on every link, and a real client drives
// its requests through. What comes out is a case of pcaps/: the captures, the
// configuration files that made them, and the application's log.
//
// The flow:
//
//	Scenario → Chain (Namespace, link, process) → Capture → Action → Run → case folder
//
// A scenario is a plain value, one table entry (scenario*.go). The programs are
// the real ones of two Debian releases; the few that imitate something say so in
// Node.Imitates.
//
// The lab needs Linux and root, and FAILS without them. It leaves nothing
// behind: processes are ended by their process id, and the namespaces, named
// hophound-PID-N-NODE, are removed; those of a run that was killed are removed
// by the next one.
package lab
