/* SPDX-License-Identifier: BSD-3-Clause */
/* Texts for disks and interfaces: see spec.h. */
#include "import/spec.h"

#include "base/clean.h"

#include <ctype.h>
#include <string.h>

#define WORD "abcdefghijklmnopqrstuvwxyz0123456789"

/* Whether a word is in a list. */
static bool is_in(const char *word, const char *const *list, size_t n)
{
	while (n && strcmp(word, *list))
		list++, n--;
	return n;
}

#define IS_IN(word, list) is_in(word, list, GNX_LEN(list))

/* --- Disks. At each place: blanks, "target=" and all behind it, a prefix such as file:, or what is
 * in front of the next comma: a key with its value, a word, or the next of path, format, vdev and
 * access. */

static int put(char **field, const char *name, const char *value, struct gnx_err *err)
{
	if (*field && **field)
		return gnx_fail(err, -EINVAL, "%s is given twice", name);
	free(*field);
	*field = gnx_dup(value);
	return 0;
}

static int put_format(struct spec_disk *d, const char *value, struct gnx_err *err)
{
	static const char *const known[] = {"raw", "qcow", "qcow2", "vhd", "empty", "qed"};

	if (!*value)
		value = "raw";
	if (!IS_IN(value, known))
		return gnx_fail(err, -EINVAL, "there is no such format");
	if (d->format && !strcmp(d->format, value))
		return 0;
	return put(&d->format, "the format", value, err);
}

static int put_access(struct spec_disk *d, const char *value, struct gnx_err *err)
{
	bool readonly = !strcmp(value, "r") || !strcmp(value, "ro");

	if (!readonly && *value && strcmp(value, "w") && strcmp(value, "rw"))
		return gnx_fail(err, -EINVAL, "the access is none of r, ro, w and rw");
	d->readonly = readonly;
	return 0;
}

/* "xvda:cdrom" */
static int put_vdev_type(struct spec_disk *d, char *value, char *colon, struct gnx_err *err)
{
	*colon++ = '\0';
	d->cdrom = !strcmp(colon, "cdrom");
	if (!d->cdrom && strcmp(colon, "disk"))
		return gnx_fail(err, -EINVAL, "behind the vdev is neither :disk nor :cdrom");
	return put(&d->vdev, "the vdev", value, err);
}

static int put_next(struct spec_disk *d, char *value, struct gnx_err *err)
{
	char *colon = strrchr(value, ':');

	if (!d->path)
		return put(&d->path, "the path", value, err);
	if (!d->prefixed && !d->format) {
		if (*d->path || !colon)
			return put_format(d, value, err);
		d->format = gnx_dup("empty");
		return put_vdev_type(d, value, colon, err);
	}
	if (!d->vdev)
		return colon ? put_vdev_type(d, value, colon, err)
			     : put(&d->vdev, "the vdev", value, err);
	if (d->access)
		return gnx_fail(err, -EINVAL, "there is more than path, format, vdev and access");
	d->access = true;
	return put_access(d, value, err);
}

static int put_key(struct spec_disk *d, const char *key, const char *value, struct gnx_err *err)
{
	static const char *const known[] = {"specification", "colo-host", "colo-port",
		"colo-export", "active-disk", "hidden-disk", "grant_usage"};

	if (!strcmp(key, "format"))
		return put_format(d, value, err);
	if (!strcmp(key, "access"))
		return put_access(d, value, err);
	if (!strcmp(key, "vdev"))
		return put(&d->vdev, "the vdev", value, err);
	if (!strcmp(key, "script"))
		return put(&d->script, "the script", value, err);
	if (!strcmp(key, "backend"))
		return put(&d->backend, "the backend", value, err);
	if (!strcmp(key, "backendtype"))
		return put(&d->backendtype, "the backendtype", value, err);
	if (!strcmp(key, "devtype") && (!strcmp(value, "cdrom") || !strcmp(value, "disk"))) {
		d->cdrom = !strcmp(value, "cdrom");
		return 0;
	}
	if (!IS_IN(key, known))
		return gnx_fail(
			err, -EINVAL, "there is a key that xl does not know, or a bad devtype");
	gnx_strv_add(&d->others, key);
	return 0;
}

/* What is in front of a comma. */
static int put_piece(struct spec_disk *d, char *piece, struct gnx_err *err)
{
	static const char *const words[] = {"direct-io-safe", "discard", "no-discard", "colo",
		"no-colo", "trusted", "untrusted"};
	char *value = strchr(piece, '=');

	if (value) {
		*value++ = '\0';
		return put_key(d, piece, value, err);
	}
	if (!strcmp(piece, "cdrom")) {
		d->cdrom = true;
		return 0;
	}
	if (!IS_IN(piece, words))
		return put_next(d, piece, err);
	gnx_strv_add(&d->others, piece);
	return 0;
}

/* A prefix such as "file:": *len_out, 0 for none. In front of a letter or digit an unknown one is
 * none, as in xvda:cdrom. */
static int put_prefix(struct spec_disk *d, const char *s, size_t *len_out, struct gnx_err *err)
{
	static const char *const plain[] = {
		"tapdisk", "tap", "tap2", "aio", "ioemu", "file", "phy"};
	static const char *const formats[] = {"raw", "qcow", "qcow2", "vhd"};
	static const char *const scripts[] = {"iscsi", "nbd", "enbd", "drbd"};
	size_t n = isdigit((unsigned char)*s) ? 0 : strspn(s, WORD);
	GNX_CLEAN(gnx_free)
	char *word = gnx_fmt("%.*s", (int)n, s);
	GNX_CLEAN(gnx_free)
	char *script = gnx_fmt("block-%s", word);
	bool known = IS_IN(word, plain) || IS_IN(word, formats) || IS_IN(word, scripts);

	*len_out = 0;
	if (s[n] != ':' || (!known && (!n || (s[n + 1] && strchr(WORD, s[n + 1])))))
		return 0;
	if (!known)
		return gnx_fail(err, -EINVAL, "there is a prefix that xl does not know");
	*len_out = n + 1;
	d->prefixed = true;
	if (IS_IN(word, formats))
		return put_format(d, word, err);
	return IS_IN(word, scripts) ? put(&d->script, "the script", script, err) : 0;
}

/* What one place has. *text goes on to the next one. */
static int put_place(struct spec_disk *d, const char **text, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *piece = NULL;
	size_t n;
	int r;

	if (gnx_starts(*text, "target=")) {
		const char *path = *text + strlen("target=");

		*text += strlen(*text);
		piece = gnx_fmt("%.*s", (int)(strlen(path) - gnx_ends(path, ",")), path);
		return put(&d->path, "the path", piece, err);
	}
	r = put_prefix(d, *text, &n, err);
	*text += n;
	if (r < 0 || n)
		return r;
	n = strcspn(*text, ",");
	piece = gnx_fmt("%.*s", (int)n, *text);
	*text += n + ((*text)[n] == ',');
	return put_piece(d, piece, err);
}

int spec_disk_parse(struct spec_disk *out, const char *text, struct gnx_err *err)
{
	int r = 0;

	*out = (struct spec_disk){0};
	if (strchr(text, '\n'))
		return gnx_fail(err, -EINVAL, "there is an end of line in it");
	while (!r && *(text += strspn(text, " \t")))
		r = put_place(out, &text, err);
	if (r < 0)
		return r;
	if (out->cdrom)
		out->readonly = true;
	if (!out->vdev)
		return gnx_fail(err, -EINVAL, "there is no vdev, such as xvda");
	if (!out->path && !out->cdrom)
		return gnx_fail(err, -EINVAL, "there is no path");
	return 0;
}

void spec_disk_done(struct spec_disk *disk)
{
	free(disk->path), free(disk->format), free(disk->vdev);
	free(disk->script), free(disk->backend), free(disk->backendtype);
	gnx_strv_done(&disk->others);
}

/* --- Interfaces */

int spec_vif_each(
	const char *text, int (*tell)(void *arg, const char *key, const char *value), void *arg)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv pieces = {0};
	int r = 0;

	gnx_strv_split(&pieces, text, ",");
	for (size_t i = 0; i < pieces.len && r >= 0; i++) {
		char *key = pieces.items[i] + strspn(pieces.items[i], " ");
		char *value = strchr(key, '=');

		if (value)
			*value++ = '\0';
		r = tell(arg, key, value ? value : "");
	}
	return r;
}
