/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The steps of dom0's set-up, run once by setup.c between stage 1 and the services. Each does
 * all it can and reports one failure; none stops the boot. For setup.c and its tests only.
 */
#ifndef GNX_BOOT_SETUP_H
#define GNX_BOOT_SETUP_H

#include "base/err.h"
#include "base/str.h"
#include "model/bootparam.h"

/* File systems and directories that services rely on. */
int setup_mounts(const struct bootparams *bp, struct gnx_err *err);
/* The host's own network, lo. */
int setup_loopback(const struct bootparams *bp, struct gnx_err *err);
/* Kernel modules of Xen's back ends and of the guests' network. */
int setup_modules(const struct bootparams *bp, struct gnx_err *err);
/* /etc/sysctl.d and its like. */
int setup_sysctl(const struct bootparams *bp, struct gnx_err *err);
/* Compressed swap in RAM, on machines where dom0 is small. */
int setup_zram(const struct bootparams *bp, struct gnx_err *err);
/* The host's name, /etc/hostname and /etc/hosts. */
int setup_hostname(const struct bootparams *bp, struct gnx_err *err);
int setup_timezone(const struct bootparams *bp, struct gnx_err *err);
int setup_keyboard(const struct bootparams *bp, struct gnx_err *err);
/* root's password and ssh key. */
int setup_rootpw(const struct bootparams *bp, struct gnx_err *err);
int setup_sshkey(const struct bootparams *bp, struct gnx_err *err);

/* The networks of boot parameters, as files for the daemon. */
int setup_networks(const struct bootparams *bp, struct gnx_err *err);

/* The same, with the files in dir. */
int setup_networks_in(const char *dir, const struct bootparams *bp, struct gnx_err *err);

/* Text of /etc/hosts: the host and the guests of guests.hosts ("MAC,IPV4,NAME" lines). */
void setup_hosts_text(struct gnx_buf *out, const char *hostname, const char *guests_hosts);

/* Bytes of compressed swap for so much RAM, 0 when it does not pay. */
uint64_t setup_zram_size(uint64_t ram);

/* The header that swapon(2) wants at the start of a swap area of len bytes. */
void setup_swap_header(unsigned char page[4096], uint64_t len);

#endif
