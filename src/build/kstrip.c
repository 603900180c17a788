/* SPDX-License-Identifier: BSD-3-Clause */
/* What dom0's kernel goes without: see kstrip.h. */
#include "build/kstrip.h"
#include "base/clean.h"

#include <stddef.h>
#include <string.h>

static const struct {
	size_t value; /* of the key in struct manifest */
	const char *sections[6];
} parts[] = {
	{offsetof(struct manifest, image_btf), {".BTF", ".BTF.base"}},
	{offsetof(struct manifest, image_backtraces),
		{".orc_unwind", ".orc_unwind_ip", ".rela.orc_unwind_ip"}},
	{offsetof(struct manifest, image_call_tracking), {".call_sites", ".rela.call_sites"}},
};

static const struct manifest_value *value_of(const struct manifest *m, size_t i)
{
	return (const struct manifest_value *)((const char *)m + parts[i].value);
}

static bool wanted(const struct manifest *m, size_t i)
{
	return manifest_bool(value_of(m, i));
}

void kstrip_key(const struct manifest *m, struct hash_key *k)
{
	for (size_t i = 0; i < GNX_LEN(parts); i++)
		hash_key_str(k, manifest_text(value_of(m, i)));
}

void kstrip_sections(const struct manifest *m, struct gnx_strv *names)
{
	for (size_t i = 0; i < GNX_LEN(parts); i++)
		for (const char *const *s = parts[i].sections; *s && !wanted(m, i); s++)
			gnx_strv_add(names, *s);
}

bool kstrip_traced(const struct manifest *m)
{
	return manifest_bool(&m->image_function_tracing);
}

void kstrip_options(const struct manifest *m, struct gnx_strv *options)
{
	bool symbols = manifest_bool(&m->image_backtraces);

	/* What relocations name stays in any case. */
	gnx_strv_add(options, symbols ? "--strip-debug" : "--strip-unneeded");
	gnx_strv_add(options, "--remove-section=.comment");
	/* Where functions have room in front of them: on this processor nobody reads the list, and
	 * the kernel's own is discarded when it is linked. */
	gnx_strv_add(options, "--remove-section=__patchable_function_entries");
	if (!kstrip_traced(m))
		gnx_strv_add(options, "--remove-section=__mcount_loc");
	for (size_t i = 0; i < GNX_LEN(parts); i++)
		for (const char *const *s = parts[i].sections; *s && !wanted(m, i); s++)
			gnx_strv_fmt(options, "--remove-section=%s", *s);
	if (!symbols)
		gnx_strv_add(options, "--remove-section=.orc_header");
}
