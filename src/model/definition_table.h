/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A .def table of keys as an array of struct definition_key. A key is a field of the struct
 * STRUCT_section: of which type, and under which name, that of the key or with its unit behind, its
 * kind says here. For the parts of definitions and networks.
 */
#ifndef GNX_MODEL_DEFINITION_TABLE_H
#define GNX_MODEL_DEFINITION_TABLE_H

#include "model/definition_part.h"

#define FIELD_NAME(key)	     char[], key
#define FIELD_UUID(key)	     uint8_t[GUEST_UUID], key
#define FIELD_TYPE(key)	     enum definition_type, key
#define FIELD_SIZE(key)	     uint64_t, key##_kib
#define FIELD_COUNT(key)     uint32_t, key
#define FIELD_KERNEL(key)    char[], key
#define FIELD_PATH(key)	     char[], key
#define FIELD_LINE(key)	     char[], key
#define FIELD_BOOL(key)	     bool, key
#define FIELD_ORDER(key)     uint32_t, key
#define FIELD_SECONDS(key)   uint32_t, key##_s
#define FIELD_PATIENCE(key)  uint32_t, key##_s
#define FIELD_ACTION(key)    enum definition_action, key
#define FIELD_BRIDGE(key)    char[], key
#define FIELD_MAC(key)	     uint8_t[6], key
#define FIELD_ADDRESSES(key) char[], key
#define FIELD_POLICY(key)    enum port_policy, key
#define FIELD_NETNAME(key)   char[], key
#define FIELD_NETKIND(key)   enum network_kind, key
#define FIELD_VLAN(key)	     uint32_t, key
#define FIELD_MTU(key)	     uint32_t, key
#define FIELD_RANGES(key)    char[], key
#define FIELD_GATEWAYS(key)  char[], key
#define FIELD_FORWARDS(key)  char[], key
#define FIELD_VERDICT(key)   enum firewall_verdict, key
#define FIELD_DIRECTION(key) enum firewall_direction, key
#define FIELD_NAMES(key)     char[], key
#define FIELD_PEERLIST(key)  char[], key
#define FIELD_PEERS(key)     char[], key
#define FIELD_PORTS(key)     char[], key
#define FIELD_PROTOCOL(key)  char[], key
#define FIELD_STATES(key)    char[], key
#define FIELD_DNS(key)	     char[], key
#define FIELD_DOMAIN(key)    char[], key
#define FIELD_QUOTA(key)     uint64_t, key##_bytes
#define FIELD_RATE(key)	     uint64_t, key##_bits

/* The size of a field, which is of that type or does not compile. */
#define SIZE_OF(type, a, field)                                                                    \
	(sizeof((a *)NULL)->field /                                                                \
		__builtin_types_compatible_p(type, __typeof__(((a *)NULL)->field)))

/* One line of a table. */
#define DEFINITION_KEY(section, key, kind, fallback, doc)                                          \
	ENTRY(section, #key, kind, fallback, FIELD_##kind(key))
#define ENTRY(...) ENTRY_(__VA_ARGS__)
#define ENTRY_(section, key, kind, fallback, type, field)                                          \
	{                                                                                          \
		SECTION_##section, key, fallback, KIND_##kind, offsetof(STRUCT_##section, field),  \
			SIZE_OF(type, STRUCT_##section, field)                                     \
	}

#endif
