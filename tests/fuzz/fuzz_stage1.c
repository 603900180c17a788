/* SPDX-License-Identifier: BSD-3-Clause */
/* Fuzz target: what stage 1 reads from media: /gridnix/image, the start of a disk, a module list
 * with a command line. */
#include "base/clean.h"
#include "boot/stage1/fsprobe.h"
#include "boot/stage1/image_file.h"
#include "boot/stage1/modlist.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_image(const char *text)
{
	GNX_CLEAN(gnx_free)
	struct image *image = gnx_alloc(sizeof(*image));
	struct gnx_err err = GNX_ERR_INIT;

	if (image_parse(image, text, &err) < 0) {
		assert(err.code < 0 && *err.msg && !image->nparts);
		return;
	}
	assert(image->nparts && image->nparts <= IMAGE_PARTS_MAX && strlen(image->id) == 32);
	assert(image_pages_bytes(image) < UINT64_MAX / 2);
	for (size_t i = 0; i < image->nparts; i++) {
		const struct image_part *part = &image->parts[i];

		assert(part->name[0] != '/' && !strstr(part->name, ".."));
		assert(!part->is_layer || image_layer_stem(part) > 0);
	}
}

static void try_modules(const char *text)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv names = {0};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf params = {0};
	struct modlist list;

	modlist_params(text, "usb_storage", &params);
	if (modlist_parse(&list, text, NULL) < 0)
		return;
	modlist_match(&list, "pci:v00008086d00001237sv00001AF4sd00001100bc06sc00i00", &names);
	modlist_deps(&list, "usb_storage");
	for (size_t i = 0; i < list.files.len; i++)
		assert(*list.files.items[i].value != '/' &&
			!strstr(list.files.items[i].value, ".."));
	modlist_done(&list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	GNX_CLEAN(gnx_free)
	char *text = gnx_alloc(size + 1);
	struct fsprobe probe = fsprobe(data, size);

	assert(probe.words && strlen(probe.label) < sizeof(probe.label));
	memcpy(text, data, size);
	try_image(text);
	try_modules(text);
	return 0;
}
