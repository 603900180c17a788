/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Lists of guests page by page: the parameters limit and after. A page goes on behind the UUID that
 * the one before ended with, and guests are told by UUID: so whoever comes, goes or reboots between
 * two pages, those that stay are told once. For the front.
 */
#ifndef GNX_GRIDNIXD_API_PAGE_H
#define GNX_GRIDNIXD_API_PAGE_H

#include "gridnixd/api/request.h"
#include "gridnixd/msg.h"

#define PAGE_MAX 1000 /* guests that a client may want on one */

/* One page; all zero has all guests. */
struct page {
	struct msg_page ask;	  /* what the monitor is asked for */
	uint32_t told;		  /* guests so far */
	uint8_t last[GUEST_UUID]; /* of the last one */
	bool more;		  /* there is a next page */
};

/* Takes the parameters of a request. -GNX_E_BAD_VALUE. */
int page_parse(const struct request *r, struct page *out, struct gnx_err *err);

/* Whether a guest that the monitor tells is on the page. */
bool page_takes(struct page *p, const struct guest *g);

/* Adds to an answer's object where the next page begins, if there is one. */
void page_end(const struct page *p, struct gnx_buf *out);

#endif
