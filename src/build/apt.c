/* SPDX-License-Identifier: BSD-3-Clause */
/* Debian's apt with our own configuration: see apt.h. */
#include "build/apt.h"
#include "base/clean.h"
#include "base/file.h"
#include "build/mirror.h"
#include "build/progress.h"
#include "jail/spawn.h"

#include <glob.h>
#include <string.h>
#include <time.h>

#define KEYRING "/usr/share/keyrings/debian-archive-keyring.gpg"

/* The host's apt settings that say how to reach a mirror. */
static const char *const carried[] = {"Acquire::http", "Acquire::https", "Acquire::Retries",
	"Acquire::Check-Valid-Until", "Acquire::Check-Date", "Acquire::Max-FutureTime"};

/* And the files with passwords for it. */
#define AUTH_CONF                                                                                  \
	"Dir::Etc::netrc \"/etc/apt/auth.conf\";\nDir::Etc::netrcparts \"/etc/apt/auth.conf.d\";\n"

static int host_apt(struct build *b, char *const argv[], struct gnx_buf *out, struct gnx_err *err)
{
	struct jail_cmd cmd = JAIL_CMD_INIT;

	cmd.argv = argv;
	cmd.log_fd = b->log_fd;
	cmd.capture = out;
	cmd.stop = b->stop;
	return jail_run(&cmd, err);
}

/* The URIs come without the lists that a host may not have. */
static int read_mirrors(struct build *b, char *found[2], struct gnx_err *err)
{
	char *argv[] = {"apt-get", "update", "--print-uris", NULL};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf out = {0};
	char *save = NULL;
	int r = host_apt(b, argv, &out, err);

	for (char *s = !r && out.len ? strtok_r(out.data, "\n", &save) : NULL; s;
		s = strtok_r(NULL, "\n", &save))
		for (int i = 0; i < 2; i++)
			if (!found[i])
				found[i] = mirror_of_line(s, i == 1);
	return r;
}

int apt_find_mirrors(struct build *b, struct gnx_err *err)
{
	const struct manifest_value *named[2] = {
		&b->manifest.mirror_url, &b->manifest.mirror_security};
	char **wanted[2] = {&b->lock.mirror, &b->lock.security};
	char *found[2] = {NULL, NULL};
	int r;

	for (int i = 0; i < 2; i++)
		if (*manifest_text(named[i]))
			found[i] = gnx_dup(manifest_text(named[i]));
	r = found[0] && found[1] ? 0 : read_mirrors(b, found, err);

	b->lock.suite = gnx_dup(manifest_text(&b->manifest.image_suite));
	for (int i = 0; i < 2; i++) {
		if (!r)
			r = found[i]
				? mirror_resolve(found[i], wanted[i], err)
				: gnx_fail(err, -GNX_E_MISSING,
					  "this host's apt names no Debian %s; set %s in [mirror] of the "
					  "manifest",
					  i ? "security archive" : "mirror",
					  i ? "security" : "url");
		if (r == -GNX_E_BAD_VALUE && named[i]->words.len)
			gnx_err_prefix(err, "%s", named[i]->where.items[0]);
		if (!r && mirror_is_local(*wanted[i]))
			progress_note(
				"dom0 will ask %s, which only this host reaches; [mirror] of the "
				"manifest names another",
				*wanted[i]);
		free(found[i]);
	}
	return r;
}

char *apt_dir(const struct build *b)
{
	char hex[HASH_HEX];
	struct hash_key k;

	hash_key_init(&k);
	hash_key_str(&k, b->lock.mirror);
	hash_key_str(&k, b->lock.security);
	hash_key_hex(&k, hex);
	return gnx_fmt("%s/apt-%s-%.8s", b->depot, b->lock.suite, hex);
}

static int write_sources(struct build *b, const char *dir, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/etc/sources.list", dir);
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf s = {0};
	const char *suite = b->lock.suite;

	gnx_buf_fmt(&s, "deb [signed-by=" KEYRING "] %s %s main\n", b->lock.mirror, suite);
	gnx_buf_fmt(&s, "deb [signed-by=" KEYRING "] %s %s-updates main\n", b->lock.mirror, suite);
	gnx_buf_fmt(
		&s, "deb [signed-by=" KEYRING "] %s %s-security main\n", b->lock.security, suite);
	return gnx_file_write(path, s.data, s.len, err);
}

static int write_config(struct build *b, const char *dir, struct gnx_err *err)
{
	char *dump[] = {"apt-config", "dump", NULL};
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/apt.conf", dir);
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf host = {0}, s = {0};
	char *save = NULL;
	int r = host_apt(b, dump, &host, err);

	if (r < 0)
		return r;
	gnx_buf_fmt(&s,
		"Dir \"%s\";\nDir::State \"%s/state\";\nDir::State::status \"%s/status\";\n"
		"Dir::Cache \"%s/cache\";\nDir::Etc \"%s/etc\";\nDir::Log \"%s/log\";\n"
		"#clear DPkg::Post-Invoke;\n#clear APT::Update::Post-Invoke;\n"
		"#clear APT::Update::Post-Invoke-Success;\n"
		"APT::Architecture \"amd64\";\nAPT::Architectures \"amd64\";\n"
		"APT::Install-Recommends \"false\";\nAPT::Sandbox::User \"root\";\n"
		"Acquire::Languages \"none\";\n" AUTH_CONF,
		dir, dir, dir, dir, dir, dir);
	for (char *line = strtok_r(host.data, "\n", &save); line;
		line = strtok_r(NULL, "\n", &save))
		for (size_t i = 0; i < GNX_LEN(carried); i++)
			if (gnx_starts(line, carried[i]))
				gnx_buf_fmt(&s, "%s\n", line);
	return gnx_file_write(path, s.data, s.len, err);
}

int apt_run(struct build *b, char *const argv[], const char *cwd, struct gnx_buf *capture,
	struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *dir = apt_dir(b);
	GNX_CLEAN(gnx_free)
	char *config = gnx_fmt("APT_CONFIG=%s/apt.conf", dir);
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("PATH=%s", getenv("PATH"));
	char *env[] = {path, config, "LC_ALL=C.UTF-8", "TZ=UTC", NULL};
	struct jail_cmd cmd = JAIL_CMD_INIT;

	cmd.argv = argv;
	cmd.env = env;
	cmd.cwd = cwd;
	cmd.log_fd = b->log_fd;
	cmd.capture = capture;
	cmd.stop = b->stop;
	return build_jail(b, &cmd, err);
}

/* The newest "Date:" of the Release files: the state of the mirror, not of our clock. */
static int newest_date(const char *dir, uint64_t *date, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *pattern = gnx_fmt("%s/state/lists/*Release", dir);
	GNX_CLEAN(globfree)
	glob_t g = {0};

	*date = 0;
	if (glob(pattern, 0, NULL, &g) != 0)
		return -ENOENT;
	for (size_t i = 0; i < g.gl_pathc; i++) {
		GNX_CLEAN(gnx_buf_done)
		struct gnx_buf text = {0};
		struct tm tm = {0};
		char *s;
		int r = gnx_file_read(g.gl_pathv[i], 16u << 20, &text, err);

		if (r < 0)
			return r;
		s = strstr(text.data, "\nDate: ");
		if (s && strptime(s + 7, "%a, %d %b %Y %T", &tm) && (uint64_t)timegm(&tm) > *date)
			*date = (uint64_t)timegm(&tm);
	}
	return *date ? 0 : -ENOENT;
}

int apt_key_lists(const struct build *b, struct hash_key *k, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *dir = apt_dir(b);
	GNX_CLEAN(gnx_free)
	char *pattern = gnx_fmt("%s/state/lists/*Release", dir);
	GNX_CLEAN(globfree)
	glob_t g = {0};
	int r = 0;

	glob(pattern, 0, NULL, &g);
	for (size_t i = 0; !r && i < g.gl_pathc; i++)
		r = hash_key_file(k, g.gl_pathv[i], err);
	return r;
}

int apt_prepare(struct build *b, bool refresh, uint64_t *date, struct gnx_err *err)
{
	static const char *const parts[] = {"state/lists/partial", "cache/archives/partial",
		"etc/apt.conf.d", "etc/preferences.d", "etc/sources.list.d", "log"};
	char *update[] = {"apt-get", "-qq", "--error-on=any", "update", NULL};
	GNX_CLEAN(gnx_free)
	char *dir = apt_dir(b);
	GNX_CLEAN(gnx_free)
	char *status = gnx_fmt("%s/status", dir);
	int r = 0;

	for (size_t i = 0; !r && i < GNX_LEN(parts); i++) {
		GNX_CLEAN(gnx_free)
		char *path = gnx_fmt("%s/%s", dir, parts[i]);

		r = gnx_mkdirs(path, err);
	}
	if (!r)
		r = gnx_file_write(status, "", 0, err);
	if (!r)
		r = write_sources(b, dir, err);
	if (!r)
		r = write_config(b, dir, err);
	if (r < 0)
		return r;
	if (!refresh && newest_date(dir, date, NULL) == 0)
		return 0;
	r = apt_run(b, update, NULL, NULL, err);
	if (r == -GNX_E_CHILD)
		return gnx_fail(err, -GNX_E_NETWORK,
			"the package lists of %s and %s could not be fetched; is the mirror reachable?",
			b->lock.mirror, b->lock.security);
	if (!r)
		r = newest_date(dir, date, err);
	if (r == -ENOENT)
		return gnx_fail(err, -GNX_E_NETWORK, "%s has no lists for %s", b->lock.mirror,
			b->lock.suite);
	return r;
}
