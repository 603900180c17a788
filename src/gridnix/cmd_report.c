/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gridnix report: what somebody who looks for a fault needs to know, as one text. What could be a
 * secret is left out, and so is said. Works without the daemon.
 */
#include "base/clean.h"
#include "base/file.h"
#include "gridnix/cmd.h"
#include "gridnix/figures.h"
#include "gridnix/out.h"
#include "gridnix/report.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>

#define EVENTS_MAX     500 /* the last ones */
#define OPERATIONS_MAX 50  /* that events name, the last ones */
#define LOG_MAX	       16384
#define FACT_MAX       65536

static const char left_out[] =
	"Left out, for they could be secrets: kernels' command lines, dom0's and the guests'; what\n"
	"guests wrote to xenstore and to their consoles; what hooks printed; what is on disks;\n"
	"passwords, keys, tokens.\n"
	"In it are names, UUIDs and addresses of guests, paths of disks, and parts of logs: read it\n"
	"before you give it to others.\n";

static const char *const facts[] = {"/etc/os-release", "/proc/uptime", "/proc/loadavg",
	"/proc/meminfo", "/proc/xen/capabilities", "/sys/hypervisor/type",
	"/sys/hypervisor/version/major", "/sys/hypervisor/version/minor",
	"/sys/hypervisor/version/extra", "/sys/hypervisor/compilation/compile_date",
	"/sys/hypervisor/properties/capabilities", "/sys/hypervisor/properties/features"};

static const char *const logs[] = {"/var/log/gridnix/current", "/var/log/xen/xen-hotplug.log",
	"/var/log/xen/xenstored.log", "/var/log/xen/xl.log"};

static void head(const char *title)
{
	printf("\n== %s\n", title);
}

/* Text of many lines, each as it can be shown. Kernels log their command lines. */
static void print_lines(char *text)
{
	for (char *line = text, *end; line && *line; line = end) {
		GNX_CLEAN(gnx_free)
		char *shown = NULL;

		end = strchr(line, '\n');
		if (end)
			*end++ = '\0';
		shown = out_text(
			strstr(line, "ommand line:") ? "(left out: a command line)" : line);
		puts(shown);
	}
}

static void print_words(const struct gnx_conn *conn)
{
	GNX_CLEAN(gnx_free)
	char *words = out_text(gnx_conn_words(conn));

	puts(words);
}

static void print_file(const char *path)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	struct gnx_err err = GNX_ERR_INIT;

	printf("-- %s\n", path);
	if (gnx_file_read(path, FACT_MAX, &text, &err) < 0)
		puts(err.msg);
	else if (text.len)
		print_lines(text.data);
}

/* The end of a file that may be long, from the beginning of a line. */
static void print_log(const char *path)
{
	GNX_CLEAN(gnx_close)
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	off_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END),
	      from = size > LOG_MAX ? size - LOG_MAX : 0;
	char text[LOG_MAX + 1], *line = text;
	ssize_t n = fd < 0 ? -1 : pread(fd, text, LOG_MAX, from);

	printf("-- %s\n", path);
	if (n < 0) {
		printf("%s\n", gnx_strerror(-errno));
		return;
	}
	text[n] = '\0';
	if (from && (line = strchr(text, '\n')))
		line++;
	print_lines(line);
}

static void print_system(void)
{
	struct utsname u;

	head("System");
	uname(&u);
	printf("gridnix %s, libgridnix %s\n%s %s %s %s\n", GNX_VERSION, gnx_version(), u.sysname,
		u.release, u.version, u.machine);
	for (size_t i = 0; i < GNX_LEN(facts); i++)
		print_file(facts[i]);
	head("Packages");
	report_packages();
}

static void print_stats(struct gnx_conn *conn)
{
	struct gnx_stats *stats;
	struct gnx_host *host;

	if (gnx_host_get(conn, &host) == 0) {
		printf("gridnixd %s, up %" PRIu64 " s, boot %s, events %" PRIu64 " to %" PRIu64
		       "\n",
			gnx_host_version(host), gnx_host_up_ms(host) / 1000, gnx_host_boot_id(host),
			gnx_host_first(host), gnx_host_last(host));
		for (size_t i = 0; gnx_host_degraded(host, i); i++)
			printf("degraded: %s\n", gnx_host_degraded(host, i));
		gnx_host_free(host);
	}
	if (gnx_host_stats(conn, &stats) == 0) {
		puts(gnx_stats_json(stats));
		gnx_stats_free(stats);
	}
}

static void print_net(struct gnx_conn *conn)
{
	struct gnx_stats *net;

	head("Network");
	if (gnx_net(conn, false, NULL, 0, &net) < 0) {
		print_words(conn);
		return;
	}
	puts(gnx_stats_json(net));
	gnx_stats_free(net);
}

static void print_definition(struct gnx_conn *conn, const struct gnx_guest *g)
{
	GNX_CLEAN(gnx_free)
	char *text = NULL;
	GNX_CLEAN(gnx_free)
	char *name = out_text(gnx_guest_name(g));
	int r = gnx_guest_definition(conn, gnx_guest_uuid(g), GNX_FORM_INI, &text);

	printf("-- %s, %s\n", name, gnx_guest_uuid(g));
	if (r < 0) {
		if (r == -ENOENT)
			puts("it has none");
		else
			print_words(conn);
		return;
	}
	report_redact(text);
	print_lines(text);
}

static void print_definitions(struct gnx_conn *conn)
{
	struct gnx_guests *guests;

	head("Definitions");
	if (gnx_guest_list(conn, &guests) < 0) {
		print_words(conn);
		return;
	}
	for (size_t i = 0; i < gnx_guests_count(guests); i++)
		print_definition(conn, gnx_guests_at(guests, i));
	gnx_guests_free(guests);
}

static void print_operation(struct gnx_conn *conn, uint64_t id)
{
	struct gnx_operation *o;

	if (gnx_operation_get(conn, id, &o) < 0)
		return;
	puts(gnx_operation_json(o));
	gnx_operation_free(o);
}

/* Without what a guest or a hook has printed. */
static void print_event(const struct gnx_event *e)
{
	static const struct {
		const char *kind, *member;
	} cuts[] = {{"crashed", "console"}, {"hook-failed", "words"}};

	for (size_t i = 0; i < GNX_LEN(cuts); i++)
		if (!strcmp(gnx_event_kind(e), cuts[i].kind)) {
			GNX_CLEAN(gnx_free)
			char *text = report_cut(gnx_event_json(e), cuts[i].member);

			puts(text);
			return;
		}
	puts(gnx_event_json(e));
}

/* The last events, and the operations that they name. */
static void print_events(struct gnx_conn *conn)
{
	uint64_t ids[OPERATIONS_MAX] = {0}, last = 0;
	struct gnx_host *host;
	const struct gnx_event *e;
	size_t n = 0;
	int r;

	head("Events");
	if (gnx_host_get(conn, &host) == 0) {
		last = gnx_host_last(host);
		gnx_host_free(host);
	}
	r = gnx_event_read(conn, last > EVENTS_MAX ? last - EVENTS_MAX : 0, 0, NULL, NULL);
	while (!r && gnx_event_next(conn, CMD_PATIENCE_MS, &e) > 0) {
		uint64_t id = gnx_event_operation(e);

		print_event(e);
		if (id && id != ids[(n + OPERATIONS_MAX - 1) % OPERATIONS_MAX])
			ids[n++ % OPERATIONS_MAX] = id;
	}
	head("Operations");
	for (size_t i = n > OPERATIONS_MAX ? n - OPERATIONS_MAX : 0; i < n; i++)
		print_operation(conn, ids[i % OPERATIONS_MAX]);
}

/* What the daemon knows, if there is one. */
static void print_daemon(struct gnx_conn *conn)
{
	struct gnx_host *host;
	int r = gnx_host_get(conn, &host);

	head("Daemon");
	if (r < 0) {
		printf("It does not answer: ");
		print_words(conn);
		puts("Figures, definitions, events and operations are missing.");
		return;
	}
	gnx_host_free(host);
	print_stats(conn);
	print_net(conn);
	print_definitions(conn);
	print_events(conn);
}

static void print_all(struct gnx_conn *conn)
{
	time_t now = time(NULL);
	struct tm tm;
	char date[32];

	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
	printf("Report of a Gridnix host, %s\n%s", date, left_out);
	print_system();
	print_daemon(conn);
	head("Xenstore, names only");
	report_xenstore();
	head("Logs");
	for (size_t i = 0; i < GNX_LEN(logs); i++)
		print_log(logs[i]);
	puts("\n== End");
}

/* Standard output becomes a file that nobody else can read. */
static int redirect(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0 || fchmod(fd, 0600) < 0 || dup2(fd, STDOUT_FILENO) < 0)
		return -errno;
	close(fd);
	return 0;
}

enum cmd_status cmd_report(struct gnx_conn *conn, const struct cmd_args *a)
{
	int r = a->output ? redirect(a->output) : 0;

	if (r < 0) {
		cmd_complain(a->output, gnx_strerror(r));
		return CMD_FAILED;
	}
	print_all(conn);
	if (a->output && fflush(stdout) == 0 && !ferror(stdout))
		fprintf(stderr, "gridnix: %s is written. Read it before you give it to others.\n",
			a->output);
	return CMD_OK; /* main() has words for what was not written */
}
