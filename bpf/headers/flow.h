/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of one direction of a connection, and the maps. */
#pragma once
#include "kernel.h"

/* What the next byte of a direction belongs to. */
enum state {
	UNKNOWN,    /* the position is lost, or was never known */
	START,      /* a message begins, or line breaks before it */
	PREFIX,     /* a PROXY protocol v2 header, `left` bytes of it to come */
	HEAD,       /* a head */
	LENGTH,     /* content, `left` bytes to come */
	CHUNK_LINE, /* a chunk size line, or the line break before it */
	CHUNK_DATA, /* a chunk's data, `left` bytes to come */
	TRAILER,    /* the trailer section */
	CLOSE,      /* content until the connection ends */
	FRAME,      /* the header of a WebSocket frame */
	FRAME_DATA, /* its payload, `left` bytes to come */
	FRAME_CONTROL, /* the payload of a control frame, which is kept */
	TUNNEL,     /* a tunnel of something else */
	TLS,
	WHOLE,      /* too much framing in one packet to follow */
	CONNECTED,  /* a tunnel that a CONNECT opened: a packet may begin with a message */
};

/* What a head says of the content behind it. */
enum {
	RESPONSE = 1,
	SURE = 2,       /* nothing was missing, so that content is surely content */
	HAS_LENGTH = 4, /* `left` is Content-Length */
	BAD_LENGTH = 8,
	CODED = 16,     /* has Transfer-Encoding */
	CHUNKED = 32,
};

/* The value of which field the next byte belongs to. */
enum mode { NO_FIELD, LENGTH_FIELD, CODING_FIELD };

struct progress {
	u64 left;      /* bytes to come, or Content-Length while in a head */
	u64 value;     /* the number being read */
	u64 high, low; /* the last sixteen bytes, in lower case */
	u32 recent;    /* the last four bytes */
	u32 next;      /* sequence number of the next byte */
	u32 budget;    /* bytes that may still go up whole */
	u16 status;
	u8 state, flags, mode, have;
	u8 opcode, pad;
};

enum ask { ASK_OTHER = 1, ASK_HEAD = 2, ASK_CONNECT = 3 };

struct flow {
	struct progress progress;
	/* Written when packets of the other direction are looked at: */
	u64 asked;   /* methods of requests to be answered, two bits each, the oldest lowest */
	u32 asks;    /* how many they are */
	u32 tunnel;  /* state to be in once a response made the connection a tunnel */
};

/* One direction of a connection as one interface sees it. */
struct key {
	u8 source[16], destination[16]; /* IPv4 as ::ffff:a.b.c.d */
	u16 source_port, destination_port; /* in network byte order */
	u32 interface;
};

struct config {
	u32 link;        /* bytes in front of the IP header that hold an Ethernet header: 14, or 0 */
	u32 head_limit;  /* bytes of a head that go up */
	u32 start_limit; /* bytes that go up of what cannot be judged */
	u32 any_port, any_address; /* 1: the map of that name is not looked at */
	u32 headers_of_others;     /* 1: the first bytes of packets that are not looked at go up, too */
};

struct ports {
	u64 bits[1024]; /* bit p%64 of bits[p/64] */
};

struct network {
	u32 length; /* bits, of 128 */
	u8 address[16];
};

struct counters {
	u64 seen;     /* packets */
	u64 heads;    /* heads that began */
	u64 trimmed;  /* packets given shorter than they are */
	u64 other;    /* packets that were not looked at: not TCP, other ports or addresses */
	u64 unjudged; /* packets given whole because they could not be judged */
	u64 bytes;    /* of all packets seen, on the wire */
	u64 copied;   /* bytes given */
};

/* Working memory while a packet is looked at. The filter runs with bottom
 * halves disabled and does not nest, so that one per CPU is enough. */
struct work {
	struct progress progress;
	struct key key, reverse;
	u32 keep;  /* offset behind the last byte to give */
	u32 ended; /* scan: the empty line was found */
	u32 heads;
	u32 lost;  /* the position was lost */
	u64 unknown; /* see there */
	u8 bytes[256];
};

struct {
	NUMBER(type, MAP_LRU_HASH);
	NUMBER(max_entries, 65536);
	TYPE(key, struct key);
	TYPE(value, struct flow);
} flows SECTION(".maps");

struct {
	NUMBER(type, MAP_ARRAY);
	NUMBER(max_entries, 1);
	TYPE(key, u32);
	TYPE(value, struct config);
} config SECTION(".maps");

struct {
	NUMBER(type, MAP_ARRAY);
	NUMBER(max_entries, 1);
	TYPE(key, u32);
	TYPE(value, struct ports);
} ports SECTION(".maps");

struct {
	NUMBER(type, MAP_LPM_TRIE);
	NUMBER(max_entries, 1024);
	NUMBER(map_flags, NO_PREALLOC);
	TYPE(key, struct network);
	TYPE(value, u8);
} networks SECTION(".maps");

struct {
	NUMBER(type, MAP_PERCPU_ARRAY);
	NUMBER(max_entries, 1);
	TYPE(key, u32);
	TYPE(value, struct counters);
} counters SECTION(".maps");

struct {
	NUMBER(type, MAP_PERCPU_ARRAY);
	NUMBER(max_entries, 1);
	TYPE(key, u32);
	TYPE(value, struct work);
} work SECTION(".maps");

INLINE struct work *working(void)
{
	u32 zero = 0;
	return map_lookup(&work, &zero);
}

INLINE struct config *configured(void)
{
	u32 zero = 0;
	return map_lookup(&config, &zero);
}

/* lose gives up the position: from here on `budget` bytes go up whole, and
 * then only the first bytes of a packet, until one begins with a head. */
SHARED void lose(struct work *w)
{
	struct config *c = configured();

	w->progress.state = UNKNOWN;
	w->progress.flags = 0;
	w->progress.budget = c ? c->start_limit : 0;
	w->lost = 1;
}
