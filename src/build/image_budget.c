/* SPDX-License-Identifier: BSD-3-Clause */
/* The memory budget of this image: see image_budget.h. */
#include "build/image_budget.h"
#include "base/clean.h"
#include "base/file.h"
#include "build/imagefile.h"
#include "build/recipe.h"

#include <glob.h>
#include <sys/stat.h>

/* What dom0's programs and its kernel hold while all guests run, measured in the booted demo. */
#define SERVICES (72u << 20)

/* A guest kernel's unpacked size, of its packed one: ours is seven times smaller packed. */
#define UNPACK_RATIO 8

static int add_guests(struct build *b, struct budget_in *in, struct gnx_err *err)
{
	const struct manifest_value *v = &b->manifest.guests_recipes;

	for (size_t i = 0; i < v->words.len; i++) {
		GNX_CLEAN(recipe_done)
		struct recipe rc = {0};
		int r = recipe_load(&rc, v->words.items[i], err);

		if (r < 0)
			return r;
		if (!recipe_number(&rc.guest_order))
			continue;
		in->guests++;
		in->guests_mib += recipe_number(&rc.guest_memory_mib);
	}
	return 0;
}

static void add_sizes(const char *pattern, uint64_t *sum, uint64_t *largest)
{
	GNX_CLEAN(globfree)
	glob_t g = {0};

	glob(pattern, 0, NULL, &g);
	for (size_t i = 0; i < g.gl_pathc; i++) {
		struct stat st;

		if (stat(g.gl_pathv[i], &st) < 0)
			continue;
		*sum += (uint64_t)st.st_size;
		if ((uint64_t)st.st_size > *largest)
			*largest = (uint64_t)st.st_size;
	}
}

int image_budget(struct build *b, const struct budget_kernel *kernel, uint64_t initrd,
	uint64_t initrd_unpacked, struct budget_in *in, struct budget_out *out,
	struct budget_out *net, struct gnx_err *err)
{
	struct budget_in net_in;
	GNX_CLEAN(gnx_free)
	char *layers = gnx_fmt("%s/*.sqfs", b->dir[STEP_layers]);
	GNX_CLEAN(gnx_free)
	char *boot = gnx_fmt("%s/" IMAGEFILE_BOOT, b->dir[STEP_layers]);
	GNX_CLEAN(gnx_free)
	char *guests = gnx_fmt("%s/guests/*", b->dir[STEP_guests]);
	uint64_t largest = 0, largest_guest = 0;
	int r;

	*in = (struct budget_in){.kernel = *kernel,
		.initrd = initrd,
		.initrd_unpacked = initrd_unpacked,
		.services = SERVICES,
		.swiotlb = IMAGE_SWIOTLB};
	add_sizes(boot, &in->initrd_kept, &largest);
	add_sizes(layers, &in->layers, &largest);
	in->layers -= in->initrd_kept;
	add_sizes(guests, &in->layers, &largest_guest);
	r = add_guests(b, in, err);
	if (in->guests)
		in->guest_load = largest_guest * UNPACK_RATIO;
	if (!r)
		r = budget_compute(
			in, (uint32_t)manifest_size(&b->manifest.image_machine_limit), out, err);
	net_in = budget_netboot(in);
	/* The limit is for the medium: nobody is told that a network's machines may be as small. */
	return r ? r : budget_compute(&net_in, 0, net, err);
}
