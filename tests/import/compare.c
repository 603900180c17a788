/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * compare FILE...: that we read xl's files as xl does: with each of them, and with damaged copies
 * of it, against libxlutil, which is what xl reads them with. What we take it takes, to the same
 * values; what it takes we take, but where a comment here says why not.
 */
#include "base/clean.h"
#include "base/file.h"
#include "import/spec.h"
#include "import/xlcfg.h"

#include <assert.h>
#include <libxlutil.h>
#include <stdio.h>
#include <string.h>

#define COPIES 2000 /* of each file */

/* What libxlutil does not free of a file that it refuses is not ours to mend. Called by the
 * sanitizer. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libxlutil";
}

static FILE *quiet;
static unsigned taken, refused;

static bool same(const char *a, const char *b)
{
	return !strcmp(a ? a : "", b ? b : "");
}

static void differ(const char *what, const char *text)
{
	fprintf(stderr, "%s differs in:\n%s\n", what, text);
	exit(1);
}

/* --- Disks */

static const char *format_name(libxl_disk_format f)
{
	static const char *const names[] = {[LIBXL_DISK_FORMAT_QCOW] = "qcow",
		[LIBXL_DISK_FORMAT_QCOW2] = "qcow2",
		[LIBXL_DISK_FORMAT_VHD] = "vhd",
		[LIBXL_DISK_FORMAT_RAW] = "raw",
		[LIBXL_DISK_FORMAT_EMPTY] = "empty",
		[LIBXL_DISK_FORMAT_QED] = "qed"};

	return names[f];
}

static bool same_disk(const struct spec_disk *d, const libxl_device_disk *x)
{
	const char *format = d->format ? d->format : "raw";

	if (d->cdrom && (!d->path || !*d->path))
		format = "empty";
	return same(d->path, x->pdev_path) && same(d->vdev, x->vdev) &&
		same(d->script, x->script) && same(d->backend, x->backend_domname) &&
		same(format, format_name(x->format)) && d->readonly == !x->readwrite &&
		d->cdrom == !!x->is_cdrom;
}

static void compare_disk(const char *text)
{
	XLU_Config *xlu = xlu_cfg_init(quiet, "disk");
	struct spec_disk d;
	libxl_device_disk x;
	int ours = spec_disk_parse(&d, text, NULL), theirs;

	libxl_device_disk_init(&x);
	theirs = xlu_disk_parse(xlu, 1, &text, &x);
	/* Keys that only some versions know, and values of keys that we do not take over. */
	if (theirs && !ours && !d.others.len && !d.backendtype)
		differ("what we take of a disk", text);
	/* A "=" at the very end libxlutil does not look at; and ends of lines we do not want. */
	if (!theirs && ours && !gnx_ends(text, "=") && !strchr(text, '\n'))
		differ("what we refuse of a disk", text);
	if (!theirs && !ours && !same_disk(&d, &x))
		differ("a disk", text);
	spec_disk_done(&d);
	libxl_device_disk_dispose(&x);
	xlu_cfg_destroy(xlu);
}

/* --- Files */

/* A list's texts; what else is in it the interface of libxlutil does not give in all versions. */
static void compare_list(
	const struct xlcfg_value *list, XLU_Config *xlu, const char *key, const char *text)
{
	XLU_ConfigList *theirs;
	int n;

	if (xlu_cfg_get_list(xlu, key, &theirs, &n, 1) || (size_t)n != list->len)
		differ(key, text);
	for (int i = 0; i < n; i++) {
		const char *item = xlu_cfg_get_listitem(theirs, i);

		if (!item != !list->items[i].text || !same(item, list->items[i].text))
			differ(key, text);
		if (item && !strcmp(key, "disk"))
			compare_disk(item);
	}
}

static void compare_setting(const struct xlcfg_setting *s, XLU_Config *xlu, const char *text)
{
	const char *theirs = NULL;

	if (!s->value.text)
		compare_list(&s->value, xlu, s->key, text);
	else if (xlu_cfg_get_string(xlu, s->key, &theirs, 1) || !same(theirs, s->value.text))
		differ(s->key, text);
}

/* What libxlutil takes and we do not: characters given by number, which it loses; and blanks or a
 * line's end that a carriage return or the like is, which it refuses, too. */
static bool may_refuse(const char *text)
{
	return strchr(text, '\\') != NULL;
}

/* What we take and libxlutil does not: a comment in the last line, without an end of line. */
static bool may_take(const char *text)
{
	const char *last = strrchr(text, '\n');

	return strchr(last ? last : text, '#') != NULL;
}

static void compare(const char *text)
{
	XLU_Config *xlu = xlu_cfg_init(quiet, "file");
	struct xlcfg c;
	int ours = xlcfg_parse(&c, text, strlen(text), "file", NULL);
	int theirs = xlu_cfg_readdata(xlu, text, (int)strlen(text));

	if (theirs && !ours && !may_take(text))
		differ("what we take", text);
	if (!theirs && ours && !may_refuse(text))
		differ("what we refuse", text);
	for (size_t i = 0; !theirs && !ours && i < c.len; i++)
		if (xlcfg_find(&c, c.settings[i].key) == &c.settings[i])
			compare_setting(&c.settings[i], xlu, text);
	*(ours || theirs ? &refused : &taken) += 1;
	xlcfg_done(&c);
	xlu_cfg_destroy(xlu);
}

/* --- Damage: always the same */

static unsigned random_below(unsigned n)
{
	static unsigned long long state = 0x9e3779b97f4a7c15;

	state = state * 6364136223846793005 + 1442695040888963407;
	return (unsigned)(state >> 33) % n;
}

static void damage(char *text)
{
	static const char bytes[] = "[]'\"=,;+#:./ \t\nxa0179fhd\\_-";
	size_t len = strlen(text);

	for (unsigned n = 1 + random_below(3); n && len > 2; n--) {
		size_t at = random_below((unsigned)len - 1);

		if (random_below(2))
			text[at] = bytes[random_below(sizeof(bytes) - 1)];
		else
			memmove(text + at, text + at + 1, len - at), len--;
	}
}

int main(int argc, char **argv)
{
	quiet = fopen("/dev/null", "w");
	assert(quiet && argc > 1);
	for (int i = 1; i < argc; i++) {
		GNX_CLEAN(gnx_buf_done)
		struct gnx_buf text = {0};
		struct gnx_err err = GNX_ERR_INIT;

		if (gnx_file_read(argv[i], XLCFG_TEXT_MAX, &text, &err) < 0) {
			fprintf(stderr, "%s\n", err.msg);
			return 1;
		}
		compare(text.data);
		for (int n = 0; n < COPIES; n++) {
			GNX_CLEAN(gnx_free)
			char *copy = gnx_dup(text.data);

			damage(copy);
			compare(copy);
		}
	}
	fclose(quiet);
	printf("%u texts taken, %u refused\n", taken, refused);
	return !taken || !refused;
}
