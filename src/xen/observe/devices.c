/* SPDX-License-Identifier: BSD-3-Clause */
/* Figures of guests' devices: see devices.h. */
#include "xen/observe/devices.h"
#include "base/clean.h"
#include "base/str.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SECTOR 512 /* bytes, whatever the disk's own are */

void devices_done(struct devices *d)
{
	free(d->items);
	*d = (struct devices){0};
}

/* Takes a name apart: "vif-1-0", "vbd-1-51712". */
static bool parse(const char *name, struct device *out)
{
	unsigned domid, number;
	char end;
	bool vif = gnx_starts(name, "vif-");

	if ((!vif && !gnx_starts(name, "vbd-")) ||
		sscanf(name + 4, "%5u-%10u%c", &domid, &number, &end) != 2)
		return false;
	*out = (struct device){(int)domid, vif, number};
	return true;
}

static int order(const void *a, const void *b)
{
	const struct device *x = a, *y = b;

	if (x->domid != y->domid)
		return x->domid < y->domid ? -1 : 1;
	if (x->vif != y->vif)
		return x->vif ? 1 : -1;
	return (x->number > y->number) - (x->number < y->number);
}

static void closedir_done(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

void devices_list(struct devices *d, const char *path)
{
	GNX_CLEAN(closedir_done)
	DIR *dir = opendir(path);
	struct dirent *e;
	size_t room = 0;

	devices_done(d);
	while (dir && d->len < DEVICES_MAX && (e = readdir(dir))) {
		if (d->len == room) {
			room = room ? 2 * room : 64;
			d->items = gnx_resize(d->items, room * sizeof(*d->items));
		}
		d->len += parse(e->d_name, &d->items[d->len]);
	}
	if (d->len)
		qsort(d->items, d->len, sizeof(*d->items), order);
}

/* A number in a file; STATS_NONE when it is not there. */
static uint64_t number_at(int dir, const char *name)
{
	GNX_CLEAN(gnx_close)
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	char text[32];
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	uint64_t value;

	if (n <= 0)
		return STATS_NONE;
	text[n] = '\0';
	return gnx_parse_u64(gnx_trim(text), UINT64_MAX - 1, &value) < 0 ? STATS_NONE : value;
}

/* Opens a directory of figures; without one all of them are unknown. */
static int figures_at(const char *path, uint64_t *figures, size_t n)
{
	stats_unknown(figures, n);
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void vbd_figures(const char *path, uint64_t *figures)
{
	static const struct {
		const char *file;
		bool sectors;
	} files[STATS_VBD_COUNT] = {
		[STATS_VBD_reads] = {"rd_req", false},
		[STATS_VBD_read_bytes] = {"rd_sect", true},
		[STATS_VBD_writes] = {"wr_req", false},
		[STATS_VBD_write_bytes] = {"wr_sect", true},
		[STATS_VBD_flushes] = {"f_req", false},
	};
	GNX_CLEAN(gnx_close)
	int dir = figures_at(path, figures, STATS_VBD_COUNT);

	for (size_t i = 0; dir >= 0 && i < GNX_LEN(files); i++) {
		figures[i] = number_at(dir, files[i].file);
		if (files[i].sectors && figures[i] != STATS_NONE)
			figures[i] *= SECTOR;
	}
}

/* What dom0 receives is what the guest sends. */
static void vif_figures(const char *path, uint64_t *figures)
{
	static const char *const files[STATS_VIF_COUNT] = {
		[STATS_VIF_rx_bytes] = "tx_bytes",
		[STATS_VIF_rx_packets] = "tx_packets",
		[STATS_VIF_rx_drops] = "tx_dropped",
		[STATS_VIF_tx_bytes] = "rx_bytes",
		[STATS_VIF_tx_packets] = "rx_packets",
		[STATS_VIF_tx_drops] = "rx_dropped",
	};
	GNX_CLEAN(gnx_close)
	int dir = figures_at(path, figures, STATS_VIF_COUNT);

	for (size_t i = 0; dir >= 0 && i < GNX_LEN(files); i++)
		figures[i] = number_at(dir, files[i]);
}

/* The interface below a device, whatever it was renamed to; "" while there is none. */
static void vif_name(const char *path, char out[STATS_NAME_MAX + 1])
{
	GNX_CLEAN(closedir_done)
	DIR *dir = opendir(path);
	struct dirent *e;

	while (dir && (e = readdir(dir)))
		if (*e->d_name != '.' && strlen(e->d_name) <= STATS_NAME_MAX)
			strcpy(out, e->d_name);
}

static void add_vif(const char *path, const struct device *d, struct stats *out)
{
	struct stats_vif *vif = &out->vifs[out->vifs_len++];
	GNX_CLEAN(gnx_free)
	char *net = gnx_fmt("%s/vif-%d-%u/net", path, d->domid, d->number);
	GNX_CLEAN(gnx_free)
	char *statistics = NULL;

	vif->number = d->number;
	vif_name(net, vif->name);
	statistics = gnx_fmt("%s/%s/statistics", net, *vif->name ? vif->name : "none");
	vif_figures(statistics, vif->figures);
}

static void add_vbd(const char *path, const struct device *d, struct stats *out)
{
	struct stats_vbd *vbd = &out->vbds[out->vbds_len++];
	GNX_CLEAN(gnx_free)
	char *statistics = gnx_fmt("%s/vbd-%d-%u/statistics", path, d->domid, d->number);

	vbd->number = d->number;
	vbd_figures(statistics, vbd->figures);
}

/* The first device of the domain or a later one. */
static size_t first_of(const struct devices *d, int domid)
{
	size_t low = 0, high = d->len;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (d->items[middle].domid < domid)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void devices_stats(const struct devices *d, const char *path, int domid, struct stats *out)
{
	for (size_t i = first_of(d, domid); i < d->len && d->items[i].domid == domid; i++) {
		if (d->items[i].vif && out->vifs_len < STATS_VIFS_MAX)
			add_vif(path, &d->items[i], out);
		else if (!d->items[i].vif && out->vbds_len < STATS_VBDS_MAX)
			add_vbd(path, &d->items[i], out);
	}
}
