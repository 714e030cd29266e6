//go:build ignore

/* SPDX-License-Identifier: Apache-2.0 */
/* A socket filter that lets the heads of HTTP/1 messages through and, of
 * everything else, no more than the analysis needs: what it gives is a prefix
 * of the packet, up to the last byte in it that belongs to framing. So the
 * bytes that are missing are all content, and content is stepped over by
 * arithmetic anyway. The package's documentation states the rule.
 *
 * It needs Linux 5.10: loops are bounded by constants, functions that are
 * called take numbers. */
#include "headers/kernel.h"
#include "headers/flow.h"
#include "headers/packet.h"
#include "headers/head.h"
#include "headers/message.h"
#include "headers/frame.h"

enum {
	OPAQUE = 16,       /* bytes that go up of a packet whose content is not understood */
	OTHERS = 96,       /* bytes that go up of packets that are not looked at, if asked for */
	ELEMENTS = 128,    /* heads, chunks or frames of a packet that are followed */
	FAR = 64 << 20,    /* bytes: further away than any window */
};

/* keep makes what is given end no earlier than at offset. */
INLINE void keep(struct work *w, u32 offset)
{
	if (offset > w->keep)
		w->keep = offset;
}

/* pass uses up all that is there. The first bytes of it go up: as many as the
 * budget allows, and OPAQUE ones of every packet. */
INLINE u32 pass(struct work *w, u32 offset, u32 length)
{
	struct progress *p = &w->progress;
	u32 some = least(length, p->budget);

	p->budget -= some;
	keep(w, offset + (some > OPAQUE ? some : least(length, OPAQUE)));
	return length;
}

/* step passes over content, none of which goes up, and enters the state that
 * follows. */
INLINE u32 step(struct work *w, u32 length, u8 then)
{
	struct progress *p = &w->progress;
	u32 some = (u32)least64(length, p->left);

	p->left -= some;
	if (!p->left)
		p->state = then;
	return some;
}

/* element reads the next element of a payload and gives how many bytes it
 * used, which may be none if only the state changed. */
GLOBAL u32 element(struct __sk_buff *skb, u32 offset, u32 length)
{
	struct work *w = working();
	u32 used, some;

	if (!w)
		return length;
	struct progress *p = &w->progress;
	switch (p->state) {
	case START:
		used = at_start(skb, offset, length);
		break;
	case HEAD:
	case TRAILER:
		if (!p->budget) {
			lose(w);
			p->budget = 0;
			return 0;
		}
		used = scan(skb, offset, least(length, p->budget));
		p->budget -= least(used, p->budget);
		if (w->ended) {
			if (p->state == HEAD)
				end_head(w);
			else
				p->state = START;
		}
		break;
	case PREFIX:
		used = step(w, length, START);
		break;
	case LENGTH:
		return step(w, length, START);
	case CHUNK_LINE:
		used = chunk_line(skb, offset, length);
		break;
	case CHUNK_DATA:
		used = step(w, length, CHUNK_LINE);
		if (p->state == CHUNK_LINE)
			begin_chunk(p);
		return used;
	case CLOSE:
		return length;
	case FRAME:
		used = frame_header(skb, offset, length);
		break;
	case FRAME_DATA:
		used = step(w, length, FRAME);
		some = least(used, p->budget);
		p->budget -= some;
		if (some)
			keep(w, offset + some);
		return used;
	case FRAME_CONTROL:
		used = step(w, length, FRAME);
		break;
	case WHOLE:
		used = length;
		break;
	default:
		return pass(w, offset, length);
	}
	keep(w, offset + used);
	return used;
}

/* resume looks at the beginning of a payload for a message that the state does
 * not lead to expect. */
INLINE void resume(struct __sk_buff *skb, struct work *w, u32 offset, u32 length)
{
	struct progress *p = &w->progress;

	if (p->state == START || p->state == HEAD || p->state == PREFIX || (p->state >= FRAME && p->state <= TLS))
		return;
	peek(skb, offset, length);
	if (!begins_message(w->bytes))
		return;
	if (p->flags & SURE && p->state != CLOSE && p->state != WHOLE && p->state != UNKNOWN)
		keep(w, offset + length); /* content that looks like a message */
	else
		begin_head(w);
}

/* across steps over bytes that are missing. */
INLINE void across(struct work *w, u32 missing)
{
	struct progress *p = &w->progress;

	switch (p->state) {
	case LENGTH:
	case CHUNK_DATA:
	case FRAME_DATA:
		if (p->left > missing) {
			p->left -= missing;
			return;
		}
		lose(w);
		return;
	case UNKNOWN:
	case CLOSE:
	case WHOLE:
	case TUNNEL:
	case TLS:
	case CONNECTED:
		return;
	case FRAME:
	case FRAME_CONTROL:
		p->state = TUNNEL;
		return;
	default:
		lose(w);
	}
}

/* enter_tunnel follows what a response said in the other direction. */
INLINE void enter_tunnel(struct progress *p, struct flow *f)
{
	enter(p, f->tunnel);
	f->tunnel = 0;
}

/* follow reads the payload from offset on. */
INLINE void follow(struct __sk_buff *skb, struct work *w, u32 offset, u32 end)
{
	resume(skb, w, offset, end - offset);
	for (int i = 0; i < ELEMENTS; i++) {
		if (offset >= end)
			return;
		offset += element(skb, offset, end - offset);
	}
	if (offset >= end)
		return;
	keep(w, end);
	w->progress.state = WHOLE;
}

/* place says where the payload stands in the stream: it gives the offset of the
 * first byte that was not seen before. Bytes that are missing, or there again,
 * make the packet go up whole. */
INLINE u32 place(struct work *w, struct segment *s, u32 *unjudged)
{
	struct progress *p = &w->progress;
	s32 ahead = s->sequence - p->next;

	if (ahead == 0)
		return s->payload;
	*unjudged = 1;
	keep(w, s->end);
	if (ahead > FAR || ahead < -FAR) {
		lose(w);
	} else if (ahead > 0) {
		across(w, ahead);
	} else {
		return least(s->payload - ahead, s->end);
	}
	p->next = s->sequence;
	return s->payload;
}

/* begin_flow makes a flow of which this is the first packet. */
INLINE struct flow *begin_flow(struct work *w, struct segment *s)
{
	struct flow fresh = {};

	if (s->flags & TCP_SYN) {
		fresh.progress.next = s->sequence + 1;
		fresh.progress.state = START;
	} else {
		lose(w);
		fresh.progress = w->progress;
		fresh.progress.next = s->sequence;
	}
	map_update(&flows, &w->key, &fresh, 0);
	return map_lookup(&flows, &w->key);
}

INLINE void reverse(struct work *w)
{
	__builtin_memcpy(w->reverse.source, w->key.destination, 16);
	__builtin_memcpy(w->reverse.destination, w->key.source, 16);
	w->reverse.source_port = w->key.destination_port;
	w->reverse.destination_port = w->key.source_port;
	w->reverse.interface = w->key.interface;
}

/* judge says how many bytes of a segment go up. */
INLINE u32 judge(struct __sk_buff *skb, struct work *w, struct segment *s, u32 *unjudged)
{
	u32 syn = s->flags & TCP_SYN;
	struct flow *f;

	if (s->payload == s->end && !syn)
		return skb->len;
	f = syn ? 0 : map_lookup(&flows, &w->key);
	if (!f)
		f = begin_flow(w, s);
	if (!f || syn)
		return skb->len;
	w->progress = f->progress;
	w->keep = s->payload;
	w->lost = 0;
	reverse(w);
	u32 offset = place(w, s, unjudged);
	if (offset >= s->end)
		return skb->len;
	if (f->tunnel)
		enter_tunnel(&w->progress, f);
	follow(skb, w, offset, s->end);
	w->progress.next += s->end - offset;
	f->progress = w->progress;
	if (w->lost) {
		struct flow *other = map_lookup(&flows, &w->reverse);
		if (other)
			other->asks = 0, other->asked = 0;
	}
	return w->keep < s->end ? w->keep : skb->len;
}

SECTION("socket") u32 heads(struct __sk_buff *skb)
{
	u32 zero = 0, unjudged = 0, given = 0;
	struct counters *n = map_lookup(&counters, &zero);
	struct work *w = working();
	struct config *c = configured();
	struct segment s = {};

	if (!n || !w || !c)
		return skb->len;
	/* The loopback interface shows every packet twice, going and coming. */
	if (skb->pkt_type == PACKET_OUTGOING && skb->ifindex == LOOPBACK_IFINDEX)
		return 0;
	n->seen++;
	n->bytes += skb->len;
	w->heads = 0;
	switch (read_packet(skb, c, w, &s)) {
	case SEGMENT:
		given = judge(skb, w, &s, &unjudged);
		break;
	case UNREADABLE:
		given = skb->len;
		unjudged = 1;
		break;
	default:
		given = c->headers_of_others ? least(skb->len, OTHERS) : 0;
		n->other++;
		n->copied += given;
		return given;
	}
	n->heads += w->heads;
	n->trimmed += given < skb->len;
	n->unjudged += unjudged;
	n->copied += given;
	return given;
}

char _license[] SECTION("license") = "Apache-2.0";
