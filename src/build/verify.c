/* SPDX-License-Identifier: BSD-3-Clause */
/* Verifying an image: see verify.h. */
#include "build/verify.h"
#include "base/clean.h"
#include "jail/parse.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define TEXT_MAX 65536
#define LOCK_MAX (4u << 20)

/* An ISO that is open for reading. */
struct iso {
	const char *path; /* for messages */
	int fd;
};

static void free_archive(struct archive **a)
{
	archive_read_free(*a);
}

static int read_entry(
	struct archive *a, const char *name, size_t max, struct gnx_buf *out, struct gnx_err *err)
{
	char chunk[65536];

	for (;;) {
		la_ssize_t n = archive_read_data(a, chunk, sizeof(chunk));

		if (n < 0)
			return gnx_fail(err, -EIO, "%s: %s", name, archive_error_string(a));
		if (n == 0)
			return 0;
		if (out->len + (size_t)n > max)
			return gnx_fail(
				err, -GNX_E_TOO_BIG, "%s: larger than %zu bytes", name, max);
		gnx_buf_add(out, chunk, (size_t)n);
	}
}

static int unpack(const struct gnx_buf *in, size_t max, struct gnx_buf *out, struct gnx_err *err)
{
	GNX_CLEAN(free_archive)
	struct archive *a = archive_read_new();
	struct archive_entry *e;

	if (!a)
		return gnx_fail(err, -ENOMEM, "out of memory");
	archive_read_support_filter_gzip(a);
	archive_read_support_format_raw(a);
	if (archive_read_open_memory(a, in->data, in->len) != ARCHIVE_OK ||
		archive_read_next_header(a, &e) != ARCHIVE_OK)
		return gnx_fail(err, -GNX_E_SYNTAX, "not a gzip file");
	return read_entry(a, "a gzip file", max, out, err);
}

static int take(const struct iso *iso, const char *name, size_t max, struct gnx_buf *out,
	struct gnx_err *err)
{
	GNX_CLEAN(free_archive)
	struct archive *a = archive_read_new();
	struct archive_entry *e;
	int r;

	if (!a)
		return gnx_fail(err, -ENOMEM, "%s: out of memory", iso->path);
	archive_read_support_format_iso9660(a);
	if (lseek(iso->fd, 0, SEEK_SET) < 0 ||
		archive_read_open_fd(a, iso->fd, 65536) != ARCHIVE_OK)
		return gnx_fail(err, -GNX_E_SYNTAX, "%s: %s", iso->path, archive_error_string(a));
	while ((r = archive_read_next_header(a, &e)) == ARCHIVE_OK)
		if (!strcmp(archive_entry_pathname(e), name))
			return read_entry(a, name, max, out, err);
	if (r != ARCHIVE_EOF)
		return gnx_fail(err, -GNX_E_SYNTAX, "%s: %s", iso->path, archive_error_string(a));
	return gnx_fail(err, -GNX_E_MISSING, "%s holds no file %s: it is not an image of Gridnix",
		iso->path, name);
}

/* The rest of the first line that starts with key, as a line. */
static void add_value(const char *text, const char *key, struct gnx_buf *out)
{
	GNX_CLEAN(gnx_free)
	char *head = gnx_fmt("\n%s ", key);
	const char *s = strstr(text, head);

	if (s)
		s += strlen(head) + strspn(s + strlen(head), " ");
	gnx_buf_fmt(out, "%.*s\n", s ? (int)strcspn(s, "\n") : 0, s ? s : "");
}

/* A line with the image's name, one with its source tree's hash; then its lock file. */
static int parse(void *arg, struct gnx_buf *out, struct gnx_err *err)
{
	const struct iso *iso = arg;
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf image = {0};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf built = {0};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf packed = {0};
	int r = take(iso, "gridnix/image", TEXT_MAX, &image, err);

	if (!r)
		r = take(iso, "BUILT", TEXT_MAX, &built, err);
	if (r < 0)
		return r;
	add_value(image.data, "name", out);
	add_value(built.data, "source", out);
	r = take(iso, "LOCK.gz", LOCK_MAX, &packed, err);
	return r ? r : unpack(&packed, LOCK_MAX, out, err);
}

int verify_read(const char *path, char **name_out, char **source_out, struct gnx_buf *lock,
	struct gnx_err *err)
{
	GNX_CLEAN(gnx_close)
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct iso iso = {path, fd};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf found = {0};
	const char *name, *source, *rest;
	int r;

	if (fd < 0)
		return gnx_fail_errno(err, "%s", path);
	r = jail_parse(parse, &iso, 2 * TEXT_MAX + LOCK_MAX, &found, err);
	if (r < 0)
		return r;
	name = found.data;
	source = name + strcspn(name, "\n");
	/* It becomes part of a path. */
	if (!*source || source == name || *name == '.' ||
		memchr(name, '/', (size_t)(source - name)))
		return gnx_fail(err, -GNX_E_SYNTAX, "%s: its image file has no good name", path);
	source++;
	rest = source + strcspn(source, "\n");
	*name_out = gnx_fmt("%.*s", (int)strcspn(name, "\n"), name);
	/* It is shown: what is no hash is none. */
	*source_out = gnx_fmt("%.*s", (int)strspn(source, "0123456789abcdef"), source);
	rest += *rest == '\n';
	gnx_buf_str(lock, rest);
	return 0;
}

int verify_compare(const char *a, const char *b, struct gnx_err *err)
{
	GNX_CLEAN(gnx_fclose)
	FILE *fa = fopen(a, "re");
	GNX_CLEAN(gnx_fclose)
	FILE *fb = fopen(b, "re");
	char ca[65536], cb[65536];

	if (!fa || !fb)
		return gnx_fail_errno(err, "%s", fa ? b : a);
	for (uint64_t at = 0;; at += sizeof(ca)) {
		size_t na = fread(ca, 1, sizeof(ca), fa), nb = fread(cb, 1, sizeof(cb), fb);
		size_t n = na < nb ? na : nb, i = 0;

		if (ferror(fa) || ferror(fb))
			return gnx_fail(err, -EIO, "%s: cannot be read", ferror(fa) ? a : b);
		while (i < n && ca[i] == cb[i])
			i++;
		if (i < n || na != nb)
			return gnx_fail(err, -GNX_E_DIFFERS,
				"%s is not what its lock file makes: byte %" PRIu64
				" is the first that differs",
				a, at + i);
		if (na < sizeof(ca))
			return 0;
	}
}
