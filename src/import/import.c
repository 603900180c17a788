/* SPDX-License-Identifier: BSD-3-Clause */
/* xl's files made into definitions: see import.h. Devices are in import_devices.c. */
#include "import/part.h"

#include "base/clean.h"

#include <stdarg.h>
#include <string.h>

#define MIB_MAX (16L << 20) /* 16T, the most that a definition takes */

/* --- Notes */

void import_note(struct importer *im, enum import_fate fate, const char *fmt, ...)
{
	struct import *out = im->out;
	struct import_note *n;
	va_list ap;
	int r;

	out->notes = gnx_resize(out->notes, (out->len + 1) * sizeof(*out->notes));
	n = &out->notes[out->len++];
	*n = (struct import_note){.line = im->line, .key = gnx_dup(im->key), .fate = fate};
	va_start(ap, fmt);
	r = vasprintf(&n->words, fmt, ap);
	va_end(ap);
	if (r < 0)
		abort();
	for (char *s = n->words; *s; s++)
		*s = *s < ' ' || *s > '~' ? '?' : *s;
}

void import_set(struct importer *im, const char *section, const char *key, const char *value)
{
	struct gnx_err err = GNX_ERR_INIT;
	const char *where = strcmp(section, "guest") ? section : "";

	if (definition_set(&im->out->definition, section, key, value, &err) < 0)
		import_note(im, IMPORT_lost, "%s", err.msg);
	else
		import_note(im, im->assumed ? IMPORT_assumed : IMPORT_taken, "%s%s%s = %s", where,
			*where ? " " : "", key, value);
}

/* --- Kinds of keys */

/* The text of what is being handled; NULL, and told, when it is a list. */
static const char *text_of(struct importer *im)
{
	const char *text = im->setting->value.text;

	if (!text)
		import_note(im, IMPORT_lost, "is a list where xl wants a text or a number");
	return text;
}

static void take_TEXT(struct importer *im, const char *to)
{
	const char *text = text_of(im);

	if (text)
		import_set(im, "guest", to, text);
}

/* As xl reads numbers: 0x10 is 16, and so is 020. */
static bool number_of(struct importer *im, long max, long *out)
{
	const char *text = text_of(im);
	char *end;
	long n;

	if (!text)
		return false;
	n = strtol(text, &end, 0);
	if (end == text || *end || n < 0 || n > max || im->setting->added) {
		import_note(im, IMPORT_lost, "is no number from 0 to %ld", max);
		return false;
	}
	*out = n;
	return true;
}

static void take_NUMBER(struct importer *im, const char *to)
{
	char text[24];
	long n;

	if (!number_of(im, INT32_MAX, &n))
		return;
	snprintf(text, sizeof(text), "%ld", n);
	import_set(im, "guest", to, text);
}

static void take_MIB(struct importer *im, const char *to)
{
	char text[24];
	long n;

	if (!number_of(im, MIB_MAX, &n))
		return;
	snprintf(text, sizeof(text), "%ldM", n);
	import_set(im, "guest", to, text);
}

static void take_TYPE(struct importer *im, const char *to)
{
	const char *text = text_of(im);

	if (!text)
		return;
	if (!strcmp(text, "hvm"))
		im->hvm = im->line;
	else
		import_set(im, "guest", to, strcmp(text, "generic") ? text : "pv");
}

static bool is_grub(const char *kernel)
{
	const char *slash = strrchr(kernel, '/');
	const char *name = slash ? slash + 1 : kernel;

	return gnx_starts(name, "grub-") || gnx_starts(name, "pv-grub-") ||
		!strcmp(name, "grub2-pvh") || gnx_ends(name, "pygrub") || gnx_ends(name, "pvgrub");
}

/* Whether the guest's own disk has its kernel: what counts of bootloader and kernel says so. */
static bool boots_by_grub(const struct importer *im)
{
	const char *loader = xlcfg_text(&im->cfg, "bootloader");
	const char *kernel = xlcfg_text(&im->cfg, "kernel");

	return (loader && *loader) || !kernel || !*kernel || is_grub(kernel);
}

static void take_KERNEL(struct importer *im, const char *to)
{
	const char *loader = xlcfg_text(&im->cfg, "bootloader"), *text = text_of(im);

	if (!text)
		return;
	if (loader && *loader)
		import_note(im, IMPORT_needless, "bootloader counts before it");
	else
		import_set(im, "guest", to, boots_by_grub(im) ? "grub" : text);
}

static void take_BOOTLOADER(struct importer *im, const char *to)
{
	const char *text = text_of(im);

	if (text && *text && !is_grub(text))
		import_note(im, IMPORT_lost,
			"is none that can be run: kernel is grub now, which wants a grub.cfg on "
			"the guest's disk");
	else if (text && *text)
		import_set(im, "guest", to, "grub");
	else if (text)
		import_note(im, IMPORT_needless, "is empty");
}

/* What goes with a kernel's path alone. */
static bool has_kernel(struct importer *im)
{
	if (!boots_by_grub(im))
		return true;
	import_note(im, IMPORT_lost,
		"the guest boots by GRUB from its own disk, whose grub.cfg has to say it");
	return false;
}

static void take_BOOT(struct importer *im, const char *to)
{
	const char *text = text_of(im);

	if (text && has_kernel(im))
		import_set(im, "guest", to, text);
}

static void take_CMDLINE(struct importer *im, const char *to)
{
	const char *line = xlcfg_text(&im->cfg, "cmdline"), *root = xlcfg_text(&im->cfg, "root");
	const char *extra = xlcfg_text(&im->cfg, "extra");
	GNX_CLEAN(gnx_free)
	char *sum = gnx_fmt("%s%s%s%s", root ? "root=" : "", root ? root : "",
		root && extra ? " " : "", extra ? extra : "");

	if (!text_of(im) || !has_kernel(im))
		return;
	if (line && strcmp(im->key, "cmdline"))
		import_note(im, IMPORT_needless, "cmdline counts before it");
	else if (root && !line && !strcmp(im->key, "extra"))
		import_note(im, IMPORT_taken, "is behind root in cmdline");
	else
		import_set(im, "guest", to, line ? line : sum);
}

/* What xl calls them; NULL for what it does not know. */
static const char *action_of(const char *text)
{
	static const char *const same[] = {"destroy", "restart", "preserve"};

	for (size_t i = 0; i < GNX_LEN(same); i++)
		if (!strcmp(text, same[i]))
			return same[i];
	if (!strcmp(text, "rename-restart") || !strcmp(text, "coredump-restart"))
		return "restart";
	return strcmp(text, "coredump-destroy") ? NULL : "destroy";
}

static void take_ACTION(struct importer *im, const char *to)
{
	const char *text = text_of(im), *action = text ? action_of(text) : NULL;

	if (!text)
		return;
	if (!action) {
		import_note(im, IMPORT_lost, "there is no such action");
		return;
	}
	import_set(im, "guest", to, action);
	if (strcmp(text, action))
		import_note(im, IMPORT_lost,
			gnx_starts(text, "coredump") ? "no dump is written"
						     : "the stopped domain is not kept");
}

static void take_WATCHDOG(struct importer *im, const char *to)
{
	const char *crash = xlcfg_text(&im->cfg, to), *text = text_of(im);
	const char *action = text ? action_of(text) : NULL;

	if (text && action && !strcmp(action, crash ? crash : "destroy"))
		import_note(im, IMPORT_needless, "a watchdog's end is a crash: see on_crash");
	else if (text)
		import_note(im, IMPORT_lost, "what on_crash says is done after it, too");
}

static void take_DISKS(struct importer *im, const char *to)
{
	import_list(im, to, import_disk);
}

static void take_VIFS(struct importer *im, const char *to)
{
	import_list(im, to, import_vif);
}

/* For the next ones `to` is what is told. */
static void take_NEEDLESS(struct importer *im, const char *words);
static void take_LOST(struct importer *im, const char *words);

static void take_HVM(struct importer *im, const char *words)
{
	(void)words;
	import_note(im, IMPORT_needless, "counts for HVM guests alone");
}

/* --- The table */

static const struct key {
	const char *key, *to, *words;
	void (*take)(struct importer *im, const char *to);
} keys[] = {
#define X(key, kind, to, doc) {#key, #to, doc, take_##kind},
#include "import/import.def"
#undef X
};

static const struct key *find_key(const char *name)
{
	for (size_t i = 0; i < GNX_LEN(keys); i++)
		if (!strcmp(keys[i].key, name))
			return &keys[i];
	return NULL;
}

/* "as pci" are the words for pci. */
static const char *whole_words(const char *words)
{
	const struct key *other = gnx_starts(words, "as ") ? find_key(words + strlen("as ")) : NULL;

	return other ? other->words : words;
}

static void take_NEEDLESS(struct importer *im, const char *words)
{
	import_note(im, IMPORT_needless, "%s", whole_words(words));
}

static void take_LOST(struct importer *im, const char *words)
{
	import_note(im, IMPORT_lost, "%s", whole_words(words));
}

static void take_setting(struct importer *im)
{
	const struct key *k = find_key(im->setting->key);

	im->key = im->setting->key;
	im->line = im->setting->line;
	if (xlcfg_find(&im->cfg, im->key) != im->setting)
		import_note(im, IMPORT_needless, "line %d gives it again",
			xlcfg_find(&im->cfg, im->key)->line);
	else if (k)
		k->take(im, *k->to ? k->to : k->words);
	else
		import_note(im, IMPORT_needless, "xl knows no such key, and ignores it");
}

/* Where a file says nothing, xl has defaults that are not ours. */
static void assume(
	struct importer *im, const char *key, const char *unless, const char *to, const char *value)
{
	if (xlcfg_find(&im->cfg, key) || (unless && xlcfg_find(&im->cfg, unless)))
		return;
	im->key = key;
	im->line = 0;
	im->assumed = true;
	import_set(im, "guest", to, value);
	im->assumed = false;
}

static int check(struct importer *im, const char *path, struct gnx_err *err)
{
	int r;

	if (im->hvm)
		return gnx_fail(err, -EINVAL,
			"%s:%d: HVM guests cannot be taken over: if its system can boot as PVH, "
			"as Linux can, write type = \"pvh\"",
			path, im->hvm);
	r = definition_check(&im->out->definition, err);
	if (r < 0)
		gnx_err_prefix(err, "%s", path);
	return r;
}

static void importer_done(struct importer *im)
{
	xlcfg_done(&im->cfg);
}

int import_text(
	struct import *out, const char *text, size_t len, const char *path, struct gnx_err *err)
{
	GNX_CLEAN(importer_done)
	struct importer im = {.out = out};
	int r;

	*out = (struct import){0};
	definition_init(&out->definition);
	r = xlcfg_parse(&im.cfg, text, len, path, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < im.cfg.len; i++) {
		im.setting = &im.cfg.settings[i];
		take_setting(&im);
	}
	assume(&im, "type", "builder", "type", "pv");
	assume(&im, "memory", "maxmem", "memory", "32M");
	assume(&im, "kernel", "bootloader", "kernel", "grub");
	assume(&im, "on_crash", NULL, "on_crash", "destroy");
	return check(&im, path, err);
}

void import_done(struct import *i)
{
	for (size_t n = 0; n < i->len; n++) {
		free((char *)i->notes[n].key);
		free(i->notes[n].words);
	}
	free(i->notes);
	*i = (struct import){0};
}
