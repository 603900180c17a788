/* SPDX-License-Identifier: BSD-3-Clause */
/* The greeting: see greeting.h. First the gathering, then the text. */
#include "boot/greeting.h"

#include "base/clean.h"
#include "base/file.h"
#include "boot/common.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <string.h>

void greeting_done(struct greeting *g)
{
	gnx_buf_done(&g->boot);
	gnx_buf_done(&g->degraded);
	boot_guests_done(&g->guests);
	gnx_strv_done(&g->addresses);
	free(g->system);
	*g = (struct greeting){0};
}

static void read_into(struct gnx_buf *out, const char *path)
{
	gnx_file_read(path, 1 << 20, out, NULL);
	gnx_buf_str(out, "");
}

static void gather_addresses(struct gnx_strv *out)
{
	struct ifaddrs *list, *a;

	if (getifaddrs(&list) < 0)
		return;
	for (a = list; a; a = a->ifa_next) {
		char text[INET6_ADDRSTRLEN];
		const void *addr;

		if (!a->ifa_addr || (a->ifa_flags & IFF_LOOPBACK) ||
			!strcmp(a->ifa_name, "guests0"))
			continue;
		if (a->ifa_addr->sa_family == AF_INET)
			addr = &((struct sockaddr_in *)(void *)a->ifa_addr)->sin_addr;
		else if (a->ifa_addr->sa_family == AF_INET6)
			addr = &((struct sockaddr_in6 *)(void *)a->ifa_addr)->sin6_addr;
		else
			continue;
		if (a->ifa_addr->sa_family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(addr))
			continue;
		if (inet_ntop(a->ifa_addr->sa_family, addr, text, sizeof(text)))
			gnx_strv_fmt(out, "%s (%s)", text, a->ifa_name);
	}
	freeifaddrs(list);
}

/* The value of PRETTY_NAME="..." in os-release's text. */
static char *pretty_name(const char *text)
{
	const char *at = strstr(text, "PRETTY_NAME=\"");

	if (!at)
		return gnx_dup("Linux");
	at += strlen("PRETTY_NAME=\"");
	return gnx_fmt("%.*s", (int)strcspn(at, "\"\n"), at);
}

static char *gather_system(void)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf major = {0}, minor = {0}, release = {0};
	GNX_CLEAN(gnx_free)
	char *name = NULL;

	read_into(&release, "/etc/os-release");
	read_into(&major, "/sys/hypervisor/version/major");
	read_into(&minor, "/sys/hypervisor/version/minor");
	name = pretty_name(release.data);
	if (!*gnx_trim(major.data))
		return gnx_fmt("%s, without Xen", name);
	return gnx_fmt("Xen %s.%s on %s", gnx_trim(major.data), gnx_trim(minor.data), name);
}

void greeting_gather(struct greeting *g)
{
	struct bootparams bp;

	*g = (struct greeting){0};
	g->held = boot_params(&bp, NULL, NULL, NULL) == 0 && !bootparam_on(&bp, BOOTPARAM_guests);
	read_into(&g->boot, BOOT_FILE);
	read_into(&g->degraded, BOOT_DEGRADED);
	boot_guests_read(&g->guests, BOOT_GUESTS_DIR, BOOT_GUESTS_HOSTS, NULL);
	gather_addresses(&g->addresses);
	g->system = gather_system();
	gethostname(g->host, sizeof(g->host) - 1);
}

bool greeting_ready(const struct greeting *g)
{
	size_t len;

	return boot_value(g->boot.data, "t_ready", &len) != NULL;
}

/* A time of the boot file in ms; false when it is not there. */
static bool time_of(const char *boot, const char *key, long *ms_out)
{
	size_t len;
	const char *value = boot_value(boot, key, &len);

	if (value)
		*ms_out = strtol(value, NULL, 10);
	return value;
}

static void guest_lines(struct gnx_buf *out, const struct greeting *g)
{
	if (!g->guests.len)
		gnx_buf_str(out, "  guests    none are started at boot\n");
	for (size_t i = 0; i < g->guests.len; i++) {
		const struct boot_guest *guest = &g->guests.list[i];
		GNX_CLEAN(gnx_free)
		char *key = gnx_fmt("t_guest_%s", guest->name);
		char addr[INET_ADDRSTRLEN] = "-";
		long ms;

		if (guest->addr.s_addr)
			inet_ntop(AF_INET, &guest->addr, addr, sizeof(addr));
		gnx_buf_fmt(out, "  %-9s %-12s %-15s ", i ? "" : "guests", guest->name, addr);
		if (time_of(g->boot.data, key, &ms))
			gnx_buf_fmt(out, "answered after %ld.%ld s", ms / 1000, ms % 1000 / 100);
		else
			gnx_buf_str(
				out, g->held ? "not started: guests=no" : "has not answered yet");
		if (i < 2)
			gnx_buf_fmt(out, ", Alt-F%zu", i + 2);
		gnx_buf_str(out, "\n");
	}
}

static void time_line(struct gnx_buf *out, const char *boot)
{
	static const struct {
		const char *key, *words;
	} times[] = {{"t_kernel", "kernel"}, {"t_medium", "medium"}, {"t_layers", "layers"},
		{"t_switch", "root"}, {"t_setup", "set-up"}, {"t_ready", "ready"}};
	long ms;

	/* It fits into 80 columns, even when all take more than ten seconds. */
	gnx_buf_str(out, "  boot (s) ");
	for (size_t i = 0; i < GNX_LEN(times); i++) {
		if (!time_of(boot, times[i].key, &ms))
			continue;
		gnx_buf_fmt(out, " %s %ld.%ld", times[i].words, ms / 1000, ms % 1000 / 100);
	}
	gnx_buf_str(out, "\n");
}

static void note_lines(struct gnx_buf *out, const struct greeting *g)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv lines = {0};

	gnx_strv_split(&lines, g->boot.data, "\n");
	for (size_t i = 0; i < lines.len; i++)
		if (gnx_starts(lines.items[i], "note "))
			gnx_buf_fmt(out, "  note      %s\n", lines.items[i] + 5);
	if (g->degraded.len)
		gnx_buf_fmt(out, "\n  THIS HOST IS DEGRADED: %s\n", gnx_trim(g->degraded.data));
}

void greeting_text(struct gnx_buf *out, const struct greeting *g)
{
	size_t len;
	const char *name = boot_value(g->boot.data, "name", &len);
	const char *mode = boot_value(g->boot.data, "mode", &len);

	if (name)
		gnx_buf_fmt(
			out, "\nGridnix %.*s: %s\n\n", (int)strcspn(name, "\n"), name, g->system);
	else
		gnx_buf_fmt(out, "\nGridnix: %s\n\n", g->system);
	gnx_buf_fmt(out, "  host      %s\n", g->host);
	if (!g->addresses.len)
		gnx_buf_str(out, "  address   none yet\n");
	for (size_t i = 0; i < g->addresses.len; i++)
		gnx_buf_fmt(out, "  %-9s %s\n", i ? "" : "address", g->addresses.items[i]);
	guest_lines(out, g);
	time_line(out, g->boot.data);
	if (mode && gnx_starts(mode, "medium"))
		gnx_buf_str(out, "  root      on the medium: leave it in\n");
	else if (mode && gnx_starts(mode, "initrd"))
		gnx_buf_str(out, "  root      in RAM\n");
	else
		gnx_buf_str(out,
			"  root      in RAM: after \"umount /media/cdrom\" the medium may go\n");
	note_lines(out, g);
	gnx_buf_str(out, "\n");
	if (g->guests.len)
		gnx_buf_str(
			out, "  Alt-F1 is this host, Alt-F2 and Alt-F3 the guests' consoles.\n");
	gnx_buf_str(out,
		"  \"gridnix list\" shows the guests, \"gridnix console NAME\" opens a console,\n"
		"  Ctrl-] leaves it.\n");
}

static unsigned long field_mib(const char *meminfo, const char *key)
{
	const char *at = strstr(meminfo, key);

	return at ? strtoul(at + strlen(key), NULL, 10) / 1024 : 0;
}

void greeting_memory(struct gnx_buf *out, const char *meminfo)
{
	gnx_buf_fmt(out, "  dom0 has %lu MiB of memory, %lu available.\n",
		field_mib(meminfo, "MemTotal:"), field_mib(meminfo, "MemAvailable:"));
}

void greeting_now(struct gnx_buf *out)
{
	GNX_CLEAN(greeting_done)
	struct greeting g;
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf meminfo = {0};

	greeting_gather(&g);
	read_into(&meminfo, "/proc/meminfo");
	greeting_text(out, &g);
	greeting_memory(out, meminfo.data);
}
