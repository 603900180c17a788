/* SPDX-License-Identifier: BSD-3-Clause */
/* The configuration's files: see config.h. */
#include "gridnixd/monitor/config.h"

#include "base/clean.h"
#include "base/file.h"
#include "base/ini.h"

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

/* -ENOENT: there is no such group. "" is that of this process, -1 for chown(). */
static int find_group(const char *name, gid_t *out, struct gnx_err *err)
{
	const struct group *g = *name ? getgrnam(name) : NULL;

	if (*name && !g)
		return gnx_fail(err, -ENOENT,
			"[socket] group: there is no group \"%s\" on this host", name);
	*out = g ? g->gr_gid : getegid();
	return 0;
}

static int read_file(const char *path, struct settings *s, struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	gid_t ignored;
	int r = gnx_file_read(path, GNX_INI_MAX, &text, err);

	if (!r)
		r = settings_parse(s, text.data, text.len, path, err);
	if (r < 0)
		return r;
	r = find_group(s->socket_group, &ignored, err);
	if (r < 0)
		gnx_err_prefix(err, "%s", path);
	return r;
}

static int read_files(const struct config *c, struct settings *s, struct gnx_err *err)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv files = {0};
	const char *path = c->path ? c->path : CONFIG_FILE;
	GNX_CLEAN(gnx_free)
	char *dir = gnx_fmt("%s.d", path);
	int r = gnx_dir_files(dir, ".conf", &files, err);

	if (!r && (c->path || access(path, F_OK) == 0))
		r = read_file(path, s, err);
	for (size_t i = 0; i < files.len && !r; i++)
		r = read_file(files.items[i], s, err);
	return r;
}

void config_give(struct config *c, const char *section, const char *key, const char *text)
{
	if (c->given_len < GNX_LEN(c->given))
		c->given[c->given_len] = (struct config_given){section, key, text};
	c->given_len++;
}

int config_load(const struct config *c, struct settings *out, struct gnx_err *err)
{
	int r = 0;

	settings_init(out);
	if (c->given_len > GNX_LEN(c->given))
		return gnx_fail(err, -GNX_E_TOO_BIG, "too many options: put them into %s",
			c->path ? c->path : CONFIG_FILE);
	if (c->none)
		out->guests_dir[0] = out->networks_dir[0] = '\0';
	else
		r = read_files(c, out, err);
	for (size_t i = 0; !r && i < c->given_len; i++)
		r = settings_set(out, c->given[i].section, c->given[i].key, c->given[i].text, err);
	return r;
}

int config_apply_socket(const struct settings *s, struct gnx_err *err)
{
	gid_t group = (gid_t)-1;
	int r = find_group(s->socket_group, &group, err);

	if (r < 0)
		return r;
	if (chown(s->socket_path, (uid_t)-1, group) < 0 ||
		chmod(s->socket_path, s->socket_mode) < 0)
		return gnx_fail_errno(err, "%s", s->socket_path);
	return 0;
}
