/* SPDX-License-Identifier: Apache-2.0 */
/* The part of the kernel's interface that the program uses, declared here so
 * that it compiles without kernel headers. Layouts and numbers are those of
 * include/uapi/linux/bpf.h, if_ether.h and if_packet.h, which never change. */
#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef int s32;
typedef unsigned long long u64;

/* The first fields of the context; accesses are translated by their offset. */
struct __sk_buff {
	u32 len;
	u32 pkt_type;
	u32 mark;
	u32 queue_mapping;
	u32 protocol;
	u32 vlan_present;
	u32 vlan_tci;
	u32 vlan_proto;
	u32 priority;
	u32 ingress_ifindex;
	u32 ifindex;
};

enum map_type { MAP_ARRAY = 2, MAP_PERCPU_ARRAY = 6, MAP_LRU_HASH = 9, MAP_LPM_TRIE = 11 };
enum { NO_PREALLOC = 1 };
enum { PACKET_OUTGOING = 4 };
enum { LOOPBACK_IFINDEX = 1 };

static void *(*map_lookup)(void *map, const void *key) = (void *)1;
static long (*map_update)(void *map, const void *key, const void *value, u64 flags) = (void *)2;
static long (*skb_load_bytes)(const void *skb, u32 offset, void *to, u32 length) = (void *)26;

#define SECTION(name) __attribute__((section(name), used))
#define INLINE static inline __attribute__((always_inline))
/* A function that is there once, to keep the program small: sockets refuse to
 * charge one of more than net.core.optmem_max, 20 KiB before Linux 6.7. */
#define SHARED static __attribute__((noinline))
/* A global function is verified once, by itself, instead of at every call. Its
 * arguments are the context and numbers: more than that needs Linux 5.13. */
#define GLOBAL __attribute__((noinline))

/* Fields of a map definition as libbpf and cilium/ebpf read them from BTF. */
#define NUMBER(name, value) int(*name)[value]
#define TYPE(name, type) type *name

#define net16(x) __builtin_bswap16(x)
#define net32(x) __builtin_bswap32(x)

/* sized gives length, of which the verifier then knows that it is between 1 and
 * most, a power of two. Before Linux 5.11 it does not see that from comparisons
 * the way they are compiled. */
INLINE u32 sized(u32 length, u32 most)
{
	u32 less = length - 1;

	__asm__ volatile("" : "+r"(less));
	less &= most - 1;
	return less + 1;
}

INLINE u32 least(u32 a, u32 b) { return a < b ? a : b; }
INLINE u64 least64(u64 a, u64 b) { return a < b ? a : b; }
