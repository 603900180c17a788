/* SPDX-License-Identifier: BSD-3-Clause */
/* What is wrong with the host: see degraded.h. */
#include "gridnixd/monitor/degraded.h"

#include "base/clean.h"
#include "base/file.h"
#include "gridnixd/monitor/monitor.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define BOOT_MAX  4096	/* bytes of what the boot may say */
#define SILENT_MS 10000 /* a store that is only busy answers sooner */
#define SOON_MS	  10000 /* a process that ran for so long does not end again and again */
#define SOON_MAX  3

void degraded_set(struct monitor *m, enum degraded what, const char *text)
{
	char words[DEGRADED_WORDS_MAX + 1];
	GNX_CLEAN(gnx_free)
	char *detail = NULL;
	json_t *o;

	degraded_words(text, words);
	if (!strcmp(words, m->faults.words[what]))
		return;
	strcpy(m->faults.words[what], words);
	o = json_pack("{s:s, s:s*}", "what", degraded_name(what), "words", *words ? words : NULL);
	detail = o ? json_dumps(o, JSON_COMPACT) : NULL;
	json_decref(o);
	look_tell(m, EVENT_host_degraded, *words ? "begins" : "ends", detail);
}

void degraded_store(struct monitor *m, bool answers)
{
	int64_t now = monitor_ms(), *since = &m->faults.silent_ms;

	if (answers)
		*since = 0;
	else if (!*since)
		*since = now;
	if (answers || now - *since >= SILENT_MS)
		degraded_set(m, DEGRADED_xenstore, answers ? "" : "xenstored does not answer");
}

void degraded_ended(struct monitor *m, struct restarts *r, const char *name)
{
	GNX_CLEAN(gnx_free)
	char *words = NULL;

	r->soon = monitor_ms() - r->began_ms < SOON_MS ? r->soon + 1 : 0;
	if (r->soon < SOON_MAX)
		return;
	words = gnx_fmt("the %s ends again and again; the daemon's log says why", name);
	degraded_set(m, DEGRADED_process, words);
}

/* Whether all run, and have run for long. */
static bool processes_well(const struct monitor *m)
{
	const struct restarts *all[] = {
		&m->front.restarts, &m->hooks.restarts, &m->consoles.restarts};

	for (size_t i = 0; i < GNX_LEN(all); i++)
		if (all[i]->soon && monitor_ms() - all[i]->began_ms < SOON_MS)
			return false;
	return true;
}

/* The file is beside the socket, /run/gridnix in an image, and gone when all is well. */
static void look_at_boot(struct monitor *m)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%.*s/degraded",
		(int)(strrchr(m->settings.socket_path, '/') - m->settings.socket_path),
		m->settings.socket_path);
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	struct stat st = {0};

	gnx_buf_str(&text, "");
	if (stat(path, &st) == 0 && !memcmp(&st.st_mtim, &m->faults.boot_seen, sizeof(st.st_mtim)))
		return;
	m->faults.boot_seen = st.st_mtim;
	if (st.st_mtim.tv_sec && gnx_file_read(path, BOOT_MAX, &text, NULL) < 0)
		gnx_buf_str(&text, "what is wrong cannot be read");
	degraded_set(m, DEGRADED_boot, text.data);
}

void degraded_look(struct monitor *m)
{
	look_at_boot(m);
	if (*m->faults.words[DEGRADED_process] && processes_well(m))
		degraded_set(m, DEGRADED_process, "");
}
