package chain

import "strings"

// What a field is to the matcher: the index into headFields, or one of these.
const (
	roleForwardedFor = -1 - iota // X-Forwarded-For
	roleForwarded                // Forwarded
)

// roleTable finds the role of a field by its name, without regard to case. Most
// fields have none, and most of these share no slot with one that has.
type roleTable [64][]namedRole

type namedRole struct {
	name string
	role int
}

func (t *roleTable) add(name string, role int) {
	i := slotOf(name)
	t[i] = append(t[i], namedRole{name, role})
}

func (t *roleTable) of(name string) (role int, ok bool) {
	if name == "" {
		return 0, false
	}
	for _, r := range t[slotOf(name)] {
		if len(r.name) == len(name) && strings.EqualFold(r.name, name) {
			return r.role, true
		}
	}
	return 0, false
}

// slotOf goes by the length and by two letters, without the bit of their case.
func slotOf(name string) uint {
	const noCase = 0x1f
	return (uint(len(name))*7 + uint(name[0]&noCase)*3 + uint(name[len(name)-1]&noCase)) % 64
}
