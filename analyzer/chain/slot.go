package chain

// slot is where the exchanges with one key meet.
type slot struct {
	earlier, later   *Entry // the first of each hop
	last             *Entry // of the later hop
	nEarlier, nLater int
}

// resetSlots forgets all slots and makes room for so many.
func (m *Matcher) resetSlots(most int) {
	m.keys.reset(most)
	clear(m.slots)
	m.slots = m.slots[:0]
}

// knownSlot gives the slot of a key, nil if it has none.
func (m *Matcher) knownSlot(key uint64) *slot {
	if key == 0 {
		return nil
	}
	if i := m.keys.find(key); i >= 0 {
		return &m.slots[i]
	}
	return nil
}

// slotOf gives the slot of a key, a new one if it has none. It is valid until the
// next call.
func (m *Matcher) slotOf(key uint64) *slot {
	i := m.keys.number(key)
	if i == len(m.slots) {
		m.slots = append(m.slots, slot{})
	}
	return &m.slots[i]
}
