package http1

import (
	"iter"
	"strings"
)

// Get gives the value of the first field of that name, and whether there is
// one. Names are compared without regard to case.
func (m *Message) Get(name string) (string, bool) {
	if !m.names.mayHave(name) {
		return "", false
	}
	for i := range m.Fields {
		if sameName(m.Fields[i].Name, name) {
			return m.Fields[i].Value, true
		}
	}
	return "", false
}

// Has tells whether the message has a field of that name, even an empty one.
func (m *Message) Has(name string) bool {
	_, ok := m.Get(name)
	return ok
}

// Values gives the values of all fields of that name, in wire order; nil if
// there is none.
func (m *Message) Values(name string) []string {
	if !m.names.mayHave(name) {
		return nil
	}
	var values []string
	for i := range m.Fields {
		if sameName(m.Fields[i].Name, name) {
			values = append(values, m.Fields[i].Value)
		}
	}
	return values
}

// Tokens runs over the list elements of all fields of that name, in wire
// order: split at commas outside quoted strings, without the white space
// around them, empty ones left out (RFC 9110 §5.6.1).
func (m *Message) Tokens(name string) iter.Seq[string] {
	return func(yield func(string) bool) {
		if !m.names.mayHave(name) {
			return
		}
		for i := range m.Fields {
			if sameName(m.Fields[i].Name, name) && !eachElement(m.Fields[i].Value, yield) {
				return
			}
		}
	}
}

// HasToken tells whether the list of that name has the element, without
// regard to case.
func (m *Message) HasToken(name, token string) bool {
	if !m.names.mayHave(name) {
		return false
	}
	for i := range m.Fields {
		if f := &m.Fields[i]; len(f.Value) >= len(token) && sameName(f.Name, name) && hasElement(f.Value, token) {
			return true
		}
	}
	return false
}

// hasElement tells whether a list value has an element, without regard to case.
func hasElement(list, element string) bool {
	if strings.IndexByte(list, ',') < 0 {
		return strings.EqualFold(trimSpace(list), element)
	}
	found := false
	eachElement(list, func(e string) bool {
		found = strings.EqualFold(e, element)
		return !found
	})
	return found
}

// eachElement yields the elements of one list value until yield refuses.
func eachElement(list string, yield func(string) bool) bool {
	for list != "" {
		var element string
		element, list = cutElement(list)
		if element = trimSpace(element); element != "" && !yield(element) {
			return false
		}
	}
	return true
}

// cutElement cuts a list at its first comma that no quoted string holds.
func cutElement(list string) (element, rest string) {
	quoted := false
	for i := 0; i < len(list); i++ {
		switch c := list[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == ',' && !quoted:
			return list[:i], list[i+1:]
		}
	}
	return list, ""
}

// trimSpace cuts the optional white space of RFC 9110 §5.6.3, SP and HTAB.
func trimSpace(s string) string {
	for s != "" && isSpace(s[0]) {
		s = s[1:]
	}
	for s != "" && isSpace(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}
