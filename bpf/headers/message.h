/* SPDX-License-Identifier: Apache-2.0 */
/* Where messages begin, and what follows a head. */
#pragma once
#include "head.h"

/* peek loads up to 32 bytes; those that are not there are 0. */
GLOBAL u32 peek(struct __sk_buff *skb, u32 offset, u32 length)
{
	struct work *w = working();

	if (!w)
		return 0;
	__builtin_memset(w->bytes, 0, 32);
	if (length > 32)
		length = 32;
	if (length < 1 || skb_load_bytes(skb, offset, w->bytes, sized(length, 32)))
		return 0;
	return length;
}

INLINE int is_letter(u32 byte) { return (byte | 0x20) - 'a' < 26; }

INLINE int begins_version(u8 *b)
{
	return b[0] == 'H' && b[1] == 'T' && b[2] == 'T' && b[3] == 'P' && b[4] == '/';
}

/* begins_message tells a start line at a place where it is not expected: a
 * version and a status, or a method in capitals with a space and what can be a
 * target behind it. */
INLINE int begins_message(u8 *b)
{
	if (begins_version(b))
		return b[5] == '1' && b[6] == '.' && b[8] == ' ';
	if (b[0] - 'A' > 25u)
		return 0;
	for (int i = 1; i < 24; i++) {
		u32 byte = b[i];
		if (byte == ' ')
			return i > 2 && (b[i + 1] == '/' || b[i + 1] == '*' || is_letter(b[i + 1]) ||
					 b[i + 1] == '[' || b[i + 1] - '0' < 10u);
		if (byte - 'A' > 25u && byte != '-')
			return 0;
	}
	return 0;
}

INLINE u32 status_of(u8 *b)
{
	if (b[9] - '0' > 9u || b[10] - '0' > 9u || b[11] - '0' > 9u)
		return 0;
	return (b[9] - '0') * 100 + (b[10] - '0') * 10 + (b[11] - '0');
}

/* begin_head enters the head that w->bytes begin. */
SHARED void begin_head(struct work *w)
{
	struct progress *p = &w->progress;
	u8 *b = w->bytes;
	u8 sure = p->state == START ? SURE : 0;

	begin_scan(w);
	p->state = HEAD;
	p->flags = sure;
	w->heads++;
	if (begins_version(b)) {
		p->flags |= RESPONSE;
		p->status = status_of(b);
	} else if (b[0] == 'H' && b[1] == 'E' && b[2] == 'A' && b[3] == 'D' && b[4] == ' ') {
		p->status = ASK_HEAD;
	} else if (b[0] == 'C' && b[1] == 'O' && b[2] == 'N' && b[3] == 'N' && b[7] == ' ') {
		p->status = ASK_CONNECT;
	} else {
		p->status = ASK_OTHER;
	}
}

/* at_start looks at the bytes where a message should begin and gives how many
 * of them are used up. */
GLOBAL u32 at_start(struct __sk_buff *skb, u32 offset, u32 length)
{
	struct work *w = working();
	struct config *c = configured();
	u32 there = peek(skb, offset, length);

	if (!w || !c)
		return 0;
	u8 *b = w->bytes;
	struct progress *p = &w->progress;
	if (b[0] == 0x16 && (there < 2 || b[1] == 3)) {
		p->state = TLS;
		p->budget = least(c->start_limit, 4096);
	} else if (b[0] == '\r' && b[1] == '\n' && b[2] == '\r' && b[3] == '\n' && b[4] == 0 && there > 15 && b[7] == 'Q') {
		p->state = PREFIX; /* PROXY protocol v2, section 2.2 */
		p->left = 16 + ((u32)b[14] << 8 | b[15]);
	} else if (b[0] == '\r' || b[0] == '\n') {
		return 1;
	} else if (is_letter(b[0])) {
		begin_head(w);
	} else {
		lose(w);
	}
	return 0;
}

/* ask notes a request, so that it is known what its response is of. */
INLINE void ask(struct work *w, u64 what)
{
	struct flow *other = map_lookup(&flows, &w->reverse);

	if (!other || other->asks >= 32)
		return;
	other->asked |= what << (other->asks * 2 & 63);
	other->asks++;
}

/* asked gives what the request of a response was; 0 if that is not known. */
INLINE u32 asked(struct work *w, int final)
{
	struct flow *own = map_lookup(&flows, &w->key);
	u32 what;

	if (!own || !own->asks)
		return 0;
	what = own->asked & 3;
	if (final) {
		own->asked >>= 2;
		own->asks--;
	}
	return what;
}

/* enter makes a direction a tunnel. Its first bytes go up whole. */
INLINE void enter(struct progress *p, u8 state)
{
	p->state = state;
	p->flags = 0;
	p->have = 0;
	p->budget = 256;
}

/* open_tunnel makes both directions a tunnel. */
INLINE void open_tunnel(struct work *w, u8 state)
{
	struct progress *p = &w->progress;
	struct flow *other = map_lookup(&flows, &w->reverse);

	enter(p, state);
	if (other)
		other->tunnel = state;
}

/* by_fields enters the content that the fields of a head declare (RFC 9112
 * §6.3, 3 to 8). */
INLINE void by_fields(struct work *w)
{
	struct progress *p = &w->progress;

	if (p->flags & CHUNKED)
		begin_chunk(p);
	else if (p->flags & CODED)
		p->state = CLOSE;
	else if (p->flags & BAD_LENGTH)
		lose(w);
	else if (p->flags & HAS_LENGTH)
		p->state = p->left ? LENGTH : START;
	else
		p->state = p->flags & RESPONSE ? CLOSE : START;
}

/* end_head enters what follows a head. */
INLINE void end_head(struct work *w)
{
	struct progress *p = &w->progress;
	u32 status = p->status, method;

	if (!(p->flags & RESPONSE)) {
		ask(w, status & 3);
		by_fields(w);
		return;
	}
	method = asked(w, status == 101 || status >= 200);
	if (!method)
		p->flags &= ~SURE;
	if (status == 101)
		open_tunnel(w, FRAME);
	else if (method == ASK_CONNECT && status >= 200 && status < 300)
		open_tunnel(w, CONNECTED);
	else if (method == ASK_HEAD || (status >= 100 && status < 200) || status == 204 || status == 304)
		p->state = START;
	else
		by_fields(w);
}
