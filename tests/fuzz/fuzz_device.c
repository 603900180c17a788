/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fuzz target: nodes of a device's back end, as lines NODE=VALUE behind one with its type. Whatever
 * they are, what is told has an object as its detail, and no more than three times.
 */
#include "base/clean.h"
#include "base/str.h"
#include "model/device.h"

#include <assert.h>
#include <jansson.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void hear(void *arg, const struct event_record *e)
{
	json_t *detail = json_loads(e->detail, 0, NULL);

	assert(json_is_object(detail));
	json_decref(detail);
	assert(++*(int *)arg <= 3);
}

static void ignore(void *arg, const struct event_record *e)
{
	(void)arg, (void)e;
}

static uint64_t no_origin(void *arg, const uint8_t uuid[GUEST_UUID])
{
	(void)arg, (void)uuid;
	return 0;
}

static void look(struct device_table *t, struct device_look *l, struct guests *g, int *told)
{
	const struct device_teller teller = {hear, no_origin, told};

	if (device_see(t, l)) {
		l->whole = true;
		device_see(t, l);
		l->whole = false;
	}
	device_gone(t, g, &teller);
	device_update(t, g, &teller);
	device_remembered(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv lines = {0};
	GNX_CLEAN(guests_free)
	struct guests *g = guests_new();
	GNX_CLEAN(device_table_free)
	struct device_table *t = device_table_new();
	struct device_look l = {.domid = 1};
	int type, told = 0;

	gnx_buf_str(&text, "");
	gnx_buf_add(&text, data, size);
	gnx_strv_split(&lines, text.data, "\n");
	if (!lines.len || (type = device_type_by_name(lines.items[0])) < 0)
		return 0;
	l.type = (enum device_type)type;
	guests_update(g, &(struct guest_look){.domid = 1}, 1, 0, ignore, NULL);
	for (size_t i = 1; i < lines.len; i++) {
		char *value = strchr(lines.items[i], '=');

		if (value) {
			*value = '\0';
			device_take(&l, lines.items[i], value + 1);
		}
		/* A guest may do so again and again. */
		for (int k = 0; k < 2; k++)
			look(t, &l, g, &told);
	}
	l.there = false;
	look(t, &l, g, &told);
	return 0;
}
