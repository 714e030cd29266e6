/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP/1 heads, and chunked content (RFC 9112). */
#pragma once
#include "flow.h"

/* Names as they stand in progress.high and .low: each byte | 0x20, the first
 * in the highest byte. A line feed becomes '*'. */
#define EIGHT(a, b, c, d, e, f, g, h) \
	((u64)(a) << 56 | (u64)(b) << 48 | (u64)(c) << 40 | (u64)(d) << 32 | (u64)(e) << 24 | (u64)(f) << 16 | (u64)(g) << 8 | (u64)(h))
#define LENGTH_HIGH EIGHT('*', 'c', 'o', 'n', 't', 'e', 'n', 't')
#define LENGTH_LOW EIGHT('-', 'l', 'e', 'n', 'g', 't', 'h', ':')
#define CODING_HIGH EIGHT('a', 'n', 's', 'f', 'e', 'r', '-', 'e')
#define CODING_LOW EIGHT('n', 'c', 'o', 'd', 'i', 'n', 'g', ':')
#define CHUNKED_NAME EIGHT(0, 'c', 'h', 'u', 'n', 'k', 'e', 'd')
#define SEVEN_BYTES 0xffffffffffffffULL

enum {
	MOST_LENGTH = 16, /* hexadecimal or decimal digits of a length */
	SOME = 16,        /* bytes of a head that are read at a time */
	MOST_PACKET = 32 << 10, /* bytes of a head that are read of a packet at a time */
};

/* end_of_length takes the value of a Content-Length line. */
INLINE void end_of_length(struct progress *p)
{
	if (!p->have || (p->flags & HAS_LENGTH && p->left != p->value))
		p->flags |= BAD_LENGTH;
	p->left = p->value;
	p->flags |= HAS_LENGTH;
}

/* in_field takes a byte of the value of a field that says how content ends. */
INLINE void in_field(struct progress *p, u32 byte, u64 low)
{
	if (p->mode == CODING_FIELD) {
		if ((low & SEVEN_BYTES) == CHUNKED_NAME)
			p->flags |= CHUNKED;
		return;
	}
	if (byte - '0' < 10 && p->have < MOST_LENGTH) {
		p->value = p->value * 10 + (byte - '0');
		p->have++;
	} else if (byte != ' ' && byte != '\t' && byte != '\r') {
		p->flags |= BAD_LENGTH;
	}
}

/* unknown gives x, of which the verifier then knows nothing: otherwise it would
 * tell apart as many states of the loop as there are bytes compared. */
INLINE u64 unknown(struct work *w, u64 x)
{
	*(volatile u64 *)&w->unknown = x;
	return *(volatile u64 *)&w->unknown;
}

/* scan_some reads up to SOME bytes of a head or trailer section, those of
 * w->bytes from `from` on, a multiple of SOME. It gives how many it used;
 * w->ended tells that the last was that of the empty line. The verifier goes
 * through every turn of its loop, and so through few of them. */
GLOBAL u32 scan_some(u32 from, u32 length)
{
	struct work *w = working();

	if (!w)
		return 0;

	struct progress *p = &w->progress;
	volatile u8 *mode = &p->mode;
	u8 *bytes = w->bytes + (from & (sizeof(w->bytes) - SOME));
	u64 high = p->high, low = p->low;
	u32 recent = p->recent, used = 0;

	for (u32 i = 0; i < SOME; i++) {
		if (i >= length)
			break;
		u32 byte = bytes[i];
		used = i + 1;
		high = high << 8 | low >> 56;
		low = low << 8 | (byte | 0x20);
		recent = recent << 8 | byte;
		if (byte == '\n') {
			if (*mode == LENGTH_FIELD)
				end_of_length(p);
			*mode = NO_FIELD;
			u32 end = (u32)unknown(w, recent);
			if ((end & 0xffff) == 0x0a0a || (end & 0xffffff) == 0x0a0d0a) {
				w->ended = 1;
				break;
			}
		} else if (*mode != NO_FIELD) {
			in_field(p, byte, unknown(w, low));
		} else if (byte == ':') {
			if (!unknown(w, (low ^ LENGTH_LOW) | (high ^ LENGTH_HIGH))) {
				*mode = LENGTH_FIELD;
				p->value = 0;
				p->have = 0;
			} else if (!unknown(w, (low ^ CODING_LOW) | (high ^ CODING_HIGH))) {
				*mode = CODING_FIELD;
				p->flags |= CODED;
			}
		}
	}
	p->high = high;
	p->low = low;
	p->recent = recent;
	return used;
}

/* scan_block reads as many bytes of a head or trailer section as w->bytes hold,
 * and gives how many it used. */
GLOBAL u32 scan_block(struct __sk_buff *skb, u32 offset, u32 length)
{
	struct work *w = working();
	u32 done = 0;

	if (!w)
		return 0;
	if (length > sizeof(w->bytes))
		length = sizeof(w->bytes);
	if (length < 1 || skb_load_bytes(skb, offset, w->bytes, sized(length, sizeof(w->bytes))))
		return 0;
	for (u32 i = 0; i < sizeof(w->bytes); i += SOME) {
		if (i >= length || w->ended)
			break;
		done = i + scan_some(i, length - i);
	}
	return done;
}

/* scan reads a head or trailer section to its end, if that is there. */
GLOBAL u32 scan(struct __sk_buff *skb, u32 offset, u32 length)
{
	struct work *w = working();
	u32 done = 0;

	if (!w)
		return 0;
	w->ended = 0;
	for (u32 i = 0; i < MOST_PACKET / sizeof(w->bytes); i++) {
		if (done >= length)
			break;
		u32 used = scan_block(skb, offset + done, length - done);
		done += used;
		if (!used || w->ended)
			break;
	}
	return done;
}

/* begin_scan makes ready for a head or trailer section: a line begins. */
INLINE void begin_scan(struct work *w)
{
	struct progress *p = &w->progress;
	struct config *c = configured();

	p->high = p->low = 0;
	p->left = p->value = 0;
	p->recent = 0;
	p->mode = NO_FIELD;
	p->have = 0;
	p->flags = 0;
	p->status = 0;
	p->budget = c ? c->head_limit : 0;
}

enum chunk { CHUNK_GOES_ON, CHUNK_BEGINS, CHUNK_BROKEN };

/* chunk_byte reads one byte of a chunk size line. */
GLOBAL u32 chunk_byte(u32 byte)
{
	struct work *w = working();

	if (!w)
		return CHUNK_BROKEN;

	struct progress *p = &w->progress;
	u32 digit = byte - '0';

	if (digit > 9)
		digit = (byte | 0x20) - 'a' < 6 ? (byte | 0x20) - 'a' + 10 : 16;
	if (byte == '\n' && p->have) {
		p->left = p->value;
		p->state = p->left ? CHUNK_DATA : TRAILER;
		if (!p->left) {
			begin_scan(w);
			p->recent = '\n';
		}
		return CHUNK_BEGINS;
	}
	if (p->mode) /* behind the number */
		return CHUNK_GOES_ON;
	if (digit < 16 && p->have < MOST_LENGTH - 1) {
		p->value = p->value << 4 | digit;
		p->have++;
	} else if (p->have) {
		p->mode = 1;
		if (digit < 16)
			lose(w);
	} else if (byte != '\r' && byte != '\n') {
		lose(w);
		return CHUNK_BROKEN;
	}
	return CHUNK_GOES_ON;
}

/* chunk_line reads bytes of a chunk size line, after the line break that ends
 * the chunk before it. It gives how many it used. */
GLOBAL u32 chunk_line(struct __sk_buff *skb, u32 offset, u32 length)
{
	struct work *w = working();

	if (!w)
		return 0;
	if (length > 32)
		length = 32;
	if (length < 1 || skb_load_bytes(skb, offset, w->bytes, sized(length, 32)))
		return 0;
	for (u32 i = 0; i < 32; i++) {
		if (i >= length)
			break;
		u32 is = chunk_byte(w->bytes[i]);
		if (is != CHUNK_GOES_ON)
			return is == CHUNK_BEGINS ? i + 1 : i;
	}
	return length;
}

INLINE void begin_chunk(struct progress *p)
{
	p->state = CHUNK_LINE;
	p->value = 0;
	p->have = 0;
	p->mode = 0;
}
