/* SPDX-License-Identifier: BSD-3-Clause */
/* The image's files in RAM, on the medium or in the initrd: see place.h. */
#include "boot/stage1/place.h"

#include "base/clean.h"
#include "base/file.h"
#include "boot/stage1/console.h"
#include "boot/stage1/sys.h"

#include <fcntl.h>
#include <sodium/crypto_generichash.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define CHUNK	     (256 << 10)
#define PROGRESS_MS  500
#define HEADROOM_KIB (16 << 10) /* that a copy must leave free, to get to the root at all */
#define SLACK_BYTES  (64 << 10) /* in the tmpfs, for the image's identity */
#define MEGABYTES(n) ((double)(n) / 1e6)

struct work {
	const char *verb; /* "copying" or "checking" */
	uint64_t total, done;
	long long next_progress;
	uint8_t *chunk;
};

const char *place_name(enum place place)
{
	static const char *const names[] = {"ram", "medium", "initrd"};

	return names[place];
}

enum place place_choose(const char *run, const struct image *image, uint64_t total_kib,
	uint64_t available_kib, const char **why_out)
{
	*why_out = NULL;
	if (!strcmp(run, "medium"))
		return PLACE_MEDIUM;
	if (!strcmp(run, "auto") && total_kib < image->ram_copy_kib) {
		*why_out = "too little memory to copy the medium into RAM: leave it in its drive";
		return PLACE_MEDIUM;
	}
	if (available_kib < image_pages_bytes(image) / 1024 + HEADROOM_KIB) {
		*why_out = "the medium does not fit into the memory that is free: "
			   "leave it in its drive";
		return PLACE_MEDIUM;
	}
	return PLACE_RAM;
}

static void show_progress(struct work *work)
{
	long long now = gnx_now_ms();

	if (now < work->next_progress)
		return;
	work->next_progress = now + PROGRESS_MS;
	console_progress("%s the image: %5.1f of %.1f MB", work->verb, MEGABYTES(work->done),
		MEGABYTES(work->total));
}

/* Reads fd to its end through the hash, and writes to copy_fd unless that is -1. */
static int read_through(struct work *work, int fd, int copy_fd, uint64_t *bytes_out,
	uint8_t hash_out[IMAGE_HASH_SIZE], struct gnx_err *err)
{
	crypto_generichash_state state;
	uint64_t bytes = 0;
	int rc;

	/* Without sodium_init(): it would wait for random numbers, and the hash needs none. */
	crypto_generichash_init(&state, NULL, 0, IMAGE_HASH_SIZE);
	for (;;) {
		ssize_t n = read(fd, work->chunk, CHUNK);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return gnx_fail_errno(
				err, "read after %llu bytes", (unsigned long long)bytes);
		if (n == 0)
			break;
		crypto_generichash_update(&state, work->chunk, (unsigned long long)n);
		rc = copy_fd < 0 ? 0 : gnx_write_all(copy_fd, work->chunk, (size_t)n);
		if (rc < 0)
			return gnx_fail(err, rc, "write to RAM: %s", gnx_strerror(rc));
		bytes += (uint64_t)n;
		work->done += (uint64_t)n;
		show_progress(work);
	}
	crypto_generichash_final(&state, hash_out, IMAGE_HASH_SIZE);
	*bytes_out = bytes;
	return 0;
}

static int check_part(
	struct work *work, const struct image_part *part, int fd, int copy_fd, struct gnx_err *err)
{
	uint8_t hash[IMAGE_HASH_SIZE];
	uint64_t bytes = 0;
	int rc = read_through(work, fd, copy_fd, &bytes, hash, err);

	if (rc < 0)
		return rc;
	if (bytes != part->bytes)
		return gnx_fail(err, -GNX_E_CHECKSUM,
			"the file is damaged: it has %llu bytes, not %llu",
			(unsigned long long)bytes, (unsigned long long)part->bytes);
	if (memcmp(hash, part->hash, sizeof(hash)) != 0)
		return gnx_fail(err, -GNX_E_CHECKSUM, "the file is damaged: its checksum is wrong");
	return 0;
}

static int create_copy(const char *name, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt(PLACE_DIR "/%s", name);
	GNX_CLEAN(gnx_free)
	char *dir = gnx_dup(path);
	int fd, rc;

	*strrchr(dir, '/') = '\0';
	rc = gnx_mkdirs(dir, err);
	if (rc < 0)
		return rc;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
	return fd < 0 ? gnx_fail_errno(err, "%s", path) : fd;
}

static int place_part(struct work *work, enum place place, const struct image_part *part,
	const char *source, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/%s", source, part->name);
	GNX_CLEAN(gnx_close)
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	GNX_CLEAN(gnx_close)
	int copy_fd = -1;
	int rc;

	if (fd < 0)
		return gnx_fail_errno(err, "%s", path);
	if (place == PLACE_RAM) {
		copy_fd = create_copy(part->name, err);
		if (copy_fd < 0)
			return copy_fd;
	}
	posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	rc = check_part(work, part, fd, copy_fd, err);
	if (rc < 0)
		gnx_err_prefix(err, "%s", path);
	/* The medium's pages are not needed again; memory is short on a small machine. */
	if (place == PLACE_RAM)
		posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	return rc;
}

/* The identity goes with the files, so that later programs can read it. */
static int copy_identity(struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	int rc = gnx_file_read(IMAGE_PATH, IMAGE_FILE_MAX, &text, err);

	return rc < 0 ? rc : gnx_file_write(PLACE_DIR "/image", text.data, text.len, err);
}

static int make_place(
	enum place place, const struct image *image, const char *source, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *options = NULL;

	if (place != PLACE_RAM)
		return sys_mount(source, PLACE_DIR, NULL, MS_BIND, NULL, err);
	options = gnx_fmt(
		"mode=0755,size=%llu", (unsigned long long)image_pages_bytes(image) + SLACK_BYTES);
	return sys_mount("tmpfs", PLACE_DIR, "tmpfs", MS_NOSUID | MS_NODEV, options, err);
}

static int seal_place(enum place place, struct gnx_err *err)
{
	unsigned long flags = MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV;

	return sys_mount(
		"none", PLACE_DIR, NULL, flags | (place == PLACE_RAM ? 0 : MS_BIND), NULL, err);
}

int place_files(
	enum place place, const struct image *image, const char *source, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	uint8_t *chunk = gnx_alloc(CHUNK);
	struct work work = {.verb = place == PLACE_RAM ? "copying" : "checking", .chunk = chunk};
	long long start = gnx_now_ms(), ms;
	int rc = make_place(place, image, source, err);

	for (size_t i = 0; i < image->nparts; i++)
		work.total += image->parts[i].bytes;
	for (size_t i = 0; rc >= 0 && i < image->nparts; i++)
		rc = place_part(&work, place, &image->parts[i], source, err);
	if (rc >= 0 && place == PLACE_RAM)
		rc = copy_identity(err);
	if (rc >= 0)
		rc = seal_place(place, err);
	ms = gnx_now_ms() - start;
	if (rc >= 0)
		console_progress("%s the image: %.1f MB in %.1f seconds, checksums are right",
			work.verb, MEGABYTES(work.total), (double)ms / 1000);
	if (rc >= 0 || work.next_progress)
		console_progress_end();
	return rc;
}
