/* SPDX-License-Identifier: BSD-3-Clause */
/* Addresses as text: of an interface's hardware, and of IPv4 and IPv6 with their networks. */
#ifndef GNX_MODEL_ADDRESS_H
#define GNX_MODEL_ADDRESS_H

#include <stddef.h>
#include <stdint.h>

#define ADDRESS_MAC   6	  /* bytes of a hardware address */
#define ADDRESSES_MAX 128 /* in a list */

/* An address, or a network when prefix is less than all bits; bytes in network order. */
struct address {
	uint8_t bytes[16]; /* len of them */
	uint8_t len;	   /* of bytes: 4 or 16 */
	uint8_t prefix;	   /* bits */
};

/* A list. */
struct addresses {
	struct address items[ADDRESSES_MAX]; /* len of them */
	size_t len;			     /* of items */
};

/* Each of these returns NULL, or what is wrong with the text, static; *out is as it was then. */

/* "00:16:3e:01:02:03", of a single interface */
const char *address_mac(const char *text, uint8_t out[ADDRESS_MAC]);
/* "192.0.2.7", "2001:db8:7::/64" */
const char *address_take(const char *text, struct address *out);
/* One of these, as another item of *out. */
const char *addresses_add(struct addresses *out, const char *text);
/* Any number of these with blanks between them. */
const char *addresses_take(const char *text, struct addresses *out);

#endif
