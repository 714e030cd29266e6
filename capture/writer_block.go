package capture

import (
	"encoding/binary"
	"math"
	"time"
)

// Numbers in blocks are little endian, as their section says.
const (
	statisticsStart     = 2
	statisticsEnd       = 3
	statisticsDelivered = 8
	nanoseconds         = 9 // if_tsresol: a unit of 10^-9 s
)

func (w *Writer) section(s Section) error {
	body := make([]byte, 0, 256)
	body = binary.LittleEndian.AppendUint32(body, pcapngByteOrder)
	body = append(body, 1, 0, 0, 0)                               // version 1.0
	body = binary.LittleEndian.AppendUint64(body, math.MaxUint64) // length not known
	body = appendOption(body, optSectionHardware, s.Hardware)
	body = appendOption(body, optSectionOS, s.OS)
	body = appendOption(body, optSectionApplication, s.Application)
	body = appendOption(body, optComment, s.Comment)
	return w.block(blockSection, body)
}

func (w *Writer) iface(i Interface) error {
	body := make([]byte, 0, 256)
	body = binary.LittleEndian.AppendUint32(body, uint32(i.Link)) // and two unused bytes
	body = binary.LittleEndian.AppendUint32(body, uint32(i.SnapLen))
	body = appendOption(body, optInterfaceName, i.Name)
	body = appendOption(body, optInterfaceDescription, i.Description)
	body = appendOption(body, optInterfaceResolution, string([]byte{nanoseconds}))
	body = appendOption(body, optComment, i.Comment)
	return w.block(blockInterface, body)
}

func (w *Writer) statistics(id uint32, packets, drops uint64, ended time.Time) error {
	body := make([]byte, 0, 128)
	body = binary.LittleEndian.AppendUint32(body, id)
	body = appendTime(body, ended)
	body = appendOption(body, statisticsStart, string(appendTime(nil, w.begun)))
	body = appendOption(body, statisticsEnd, string(appendTime(nil, ended)))
	body = appendOption(body, optStatisticsInterfaceDrop, string(binary.LittleEndian.AppendUint64(nil, drops)))
	body = appendOption(body, statisticsDelivered, string(binary.LittleEndian.AppendUint64(nil, packets)))
	return w.block(blockStatistics, body)
}

// block writes a block that is no packet; body ends with options.
func (w *Writer) block(kind uint32, body []byte) error {
	body = append(body, 0, 0, 0, 0) // end of options
	n := len(body) + minBlockLen
	if err := w.room(n); err != nil {
		return err
	}
	w.buffer = binary.LittleEndian.AppendUint32(w.buffer, kind)
	w.buffer = binary.LittleEndian.AppendUint32(w.buffer, uint32(n))
	w.buffer = append(w.buffer, body...)
	w.buffer = binary.LittleEndian.AppendUint32(w.buffer, uint32(n))
	w.size += int64(n)
	return nil
}

// packet writes an Enhanced Packet Block.
func (w *Writer) packet(id uint32, p *Packet) error {
	const fixed = 20
	data, comment := len(p.Data), min(len(p.Comment), math.MaxUint16)
	n := minBlockLen + fixed + padded(data)
	if comment > 0 {
		n += 4 + padded(comment) + 4
	}
	if err := w.room(n); err != nil {
		return err
	}
	b := w.buffer
	b = binary.LittleEndian.AppendUint32(b, blockEnhanced)
	b = binary.LittleEndian.AppendUint32(b, uint32(n))
	b = binary.LittleEndian.AppendUint32(b, id)
	b = binary.LittleEndian.AppendUint32(b, uint32(uint64(p.Time)>>32))
	b = binary.LittleEndian.AppendUint32(b, uint32(p.Time))
	b = binary.LittleEndian.AppendUint32(b, uint32(data))
	b = binary.LittleEndian.AppendUint32(b, uint32(p.Length))
	b = appendPadded(b, p.Data)
	if comment > 0 {
		b = binary.LittleEndian.AppendUint32(b, optComment|uint32(comment)<<16)
		b = appendPadded(b, p.Comment[:comment])
		b = append(b, 0, 0, 0, 0)
	}
	w.buffer = binary.LittleEndian.AppendUint32(b, uint32(n))
	w.size += int64(n)
	return nil
}

// appendOption appends an option; an empty one is left out, a long one is cut.
func appendOption(b []byte, code uint16, value string) []byte {
	if value == "" {
		return b
	}
	value = value[:min(len(value), math.MaxUint16)]
	b = binary.LittleEndian.AppendUint16(b, code)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(value)))
	return appendPadded(b, []byte(value))
}

// appendTime appends nanoseconds, the upper half first whatever the byte order.
func appendTime(b []byte, t time.Time) []byte {
	ns := uint64(t.UnixNano())
	b = binary.LittleEndian.AppendUint32(b, uint32(ns>>32))
	return binary.LittleEndian.AppendUint32(b, uint32(ns))
}

// appendPadded appends data and up to three zeros.
func appendPadded(b, data []byte) []byte {
	b = append(b, data...)
	return append(b, "\x00\x00\x00"[:padded(len(data))-len(data)]...)
}

// padded is n, rounded up to a multiple of four.
func padded(n int) int { return (n + 3) &^ 3 }
