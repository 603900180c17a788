/* SPDX-License-Identifier: BSD-3-Clause */
/* Files with guests' states: see saved.h. */
#include "gridnixd/monitor/saved.h"

#include "base/clean.h"
#include "base/file.h"
#include "base/str.h"
#include "gridnixd/monitor/monitor.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CORE ".core"
#define PART ".part"

int saved_init(struct monitor *m, struct gnx_err *err)
{
	const struct settings *s = &m->settings;

	m->saves = *s->state_saves ? gnx_dup(s->state_saves) : gnx_fmt("%s/saved", s->state_dir);
	if (strlen(m->saves) + GUEST_UUID_TEXT + sizeof(CORE PART) > DEFINITION_PATH_MAX)
		return gnx_fail(err, -ENAMETOOLONG, "%s: is too long a name", m->saves);
	return gnx_mkdirs(m->saves, err);
}

/* The path of a file; or of it while it is written. */
static void path_of(const struct monitor *m, const uint8_t uuid[GUEST_UUID], enum saved what,
	bool part, char out[DEFINITION_PATH_MAX + 1])
{
	char name[GUEST_UUID_TEXT];

	guest_uuid_text(uuid, name);
	snprintf(out, DEFINITION_PATH_MAX + 1, "%s/%s%s%s", m->saves, name,
		what == SAVED_core ? CORE : "", part ? PART : "");
}

bool saved_there(const struct monitor *m, const uint8_t uuid[GUEST_UUID])
{
	char path[DEFINITION_PATH_MAX + 1];

	path_of(m, uuid, SAVED_state, false, path);
	return access(path, F_OK) == 0;
}

static int open_file(const char *path, int flags, struct gnx_err *err)
{
	int fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0600);

	return fd < 0 ? gnx_fail_errno(err, "%s", path) : fd;
}

int saved_open(const struct monitor *m, const uint8_t uuid[GUEST_UUID], struct gnx_err *err)
{
	char path[DEFINITION_PATH_MAX + 1];

	path_of(m, uuid, SAVED_state, false, path);
	return open_file(path, O_RDONLY, err);
}

static int drop(const char *path, struct gnx_err *err)
{
	return unlink(path) < 0 && errno != ENOENT ? gnx_fail_errno(err, "%s", path) : 0;
}

int saved_create(const struct monitor *m, const uint8_t uuid[GUEST_UUID], enum saved what,
	struct gnx_err *err)
{
	char path[DEFINITION_PATH_MAX + 1];
	int r = what == SAVED_state ? saved_drop(m, uuid, err) : 0;

	path_of(m, uuid, what, true, path);
	if (!r)
		r = drop(path, err);
	return r < 0 ? r : open_file(path, O_WRONLY | O_CREAT | O_EXCL, err);
}

/* Names that have come or gone are on the disk, too. */
static int sync_names(const struct monitor *m, struct gnx_err *err)
{
	GNX_CLEAN(gnx_close)
	int fd = open(m->saves, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 || fsync(fd) < 0 ? gnx_fail_errno(err, "%s", m->saves) : 0;
}

int saved_finish(const struct monitor *m, const uint8_t uuid[GUEST_UUID], enum saved what,
	struct gnx_err *err)
{
	char part[DEFINITION_PATH_MAX + 1], path[DEFINITION_PATH_MAX + 1];

	path_of(m, uuid, what, true, part);
	path_of(m, uuid, what, false, path);
	return rename(part, path) < 0 ? gnx_fail_errno(err, "%s", part) : sync_names(m, err);
}

void saved_undo(const struct monitor *m, const uint8_t uuid[GUEST_UUID], enum saved what)
{
	char path[DEFINITION_PATH_MAX + 1];

	path_of(m, uuid, what, true, path);
	unlink(path);
}

int saved_drop(const struct monitor *m, const uint8_t uuid[GUEST_UUID], struct gnx_err *err)
{
	char path[DEFINITION_PATH_MAX + 1];
	int r;

	path_of(m, uuid, SAVED_state, true, path);
	r = drop(path, err);
	path_of(m, uuid, SAVED_state, false, path);
	if (!r)
		r = drop(path, err);
	return r < 0 ? r : sync_names(m, err);
}
