// Package diff compares two heads that are the same request, or the same
// response, at two neighbouring hops, and says what each difference means. What
// is known of fields stands in fields.go, what intermediaries do to them and
// what follows from it in classes.go.
package diff

// Change is one difference between two messages that are the same request, or
// the same response, at two neighbouring hops. A request is compared from the
// earlier hop to the later one, a response from the later hop to the earlier:
// Before is always nearer to the message's sender.
type Change struct {
	Field  string // field name as first met; ":method", ":target", ":version", ":status" for the start line
	Kind   Kind
	Before []string // the values of all lines of that name, in order
	After  []string
	Class  Class
	Why    string // one sentence for a person: why it is in this class
}

// Kind is what happened to a field.
type Kind string

const (
	Dropped   Kind = "dropped"   // it was there, it is gone
	Added     Kind = "added"     // it was not there, it is now
	Changed   Kind = "changed"   // another value
	Reordered Kind = "reordered" // the same lines in another order
	Recased   Kind = "recased"   // the name, or a value that knows no case, in other letters
	Split     Kind = "split"     // one line became several with the same list
	Merged    Kind = "merged"    // several lines became one with the same list
)

// Class is what a change means for the request.
type Class string

const (
	Breaking Class = "breaking" // the upgrade cannot work after this
	Notable  Class = "notable"  // worth knowing, can matter to an application
	Expected Class = "expected" // what intermediaries do and may do
)
