/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * xen/operate/operate.h on a host that is played: the functions of libxl below take the place of
 * the library's own.
 */
#include "xen/operate/operate.h"
#include "base/clean.h"
#include "base/str.h"
#include "xen/operate/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#define DOMAINS 8
#define FREE	1000 /* pages of the host */

struct domain {
	uint32_t domid; /* 0: there is none */
	uint8_t uuid[GUEST_UUID];
	const char *name;
	int paused;
	bool stopped, dying, suspended;
};

static struct played {
	struct xentoollog_logger *logger;
	struct domain domains[DOMAINS];
	bool no_xen;
	bool leaves_half; /* a create that fails does not clean up */
	int create_rc, unpause_rc, ask_rc, destroy_rc, suspend_rc;
	const char *disk_path; /* of xvdb */
	int device_state;      /* as its guest has it */
	bool has_vif;	       /* number 1 */
	const char *words;     /* logged by what fails */
	uint64_t need_kib;
	unsigned asked, destroyed, made, removed;
} host;

static const struct definition web = {.uuid = "0123456789abcde",
	.name = "web",
	.type = DEFINITION_pv,
	.memory_kib = 1024,
	.memory_max_kib = 1024,
	.vcpus = 1,
	.vcpus_max = 1,
	.kernel = "/dev/null"};

static void __attribute__((format(printf, 1, 2))) log_error(const char *format, ...)
{
	va_list al;

	va_start(al, format);
	host.logger->vmessage(host.logger, XTL_ERROR, -1, "libxl", format, al);
	va_end(al);
}

static int failing(int rc)
{
	if (rc && host.words)
		log_error("libxl_x.c:1:f: Domain 3:%s", host.words);
	return rc;
}

static struct domain *find(uint32_t domid)
{
	for (size_t i = 0; i < DOMAINS; i++)
		if (domid && host.domains[i].domid == domid)
			return &host.domains[i];
	return NULL;
}

static struct domain *add(uint32_t domid, const uint8_t uuid[GUEST_UUID], const char *name)
{
	for (size_t i = 0; i < DOMAINS; i++) {
		struct domain *d = &host.domains[i];

		if (d->domid)
			continue;
		*d = (struct domain){.domid = domid, .name = name};
		memcpy(d->uuid, uuid, GUEST_UUID);
		return d;
	}
	return NULL;
}

int libxl_ctx_alloc(libxl_ctx **out, int version, unsigned flags, xentoollog_logger *logger)
{
	assert_int_equal(version, LIBXL_VERSION);
	assert_int_equal(flags, 0);
	host.logger = logger;
	*out = (libxl_ctx *)&host;
	if (!host.no_xen)
		return 0;
	log_error("cannot open");
	*out = NULL;
	return ERROR_FAIL;
}

int libxl_ctx_free(libxl_ctx *ctx)
{
	(void)ctx;
	return 0;
}

int libxl_get_physinfo(libxl_ctx *ctx, libxl_physinfo *info)
{
	(void)ctx;
	info->cap_pv = true;
	info->free_pages = FREE + 100;
	info->outstanding_pages = 100;
	return 0;
}

int libxl_domain_need_memory(
	libxl_ctx *ctx, libxl_domain_config *config, uint32_t domid, uint64_t *need)
{
	(void)ctx, (void)config, (void)domid;
	*need = host.need_kib;
	return 0;
}

libxl_dominfo *libxl_list_domain(libxl_ctx *ctx, int *n)
{
	libxl_dominfo *list = calloc(DOMAINS, sizeof(*list));

	(void)ctx;
	*n = 0;
	for (size_t i = 0; i < DOMAINS; i++) {
		const struct domain *d = &host.domains[i];
		libxl_dominfo *info = &list[*n];

		if (!d->domid)
			continue;
		libxl_dominfo_init(info);
		info->domid = d->domid;
		memcpy(libxl_uuid_bytearray(&info->uuid), d->uuid, GUEST_UUID);
		info->paused = d->paused > 0;
		info->shutdown = d->stopped || d->suspended;
		info->shutdown_reason = d->suspended ? LIBXL_SHUTDOWN_REASON_SUSPEND
						     : LIBXL_SHUTDOWN_REASON_POWEROFF;
		info->dying = d->dying;
		++*n;
	}
	return list;
}

void libxl_dominfo_list_free(libxl_dominfo *list, int n)
{
	(void)n;
	free(list);
}

int libxl_name_to_domid(libxl_ctx *ctx, const char *name, uint32_t *domid)
{
	(void)ctx;
	for (size_t i = 0; i < DOMAINS; i++)
		if (host.domains[i].domid && !strcmp(host.domains[i].name, name)) {
			*domid = host.domains[i].domid;
			return 0;
		}
	return ERROR_INVAL;
}

int libxl_domain_create_new(libxl_ctx *ctx, libxl_domain_config *config, uint32_t *domid,
	const libxl_asyncop_how *how, const libxl_asyncprogress_how *progress)
{
	(void)ctx;
	assert_true(!how && !progress);
	assert_string_equal(config->c_info.name, "web");
	*domid = 5;
	if (!host.create_rc || host.leaves_half)
		add(5, web.uuid, "web")->paused = 1;
	return failing(host.create_rc);
}

int libxl_domain_unpause(libxl_ctx *ctx, uint32_t domid, const libxl_asyncop_how *how)
{
	(void)ctx, (void)how;
	assert_true(find(domid)->paused > 0);
	if (!host.unpause_rc)
		find(domid)->paused--;
	return failing(host.unpause_rc);
}

int libxl_domain_pause(libxl_ctx *ctx, uint32_t domid, const libxl_asyncop_how *how)
{
	(void)ctx, (void)how;
	find(domid)->paused++;
	return 0;
}

static int ask(uint32_t domid)
{
	assert_non_null(find(domid));
	host.asked++;
	return failing(host.ask_rc);
}

int libxl_domain_shutdown(libxl_ctx *ctx, uint32_t domid, const libxl_asyncop_how *how)
{
	(void)ctx, (void)how;
	return ask(domid);
}

int libxl_domain_reboot(libxl_ctx *ctx, uint32_t domid, const libxl_asyncop_how *how)
{
	(void)ctx, (void)how;
	return ask(domid);
}

int libxl_domain_destroy(libxl_ctx *ctx, uint32_t domid, const libxl_asyncop_how *how)
{
	(void)ctx, (void)how;
	host.destroyed++;
	if (!host.destroy_rc && find(domid))
		find(domid)->domid = 0;
	return failing(host.destroy_rc);
}

int libxl_domain_suspend(
	libxl_ctx *ctx, uint32_t domid, int fd, int flags, const libxl_asyncop_how *how)
{
	(void)ctx, (void)how;
	assert_int_equal(flags, 0);
	assert_int_equal(write(fd, "stream", 6), 6);
	find(domid)->suspended = true;
	return failing(host.suspend_rc);
}

int libxl_domain_resume(libxl_ctx *ctx, uint32_t domid, int cancel, const libxl_asyncop_how *how)
{
	(void)ctx, (void)how;
	assert_true(cancel && find(domid)->suspended);
	find(domid)->suspended = false;
	return 0;
}

int libxl_retrieve_domain_configuration(
	libxl_ctx *ctx, uint32_t domid, libxl_domain_config *config, const libxl_asyncop_how *how)
{
	(void)ctx, (void)how;
	assert_non_null(find(domid));
	memcpy(libxl_uuid_bytearray(&config->c_info.uuid), web.uuid, GUEST_UUID);
	return 0;
}

char *libxl_domain_config_to_json(libxl_ctx *ctx, libxl_domain_config *config)
{
	(void)ctx, (void)config;
	return strdup("{of web}");
}

int libxl_domain_config_from_json(libxl_ctx *ctx, libxl_domain_config *config, const char *json)
{
	(void)ctx;
	if (strcmp(json, "{of web}") != 0)
		return failing(ERROR_FAIL);
	config->c_info.name = strdup("old");
	memcpy(libxl_uuid_bytearray(&config->c_info.uuid), web.uuid, GUEST_UUID);
	return 0;
}

int libxl_domain_create_restore(libxl_ctx *ctx, libxl_domain_config *config, uint32_t *domid,
	int fd, int back, const libxl_domain_restore_params *params, const libxl_asyncop_how *how,
	const libxl_asyncprogress_how *progress)
{
	char stream[8] = "";

	assert_int_equal(back, -1);
	assert_int_equal(params->stream_version, 2);
	assert_int_equal(read(fd, stream, sizeof(stream)), 6);
	assert_string_equal(stream, "stream");
	return libxl_domain_create_new(ctx, config, domid, how, progress);
}

int libxl_domain_rename(libxl_ctx *ctx, uint32_t domid, const char *old, const char *name)
{
	uint32_t other;

	(void)ctx;
	assert_null(old);
	if (libxl_name_to_domid(ctx, name, &other) == 0)
		return failing(ERROR_INVAL);
	find(domid)->name = "renamed";
	return 0;
}

int libxl_set_memory_target(libxl_ctx *ctx, uint32_t domid, int64_t kib, int relative, int enforce)
{
	(void)ctx;
	assert_true(find(domid) && kib == 1024 && !relative && enforce);
	return failing(host.ask_rc);
}

int libxl_set_vcpuonline(
	libxl_ctx *ctx, uint32_t domid, libxl_bitmap *map, const libxl_asyncop_how *how)
{
	(void)ctx, (void)how;
	assert_non_null(find(domid));
	assert_true(libxl_bitmap_test(map, 0) && !libxl_bitmap_test(map, 1));
	return failing(host.ask_rc);
}

int libxl_domain_core_dump(
	libxl_ctx *ctx, uint32_t domid, const char *name, const libxl_asyncop_how *how)
{
	FILE *f = fopen(name, "w");

	(void)ctx, (void)how;
	assert_true(find(domid) && f);
	fputs("core", f);
	fclose(f);
	return failing(host.ask_rc);
}

int libxl_device_disk_add(
	libxl_ctx *ctx, uint32_t domid, libxl_device_disk *disk, const libxl_asyncop_how *how)
{
	(void)ctx, (void)how;
	assert_non_null(find(domid));
	assert_string_equal(disk->vdev, "xvdb");
	assert_true(disk->script && disk->readwrite);
	return failing(host.ask_rc);
}

int libxl_vdev_to_device_disk(
	libxl_ctx *ctx, uint32_t domid, const char *vdev, libxl_device_disk *disk)
{
	(void)ctx;
	assert_non_null(find(domid));
	disk->pdev_path = strdup(host.disk_path);
	disk->readwrite = 1;
	return strcmp(vdev, "xvdb") == 0 ? 0 : ERROR_INVAL;
}

int libxl_device_disk_getinfo(
	libxl_ctx *ctx, uint32_t domid, const libxl_device_disk *disk, libxl_diskinfo *diskinfo)
{
	(void)ctx, (void)domid, (void)disk;
	diskinfo->state = host.device_state;
	return 0;
}

int libxl_device_disk_remove(
	libxl_ctx *ctx, uint32_t domid, libxl_device_disk *disk, const libxl_asyncop_how *how)
{
	(void)ctx, (void)domid, (void)disk, (void)how;
	host.removed++;
	return failing(host.ask_rc);
}

int libxl_device_nic_add(
	libxl_ctx *ctx, uint32_t domid, libxl_device_nic *nic, const libxl_asyncop_how *how)
{
	(void)ctx, (void)how;
	assert_true(find(domid) && nic->devid == 1 && !strcmp(nic->bridge, "br1"));
	return failing(host.ask_rc);
}

int libxl_devid_to_device_nic(libxl_ctx *ctx, uint32_t domid, int devid, libxl_device_nic *nic)
{
	(void)ctx, (void)domid;
	nic->bridge = strdup("br1");
	return devid == 2 || (devid == 1 && host.has_vif) ? 0 : ERROR_INVAL;
}

int libxl_device_nic_getinfo(
	libxl_ctx *ctx, uint32_t domid, const libxl_device_nic *nic, libxl_nicinfo *nicinfo)
{
	(void)ctx, (void)domid, (void)nic;
	nicinfo->state = host.device_state;
	return 0;
}

int libxl_device_nic_remove(
	libxl_ctx *ctx, uint32_t domid, libxl_device_nic *nic, const libxl_asyncop_how *how)
{
	(void)ctx, (void)domid, (void)nic, (void)how;
	host.removed++;
	return failing(host.ask_rc);
}

static void say(const char *line)
{
	assert_true(*line);
}

/* It must be there, and not run yet. */
static void on_made(void *arg, int domid)
{
	assert_ptr_equal(arg, &host);
	assert_int_equal(find((uint32_t)domid)->paused, 1);
	host.made++;
}

static char words[GNX_ERR_MSG];
static const char *value = "";
static int file = -1; /* that a guest is saved to */

static int run_as(const struct definition *d, enum verb verb, int domid)
{
	const struct operate_work work = {verb, d, value, domid, file, on_made, &host};
	GNX_CLEAN(operate_close)
	struct operate *o = NULL;
	struct gnx_err err = GNX_ERR_INIT;
	int r = operate_open(say, &o, &err);

	if (!r)
		r = operate_run(o, &work, &err);
	assert_true(r == 0 || *err.msg);
	snprintf(words, sizeof(words), "%s", r ? err.msg : "");
	return r;
}

static int run(enum verb verb, int domid)
{
	return run_as(&web, verb, domid);
}

static int begin(void **state)
{
	(void)state;
	host = (struct played){.words = "the cause", .disk_path = ""};
	gnx_close(&file);
	file = memfd_create("state", 0);
	return 0;
}

static void it_starts(void **state)
{
	(void)state;
	add(3, (const uint8_t *)"somebody else's", "db");
	add(4, web.uuid, "")->dying = true;
	assert_int_equal(run(VERB_start, -1), 0);
	assert_int_equal(host.made, 1);
	assert_int_equal(find(5)->paused, 0);
	assert_int_equal(host.destroyed, 0);
}

static void nothing_is_left(void **state)
{
	(void)state;
	host.create_rc = ERROR_FAIL;
	assert_int_equal(run(VERB_start, -1), -EIO);
	assert_string_equal(words, "its domain could not be made: the cause");
	assert_int_equal(host.destroyed, 0);
	host.leaves_half = true;
	assert_int_equal(run(VERB_start, -1), -EIO);
	assert_int_equal(host.destroyed, 1);
	assert_null(find(5));
	host.destroy_rc = ERROR_FAIL;
	assert_int_equal(run(VERB_start, -1), -EIO);
	assert_string_equal(words, "its domain could not be made: the cause; the cause");
	begin(NULL);
	host.destroyed = 1;
	host.unpause_rc = ERROR_NOMEM;
	host.words = NULL;
	assert_int_equal(run(VERB_start, -1), -ENOMEM);
	assert_string_equal(words, "it could not be unpaused: libxl's error -5");
	assert_int_equal(host.destroyed, 2);
	assert_null(find(5));
}

/* Whoever has the number that libxl has given up. */
static void others_are_left_alone(void **state)
{
	(void)state;
	add(5, (const uint8_t *)"somebody else's", "db");
	host.create_rc = ERROR_FAIL;
	assert_int_equal(run(VERB_start, -1), -EIO);
	for (enum verb verb = VERB_shutdown; verb < VERB_COUNT; verb++)
		if (verb != VERB_restore && verb != VERB_adopt) /* about none; no worker's */
			assert_int_equal(run(verb, 5), verb == VERB_destroy ? 0 : -ENOENT);
	assert_int_equal(host.destroyed + host.asked, 0);
	assert_int_equal(find(5)->paused, 0);
}

static void it_is_there_already(void **state)
{
	(void)state;
	add(7, web.uuid, "web")->stopped = true;
	add(8, web.uuid, "")->dying = true;
	assert_int_equal(run(VERB_start, -1), -EEXIST);
	assert_string_equal(words, "it has a domain already, 7");
	assert_int_equal(host.made, 0);
}

static void its_name_is_taken(void **state)
{
	(void)state;
	add(3, (const uint8_t *)"somebody else's", "web");
	host.create_rc = ERROR_INVAL;
	assert_int_equal(run(VERB_start, -1), -EEXIST);
	assert_string_equal(words, "another domain, 3, has the name web");
}

static void something_is_missing(void **state)
{
	struct definition d = web;

	(void)state;
	strcpy(d.kernel, "/nothing/there");
	assert_int_equal(run_as(&d, VERB_start, -1), -ENOENT);
	assert_string_equal(words, "the kernel /nothing/there: No such file or directory");
	d = web;
	strcpy(d.initrd, "/nothing/there");
	assert_int_equal(run_as(&d, VERB_start, -1), -ENOENT);
	assert_non_null(strstr(words, "the initrd /nothing/there"));
	d = web;
	d.disks_len = 1;
	strcpy(d.disks[0].target, "xvda");
	strcpy(d.disks[0].path, "/dev/null");
	assert_int_equal(run_as(&d, VERB_start, -1), -EINVAL);
	assert_string_equal(words, "disk xvda: /dev/null is neither a block device nor a file");
	d = web;
	d.type = DEFINITION_pvh;
	assert_int_equal(run_as(&d, VERB_start, -1), -EOPNOTSUPP);
	d = web;
	d.grub = true;
	if (access(CONFIG_GRUB_PV, R_OK) < 0) {
		assert_int_equal(run_as(&d, VERB_start, -1), -ENOENT);
		assert_non_null(strstr(words, "install the package grub-xen-host"));
	}
	assert_int_equal(host.made, 0);
}

static void memory(void **state)
{
	(void)state;
	host.need_kib = FREE * 4;
	assert_int_equal(run(VERB_start, -1), 0);
	begin(NULL);
	host.need_kib = FREE * 4 + 1;
	assert_int_equal(run(VERB_start, -1), -ENOMEM);
	assert_string_equal(words,
		"it needs 4 MiB of memory, and the host has 3 MiB free: what dom0 has is not "
		"taken, see dom0_mem in gridnixd-worker(8)");
}

static void pauses(void **state)
{
	(void)state;
	add(5, web.uuid, "web");
	assert_int_equal(run(VERB_pause, 5), 0);
	assert_int_equal(run(VERB_pause, 5), 0);
	assert_int_equal(find(5)->paused, 1);
	find(5)->paused = 3;
	assert_int_equal(run(VERB_unpause, 5), 0);
	assert_int_equal(find(5)->paused, 0);
	assert_int_equal(run(VERB_unpause, 5), 0);
	host.unpause_rc = ERROR_FAIL;
	assert_int_equal(run(VERB_unpause, 5), 0);
	find(5)->paused = 1;
	assert_int_equal(run(VERB_unpause, 5), -EIO);
}

static void requests(void **state)
{
	(void)state;
	assert_int_equal(run(VERB_shutdown, -1), -ENOENT);
	add(5, web.uuid, "web");
	assert_int_equal(run(VERB_shutdown, 5), 0);
	assert_int_equal(run(VERB_reboot, 5), 0);
	assert_int_equal(host.asked, 2);
	host.ask_rc = ERROR_TIMEDOUT;
	assert_int_equal(run(VERB_reboot, 5), -ETIMEDOUT);
	host.ask_rc = ERROR_NOPARAVIRT;
	assert_int_equal(run(VERB_reboot, 5), -EOPNOTSUPP);
	host.ask_rc = ERROR_FAIL;
	assert_int_equal(run(VERB_reboot, 5), -EIO);
	assert_string_equal(words, "it could not be asked: the cause");
	host.asked = 0;
	find(5)->stopped = true;
	assert_int_equal(run(VERB_shutdown, 5), 0);
	assert_int_equal(run(VERB_reboot, 5), -EBUSY);
	find(5)->stopped = false;
	find(5)->paused = 1;
	assert_int_equal(run(VERB_shutdown, 5), -EBUSY);
	find(5)->paused = 0;
	find(5)->dying = true;
	assert_int_equal(run(VERB_shutdown, 5), -ENOENT);
	assert_int_equal(host.asked, 0);
}

static void it_is_destroyed(void **state)
{
	(void)state;
	assert_int_equal(run(VERB_destroy, -1), 0);
	assert_int_equal(run(VERB_destroy, 5), 0);
	assert_int_equal(host.destroyed, 0);
	add(5, web.uuid, "web")->dying = true;
	assert_int_equal(run(VERB_destroy, 5), 0);
	assert_null(find(5));
	add(5, web.uuid, "web");
	host.destroy_rc = ERROR_FAIL;
	assert_int_equal(run(VERB_destroy, 5), -EIO);
	assert_string_equal(words, "its domain could not be destroyed: the cause");
}

/* What is in the file is what has been written. */
static void rewind_file(void)
{
	assert_int_equal(lseek(file, 0, SEEK_SET), 0);
}

static void save_and_restore(void **state)
{
	(void)state;
	add(4, web.uuid, "web");
	assert_int_equal(run(VERB_save, 4), 0);
	assert_true(find(4)->suspended);
	rewind_file();
	assert_int_equal(run(VERB_restore, -1), -EEXIST);
	find(4)->domid = 0;
	assert_int_equal(run(VERB_restore, -1), 0);
	assert_int_equal(host.made, 1);
	assert_int_equal(find(5)->paused, 1);
}

static void saved_in_vain(void **state)
{
	(void)state;
	add(4, web.uuid, "web");
	host.suspend_rc = ERROR_GUEST_TIMEDOUT;
	assert_int_equal(run(VERB_save, 4), -ETIMEDOUT);
	assert_string_equal(words, "it could not be saved: the cause");
	assert_false(find(4)->suspended);
	find(4)->paused = 1;
	assert_int_equal(run(VERB_save, 4), -EBUSY);
	/* One that a killed worker has left is unpaused so. */
	find(4)->suspended = true;
	assert_int_equal(run(VERB_unpause, 4), 0);
	assert_false(find(4)->suspended || find(4)->paused);
}

static void restored_in_vain(void **state)
{
	(void)state;
	add(4, web.uuid, "web");
	assert_int_equal(run(VERB_save, 4), 0);
	find(4)->domid = 0;
	host.create_rc = ERROR_FAIL;
	host.leaves_half = true;
	rewind_file();
	assert_int_equal(run(VERB_restore, -1), -EIO);
	assert_null(find(5));
	host.need_kib = FREE * 4 + 1;
	rewind_file();
	assert_int_equal(run(VERB_restore, -1), -ENOMEM);
	assert_int_equal(host.made, 0);
}

/* Each byte of the header and the configuration counts. */
static void damaged_files(void **state)
{
	char all[512];
	ssize_t n;

	(void)state;
	add(4, web.uuid, "web");
	assert_int_equal(run(VERB_save, 4), 0);
	find(4)->domid = 0;
	n = pread(file, all, sizeof(all), 0);
	assert_memory_equal(all, "Xen saved domain, xl format\n \0 \r", 32);
	for (ssize_t i = 0; i < n - (ssize_t)strlen("stream"); i++) {
		char other = all[i] ^ 1;

		assert_int_equal(pwrite(file, &other, 1, i), 1);
		rewind_file();
		assert_true(run(VERB_restore, -1) < 0);
		assert_int_equal(ftruncate(file, i), 0);
		rewind_file();
		assert_int_equal(run(VERB_restore, -1), -GNX_E_SYNTAX);
		assert_int_equal(pwrite(file, all, n, 0), n);
	}
	assert_int_equal(host.made, 0);
}

static void changes(void **state)
{
	(void)state;
	add(4, web.uuid, "old");
	assert_int_equal(run(VERB_rename, 4), 0);
	assert_string_equal(find(4)->name, "renamed");
	add(3, (const uint8_t *)"somebody else's", "web");
	assert_int_equal(run(VERB_rename, 4), -EEXIST);
	assert_string_equal(words, "another domain, 3, has the name web");
	assert_int_equal(run(VERB_set_memory, 4), 0);
	assert_int_equal(run(VERB_set_vcpus, 4), 0);
	host.ask_rc = ERROR_FAIL;
	assert_int_equal(run(VERB_set_memory, 4), -EIO);
	assert_string_equal(words, "its memory could not be set: the cause");
	assert_int_equal(run(VERB_set_vcpus, 4), -EIO);
}

static void dumps(void **state)
{
	char core[4];

	(void)state;
	add(4, web.uuid, "web")->stopped = true;
	assert_int_equal(run(VERB_dump, 4), 0);
	assert_int_equal(pread(file, core, 4, 0), 4);
	assert_memory_equal(core, "core", 4);
	host.ask_rc = ERROR_FAIL;
	assert_int_equal(run(VERB_dump, 4), -EIO);
	assert_string_equal(words, "its memory could not be dumped: the cause");
}

static int run_with(const struct definition *d, enum verb verb, const char *text)
{
	int r;

	value = text;
	r = run_as(d, verb, 4);
	value = "";
	return r;
}

static void devices(void **state)
{
	static const enum verb all[] = {
		VERB_attach_disk, VERB_detach_disk, VERB_attach_vif, VERB_detach_vif};
	struct definition d = web;

	(void)state;
	add(4, web.uuid, "web");
	d.disks_len = 2;
	strcpy(d.disks[1].target, "xvdb");
	strcpy(d.disks[1].path, "/proc/self/exe");
	d.vifs_len = 2;
	strcpy(d.vifs[1].bridge, "br1");
	for (size_t i = 0; i < GNX_LEN(all); i++) {
		bool attaches = all[i] == VERB_attach_disk || all[i] == VERB_attach_vif;

		host.ask_rc = host.removed = 0;
		assert_int_equal(run_with(&d, all[i], "xvdb"), 0);
		assert_int_equal(host.removed, !attaches);
		/* What could not be attached is not left behind; its words are of the attaching. */
		host.ask_rc = ERROR_FAIL;
		host.removed = 0;
		assert_int_equal(run_with(&d, all[i], "xvdb"), -EIO);
		assert_true(gnx_ends(words, "tached: the cause"));
		assert_int_equal(host.removed, 1);
		/* Unless it is somebody else's. */
		host.ask_rc = ERROR_DEVICE_EXISTS;
		host.removed = 0;
		assert_int_equal(run_with(&d, all[i], "xvdb"), -EIO);
		assert_int_equal(host.removed, !attaches);
	}
	/* Unless it is this very one, and in use: a daemon that was killed has not written it down.
	 */
	host.removed = 0;
	host.has_vif = true;
	host.device_state = 4;
	assert_int_equal(run_with(&d, VERB_attach_vif, "xvdb"), 0);
	assert_int_equal(run_with(&d, VERB_attach_disk, "xvdb"), -EIO);
	host.disk_path = "/proc/self/exe";
	assert_int_equal(run_with(&d, VERB_attach_disk, "xvdb"), 0);
	host.device_state = 2;
	assert_int_equal(run_with(&d, VERB_attach_disk, "xvdb"), -EIO);
	assert_int_equal(run_with(&d, VERB_attach_vif, "xvdb"), -EIO);
	/* What is gone already need not be taken away. */
	assert_int_equal(run_with(&d, VERB_detach_disk, "xvdc"), 0);
	d.vifs_len = 1;
	host.has_vif = false;
	assert_int_equal(run_with(&d, VERB_detach_vif, "1"), 0);
	assert_int_equal(host.removed, 0);
	strcpy(d.disks[1].path, "/nothing/there");
	assert_int_equal(run_with(&d, VERB_attach_disk, "xvdb"), -ENOENT);
}

static void no_xen(void **state)
{
	(void)state;
	host.no_xen = true;
	assert_int_equal(run(VERB_destroy, 5), -ENODEV);
	assert_string_equal(words, "Xen does not answer: is this a dom0? (cannot open)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test_setup(it_starts, begin),
		cmocka_unit_test_setup(nothing_is_left, begin),
		cmocka_unit_test_setup(others_are_left_alone, begin),
		cmocka_unit_test_setup(it_is_there_already, begin),
		cmocka_unit_test_setup(its_name_is_taken, begin),
		cmocka_unit_test_setup(something_is_missing, begin),
		cmocka_unit_test_setup(memory, begin), cmocka_unit_test_setup(pauses, begin),
		cmocka_unit_test_setup(requests, begin),
		cmocka_unit_test_setup(it_is_destroyed, begin),
		cmocka_unit_test_setup(save_and_restore, begin),
		cmocka_unit_test_setup(saved_in_vain, begin),
		cmocka_unit_test_setup(restored_in_vain, begin),
		cmocka_unit_test_setup(damaged_files, begin),
		cmocka_unit_test_setup(changes, begin), cmocka_unit_test_setup(dumps, begin),
		cmocka_unit_test_setup(devices, begin), cmocka_unit_test_setup(no_xen, begin)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
