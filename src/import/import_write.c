/* SPDX-License-Identifier: BSD-3-Clause */
/* What a file gave, for people and as JSON: see import.h. All of it is plain ASCII. */
#include "import/import.h"

#include "base/clean.h"

#include <string.h>

static const char *const fates[] = {
	[IMPORT_taken] = "taken",
	[IMPORT_assumed] = "assumed",
	[IMPORT_needless] = "needless",
	[IMPORT_lost] = "lost",
};

const char *import_fate_name(enum import_fate fate)
{
	return fates[fate];
}

void import_write_notes(
	const struct import *i, const char *prefix, const char *path, struct gnx_buf *out)
{
	for (size_t n = 0; n < i->len; n++) {
		const struct import_note *note = &i->notes[n];

		gnx_buf_fmt(out, "%s%s:", prefix, path);
		if (note->line)
			gnx_buf_fmt(out, "%d:", note->line);
		gnx_buf_fmt(out, " %s: %s: %s\n", note->key, fates[note->fate], note->words);
	}
}

/* --- JSON */

static void put_string(struct gnx_buf *out, const char *s)
{
	gnx_buf_str(out, "\"");
	for (; *s; s++)
		gnx_buf_fmt(out, *s == '"' || *s == '\\' ? "\\%c" : "%c", *s);
	gnx_buf_str(out, "\"");
}

/* A definition being written: disks and interfaces are objects in lists. */
struct writer {
	struct gnx_buf guest, disks, vifs;
	char section[32]; /* that the last key was of */
};

static void put_key(struct gnx_buf *out, const char *section, const char *key, const char *value)
{
	int form = definition_form(section, key);

	gnx_buf_fmt(out, "%s\"%s\":", out->len && out->data[out->len - 1] != '{' ? "," : "", key);
	if (form == DEFINITION_number)
		gnx_buf_str(out, value);
	else if (form == DEFINITION_yesno)
		gnx_buf_str(out, strcmp(value, "yes") ? "false" : "true");
	else
		put_string(out, value);
}

static void add_key(void *arg, const char *section, const char *key, const char *value)
{
	struct writer *w = arg;
	bool disk = gnx_starts(section, "disk "), guest = !strcmp(section, "guest");
	struct gnx_buf *out = guest ? &w->guest : disk ? &w->disks : &w->vifs;

	if (!guest && strcmp(section, w->section)) {
		gnx_buf_str(out, out->len ? "},{" : "{");
		if (disk)
			put_key(out, section, "target", section + strlen("disk "));
		snprintf(w->section, sizeof(w->section), "%s", section);
	}
	if (*value)
		put_key(out, section, key, value);
}

static void put_definition(const struct definition *d, struct gnx_buf *out)
{
	struct writer w = {0};

	definition_each(d, add_key, &w);
	gnx_buf_fmt(out, "{%s,\"disks\":[%s%s],\"vifs\":[%s%s]}", w.guest.data,
		w.disks.len ? w.disks.data : "", w.disks.len ? "}" : "",
		w.vifs.len ? w.vifs.data : "", w.vifs.len ? "}" : "");
	gnx_buf_done(&w.guest), gnx_buf_done(&w.disks), gnx_buf_done(&w.vifs);
}

void import_write_json(const struct import *i, const char *words, struct gnx_buf *out)
{
	gnx_buf_str(out, "{");
	if (words) {
		gnx_buf_str(out, "\"error\":");
		put_string(out, words);
	} else {
		gnx_buf_str(out, "\"definition\":");
		put_definition(&i->definition, out);
	}
	gnx_buf_str(out, ",\"notes\":[");
	for (size_t n = 0; n < i->len; n++) {
		const struct import_note *note = &i->notes[n];

		gnx_buf_fmt(out,
			"%s{\"line\":%d,\"key\":\"%s\",\"fate\":\"%s\",\"words\":", n ? "," : "",
			note->line, note->key, fates[note->fate]);
		put_string(out, note->words);
		gnx_buf_str(out, "}");
	}
	gnx_buf_str(out, "]}\n");
}
