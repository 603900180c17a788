/* SPDX-License-Identifier: BSD-3-Clause */
/* What a recipe becomes: an initrd, a command line, a definition, an xl.cfg. See recipe.h. */
#include "base/clean.h"
#include "build/cpio.h"
#include "build/deb.h"
#include "build/recipe.h"
#include "model/definition.h"

#include <fnmatch.h>
#include <string.h>
#include <sys/stat.h>

/* dom0's hotplug program; Xen's default, a shell script, takes longer than a guest's kernel. */
#define VIF_SCRIPT "/usr/lib/gridnix/hotplug/vif"

/* An initrd being put together. */
struct making {
	const struct recipe *r;
	struct cpio *cpio;
	bool *taken; /* of each pattern in root_take: did it match? */
};

static bool wanted(struct making *m, const char *path)
{
	const struct gnx_strv *take = &m->r->root_take.words;
	bool any = false;

	for (size_t i = 0; i < take->len; i++) {
		if (fnmatch(take->items[i], path, 0) != 0)
			continue;
		m->taken[i] = any = true;
	}
	return any;
}

static int take_item(const struct deb_item *item, void *arg, struct gnx_err *err)
{
	struct making *m = arg;

	if (S_ISDIR(item->mode) || !wanted(m, item->path))
		return 0;
	return deb_item_add(item, m->cpio, err);
}

/* The file of package NAME is called NAME_VERSION_ARCH.deb. */
static bool is_deb_of(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');
	const char *file = slash ? slash + 1 : path;
	size_t len = strlen(name);

	return !strncmp(file, name, len) && file[len] == '_' && gnx_ends(file, ".deb");
}

static int take_package(
	struct making *m, const char *name, const struct gnx_strv *debs, struct gnx_err *err)
{
	struct deb_visitor visitor = {.visit = take_item, .arg = m};

	for (size_t i = 0; i < debs->len; i++)
		if (is_deb_of(debs->items[i], name))
			return deb_walk(debs->items[i], &visitor, err);
	return gnx_fail(err, -GNX_E_MISSING, "package %s is not there", name);
}

static int take_packages(struct making *m, const struct gnx_strv *debs, struct gnx_err *err)
{
	const struct gnx_strv *names = &m->r->root_packages.words;
	const struct gnx_strv *take = &m->r->root_take.words;

	for (size_t i = 0; i < names->len; i++) {
		int r = take_package(m, names->items[i], debs, err);

		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < take->len; i++)
		if (!m->taken[i])
			return gnx_fail(err, -GNX_E_MISSING,
				"take: \"%s\" matches no file of the packages", take->items[i]);
	return 0;
}

static int add_files(struct making *m, struct gnx_err *err)
{
	for (size_t i = 0; i < m->r->files_len; i++) {
		const struct recipe_file *f = &m->r->files[i];
		struct stat st;
		int r;

		if (f->link)
			r = cpio_add_link(m->cpio, f->target, f->source, err);
		else if (stat(f->source, &st) < 0)
			r = gnx_fail_errno(err, "%s", f->source);
		else
			r = cpio_add_file(m->cpio, f->target, st.st_mode & 0111 ? 0755 : 0644,
				f->source, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int add_applets(struct making *m, struct gnx_err *err)
{
	const struct gnx_strv *applets = &m->r->root_applets.words;

	for (size_t i = 0; i < applets->len; i++) {
		GNX_CLEAN(gnx_free)
		char *name = gnx_fmt("usr/bin/%s", applets->items[i]);
		int r = cpio_add_link(m->cpio, name, "busybox", err);

		if (r < 0)
			return r;
	}
	return 0;
}

static int add_line(struct making *m, const char *name, const char *text, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *line = gnx_fmt("%s\n", text);

	return cpio_add_data(m->cpio, name, 0644, line, strlen(line), err);
}

/* What every kernel and every init wants to find. */
static int add_frame(struct making *m, struct gnx_err *err)
{
	static const struct {
		const char *name;
		mode_t mode;
	} dirs[] = {{"dev", 0755}, {"etc", 0755}, {"mnt", 0755}, {"proc", 0755}, {"root", 0700},
		{"run", 0755}, {"sys", 0755}, {"tmp", 01777}};

	for (size_t i = 0; i < GNX_LEN(dirs); i++) {
		int r = cpio_add_dir(m->cpio, dirs[i].name, dirs[i].mode, err);

		if (r < 0)
			return r;
	}
	int r = add_line(m, "etc/hostname", recipe_text(&m->r->guest_name), err);

	if (r >= 0)
		r = cpio_add_node(m->cpio, "dev/console", S_IFCHR | 0600, 5, 1, err);
	return r;
}

static int collect(struct making *m, const struct gnx_strv *debs, struct gnx_err *err)
{
	int r = add_frame(m, err);

	if (r >= 0)
		r = take_packages(m, debs, err);
	if (r >= 0)
		r = add_applets(m, err);
	if (r >= 0)
		r = add_files(m, err);
	return r;
}

int recipe_make_initrd(const struct recipe *r, const struct gnx_strv *debs, int64_t epoch,
	const char *out, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	bool *taken = gnx_alloc(r->root_take.words.len + 1);
	GNX_CLEAN(cpio_done)
	struct cpio cpio = CPIO_INIT;
	struct making m = {.r = r, .cpio = &cpio, .taken = taken};
	int result = collect(&m, debs, err);

	if (result >= 0)
		result = cpio_write(&cpio, out, epoch, err);
	if (result < 0)
		gnx_err_prefix(err, "guest %s", recipe_text(&r->guest_name));
	return result;
}

static bool network_is(const struct recipe *r, const char *mode)
{
	return !strcmp(recipe_text(&r->network_mode), mode);
}

char *recipe_image(const struct recipe *r)
{
	const char *initrd = recipe_text(&r->guest_initrd);
	const char *slash = strrchr(initrd, '/');

	if (!*initrd)
		return gnx_fmt("%s.img", recipe_text(&r->guest_name));
	initrd = slash ? slash + 1 : initrd;
	return gnx_fmt("%.*s.img", (int)(strlen(initrd) - strlen(".ini")), initrd);
}

/* A word of the command line holds no blanks: the guest turns underscores back into them. */
static void add_about(const struct recipe *r, struct gnx_buf *out)
{
	gnx_buf_str(out, " about=");
	for (const char *c = recipe_text(&r->guest_about); *c; c++)
		gnx_buf_add(out, *c == ' ' ? "_" : c, 1);
}

static void add_services(const struct recipe *r, struct gnx_buf *out)
{
	const struct gnx_strv *services = &r->guest_services.words;

	gnx_buf_str(out, " services=");
	for (size_t i = 0; i < services->len; i++)
		gnx_buf_fmt(out, "%s%s", i ? "," : "", services->items[i]);
}

void recipe_cmdline(const struct recipe *r, struct gnx_buf *out)
{
	gnx_buf_fmt(out, "hostname=%s", recipe_text(&r->guest_name));
	if (*recipe_text(&r->guest_about))
		add_about(r, out);
	if (r->guest_services.words.len || *recipe_text(&r->guest_initrd))
		add_services(r, out);
	if (network_is(r, "static")) {
		gnx_buf_fmt(out, " address=%s", recipe_text(&r->network_address));
		if (*recipe_text(&r->network_gateway))
			gnx_buf_fmt(out, " gateway=%s", recipe_text(&r->network_gateway));
		if (*recipe_text(&r->network_dns))
			gnx_buf_fmt(out, " dns=%s", recipe_text(&r->network_dns));
	}
	if (*recipe_text(&r->guest_cmdline))
		gnx_buf_fmt(out, " %s", recipe_text(&r->guest_cmdline));
}

/* Its address without the length of the prefix, behind a word; nothing when it has none. */
static void put_address(
	const struct recipe *r, const char *before, const char *behind, struct gnx_buf *out)
{
	const char *address = recipe_text(&r->network_address);

	if (*address)
		gnx_buf_fmt(out, "%s%.*s%s", before, (int)strcspn(address, "/"), address, behind);
}

void recipe_xlcfg(const struct recipe *r, const char *medium, struct gnx_buf *out)
{
	const char *name = recipe_text(&r->guest_name);
	GNX_CLEAN(gnx_free)
	char *image = recipe_image(r);

	gnx_buf_fmt(out, "# Guest %s, an ordinary xl.cfg(5).\n", name);
	gnx_buf_fmt(out, "name = \"%s\"\n", name);
	gnx_buf_fmt(out, "type = \"%s\"\n", recipe_text(&r->guest_type));
	gnx_buf_fmt(out, "kernel = \"%s/guests/%s\"\n", medium, recipe_text(&r->guest_kernel));
	gnx_buf_fmt(out, "ramdisk = \"%s/guests/%s\"\n", medium, image);
	gnx_buf_str(out, "extra = \"console=hvc0 ");
	recipe_cmdline(r, out);
	gnx_buf_str(out, "\"\n");
	gnx_buf_fmt(out, "memory = %u\n", recipe_number(&r->guest_memory_mib));
	gnx_buf_fmt(out, "vcpus = %u\n", recipe_number(&r->guest_vcpus));
	if (!network_is(r, "none")) {
		gnx_buf_fmt(out, "vif = [ \"mac=%s,bridge=%s,script=" VIF_SCRIPT,
			recipe_text(&r->network_mac), recipe_text(&r->network_name));
		put_address(r, ",ip=", "", out);
		gnx_buf_str(out, "\" ]\n");
	}
	gnx_buf_str(out,
		"on_poweroff = \"destroy\"\n"
		"on_reboot = \"restart\"\n"
		"on_crash = \"restart\"\n");
}

int recipe_definition(
	const struct recipe *r, const char *medium, struct gnx_buf *out, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *image = recipe_image(r);
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	bool pv = !strcmp(recipe_text(&r->guest_type), "pv");
	struct definition d;
	int result;

	gnx_buf_fmt(&text, "[guest]\nname = %s\ntype = %s\n", recipe_text(&r->guest_name),
		pv ? "pv" : "auto");
	gnx_buf_fmt(&text, "memory = %uM\nvcpus = %u\n", recipe_number(&r->guest_memory_mib),
		recipe_number(&r->guest_vcpus));
	gnx_buf_fmt(&text, "kernel = %s/guests/%s\ninitrd = %s/guests/%s\n", medium,
		recipe_text(&r->guest_kernel), medium, image);
	gnx_buf_str(&text, "cmdline = console=hvc0 ");
	recipe_cmdline(r, &text);
	gnx_buf_str(&text, "\n");
	if (recipe_number(&r->guest_order))
		gnx_buf_fmt(&text, "autostart = yes\norder = %u\n", recipe_number(&r->guest_order));
	if (!network_is(r, "none")) {
		gnx_buf_fmt(&text, "[vif 0]\nnetwork = %s\nmac = %s\n",
			recipe_text(&r->network_name), recipe_text(&r->network_mac));
		put_address(r, "address = ", "\n", &text);
	}
	result = definition_parse(&d, text.data, text.len, "its definition", err);
	if (!result)
		definition_write(&d, out);
	return result;
}
