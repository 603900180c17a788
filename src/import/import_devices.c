/* SPDX-License-Identifier: BSD-3-Clause */
/* The disks and interfaces of xl's files: see part.h. */
#include "import/part.h"

#include "base/clean.h"
#include "import/spec.h"

#include <ctype.h>
#include <string.h>

void import_list(
	struct importer *im, const char *to, void (*take)(struct importer *im, const char *text))
{
	const struct xlcfg_value *list = &im->setting->value;

	(void)to;
	if (list->text)
		import_note(im, IMPORT_lost, "is a text where xl wants a [list]");
	for (size_t i = 0; i < list->len; i++) {
		if (list->items[i].text)
			take(im, list->items[i].text);
		else
			import_note(im, IMPORT_lost, "holds a list where xl wants a text");
	}
}

/* --- Disks */

/* Why there cannot be such a disk; NULL: there can. */
static const char *disk_fault(const struct spec_disk *d)
{
	if (d->script && *d->script)
		return "a script serves it: give the block device that it makes as the path";
	if (d->backend && *d->backend && strcmp(d->backend, "0") && strcmp(d->backend, "Domain-0"))
		return "another domain serves it: disks are dom0's";
	if (!d->path || !*d->path || (d->format && !strcmp(d->format, "empty")))
		return "it is a drive without a medium, which HVM guests alone can use";
	if (d->format && strcmp(d->format, "raw"))
		return "only raw files and block devices can be given: 'qemu-img convert -O raw' "
		       "makes one of it";
	return NULL;
}

/* "sda1" as "xvda1", as Linux' driver calls it: the caller frees. */
static char *disk_target(const char *vdev)
{
	if (gnx_starts(vdev, "/dev/"))
		vdev += strlen("/dev/");
	if ((gnx_starts(vdev, "sd") || gnx_starts(vdev, "hd")) && islower((unsigned char)vdev[2]))
		return gnx_fmt("xvd%s", vdev + 2);
	return gnx_dup(vdev);
}

static void set_disk(struct importer *im, const struct spec_disk *disk)
{
	GNX_CLEAN(gnx_free)
	char *target = disk_target(disk->vdev);
	GNX_CLEAN(gnx_free)
	char *section = gnx_fmt("disk %s", target);
	struct gnx_err err = GNX_ERR_INIT;
	int r = definition_add(&im->out->definition, section, &err);

	if (r < 0)
		import_note(im, IMPORT_lost, "%s", err.msg);
	else if (!r)
		import_note(
			im, IMPORT_lost, "[%s] is there already: give it another name", section);
	if (r <= 0)
		return;
	import_set(im, section, "path", disk->path);
	if (disk->readonly)
		import_set(im, section, "readonly", "yes");
	for (size_t i = 0; i < disk->others.len; i++)
		import_note(im, IMPORT_lost, "%s of [%s]: cannot be chosen", disk->others.items[i],
			section);
}

static void spec_done(struct spec_disk *disk)
{
	spec_disk_done(disk);
}

void import_disk(struct importer *im, const char *text)
{
	GNX_CLEAN(spec_done)
	struct spec_disk disk;
	struct gnx_err err = GNX_ERR_INIT;
	const char *fault = NULL;

	if (spec_disk_parse(&disk, text, &err) < 0)
		import_note(im, IMPORT_lost, "\"%.40s\": xl does not take it: %s", text, err.msg);
	else if ((fault = disk_fault(&disk)))
		import_note(im, IMPORT_lost, "%.15s: %s", disk.vdev, fault);
	else
		set_disk(im, &disk);
}

/* --- Interfaces */

/* Hexadecimal numbers with colons between, as xl reads them: as six of two digits. */
static const char *mac_of(const char *text, char out[18])
{
	unsigned m[6];
	int end = 0;

	if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%n", &m[0], &m[1], &m[2], &m[3], &m[4], &m[5],
		    &end) != 6 ||
		text[end])
		return text;
	snprintf(out, 18, "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
	return out;
}

static void set_script(struct importer *im, const char *section, const char *value)
{
	GNX_CLEAN(gnx_free)
	char *path = gnx_fmt("%s%s", *value == '/' ? "" : "/etc/xen/scripts/", value);

	if (!strcmp(value, "vif-bridge"))
		import_note(im, IMPORT_needless, "script of %s: is xl's default", section);
	else
		import_set(im, section, "script", path);
}

/* Addresses, and words KEY=VALUE, which are keys of a definition's interface. */
static void set_ip(struct importer *im, const char *section, const char *value)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv words = {0};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf addresses = {0};

	gnx_strv_split(&words, value, " ");
	for (size_t i = 0; i < words.len; i++) {
		char *is = strchr(words.items[i], '=');

		if (is) {
			*is = '\0';
			import_set(im, section, words.items[i], is + 1);
		} else {
			gnx_buf_fmt(&addresses, "%s%s", addresses.len ? " " : "", words.items[i]);
		}
	}
	if (addresses.len)
		import_set(im, section, "address", addresses.data);
}

static int set_vif_key(void *arg, const char *key, const char *value)
{
	struct importer *im = arg;
	char section[24], mac[18];

	snprintf(section, sizeof(section), "vif %zu", im->vifs);
	if (!strcmp(key, "bridge") && !*value)
		import_note(im, IMPORT_lost, "[%s] bridge: needs a value", section);
	else if (!strcmp(key, "bridge"))
		import_set(im, section, key, value);
	else if (!strcmp(key, "mac"))
		import_set(im, section, key, mac_of(value, mac));
	else if (!strcmp(key, "ip"))
		set_ip(im, section, value);
	else if (!strcmp(key, "script"))
		set_script(im, section, value);
	else if (!strcmp(key, "model") || !strcmp(key, "type"))
		import_note(
			im, IMPORT_needless, "%s of %s: counts for HVM guests alone", key, section);
	else if (!strcmp(key, "rate"))
		import_note(im, IMPORT_lost, "rate of %s: traffic is not limited", section);
	else
		import_note(im, IMPORT_lost, "%.30s of %s: cannot be chosen", key, section);
	return 0;
}

void import_vif(struct importer *im, const char *text)
{
	struct definition *d = &im->out->definition;
	struct gnx_err err = GNX_ERR_INIT;
	char section[24];

	snprintf(section, sizeof(section), "vif %zu", im->vifs);
	if (definition_add(d, section, &err) < 0) {
		import_note(im, IMPORT_lost, "%s", err.msg);
		return;
	}
	spec_vif_each(text, set_vif_key, im);
	if (!*d->vifs[im->vifs].bridge) {
		im->assumed = true;
		import_set(im, section, "bridge", "xenbr0");
		im->assumed = false;
	}
	im->vifs++;
}
