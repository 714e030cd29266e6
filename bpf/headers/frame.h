/* SPDX-License-Identifier: Apache-2.0 */
/* The headers of WebSocket frames (RFC 6455 §5.2). */
#pragma once
#include "flow.h"

enum { OPCODE_CLOSE = 8, OPCODE_PONG = 10 };

/* extended is the number of bytes of the extended payload length. */
INLINE u32 extended(u32 second)
{
	return (second & 127) == 126 ? 2 : (second & 127) == 127 ? 8 : 0;
}

enum header { HEADER_GOES_ON, HEADER_ENDS, HEADER_OF_NO_FRAME };

/* frame_byte reads one byte of a frame's header. */
GLOBAL u32 frame_byte(u32 byte)
{
	struct work *w = working();

	if (!w)
		return HEADER_OF_NO_FRAME;

	struct progress *p = &w->progress;
	u32 at = p->have;

	p->have = at + 1;
	if (at == 0) {
		p->opcode = byte & 15;
		if (p->opcode > OPCODE_PONG || (p->opcode > 2 && p->opcode < OPCODE_CLOSE)) {
			p->state = TUNNEL; /* no WebSocket */
			return HEADER_OF_NO_FRAME;
		}
		return HEADER_GOES_ON;
	}
	if (at == 1) {
		p->mode = byte;
		p->value = extended(byte) ? 0 : byte & 127;
	} else if (at < 2 + extended(p->mode)) {
		p->value = p->value << 8 | byte;
	}
	if (at + 1 < 2 + extended(p->mode) + (p->mode >> 7) * 4)
		return HEADER_GOES_ON;
	p->have = 0;
	p->left = p->value;
	if (p->left)
		p->state = p->opcode < OPCODE_CLOSE ? FRAME_DATA : FRAME_CONTROL;
	return HEADER_ENDS;
}

/* frame_header reads bytes of a frame's header and gives how many it used. */
GLOBAL u32 frame_header(struct __sk_buff *skb, u32 offset, u32 length)
{
	struct work *w = working();

	if (!w)
		return 0;
	if (length > 14)
		length = 14;
	if (length < 1 || skb_load_bytes(skb, offset, w->bytes, sized(length, 16)))
		return 0;
	for (u32 i = 0; i < 14; i++) {
		if (i >= length)
			break;
		u32 is = frame_byte(w->bytes[i]);
		if (is != HEADER_GOES_ON)
			return is == HEADER_ENDS ? i + 1 : i;
	}
	return length;
}
