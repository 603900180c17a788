/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The guests: an initrd for each recipe, the small Linux for the bare machine, and the site
 * tree: what this image adds to dom0's root (guests' configuration, apt's sources, the
 * manifest's own files).
 */
#include "build/chroot.h"
#include "base/clean.h"
#include "base/file.h"
#include "build/recipe.h"
#include "model/network.h"

#include <glob.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#define MEDIUM "/run/gridnix/medium" /* where the medium's /gridnix is at run time */

/* The guests' network, without the ports that lead to them. */
#define NETWORK                                                                                    \
	"[network]\nname = guests0\nkind = nat\nranges = 10.86.83.0/24\ngateways = 10.86.83.1\n"   \
	"dhcp = yes\ndns = self\n"

/* One run of this step. */
struct work {
	struct build *b;
	const char *dir;
	struct gnx_buf hosts, forward;	 /* the guests' addresses, and ports that lead to them */
	struct gnx_strv images, sources; /* initrds, and the recipes that others have them from */
};

/* A file, and whether it is a program. */
static int key_of_file(struct hash_key *k, const char *path, struct gnx_err *err)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return gnx_fail_errno(err, "%s", path);
	hash_key_str(k, st.st_mode & S_IXUSR ? "x" : "");
	return hash_key_file(k, path, err);
}

/* A recipe with all that it includes and takes, and the one whose initrd it boots. */
static int key_of_recipe(struct hash_key *k, const char *path, bool alone, struct gnx_err *err)
{
	GNX_CLEAN(recipe_done)
	struct recipe rc = {0};
	int r = recipe_load(&rc, path, err);

	for (size_t i = 0; !r && i < rc.read.len; i++)
		r = hash_key_file(k, rc.read.items[i], err);
	for (size_t i = 0; !r && i < rc.files_len; i++)
		if (!rc.files[i].link)
			r = key_of_file(k, rc.files[i].source, err);
	if (!r && !alone && *recipe_text(&rc.guest_initrd))
		r = key_of_recipe(k, recipe_text(&rc.guest_initrd), true, err);
	return r;
}

int step_guests_key(struct build *b, struct hash_key *k, struct gnx_err *err)
{
	const struct manifest_value *recipes = &b->manifest.guests_recipes;
	const char *rescue = manifest_text(&b->manifest.guests_rescue);
	int r = 0;

	build_key_step(b, k, STEP_tools);
	build_key_step(b, k, STEP_programs);
	build_key_step(b, k, STEP_kernel);
	build_key_date(b, k);
	hash_key_str(k, b->lock.mirror);
	hash_key_str(k, b->lock.security);
	build_key_value(k, &b->manifest.dom0_hostname);
	build_key_value(k, &b->manifest.dom0_login);
	for (size_t i = 0; !r && i < recipes->words.len; i++)
		r = key_of_recipe(k, recipes->words.items[i], false, err);
	hash_key_str(k, "rescue");
	if (!r && *rescue)
		r = key_of_recipe(k, rescue, false, err);
	for (size_t i = 0; !r && i < b->manifest.files_len; i++) {
		hash_key_str(k, b->manifest.files[i].target);
		r = key_of_file(k, b->manifest.files[i].source, err);
	}
	for (size_t i = 0; i < b->lock.len; i++)
		if (!strcmp(b->lock.packages[i].set, "parts"))
			hash_key_str(k, b->lock.packages[i].sha256);
	return r;
}

/* The package files that a recipe takes from: Debian's, or one that this tree made. */
static int find_debs(
	struct build *b, const struct recipe *rc, struct gnx_strv *out, struct gnx_err *err)
{
	for (size_t i = 0; i < rc->root_packages.words.len; i++) {
		const char *name = rc->root_packages.words.items[i];
		const struct lock_package *p = lock_find(&b->lock, "parts", name);
		GNX_CLEAN(gnx_free)
		char *pattern = gnx_fmt("%s/%s_*.deb", b->dir[STEP_programs], name);
		GNX_CLEAN(globfree)
		glob_t g = {0};

		if (p) {
			GNX_CLEAN(gnx_free)
			char *path = build_pool_path(b, p);

			gnx_strv_add(out, path);
		} else if (glob(pattern, 0, NULL, &g) == 0) {
			gnx_strv_add(out, g.gl_pathv[0]);
		} else {
			return gnx_fail(err, -GNX_E_MISSING,
				"recipe of %s: package \"%s\" is neither in [packages] parts of %s "
				"nor made by this tree",
				recipe_text(&rc->guest_name), name, b->manifest_path);
		}
	}
	return 0;
}

static int make_initrd(
	struct work *w, const struct recipe *rc, const char *image, struct gnx_err *err)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv debs = {0};
	GNX_CLEAN(gnx_free)
	char *cpio = gnx_fmt("%s/cpio", w->dir);
	GNX_CLEAN(gnx_free)
	char *to = gnx_fmt("guests/%s", image);
	char *argv[] = {"/usr/bin/zstd", "-q", "--rm", "-19", "-T1", "-o", to, "cpio", NULL};
	int r = find_debs(w->b, rc, &debs, err);

	if (!r)
		r = recipe_make_initrd(rc, &debs, (int64_t)w->b->lock.date, cpio, err);
	return r ? r : chroot_tool(w->b, w->dir, argv, err);
}

/* The initrd that a guest boots: its own, or one that it shares, made by the first that asks. */
static int provide_initrd(struct work *w, const struct recipe *rc, struct gnx_err *err)
{
	const char *shared = recipe_text(&rc->guest_initrd);
	GNX_CLEAN(gnx_free)
	char *image = recipe_image(rc);
	GNX_CLEAN(recipe_done)
	struct recipe base = {0};
	int r;

	for (size_t i = 0; i < w->images.len; i++) {
		if (strcmp(w->images.items[i], image))
			continue;
		return *shared && !strcmp(w->sources.items[i], shared)
			? 0
			: gnx_fail(err, -GNX_E_BAD_VALUE,
				  "guest %s: another recipe has made %s already",
				  recipe_text(&rc->guest_name), image);
	}
	gnx_strv_add(&w->images, image);
	gnx_strv_add(&w->sources, shared);
	if (!*shared)
		return make_initrd(w, rc, image, err);
	r = recipe_load(&base, shared, err);
	return r ? r : make_initrd(w, &base, image, err);
}

static int put(
	const struct work *w, const char *name, const struct gnx_buf *data, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/site%s", w->dir, name);
	GNX_CLEAN(gnx_free)
	char *dir = gnx_fmt("%.*s", (int)(strrchr(path, '/') - path), path);
	int r = gnx_mkdirs(dir, err);

	return r ? r : gnx_file_write(path, data->data ? data->data : "", data->len, err);
}

/* The network that the guests are on. */
static int put_network(struct work *w, struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0}, file = {0};
	struct network n;
	int r;

	gnx_buf_str(&text, NETWORK);
	if (w->forward.len)
		gnx_buf_fmt(&text, "forward = %s\n", w->forward.data);
	r = network_parse(&n, text.data, text.len, "the guests' network", err);
	if (r < 0)
		return r;
	network_write(&n, &file);
	return put(w, "/etc/gridnix/networks/guests0.ini", &file, err);
}

/* The guest's definition, for xl the same once more, its address and its ports. */
static int configure(struct work *w, const struct recipe *rc, struct gnx_err *err)
{
	const char *name = recipe_text(&rc->guest_name);
	const char *address = recipe_text(&rc->network_address);
	GNX_CLEAN(gnx_free)
	char *ini = gnx_fmt("/etc/gridnix/guests/%s.ini", name);
	GNX_CLEAN(gnx_free)
	char *cfg = gnx_fmt("/etc/xen/%s.cfg", name);
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf definition = {0}, xlcfg = {0};
	int r = recipe_definition(rc, MEDIUM, &definition, err);

	if (!r)
		r = put(w, ini, &definition, err);
	recipe_xlcfg(rc, MEDIUM, &xlcfg);
	if (!r)
		r = put(w, cfg, &xlcfg, err);
	if (r < 0)
		return r;
	if (*address)
		gnx_buf_fmt(&w->hosts, "%s,%.*s,%s\n", recipe_text(&rc->network_mac),
			(int)strcspn(address, "/"), address, name);
	for (size_t i = 0; i < rc->network_ports.words.len; i++) {
		const char *port = rc->network_ports.words.items[i];

		gnx_buf_fmt(&w->forward, "%stcp %s %.*s:%s", w->forward.len ? ", " : "", port,
			(int)strcspn(address, "/"), address, port);
	}
	return 0;
}

static int one_recipe(struct work *w, const char *path, bool guest, struct gnx_err *err)
{
	GNX_CLEAN(recipe_done)
	struct recipe rc = {0};
	int r = recipe_load(&rc, path, err);

	if (!r)
		r = provide_initrd(w, &rc, err);
	return r || !guest ? r : configure(w, &rc, err);
}

static int write_apt_sources(struct work *w, struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf s = {0};
	const struct lock *l = &w->b->lock;

	gnx_buf_fmt(&s,
		"Types: deb\nURIs: %s\nSuites: %s %s-updates\nComponents: main\n"
		"Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n\n",
		l->mirror, l->suite, l->suite);
	gnx_buf_fmt(&s,
		"Types: deb\nURIs: %s\nSuites: %s-security\nComponents: main\n"
		"Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n",
		l->security, l->suite);
	return put(w, "/etc/apt/sources.list.d/debian.sources", &s, err);
}

static int write_dom0(struct work *w, struct gnx_err *err)
{
	const struct manifest *m = &w->b->manifest;
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf hostname = {0}, login = {0};
	int r;

	gnx_buf_fmt(&hostname, "%s\n", manifest_text(&m->dom0_hostname));
	gnx_buf_fmt(&login, "%s\n", manifest_text(&m->dom0_login));
	r = put(w, "/etc/hostname", &hostname, err);
	return r ? r : put(w, "/etc/gridnix/console-login", &login, err);
}

/* The directories of a file's path belong to whom they belong to in dom0's root, and have its
 * modes: in the booted image the site's count, which lies on top. */
static int like_root(const struct work *w, const struct manifest_file *f, struct gnx_err *err)
{
	for (const char *end = f->target; (end = strchr(end + 1, '/'));) {
		GNX_CLEAN(gnx_free)
		char *dir = gnx_fmt("%.*s", (int)(end - f->target), f->target);
		GNX_CLEAN(gnx_free)
		char *ours = gnx_fmt("%s/site%s", w->dir, dir);
		GNX_CLEAN(gnx_free)
		char *roots = gnx_fmt("%s/root%s", w->b->dir[STEP_programs], dir);
		struct stat st;

		if (lstat(roots, &st) < 0)
			return errno == ENOENT ? 0 : gnx_fail_errno(err, "%s", roots);
		if (!S_ISDIR(st.st_mode))
			return gnx_fail(err, -GNX_E_BAD_VALUE,
				"%s: add: %s: %s is no directory in dom0's root", f->where,
				f->target, dir);
		if (chown(ours, st.st_uid, st.st_gid) < 0 || chmod(ours, st.st_mode & 07777) < 0)
			return gnx_fail_errno(err, "%s", ours);
	}
	return 0;
}

static int copy_files(struct work *w, struct gnx_err *err)
{
	const struct manifest *m = &w->b->manifest;

	for (size_t i = 0; i < m->files_len; i++) {
		GNX_CLEAN(gnx_buf_done)
		struct gnx_buf data = {0};
		GNX_CLEAN(gnx_free)
		char *path = gnx_fmt("%s/site%s", w->dir, m->files[i].target);
		struct stat st;
		int r = gnx_file_read(m->files[i].source, 64u << 20, &data, err);

		if (!r)
			r = put(w, m->files[i].target, &data, err);
		if (!r)
			r = like_root(w, &m->files[i], err);
		if (r < 0)
			return r;
		if (stat(m->files[i].source, &st) < 0 ||
			chmod(path, st.st_mode & S_IXUSR ? 0755 : 0644) < 0)
			return gnx_fail_errno(err, "%s", path);
	}
	return 0;
}

int step_guests_run(struct build *b, const char *dir, struct gnx_err *err)
{
	const struct manifest *m = &b->manifest;
	GNX_CLEAN(gnx_free)
	char *guests = gnx_fmt("%s/guests", dir);
	GNX_CLEAN(gnx_free)
	char *kernel = gnx_fmt("%s/guest/vmlinuz", b->dir[STEP_kernel]);
	char *copy[] = {"cp", kernel, guests, NULL};
	struct work w = {.b = b, .dir = dir};
	int r = gnx_mkdirs(guests, err);

	if (!r)
		r = build_exec(b, copy, err);
	for (size_t i = 0; !r && i < m->guests_recipes.words.len; i++)
		r = one_recipe(&w, m->guests_recipes.words.items[i], true, err);
	if (!r && *manifest_text(&m->guests_rescue))
		r = one_recipe(&w, manifest_text(&m->guests_rescue), false, err);
	if (!r)
		r = put(&w, "/etc/gridnix/guests.hosts", &w.hosts, err);
	if (!r)
		r = put_network(&w, err);
	if (!r)
		r = write_dom0(&w, err);
	if (!r)
		r = write_apt_sources(&w, err);
	if (!r)
		r = copy_files(&w, err);
	gnx_strv_done(&w.images);
	gnx_strv_done(&w.sources);
	gnx_buf_done(&w.hosts);
	gnx_buf_done(&w.forward);
	return r;
}
