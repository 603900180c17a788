/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The last look: where the bytes of the medium went, whether the image keeps to its limits; and
 * only then the results go to the output directory, each under its name when it is complete.
 */
#include "build/build.h"
#include "base/clean.h"
#include "base/file.h"
#include "build/media.h"
#include "build/progress.h"
#include "build/tree.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

int step_verify_key(struct build *b, struct hash_key *k, struct gnx_err *err)
{
	(void)err;
	build_key_step(b, k, STEP_media);
	return 0;
}

static int by_size(const FTSENT **a, const FTSENT **b)
{
	off_t x = (*a)->fts_statp->st_size, y = (*b)->fts_statp->st_size;

	return x < y ? 1 : x > y ? -1 : strcmp((*a)->fts_name, (*b)->fts_name);
}

static int show_file(uint64_t *rest, const char *path, const char *name, struct gnx_err *err)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return gnx_fail_errno(err, "%s", path);
	*rest -= (uint64_t)st.st_size;
	progress_note("%12jd  %s", (intmax_t)st.st_size, name);
	return 0;
}

/* The table of bytes, largest first within each directory. dir: the media step's. */
static int show_bytes(const char *dir, uint64_t iso, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *tree = gnx_fmt("%s/" MEDIA_TREE, dir);
	GNX_CLEAN(gnx_free)
	char *esp = gnx_fmt("%s/" MEDIA_ESP, dir);
	char *const paths[] = {tree, NULL};
	GNX_CLEAN(tree_close)
	FTS *f = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, by_size);
	uint64_t rest = iso;
	int r = 0;

	if (!f)
		return gnx_fail_errno(err, "%s", tree);
	progress_note("%12s  %s", "bytes", "file on the medium");
	for (FTSENT *e; !r && (e = fts_read(f));)
		if (e->fts_info == FTS_F)
			r = show_file(&rest, e->fts_path, e->fts_path + strlen(tree), err);
	if (!r)
		r = show_file(&rest, esp, "EFI system partition", err);
	if (r < 0)
		return r;
	progress_note("%12" PRIu64 "  boot sectors, directories, ends of blocks", rest);
	progress_note("%12" PRIu64 "  in all", iso);
	return 0;
}

/* Copies a result of the media step to the output directory. */
static int publish(struct build *b, const char *from, const char *to, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *src = gnx_fmt("%s/%s", b->dir[STEP_media], from);
	GNX_CLEAN(gnx_free)
	char *dst = gnx_fmt("%s/%s", b->out, to);
	GNX_CLEAN(gnx_free)
	char *part = gnx_fmt("%s.part", dst);
	char *copy[] = {"cp", "-R", "--reflink=auto", src, part, NULL};
	int r = gnx_rmtree(part, err);

	if (!r)
		r = build_exec(b, copy, err);
	if (!r)
		r = gnx_rmtree(dst, err);
	if (!r && rename(part, dst) < 0)
		r = gnx_fail_errno(err, "%s", dst);
	if (r < 0)
		gnx_rmtree(part, NULL);
	return r;
}

/* What is signed, the signature, and its place until all else is published. */
struct signature {
	char *of, *asc, *part;
};

/* Makes the signature, when one is wanted, before anything is published. */
static int sign(struct build *b, const struct signature *s, struct gnx_err *err)
{
	char *argv[] = {"gpg", "--batch", "--armor", "--detach-sign", "--local-user",
		(char *)b->sign, "--output", s->part, s->of, NULL};
	int r = gnx_rmtree(s->part, err);

	return r || !b->sign ? r : build_exec(b, argv, err);
}

static int publish_signature(struct build *b, const struct signature *s, struct gnx_err *err)
{
	return !b->sign || rename(s->part, s->asc) == 0 ? 0 : gnx_fail_errno(err, "%s", s->asc);
}

static int publish_all(struct build *b, const char *name, struct gnx_err *err)
{
	static const char *const results[][3] = {
		/* here, there: what comes before the image's name and behind it */
		{"image.iso", "gridnix-", ".iso"},
		{"netboot", "netboot-", ""},
		{"contents.json", "gridnix-", ".contents.json"},
		{"lock", "gridnix-", ".lock"},
	};
	int r = 0;

	for (size_t i = 0; !r && i < GNX_LEN(results); i++) {
		GNX_CLEAN(gnx_free)
		char *to = gnx_fmt("%s%s%s", results[i][1], name, results[i][2]);

		r = publish(b, results[i][0], to, err);
	}
	return r;
}

static int publish_signed(struct build *b, const char *name, struct gnx_err *err)
{
	static const char *const signatures[2][3] = {
		/* of what, and its own name as above */
		{"image.iso", "gridnix-", ".iso.asc"},
		{"netboot/SHA256SUMS", "netboot-", ".SHA256SUMS.asc"},
	};
	struct signature s[GNX_LEN(signatures)];
	int r = 0;

	for (size_t i = 0; i < GNX_LEN(s); i++) {
		s[i].of = gnx_fmt("%s/%s", b->dir[STEP_media], signatures[i][0]);
		s[i].asc = gnx_fmt("%s/%s%s%s", b->out, signatures[i][1], name, signatures[i][2]);
		s[i].part = gnx_fmt("%s.part", s[i].asc);
		if (!r)
			r = sign(b, &s[i], err);
	}
	/* The signatures of what was there before would not fit. */
	for (size_t i = 0; !r && i < GNX_LEN(s); i++)
		r = gnx_rmtree(s[i].asc, err);
	if (!r)
		r = publish_all(b, name, err);
	for (size_t i = 0; i < GNX_LEN(s); i++) {
		if (!r)
			r = publish_signature(b, &s[i], err);
		if (r < 0)
			gnx_rmtree(s[i].part, NULL);
		free(s[i].of), free(s[i].asc), free(s[i].part);
	}
	return r;
}

int step_verify_run(struct build *b, const char *dir, struct gnx_err *err)
{
	uint64_t limit = manifest_size(&b->manifest.image_size_limit);
	const char *name = manifest_text(&b->manifest.image_name);
	GNX_CLEAN(gnx_free)
	char *iso = gnx_fmt("%s/image.iso", b->dir[STEP_media]);
	struct stat st;
	int r;

	(void)dir;
	if (stat(iso, &st) < 0)
		return gnx_fail_errno(err, "%s", iso);
	r = show_bytes(b->dir[STEP_media], (uint64_t)st.st_size, err);
	if (r < 0)
		return r;
	/* What --dev makes is weakly compressed and not for publication. */
	if (limit && !b->dev && (uint64_t)st.st_size > limit)
		return gnx_fail(err, -GNX_E_TOO_BIG,
			"the ISO has %jd bytes, %jd more than [image] size_limit allows",
			(intmax_t)st.st_size, (intmax_t)((uint64_t)st.st_size - limit));
	r = publish_signed(b, name, err);
	if (!r)
		progress_note("%s/gridnix-%s.iso is ready", b->out, name);
	return r;
}
