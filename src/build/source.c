/* SPDX-License-Identifier: BSD-3-Clause */
/* The source tree's part in an image: see source.h. */
#include "build/source.h"
#include "base/clean.h"
#include "base/str.h"

#include <unistd.h>

const char *const source_programs[] = {"include", "src/meson.build", "src/base", "src/boot",
	"src/gridnix", "src/gridnixd", "src/guest", "src/hotplug", "src/import", "src/jail",
	"src/lib", "src/model", "src/net", "src/sim", "src/state", "src/webhook", "src/wire",
	"src/xen", "src/build/manifest.def", "src/build/recipe.def", "packaging/completion",
	"packaging/debian", "packaging/guard.nft", "packaging/networks.nft", "packaging/routed.nft",
	"packaging/host", "packaging/live", "docs/man", "docs/examples", "docs/meson.build",
	"docs/gridnix.css", "docs/Doxyfile.in", "images/medium", "tools/docs", "meson.build",
	"meson_options.txt", "LICENSE", NULL};

/* The builder itself, and what it builds the guests' kernel from. */
static const char *const builder[] = {"src/build", "images/kernel", NULL};

int source_key(const char *tree, const char *const *paths, struct hash_key *k, struct gnx_err *err)
{
	int r = 0;

	for (; !r && *paths; paths++) {
		GNX_CLEAN(gnx_free)
		char *path = gnx_fmt("%s/%s", tree, *paths);

		hash_key_str(k, *paths);
		if (access(path, F_OK) == 0)
			r = hash_key_tree(k, path, err);
	}
	return r;
}

int source_hash(const char *tree, char hex[HASH_HEX], struct gnx_err *err)
{
	struct hash_key k;
	int r;

	hash_key_init(&k);
	r = source_key(tree, source_programs, &k, err);
	if (!r)
		r = source_key(tree, builder, &k, err);
	if (!r)
		hash_key_hex(&k, hex);
	return r;
}
