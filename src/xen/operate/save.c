/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A guest's state into a file, and out of it. The file is laid out as xl's own: xl restore reads
 * it, and what xl save wrote is read here. It gets its name when all of it is on the disk, and
 * loses it when the guest is whole again in memory: so there is always one of the two, and never
 * both run.
 */
#include "xen/operate/part.h"

#include "base/clean.h"
#include "base/file.h"

#include <string.h>

#define CONFIG_MAX (1 << 20) /* bytes; what libxl writes of a guest has a few thousand */

#define BYTE_ORDER_MARK 0x01020304U
#define FLAG_JSON	1U /* the configuration is libxl's JSON */
#define FLAG_STREAM_2	2U /* what follows is Xen's second kind of stream */

static const char magic[32] = "Xen saved domain, xl format\n \0 \r";

/* What the file begins with, in this machine's byte order; then the configuration, with its NUL,
 * and the stream. */
struct header {
	char magic[sizeof(magic)];
	uint32_t mark, mandatory, optional;
	uint32_t len;	 /* from here to the stream, without this */
	uint32_t config; /* bytes */
};

/* What Xen has of the guest now, whatever was attached to it meanwhile. */
static int write_header(struct operate *o, uint32_t domid, int fd, struct gnx_err *err)
{
	GNX_CLEAN(libxl_domain_config_dispose)
	libxl_domain_config config;
	GNX_CLEAN(gnx_free)
	char *json = NULL;
	struct header h = {.mark = BYTE_ORDER_MARK, .mandatory = FLAG_JSON | FLAG_STREAM_2};
	int rc;

	libxl_domain_config_init(&config);
	rc = libxl_retrieve_domain_configuration(o->ctx, domid, &config, NULL);
	if (!rc)
		json = libxl_domain_config_to_json(o->ctx, &config);
	if (rc || !json)
		return operate_failed(o, rc, "its configuration", err);
	memcpy(h.magic, magic, sizeof(magic));
	h.config = (uint32_t)strlen(json) + 1;
	h.len = h.config + (uint32_t)sizeof(h.config);
	rc = gnx_write_all(fd, &h, sizeof(h));
	if (!rc)
		rc = gnx_write_all(fd, json, h.config);
	return rc < 0 ? gnx_fail(err, rc, "its file: %s", gnx_strerror(rc)) : 0;
}

/* A guest that was suspended in vain goes on. */
static int suspend(
	struct operate *o, const struct operate_work *work, uint32_t domid, struct gnx_err *err)
{
	struct operate_domain now;
	int rc = libxl_domain_suspend(o->ctx, domid, work->file, 0, NULL);

	if (!rc)
		return 0;
	rc = operate_failed(o, rc, "it could not be saved", err);
	if (operate_find(o, work->guest->uuid, (int)domid, &now, NULL) == 0 && now.suspended)
		libxl_domain_resume(o->ctx, domid, 1, NULL);
	return rc;
}

int operate_save(struct operate *o, const struct operate_work *work,
	const struct operate_domain *domain, struct gnx_err *err)
{
	int r;

	if (domain->paused || domain->stopped)
		return gnx_fail(err, -EBUSY, "it is %s", domain->paused ? "paused" : "stopped");
	r = write_header(o, domain->domid, work->file, err);
	if (!r)
		r = suspend(o, work, domain->domid, err);
	if (!r && fsync(work->file) < 0) {
		r = gnx_fail_errno(err, "its file");
		libxl_domain_resume(o->ctx, domain->domid, 1, NULL);
	}
	return r;
}

static int read_all(int fd, void *data, size_t len, struct gnx_err *err)
{
	for (ssize_t n; len; data = (char *)data + n, len -= (size_t)n) {
		n = read(fd, data, len);
		if (n < 0)
			return gnx_fail_errno(err, "its file");
		if (!n)
			return gnx_fail(err, -GNX_E_SYNTAX, "its file ends in the middle");
	}
	return 0;
}

/* The configuration's text: *out. */
static int read_header(int fd, char **out, struct gnx_err *err)
{
	struct header h;
	GNX_CLEAN(gnx_free)
	char *json = NULL;
	int r = read_all(fd, &h, sizeof(h), err);

	if (r < 0)
		return r;
	if (memcmp(h.magic, magic, sizeof(magic)) != 0 || h.mark != BYTE_ORDER_MARK ||
		h.mandatory != (FLAG_JSON | FLAG_STREAM_2) || h.optional || !h.config ||
		h.config > CONFIG_MAX || h.len != h.config + sizeof(h.config))
		return gnx_fail(err, -GNX_E_SYNTAX, "its file is no guest's state");
	json = gnx_alloc(h.config);
	r = read_all(fd, json, h.config, err);
	if (!r && json[h.config - 1])
		r = gnx_fail(err, -GNX_E_SYNTAX, "its file is no guest's state");
	if (!r)
		*out = STEAL(json);
	return r;
}

/* As it was saved, under the name that it has now. */
static int read_config(struct operate *o, const struct operate_work *work,
	libxl_domain_config *config, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *json = NULL;
	int r = read_header(work->file, &json, err);

	if (r < 0)
		return r;
	r = libxl_domain_config_from_json(o->ctx, config, json);
	if (r)
		return operate_failed(o, r, "the configuration that was saved", err);
	if (memcmp(libxl_uuid_bytearray_const(&config->c_info.uuid), work->guest->uuid,
		    GUEST_UUID) != 0)
		return gnx_fail(err, -EINVAL, "its file is another guest's state");
	free(config->c_info.name);
	config->c_info.name = gnx_dup(work->guest->name);
	return 0;
}

int operate_restore(struct operate *o, const struct operate_work *work, struct gnx_err *err)
{
	GNX_CLEAN(libxl_domain_config_dispose)
	libxl_domain_config config;
	libxl_domain_restore_params params;
	uint32_t domid = INVALID_DOMID;
	int r = operate_check_alone(o, work->guest, err);

	libxl_domain_config_init(&config);
	if (!r)
		r = read_config(o, work, &config, err);
	if (!r)
		r = operate_check_memory(o, &config, err);
	if (r < 0)
		return r;
	libxl_domain_restore_params_init(&params);
	params.stream_version = 2;
	r = libxl_domain_create_restore(
		o->ctx, &config, &domid, work->file, -1, &params, NULL, NULL);
	libxl_domain_restore_params_dispose(&params);
	if (r) {
		operate_undo(o, work->guest, domid);
		return operate_explain(
			o, r, domid, work->guest, "its domain could not be made", err);
	}
	if (work->made)
		work->made(work->arg, (int)domid);
	return 0;
}

/* libxl wants a name, and gets one of what is open already. */
int operate_dump(struct operate *o, const struct operate_work *work,
	const struct operate_domain *domain, struct gnx_err *err)
{
	char name[32];
	int rc;

	snprintf(name, sizeof(name), "/proc/self/fd/%d", work->file);
	rc = libxl_domain_core_dump(o->ctx, domain->domid, name, NULL);
	if (rc)
		return operate_failed(o, rc, "its memory could not be dumped", err);
	return fsync(work->file) < 0 ? gnx_fail_errno(err, "its file") : 0;
}
