/* SPDX-License-Identifier: BSD-3-Clause */
/* Debian's mirrors: see mirror.h. */
#include "build/mirror.h"

#include "base/clean.h"
#include "base/file.h"

#include <string.h>

#define LIST_MAX 65536

static bool is_debian_suite(const char *release, size_t len, bool security)
{
	static const char *const names[] = {
		"bookworm", "trixie", "forky", "stable", "oldstable", "testing", "sid", "unstable"};

	for (size_t i = 0; i < GNX_LEN(names); i++) {
		GNX_CLEAN(gnx_free)
		char *want = gnx_fmt("%s%s", names[i], security ? "-security" : "");

		if (strlen(want) == len && !strncmp(release, want, len))
			return true;
	}
	return false;
}

/* 'URI/dists/RELEASE/main/binary-amd64/Packages.xz' FILE 0 */
char *mirror_of_line(const char *line, bool security)
{
	static const char dists[] = "/dists/", index[] = "/main/binary-amd64/Packages";
	const char *end = strstr(line, index), *release = NULL;

	if (*line != '\'' || gnx_starts(line, "'cdrom:"))
		return NULL;
	for (const char *s = line; end && (s = strstr(s, dists)) && s < end;)
		release = s += strlen(dists);
	if (!release || release > end ||
		!is_debian_suite(release, (size_t)(end - release), security))
		return NULL;
	return gnx_fmt("%.*s/", (int)(release - strlen(dists) - (line + 1)), line + 1);
}

/* The words of a list's line: URI, and what apt knows of it. */
static int first_of_list(const char *path, char **out, struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	char *save = NULL;
	int r = gnx_file_read(path, LIST_MAX, &text, err);

	if (r < 0)
		return r;
	for (char *s = text.len ? strtok_r(text.data, "\n", &save) : NULL; s;
		s = strtok_r(NULL, "\n", &save)) {
		size_t len;

		s += strspn(s, " \t");
		len = strcspn(s, " \t\r");
		if (!gnx_starts(s, "http://") && !gnx_starts(s, "https://"))
			continue;
		*out = gnx_fmt("%.*s%s", (int)len, s, s[len - 1] == '/' ? "" : "/");
		return 0;
	}
	return gnx_fail(err, -GNX_E_BAD_VALUE,
		"%s, which this host's apt has its mirrors from, names none by http", path);
}

static const char *host_of(const char *uri)
{
	const char *host = strstr(uri, "://");

	return host ? host + 3 : "";
}

int mirror_resolve(const char *uri, char **out, struct gnx_err *err)
{
	static const char list[] = "mirror+file:";
	GNX_CLEAN(gnx_free)
	char *found = NULL;
	const char *host;
	int r = 0;

	if (gnx_starts(uri, list)) {
		GNX_CLEAN(gnx_free)
		char *path = gnx_dup(uri + strlen(list));

		for (size_t n = strlen(path); n && path[n - 1] == '/'; n--)
			path[n - 1] = '\0';
		r = first_of_list(path, &found, err);
	} else if (gnx_starts(uri, "mirror")) {
		r = gnx_fail(err, -GNX_E_BAD_VALUE,
			"this host's apt has its mirrors from %s; name one in [mirror] of the manifest",
			uri);
	} else {
		found = gnx_dup(uri);
	}
	if (r < 0)
		return r;
	host = host_of(found);
	if (memchr(host, '@', strcspn(host, "/")))
		return gnx_fail(err, -GNX_E_BAD_VALUE,
			"a mirror's URI has a user or a password before \"@%.*s\", which would stand in the image for all to read; "
			"apt_auth.conf(5) says where it belongs",
			(int)strcspn(strchr(host, '@') + 1, "/"), strchr(host, '@') + 1);
	*out = STEAL(found);
	return 0;
}

bool mirror_is_local(const char *uri)
{
	static const char *const hosts[] = {"localhost", "127.", "[::1]"};
	const char *host = host_of(uri);

	for (size_t i = 0; i < GNX_LEN(hosts); i++)
		if (gnx_starts(host, hosts[i]))
			return true;
	return !gnx_starts(uri, "http");
}
