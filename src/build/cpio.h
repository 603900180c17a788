/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An initramfs: entries are collected in any order and written as one uncompressed newc cpio
 * archive, sorted, with every time, owner and inode number decided here, so that equal entries
 * give equal bytes. Needs no rights, not even for device nodes. For the builder.
 *
 *	struct cpio c = CPIO_INIT;
 *	cpio_add_data(&c, "etc/motd", 0644, "hello\n", 6, err);
 *	cpio_write(&c, "initrd.cpio", epoch, err);
 *	cpio_done(&c);
 *
 * Names are paths from the archive's root; "/", "./" in front are dropped. Empty names, "..", and
 * a name added twice are errors (-EINVAL, -EEXIST); a directory may be added again and takes the
 * later mode. Missing parent directories are made (0755).
 */
#ifndef GNX_BUILD_CPIO_H
#define GNX_BUILD_CPIO_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct cpio_entry;

struct cpio {
	struct cpio_entry **entries; /* owned */
	size_t len;
};

#define CPIO_INIT ((struct cpio){.len = 0})

void cpio_done(struct cpio *c);

/* mode: permission bits only, except for nodes (S_IFCHR or S_IFBLK and bits). */
int cpio_add_dir(struct cpio *c, const char *name, mode_t mode, struct gnx_err *err);
/* data is copied. */
int cpio_add_data(struct cpio *c, const char *name, mode_t mode, const void *data, size_t len,
	struct gnx_err *err);
/* The file at path is read by cpio_write(); path is copied. */
int cpio_add_file(
	struct cpio *c, const char *name, mode_t mode, const char *path, struct gnx_err *err);
int cpio_add_link(struct cpio *c, const char *name, const char *target, struct gnx_err *err);
int cpio_add_node(struct cpio *c, const char *name, mode_t mode, unsigned int major,
	unsigned int minor, struct gnx_err *err);

/* Makes an entry that was already added the last one of the archive: an archive that was cut
 * off then shows it by lacking this entry. -ENOENT when there is no such entry. */
int cpio_set_last(struct cpio *c, const char *name, struct gnx_err *err);

/* Writes the archive; every entry gets the time epoch (seconds since 1970) and owner 0:0. On
 * failure nothing is left at path. */
int cpio_write(struct cpio *c, const char *path, int64_t epoch, struct gnx_err *err);

#endif
