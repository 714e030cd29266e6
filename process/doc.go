// Package process tells whose socket an endpoint on this host is: which
// process, of which user, in which container.
//
//	endpoints → sock_diag(7) → inode of the socket → /proc/PID/fd → process
//
// A [Finder] asks the kernel for all TCP connections again and again, and keeps
// what it learnt for a minute, so that a connection that is closed when someone
// asks is still known. What came and went between two rounds is not: the kernel
// also tells of sockets that end, but no longer whose they were. For those, the
// process that listens at the endpoint answers, and [Owner] says so.
//
// Only Linux has this. Elsewhere nothing is found.
package process
