/* SPDX-License-Identifier: Apache-2.0 */
/* From the first byte of a packet to the TCP payload. */
#pragma once
#include "flow.h"

enum { IPV4 = 0x0800, IPV6 = 0x86dd, VLAN = 0x8100, VLAN_OUTER = 0x88a8, VLAN_OLD = 0x9100, VLAN_OLD2 = 0x9200 };
enum { LEAST_ETHERTYPE = 0x0600 }; /* below: the length of an IEEE 802.3 frame */
enum { PROTO_TCP = 6, PROTO_UDP = 17 };
enum { UDP_HEADER = 8 };
enum { TCP_SYN = 2 };

/* What a packet is. */
enum judgement {
	OTHER,      /* none of ours */
	UNREADABLE, /* may hold something of ours that cannot be read: fragments, tunnels */
	SEGMENT,    /* TCP */
};

struct segment {
	u32 sequence;
	u32 flags;
	u32 payload; /* offset of the payload */
	u32 end;     /* offset behind it */
};

INLINE int is_vlan(u32 type)
{
	return type == VLAN || type == VLAN_OUTER || type == VLAN_OLD || type == VLAN_OLD2;
}

/* The analysis reads more headers than this program. What may have TCP behind
 * one of them goes up whole: by EtherType, by IP protocol, by UDP port. */
INLINE int carries(u32 type)
{
	switch (type) {
	case 0x22f3: /* TRILL */
	case 0x6558: /* Ethernet */
	case 0x880b: /* PPP */
	case 0x883e: /* WCCP */
	case 0x8847: /* MPLS */
	case 0x8848:
	case 0x8864: /* PPPoE */
	case 0x8870: /* LLC in a jumbo frame */
	case 0x88e5: /* MACsec */
	case 0x88e7: /* IEEE 802.1ah */
	case 0x8903: /* FabricPath */
	case 0x8909: /* Cisco MetaData */
	case 0x8926: /* VN-Tag */
	case 0x892f: /* HSR */
	case 0x893f: /* IEEE 802.1BR */
	case 0x894f: /* NSH */
		return 1;
	}
	return type < LEAST_ETHERTYPE || is_vlan(type); /* a tag behind those that network read */
}

INLINE int is_tunnel(u32 protocol)
{
	switch (protocol) {
	case 4:   /* IPv4 */
	case 41:  /* IPv6 */
	case 47:  /* GRE */
	case 51:  /* the authentication header, in IPv4 */
	case 97:  /* Ethernet */
	case 108: /* IPComp */
	case 115: /* L2TP version 3 */
	case 137: /* MPLS */
	case 143: /* Ethernet, of IPv6 segment routing */
		return 1;
	}
	return 0;
}

INLINE int is_tunnel_port(u16 port)
{
	switch (net16(port)) {
	case 1701:  /* L2TP */
	case 2123:  /* GTP on the port of its signalling */
	case 2152:  /* GTP */
	case 3386:  /* GTP, the first version */
	case 3544:  /* Teredo */
	case 4341:  /* LISP */
	case 4754:  /* GRE */
	case 4789:  /* VXLAN */
	case 4790:  /* VXLAN-GPE */
	case 5072:  /* AYIYA */
	case 5247:  /* CAPWAP, data */
	case 6081:  /* GENEVE */
	case 6635:  /* MPLS */
	case 8472:  /* VXLAN, as Linux had it first */
	case 37008: /* TZSP */
		return 1;
	}
	return 0;
}

INLINE int is_teredo(u8 *address)
{
	return address[0] == 0x20 && address[1] == 0x01 && !address[2] && !address[3]; /* RFC 4380 §2.6 */
}

/* holds_teredo tells an IPv6 packet of a Teredo client in UDP by its addresses:
 * between a client and a relay the ports say nothing. */
INLINE int holds_teredo(struct __sk_buff *skb, u32 offset)
{
	u8 ip[28]; /* up to the part of both addresses that tells */

	if (skb_load_bytes(skb, offset, ip, sizeof(ip)))
		return 0;
	return ip[0] >> 4 == 6 && (is_teredo(ip + 8) || is_teredo(ip + 24));
}

/* network finds the IP header: its offset, and in *type what it is. */
INLINE u32 network(struct __sk_buff *skb, u32 link, u32 *type)
{
	u8 tag[5];
	u16 ethertype;
	u32 offset = link;

	*type = net16((u16)skb->protocol);
	if (link) {
		if (skb_load_bytes(skb, link - 2, &ethertype, sizeof(ethertype)))
			return 0;
		*type = net16(ethertype);
	}
	/* A tag may stand in the packet. Without a link header it may also be in
	 * front of where the packet begins, while the protocol names it still:
	 * then the next header shows it. */
	for (int i = 0; i < 3; i++) {
		if (!is_vlan(*type))
			break;
		if (skb_load_bytes(skb, offset, tag, sizeof(tag)))
			return 0;
		u32 inner = (u32)tag[2] << 8 | tag[3];
		if (!link && !is_vlan(inner) && !(inner == IPV4 && tag[4] >> 4 == 4) &&
		    !(inner == IPV6 && tag[4] >> 4 == 6)) {
			*type = tag[0] >> 4 == 4 ? IPV4 : IPV6;
			break;
		}
		*type = inner;
		offset += 4;
	}
	return offset;
}

SHARED int wanted_address(u8 *address)
{
	struct network n = {.length = 128};

	__builtin_memcpy(n.address, address, 16);
	return map_lookup(&networks, &n) != 0;
}

SHARED int wanted_port(u16 port)
{
	u32 zero = 0, number = net16(port);
	struct ports *p = map_lookup(&ports, &zero);

	u32 word = number >> 6;
	/* Linux 5.10 does not know that a swapped u16 is one, the compiler does. */
	__asm__ volatile("" : "+r"(word));
	return p && p->bits[word & 1023] >> (number & 63) & 1;
}

/* transport judges what IP carries. */
SHARED int transport(struct __sk_buff *skb, struct work *w, u32 protocol, u32 offset, struct segment *s)
{
	u8 tcp[14];
	u16 udp[2];
	struct config *c = configured();

	if (!c)
		return UNREADABLE;
	if (!c->any_address && !wanted_address(w->key.source) && !wanted_address(w->key.destination))
		return OTHER;
	if (is_tunnel(protocol))
		return UNREADABLE;
	if (protocol == PROTO_UDP) {
		if (skb_load_bytes(skb, offset, udp, sizeof(udp)))
			return OTHER;
		return is_tunnel_port(udp[0]) || is_tunnel_port(udp[1]) || holds_teredo(skb, offset + UDP_HEADER) ? UNREADABLE : OTHER;
	}
	if (protocol != PROTO_TCP)
		return OTHER;
	if (skb_load_bytes(skb, offset, tcp, sizeof(tcp)))
		return UNREADABLE;
	__builtin_memcpy(&w->key.source_port, tcp, 2);
	__builtin_memcpy(&w->key.destination_port, tcp + 2, 2);
	if (!c->any_port && !wanted_port(w->key.source_port) && !wanted_port(w->key.destination_port))
		return OTHER;
	s->sequence = (u32)tcp[4] << 24 | (u32)tcp[5] << 16 | (u32)tcp[6] << 8 | tcp[7];
	s->flags = tcp[13];
	s->payload = offset + (tcp[12] >> 4) * 4;
	if (tcp[12] >> 4 < 5 || s->payload > s->end)
		return UNREADABLE;
	return SEGMENT;
}

INLINE int read_ipv4(struct __sk_buff *skb, struct work *w, u32 offset, struct segment *s)
{
	u8 ip[20];

	if (skb_load_bytes(skb, offset, ip, sizeof(ip)))
		return OTHER;
	u32 header = (ip[0] & 15) * 4, total = (u32)ip[2] << 8 | ip[3];
	if (ip[0] >> 4 == 6) /* some name IPv4 for both */
		return UNREADABLE;
	if (ip[0] >> 4 != 4 || header < sizeof(ip))
		return OTHER;
	if ((ip[6] & 0x3f) | ip[7]) /* a fragment */
		return UNREADABLE;
	/* 0 is a packet too large for the field (BIG TCP). What is behind the
	 * datagram is padding. */
	s->end = total && offset + total < skb->len ? offset + total : skb->len;
	w->key.source[10] = w->key.source[11] = 0xff;
	w->key.destination[10] = w->key.destination[11] = 0xff;
	__builtin_memcpy(w->key.source + 12, ip + 12, 4);
	__builtin_memcpy(w->key.destination + 12, ip + 16, 4);
	return transport(skb, w, ip[9], offset + header, s);
}

INLINE int read_ipv6(struct __sk_buff *skb, struct work *w, u32 offset, struct segment *s)
{
	u8 ip[40], extension[4];

	if (skb_load_bytes(skb, offset, ip, sizeof(ip)))
		return OTHER;
	u32 length = (u32)ip[4] << 8 | ip[5], next = ip[6], at = offset + sizeof(ip);
	if (ip[0] >> 4 != 6)
		return OTHER;
	s->end = length && at + length < skb->len ? at + length : skb->len;
	__builtin_memcpy(w->key.source, ip + 8, 16);
	__builtin_memcpy(w->key.destination, ip + 24, 16);
	for (int i = 0; i < 8; i++) {
		if (next == 44) /* a fragment */
			return UNREADABLE;
		if (next != 0 && next != 43 && next != 51 && next != 60 && next != 135)
			break;
		if (skb_load_bytes(skb, at, extension, sizeof(extension)))
			return UNREADABLE;
		/* RFC 8200 §4: units of eight bytes beyond the first; RFC 4302 §2.2:
		 * units of four bytes, less two. */
		at += next == 51 ? (extension[1] + 2) * 4 : (extension[1] + 1) * 8;
		next = extension[0];
	}
	return transport(skb, w, next, at, s);
}

/* read_packet fills s and the key in w. */
INLINE int read_packet(struct __sk_buff *skb, struct config *c, struct work *w, struct segment *s)
{
	u32 type = 0, offset = network(skb, c->link ? 14 : 0, &type);

	__builtin_memset(&w->key, 0, sizeof(w->key));
	w->key.interface = skb->ifindex;
	if (type == IPV4)
		return read_ipv4(skb, w, offset, s);
	if (type == IPV6)
		return read_ipv6(skb, w, offset, s);
	return carries(type) ? UNREADABLE : OTHER;
}
