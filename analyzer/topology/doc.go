// Package topology finds out who sends requests to whom: it draws the chain
// that the servers of some captures form, and tells whether hops that a person
// named stand in the order in which requests pass them.
package topology
