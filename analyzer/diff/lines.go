package diff

import (
	"slices"
	"strings"

	"github.com/hophound/hophound/analyzer/http1"
)

// compareWhole compares the lines of one name when both heads were seen whole
// and both have the name.
func compareWhole(g *group) (Kind, bool) {
	if len(g.before) == len(g.after) {
		if slices.EqualFunc(g.before, g.after, sameValue) {
			return Recased, !slices.EqualFunc(g.before, g.after, sameName)
		}
		if g.traits.has(anycase) && slices.EqualFunc(g.before, g.after, sameValueAnyCase) {
			return Recased, true
		}
	}
	b, a := g.traits.elements(values(g.before)), g.traits.elements(values(g.after))
	same := g.traits.same()
	if slices.EqualFunc(b, a, same) {
		return regrouped(g), true
	}
	if !g.joinable() {
		b, a = values(g.before), values(g.after)
	}
	if permuted(b, a, g.traits) {
		return Reordered, true
	}
	return Changed, true
}

// regrouped names the change between lines that hold the same elements.
func regrouped(g *group) Kind {
	switch {
	case len(g.before) < len(g.after):
		return Split
	case len(g.before) > len(g.after):
		return Merged
	default: // other white space, or the same elements spread in another way
		return Changed
	}
}

// joinable tells whether the elements of the field, not only its lines, may
// change places without the change being one of another kind.
func (g *group) joinable() bool { return g.traits.has(list | crumbs) }

// compareSeen compares the lines of one name when the end of at least one head
// is missing. The lines that were seen are then the first ones of that name: if
// they begin what the other head has, nothing is known to differ.
func compareSeen(g *group, beforeComplete, afterComplete bool) (Kind, bool) {
	b, a := g.traits.elements(values(g.before)), g.traits.elements(values(g.after))
	same := g.traits.same()
	if !beforeComplete && begins(a, b, same) || !afterComplete && begins(b, a, same) {
		return "", false
	}
	return Changed, true
}

// begins tells whether long starts with all of short.
func begins(long, short []string, same func(a, b string) bool) bool {
	return len(short) <= len(long) && slices.EqualFunc(long[:len(short)], short, same)
}

// permuted tells whether two lists hold the same elements, each as often.
func permuted(b, a []string, t trait) bool {
	if len(b) != len(a) {
		return false
	}
	return slices.Equal(t.sorted(b), t.sorted(a))
}

func (t trait) sorted(elements []string) []string {
	s := slices.Clone(elements)
	if t.has(anycase) {
		for i := range s {
			s[i] = strings.ToLower(s[i])
		}
	}
	slices.Sort(s)
	return s
}

// same gives the comparison of two elements that the field asks for.
func (t trait) same() func(a, b string) bool {
	if t.has(anycase) {
		return strings.EqualFold
	}
	return func(a, b string) bool { return a == b }
}

func sameValue(a, b http1.Field) bool        { return a.Value == b.Value }
func sameValueAnyCase(a, b http1.Field) bool { return strings.EqualFold(a.Value, b.Value) }
func sameName(a, b http1.Field) bool         { return a.Name == b.Name }
