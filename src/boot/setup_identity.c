/* SPDX-License-Identifier: BSD-3-Clause */
/* Set-up of who dom0 is and who may log in: name, zone, keyboard, password, key. See setup.h. */
#include "boot/setup.h"

#include "base/clean.h"
#include "base/file.h"
#include "jail/spawn.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define ZONES "/usr/share/zoneinfo"

void setup_hosts_text(struct gnx_buf *out, const char *hostname, const char *guests_hosts)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv lines = {0};
	size_t first = strcspn(hostname, ".");

	gnx_buf_str(out, "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n");
	gnx_buf_fmt(out, "127.0.1.1\t%s", hostname);
	if (hostname[first])
		gnx_buf_fmt(out, " %.*s", (int)first, hostname);
	gnx_buf_str(out, "\n");
	gnx_strv_split(&lines, guests_hosts, "\n");
	for (size_t i = 0; i < lines.len; i++) {
		GNX_CLEAN(gnx_strv_done)
		struct gnx_strv words = {0};

		gnx_strv_split(&words, lines.items[i], ", \t\r");
		if (words.len == 3 && words.items[0][0] != '#')
			gnx_buf_fmt(out, "%s\t%s\n", words.items[1], words.items[2]);
	}
}

int setup_hostname(const struct bootparams *bp, struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf file = {0}, guests = {0}, hosts = {0};
	const char *name = bootparam_get(bp, BOOTPARAM_hostname);
	struct gnx_err missing;
	int r = 0;

	if (*name) {
		gnx_buf_fmt(&file, "%s\n", name);
		r = gnx_file_write("/etc/hostname", file.data, file.len, err);
		if (r < 0)
			return r;
	} else {
		r = gnx_file_read("/etc/hostname", 256, &file, err);
		if (r < 0)
			return r;
		name = gnx_trim(file.data);
	}
	/* The kernel's name has no domain; Debian's tools look that up in /etc/hosts. */
	if (sethostname(name, strcspn(name, ".")) < 0)
		return gnx_fail_errno(err, "sethostname");
	r = gnx_file_read("/etc/gridnix/guests.hosts", 1 << 20, &guests, &missing);
	if (r < 0 && r != -ENOENT)
		return gnx_fail(err, r, "%s", missing.msg);
	gnx_buf_str(&guests, "");
	setup_hosts_text(&hosts, name, guests.data);
	return gnx_file_write("/etc/hosts", hosts.data, hosts.len, err);
}

int setup_timezone(const struct bootparams *bp, struct gnx_err *err)
{
	const char *zone = bootparam_get(bp, BOOTPARAM_timezone);
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s/%s", ZONES, zone);
	struct stat st;

	if (!*zone)
		return 0;
	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return gnx_fail(
			err, -ENOENT, "timezone=%s: this image has no zone of that name", zone);
	if (unlink("/etc/localtime") < 0 && errno != ENOENT)
		return gnx_fail_errno(err, "/etc/localtime");
	return symlink(path, "/etc/localtime") < 0 ? gnx_fail_errno(err, "/etc/localtime") : 0;
}

int setup_keyboard(const struct bootparams *bp, struct gnx_err *err)
{
	const char *layout = bootparam_get(bp, BOOTPARAM_keyboard);
	const char *const argv[] = {"loadkeys", "--quiet", "--unicode", layout, NULL};
	struct jail_cmd cmd = JAIL_CMD_INIT;
	GNX_CLEAN(gnx_close)
	int tty = -1;
	int r;

	if (!*layout)
		return 0;
	/* loadkeys works on the terminal that it finds on its descriptors. */
	tty = open("/dev/tty1", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (tty < 0)
		return gnx_fail_errno(err, "/dev/tty1");
	cmd.argv = (char *const *)argv;
	cmd.stdin_fd = tty;
	cmd.deadline_ms = 30 * 1000;
	r = jail_run(&cmd, err);
	if (r < 0)
		gnx_err_prefix(err, "keyboard=%s", layout);
	return r;
}

int setup_rootpw(const struct bootparams *bp, struct gnx_err *err)
{
	static const char *const argv[] = {"chpasswd", "--encrypted", NULL};
	struct jail_cmd cmd = JAIL_CMD_INIT;
	GNX_CLEAN(gnx_close)
	int fd = -1;
	const char *hash = bootparam_get(bp, BOOTPARAM_rootpw);
	GNX_CLEAN(gnx_free)
	char *line = gnx_fmt("root:%s\n", hash);
	int r;

	if (!*hash)
		return 0;
	fd = memfd_create("rootpw", MFD_CLOEXEC);
	if (fd < 0)
		return gnx_fail_errno(err, "memfd_create");
	r = gnx_write_all(fd, line, strlen(line));
	if (r < 0)
		return gnx_fail(err, r, "memfd: %s", gnx_strerror(r));
	if (lseek(fd, 0, SEEK_SET) < 0)
		return gnx_fail_errno(err, "memfd");
	cmd.argv = (char *const *)argv;
	cmd.stdin_fd = fd;
	cmd.deadline_ms = 30 * 1000;
	return jail_run(&cmd, err);
}

int setup_sshkey(const struct bootparams *bp, struct gnx_err *err)
{
	static const char path[] = "/root/.ssh/authorized_keys";
	const char *key = bootparam_get(bp, BOOTPARAM_sshkey);
	GNX_CLEAN(gnx_free)
	char *line = gnx_fmt("%s\n", key);
	GNX_CLEAN(gnx_close)
	int fd = -1;
	int r;

	if (!*key)
		return 0;
	if (mkdir("/root/.ssh", 0700) < 0 && errno != EEXIST)
		return gnx_fail_errno(err, "/root/.ssh");
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return gnx_fail_errno(err, "%s", path);
	r = gnx_write_all(fd, line, strlen(line));
	return r < 0 ? gnx_fail(err, r, "%s: %s", path, gnx_strerror(r)) : 0;
}
