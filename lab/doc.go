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
// Several servers may share a host, which is one hop then (Node.Host), and the
// nodes may be containers of one host, behind its bridge and the kernel's NAT
// (Scenario.Docker). Actions may go on at the same time (Action.Beside). What is done
// to a capture after it was taken, its times rewritten or files merged, is said
// in Tap and in the case's story.
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
