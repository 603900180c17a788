/* SPDX-License-Identifier: BSD-3-Clause */
/* Kernel modules: see modules.h; the meaning of /modules/list: modlist.h. */
#include "boot/stage1/modules.h"

#include "base/clean.h"
#include "base/file.h"
#include "boot/stage1/console.h"
#include "boot/stage1/layers.h"
#include "boot/stage1/sys.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#define LIST_MAX (8 << 20)

static int open_uevents(void)
{
	struct sockaddr_nl addr = {.nl_family = AF_NETLINK, .nl_groups = 1};
	GNX_CLEAN(gnx_close)
	int fd = socket(
		AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);

	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		return -1;
	return STEAL_FD(fd);
}

int modules_open(struct modules *m, const char *cmdline, struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	int rc;

	*m = (struct modules){.cmdline = cmdline, .uevents = open_uevents()};
	rc = gnx_file_read("/modules/list", LIST_MAX, &text, err);
	return rc < 0 ? rc : modlist_parse(&m->list, text.data, err);
}

/* The layer is mounted when the first of its modules is wanted: what that takes is inserted. */
static void mount_layer(struct modules *m)
{
	struct gnx_err err = GNX_ERR_INIT;

	if (m->is_mounted)
		return;
	m->is_mounted = true;
	if (layers_mount_file("/modules/boot.sqfs", LAYERS_BOOT, &err) < 0)
		say_loud("most drivers cannot be loaded: %s", err.msg);
}

static char *path_of(struct modules *m, const char *name)
{
	const char *file = modlist_file(&m->list, name);

	if (!file)
		return gnx_fmt("/modules/%s.ko", name);
	mount_layer(m);
	return gnx_fmt(LAYERS_BOOT "/%s", file);
}

static void insert_one(struct modules *m, const char *name)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf params = {0};
	GNX_CLEAN(gnx_free)
	char *path = NULL;
	GNX_CLEAN(gnx_close)
	int fd = -1;
	long long start = sys_boottime_ms();

	if (gnx_strv_has(&m->done, name))
		return;
	gnx_strv_add(&m->done, name);
	path = path_of(m, name);
	modlist_params(m->cmdline, name, &params);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		say("module %s: %s", name, strerror(errno));
	else if (syscall(SYS_finit_module, fd, params.data ?: "", 0) == 0)
		say_verbose("module %s %s(%lld ms)", name, params.data ? "with parameters " : "",
			sys_boottime_ms() - start);
	else if (errno != EEXIST)
		say("module %s: the kernel refused it: %s", name, strerror(errno));
}

static void insert(struct modules *m, const char *name)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv deps = {0};

	if (gnx_strv_has(&m->done, name))
		return;
	gnx_strv_split(&deps, modlist_deps(&m->list, name), " ");
	for (size_t i = 0; i < deps.len; i++)
		insert_one(m, deps.items[i]);
	insert_one(m, name);
}

void modules_load_listed(struct modules *m)
{
	for (size_t i = 0; i < m->list.load.len; i++)
		insert(m, m->list.load.items[i]);
}

void modules_load(struct modules *m, const char *names)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv words = {0};

	gnx_strv_split(&words, names, " ");
	for (size_t i = 0; i < words.len; i++)
		if (modlist_file(&m->list, words.items[i]))
			insert(m, words.items[i]);
}

/* True when something was inserted. */
static bool load_for(struct modules *m, const char *modalias_file)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv names = {0};
	size_t before = m->done.len;
	char modalias[4096];

	if (!sys_read_line(modalias_file, modalias, sizeof(modalias)) ||
		gnx_strv_has(&m->seen, modalias))
		return false;
	gnx_strv_add(&m->seen, modalias);
	modlist_match(&m->list, modalias, &names);
	for (size_t i = 0; i < names.len; i++)
		insert(m, names.items[i]);
	return m->done.len > before;
}

/* One bus's devices. Not glob(): it would link the user database into a static program. */
static bool load_for_bus(struct modules *m, const char *bus)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("/sys/bus/%s/devices", bus);
	GNX_CLEAN(gnx_closedir)
	DIR *dir = opendir(path);
	struct dirent *entry;
	bool any = false;

	while (dir && (entry = readdir(dir))) {
		GNX_CLEAN(gnx_free)
		char *file = gnx_fmt("%s/%s/modalias", path, entry->d_name);

		if (entry->d_name[0] != '.')
			any = load_for(m, file) || any;
	}
	return any;
}

void modules_load_for_devices(struct modules *m)
{
	bool again = true;

	while (again) {
		GNX_CLEAN(gnx_closedir)
		DIR *buses = opendir("/sys/bus");
		struct dirent *bus;

		again = false;
		while (buses && (bus = readdir(buses)))
			if (bus->d_name[0] != '.')
				again = load_for_bus(m, bus->d_name) || again;
	}
}

void modules_wait(struct modules *m, int timeout_ms)
{
	struct pollfd fd = {.fd = m->uevents, .events = POLLIN};
	char event[8192];

	if (poll(&fd, 1, timeout_ms) <= 0)
		return;
	/* Events come in bursts; what they say is read from /sys, once, when a burst is over. */
	for (int quiet = 0; !quiet && timeout_ms > 0; timeout_ms -= 20) {
		while (recv(m->uevents, event, sizeof(event), 0) >= 0 || errno == ENOBUFS)
			;
		quiet = poll(&fd, 1, 20) == 0;
	}
}
