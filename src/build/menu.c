/* SPDX-License-Identifier: BSD-3-Clause */
/* The boot menu's entries: see menu.h. */
#include "build/menu.h"
#include "base/clean.h"
#include "base/file.h"
#include "build/image_budget.h"
#include "build/recipe.h"

#include <assert.h>
#include <string.h>

int menu_read_memory(const struct build *b, struct menu_memory *mem, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/memory", b->dir[STEP_initramfs]);
	char *save = NULL, *line[5];
	int r = gnx_file_read(path, 4096, &mem->text, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < GNX_LEN(line); i++) {
		line[i] = strtok_r(i ? NULL : mem->text.data, "\n", &save);
		if (!line[i])
			return gnx_fail(err, -GNX_E_SYNTAX, "%s: incomplete", path);
	}
	mem->machine_mib = (uint32_t)atoi(line[0]);
	mem->bare_mib = (uint32_t)atoi(line[1]);
	mem->dom0_mem = line[2];
	mem->net_mib = (uint32_t)atoi(line[3]);
	mem->net_dom0_mem = line[4];
	return 0;
}

void menu_done(struct menu *m)
{
	free(m->entries);
	gnx_strv_done(&m->texts);
}

static const char *keep(struct menu *m, char *text)
{
	gnx_strv_add(&m->texts, text);
	free(text);
	return m->texts.items[m->texts.len - 1];
}

/* That there is one manifest_check() has seen. */
static void user_entry(
	const struct build *b, struct menu *m, const char *name, struct grubcfg_entry *out)
{
	const struct manifest_entry *e = NULL;

	for (size_t i = 0; i < b->manifest.entries_len; i++)
		if (!strcmp(b->manifest.entries[i].name, name))
			e = &b->manifest.entries[i];
	assert(e);
	*out = (struct grubcfg_entry){
		.kind = !strcmp(e->kind, "kernel") ? GRUBCFG_LINUX
			: !strcmp(e->kind, "iso")  ? GRUBCFG_ISO
						   : GRUBCFG_FLOPPY,
		.title = e->title ? e->title : e->name,
		.kernel = keep(m, gnx_fmt("/boot/entry/%s", name)),
		.initrd = e->initrd ? keep(m, gnx_fmt("/boot/entry/%s.initrd", name)) : NULL,
		.kernel_args = e->args,
	};
}

/* The small Linux without Xen: its recipe says what it boots and with which words. */
static int set_rescue(const struct build *b, const struct menu_memory *mem, struct menu *m,
	struct grubcfg_entry *e, struct gnx_err *err)
{
	GNX_CLEAN(recipe_done)
	struct recipe rc = {0};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf args = {0};
	GNX_CLEAN(gnx_free)
	char *image = NULL;
	int r = recipe_load(&rc, manifest_text(&b->manifest.guests_rescue), err);

	if (r < 0)
		return r;
	recipe_cmdline(&rc, &args);
	image = recipe_image(&rc);
	e->kernel_args = keep(m, gnx_dup(args.data));
	e->initrd = keep(m, gnx_fmt("/gridnix/guests/%s", image));
	e->need_mib = mem->bare_mib;
	return 0;
}

int menu_make(const struct build *b, const struct menu_memory *mem, bool netboot, struct menu *m,
	struct gnx_err *err)
{
	const char *dom0_mem = netboot ? mem->net_dom0_mem : mem->dom0_mem;
	const struct manifest *man = &b->manifest;
	const struct gnx_strv *names = &man->menu_entries.words;

	m->entries = gnx_alloc((names->len + 1) * sizeof(*m->entries));
	for (size_t i = 0; i < names->len; i++) {
		struct grubcfg_entry *e = &m->entries[i];
		int r = 0;

		if (!grubcfg_standard(names->items[i], e))
			user_entry(b, m, names->items[i], e);
		else if (gnx_starts(names->items[i], "rescue"))
			r = set_rescue(b, mem, m, e, err);
		if (r < 0)
			return r;
		if (e->kind != GRUBCFG_XEN)
			continue;
		if (!strcmp(names->items[i], "demo") && *manifest_text(&man->image_title))
			e->title = manifest_text(&man->image_title);
		e->xen_args = keep(m,
			gnx_fmt("%s %s %s", dom0_mem, e->xen_args, manifest_text(&man->menu_xen)));
		e->kernel_args = keep(m,
			gnx_fmt("%s swiotlb=%d %s", e->kernel_args, IMAGE_SWIOTLB,
				manifest_text(&man->menu_dom0)));
		e->need_mib = netboot ? mem->net_mib : mem->machine_mib;
	}
	m->cfg = (struct grubcfg){.entries = m->entries,
		.len = names->len,
		.timeout = (unsigned int)manifest_size(&man->menu_timeout)};
	return 0;
}
