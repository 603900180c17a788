/* SPDX-License-Identifier: BSD-3-Clause */
/* Files: see file.h. */
#include "base/file.h"
#include "base/clean.h"

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int gnx_file_read(const char *path, size_t max, struct gnx_buf *out, struct gnx_err *err)
{
	GNX_CLEAN(gnx_close)
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t total = 0;
	char chunk[16384];

	if (fd < 0)
		return gnx_fail_errno(err, "%s", path);
	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return gnx_fail_errno(err, "%s: read", path);
		if (n == 0)
			break;
		total += (size_t)n;
		if (total > max)
			return gnx_fail(
				err, -GNX_E_TOO_BIG, "%s: larger than %zu bytes", path, max);
		gnx_buf_add(out, chunk, (size_t)n);
	}
	gnx_buf_add(out, "", 0);
	return 0;
}

int gnx_file_set(const char *path, const char *value, struct gnx_err *err)
{
	GNX_CLEAN(gnx_close)
	int fd = open(path, O_RDWR | O_CLOEXEC);
	char is[32] = "";

	if (fd < 0 || pread(fd, is, sizeof(is) - 1, 0) < 0)
		return gnx_fail_errno(err, "%s", path);
	is[strcspn(is, "\n")] = '\0';
	return strcmp(is, value) != 0 && pwrite(fd, value, strlen(value), 0) < 0
		? gnx_fail_errno(err, "%s", path)
		: 0;
}

int gnx_dir_files(const char *dir, const char *suffix, struct gnx_strv *out, struct gnx_err *err)
{
	GNX_CLEAN(gnx_closedir)
	DIR *d = opendir(dir);
	struct dirent *e;

	if (!d)
		return errno == ENOENT ? 0 : gnx_fail_errno(err, "%s", dir);
	while ((e = readdir(d)))
		if (e->d_name[0] != '.' && gnx_ends(e->d_name, suffix))
			gnx_strv_fmt(out, "%s/%s", dir, e->d_name);
	gnx_strv_sort(out);
	return 0;
}

int gnx_file_write(const char *path, const void *data, size_t len, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *tmp = gnx_fmt("%s.XXXXXX", path);
	GNX_CLEAN(gnx_close)
	int fd = mkostemp(tmp, O_CLOEXEC);
	int r;

	if (fd < 0)
		return gnx_fail_errno(err, "%s", tmp);
	r = gnx_write_all(fd, data, len);
	if (r < 0)
		errno = -r;
	if (r < 0 || fchmod(fd, 0644) < 0 || fsync(fd) < 0 || rename(tmp, path) < 0) {
		r = gnx_fail_errno(err, "%s: write", path);
		unlink(tmp);
		return r;
	}
	return 0;
}

int gnx_mkdirs(const char *path, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *copy = gnx_dup(path);
	struct stat st;

	for (char *p = copy;; p++) {
		char c = *p;

		if ((c != '/' && c != '\0') || (p == copy && c))
			continue;
		*p = '\0';
		if (mkdir(copy, 0755) < 0 &&
			(errno != EEXIST || stat(copy, &st) < 0 || !S_ISDIR(st.st_mode)))
			return gnx_fail_errno(err, "%s: mkdir", copy);
		*p = c;
		if (!c)
			return 0;
	}
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

int gnx_rmtree(const char *path, struct gnx_err *err)
{
	struct stat st;

	if (lstat(path, &st) < 0 && errno == ENOENT)
		return 0;
	if (nftw(path, remove_one, 32, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) < 0)
		return gnx_fail_errno(err, "%s: remove", path);
	return 0;
}
