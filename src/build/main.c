/* SPDX-License-Identifier: BSD-3-Clause */
/* gridnix-build: makes images from manifests. See gridnix-build(1). */
#include "build/build.h"
#include "base/clean.h"
#include "base/file.h"
#include "base/source_dir.h"
#include "build/progress.h"
#include "build/source.h"
#include "build/verify.h"

#include <getopt.h>
#include <limits.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
	stop = sig;
}

/* Documented in gridnix-build(1). */
static int exit_status(int r)
{
	switch (-r) {
	case 0:
		return 0;
	case GNX_E_SYNTAX:
	case GNX_E_UNKNOWN_KEY:
	case GNX_E_BAD_VALUE:
		return 2;
	case GNX_E_NETWORK:
		return 3;
	case ENOSPC:
		return 4;
	case ENOENT:
	case GNX_E_MISSING:
		return 5;
	case GNX_E_DIFFERS:
	case GNX_E_CHECKSUM:
		return 6;
	case GNX_E_TOO_BIG:
		return 7;
	case GNX_E_INTERRUPTED:
		return 130;
	default:
		return 1;
	}
}

static const char usage_text[] =
	"Usage: gridnix-build image MANIFEST [OPTION]...   make an image\n"
	"       gridnix-build check MANIFEST               only read the manifest\n"
	"       gridnix-build verify IMAGE.iso [OPTION]... rebuild an image and compare\n"
	"\n"
	"  -o, --out DIR      where the results go (default: out)\n"
	"      --lock FILE    build from this lock file instead of choosing packages anew\n"
	"      --update       fetch the mirror's package lists again first\n"
	"      --dev          quick: weakest compression\n"
	"      --fetch        choose and fetch packages, then stop\n"
	"      --dry-run      print the plan and what is cached; build nothing\n"
	"      --manifest FILE\n"
	"                     verify: of which image (default: images/NAME.ini of the source)\n"
	"      --sign KEY     sign the ISO by gpg with this key\n"
	"      --depot DIR    where packages are kept (default: depot in the cache)\n"
	"      --cache DIR    where steps and packages are kept\n"
	"                     (default: $XDG_CACHE_HOME/gridnix or ~/.cache/gridnix)\n"
	"      --source DIR   Gridnix's source tree (default: where this program was built)\n"
	"      --json         progress as one JSON object a line\n"
	"  -h, --help         this text\n"
	"  -V, --version      the version\n";

struct args {
	const char *verb, *file;
	const char *out, *lock, *manifest, *sign, *depot, *cache, *source;
	bool update, dev, fetch, dry_run, json;
};

static int usage_error(const char *words)
{
	fprintf(stderr, "gridnix-build: %s\nTry 'gridnix-build --help'.\n", words);
	return -GNX_E_BAD_VALUE;
}

/* 1: go on; 0: nothing more to do; negative: wrong, and said so. */
static int parse_args(int argc, char **argv, struct args *a)
{
	enum {
		LOCK = 256,
		MANIFEST,
		UPDATE,
		DEV,
		FETCH,
		DRY_RUN,
		SIGN,
		DEPOT,
		CACHE,
		SOURCE,
		JSON
	};
	static const struct option options[] = {{"out", required_argument, NULL, 'o'},
		{"lock", required_argument, NULL, LOCK},
		{"manifest", required_argument, NULL, MANIFEST},
		{"update", no_argument, NULL, UPDATE}, {"dev", no_argument, NULL, DEV},
		{"fetch", no_argument, NULL, FETCH}, {"dry-run", no_argument, NULL, DRY_RUN},
		{"sign", required_argument, NULL, SIGN}, {"depot", required_argument, NULL, DEPOT},
		{"cache", required_argument, NULL, CACHE},
		{"source", required_argument, NULL, SOURCE}, {"json", no_argument, NULL, JSON},
		{"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'V'}, {0}};

	for (int c; (c = getopt_long(argc, argv, "o:hV", options, NULL)) != -1;) {
		switch (c) {
		case 'o':
			a->out = optarg;
			break;
		case LOCK:
			a->lock = optarg;
			break;
		case MANIFEST:
			a->manifest = optarg;
			break;
		case UPDATE:
			a->update = true;
			break;
		case DEV:
			a->dev = true;
			break;
		case FETCH:
			a->fetch = true;
			break;
		case DRY_RUN:
			a->dry_run = true;
			break;
		case SIGN:
			a->sign = optarg;
			break;
		case DEPOT:
			a->depot = optarg;
			break;
		case CACHE:
			a->cache = optarg;
			break;
		case SOURCE:
			a->source = optarg;
			break;
		case JSON:
			a->json = true;
			break;
		case 'h':
			fputs(usage_text, stdout);
			return 0;
		case 'V':
			puts("gridnix-build " GNX_VERSION);
			return 0;
		default:
			return usage_error("that is not an option, or it lacks its value");
		}
	}
	if (argc - optind != 2)
		return usage_error("a verb and a file are needed");
	a->verb = argv[optind];
	a->file = argv[optind + 1];
	return a->manifest && strcmp(a->verb, "verify") ? usage_error("--manifest is for verify")
							: 1;
}

/* Real root works as it is; everybody else becomes root of a user namespace. In both cases with
 * a mount namespace of our own. */
static int become_root(char **argv, struct gnx_err *err)
{
	if (geteuid() != 0) {
		static const char into[] = "unshare --user --map-root-user --map-auto --mount --";
		GNX_CLEAN(gnx_strv_done)
		struct gnx_strv v = {0};
		GNX_CLEAN(gnx_strv_done)
		struct gnx_strv probe = {0};
		struct jail_cmd cmd = JAIL_CMD_INIT;
		char self[PATH_MAX] = "";

		if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
			return gnx_fail_errno(err, "/proc/self/exe");
		gnx_strv_split(&probe, into, " ");
		gnx_strv_add(&probe, "true");
		cmd.argv = probe.items;
		if (jail_run(&cmd, err) < 0)
			return gnx_fail(err, -EPERM,
				"this needs root, or user namespaces: does this system allow "
				"them, and do /etc/subuid and /etc/subgid name you?");
		gnx_strv_split(&v, into, " ");
		gnx_strv_add(&v, self);
		for (char **arg = argv + 1; *arg; arg++)
			gnx_strv_add(&v, *arg);
		execvp(v.items[0], v.items);
		return gnx_fail_errno(err, "unshare");
	}
	if (unshare(CLONE_NEWNS) == 0) {
		if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0)
			return 0;
		if (errno == EINVAL)
			return gnx_fail(err, -EINVAL,
				"the root of this chroot is not a mount point, so that our mounts "
				"cannot be kept apart; before chroot: mount --bind DIR DIR");
	}
	return gnx_fail_errno(err, "no mount namespace of our own");
}

static char *absolute(const char *path)
{
	char cwd[PATH_MAX];

	if (path[0] == '/' || !getcwd(cwd, sizeof(cwd)))
		return gnx_dup(path);
	return gnx_fmt("%s/%s", cwd, path);
}

static char *source_dir(const struct args *a)
{
	return absolute(a->source ? a->source : GNX_SOURCE_DIR);
}

static char *cache_dir(const struct args *a)
{
	const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");

	if (a->cache)
		return absolute(a->cache);
	if (xdg && xdg[0] == '/')
		return gnx_fmt("%s/gridnix", xdg);
	return gnx_fmt("%s/.cache/gridnix", home && *home ? home : "/root");
}

static int load_manifest(struct manifest *m, const char *path, struct gnx_err *err)
{
	int r = manifest_load(m, path, err);

	return r ? r : manifest_check(m, path, err);
}

/* work: a directory for results and steps of this run alone, to which out and cache do not
 * apply; NULL: they do. */
static int make_image(const struct args *a, const char *manifest, const char *lock,
	const char *work, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *cache = cache_dir(a);
	GNX_CLEAN(gnx_free)
	char *depot = a->depot ? absolute(a->depot) : gnx_fmt("%s/depot", cache);
	GNX_CLEAN(gnx_free)
	char *steps = gnx_fmt("%s/step", work ? work : cache);
	GNX_CLEAN(gnx_free)
	char *out = absolute(work ? work : a->out ? a->out : "out");
	GNX_CLEAN(gnx_free)
	char *source = source_dir(a);
	GNX_CLEAN(build_done)
	struct build b = {.manifest_path = manifest,
		.cache = cache,
		.depot = depot,
		.steps = steps,
		.out = out,
		.source = source,
		.lock_path = lock,
		.sign = work ? NULL : a->sign,
		.last = a->fetch && !work ? STEP_fetch : STEP_COUNT - 1,
		.update = a->update,
		.dev = a->dev,
		.dry_run = a->dry_run,
		.log_fd = -1,
		.lock_fd = -1,
		.stop = &stop};
	int r = load_manifest(&b.manifest, manifest, err);

	if (!r && !a->dry_run)
		r = gnx_mkdirs(out, err);
	return r ? r : build_run(&b, err);
}

/* The manifest of the image of that name, which is another's if it is not: *path_out. */
static int find_manifest(const struct args *a, const char *source, const char *name,
	char **path_out, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *path = a->manifest ? gnx_dup(a->manifest) : gnx_fmt("%s/images/%s.ini", source, name);
	GNX_CLEAN(manifest_done)
	struct manifest m = {0};
	int r = a->manifest || access(path, F_OK) == 0
		? load_manifest(&m, path, err)
		: gnx_fail(err, -GNX_E_MISSING,
			  "there is no %s; name the manifest that %s was made from by --manifest",
			  path, a->file);

	if (!r && strcmp(manifest_text(&m.image_name), name))
		r = gnx_fail(err, -GNX_E_DIFFERS, "%s is the image \"%s\"; %s makes \"%s\"",
			a->file, name, path, manifest_text(&m.image_name));
	if (!r)
		*path_out = STEAL(path);
	return r;
}

/* Builds what the medium says it was built from, all of it anew, and compares. */
static int verify_image(const struct args *a, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *cache = cache_dir(a);
	GNX_CLEAN(gnx_free)
	char *source = source_dir(a);
	GNX_CLEAN(gnx_free)
	char *dir = gnx_fmt("%s/verify", cache); /* on the disk that has room for steps */
	GNX_CLEAN(gnx_free)
	char *lock = gnx_fmt("%s/LOCK", dir);
	GNX_CLEAN(gnx_free)
	char *name = NULL;
	GNX_CLEAN(gnx_free)
	char *made_from = NULL;
	GNX_CLEAN(gnx_free)
	char *manifest = NULL;
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	GNX_CLEAN(gnx_close)
	int fd = -1;
	char hash[HASH_HEX];
	int r = build_lock(cache, "verify.lock", &fd, err);

	if (!r)
		r = verify_read(a->file, &name, &made_from, &text, err);
	if (!r)
		r = source_hash(source, hash, err);
	if (!r && strcmp(hash, made_from))
		r = gnx_fail(err, -GNX_E_DIFFERS,
			"%s was made from another source tree than %s: its file BUILT names %.12s, "
			"this is %.12s; name the right one by --source",
			a->file, source, *made_from ? made_from : "none", hash);
	if (!r)
		r = find_manifest(a, source, name, &manifest, err);
	if (!r)
		r = gnx_mkdirs(dir, err);
	if (!r)
		r = gnx_file_write(lock, text.data, text.len, err);
	if (r < 0)
		return r;

	GNX_CLEAN(gnx_free)
	char *made = gnx_fmt("%s/gridnix-%s.iso", dir, name);

	r = make_image(a, manifest, lock, dir, err);
	if (!r)
		r = verify_compare(a->file, made, err);
	if (!r)
		progress_note("%s: the same, byte for byte, as what its lock file makes", a->file);
	gnx_rmtree(dir, NULL);
	return r;
}

static int check_manifest(const char *path, struct gnx_err *err)
{
	GNX_CLEAN(manifest_done)
	struct manifest m = {0};
	int r = load_manifest(&m, path, err);

	if (!r)
		progress_note("%s: good", path);
	return r;
}

int main(int argc, char **argv)
{
	struct sigaction sa = {.sa_handler = on_signal};
	struct gnx_err err = GNX_ERR_INIT;
	struct args a = {0};
	int r = parse_args(argc, argv, &a);

	if (r <= 0)
		return exit_status(r);
	umask(022);
	if (sodium_init() < 0)
		abort();
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	progress_start(a.json ? PROGRESS_JSON : PROGRESS_AUTO,
		a.fetch && a.verb[0] == 'i' ? STEP_fetch + 1 : STEP_COUNT);
	if (!strcmp(a.verb, "check")) {
		r = check_manifest(a.file, &err);
	} else if (!strcmp(a.verb, "image") || !strcmp(a.verb, "verify")) {
		r = become_root(argv, &err);
		if (!r)
			r = a.verb[0] == 'v' ? verify_image(&a, &err)
					     : make_image(&a, a.file, a.lock, NULL, &err);
	} else {
		return exit_status(usage_error("the verb is image, check or verify"));
	}
	if (r < 0) {
		progress_error(err.msg);
		fprintf(stderr, "gridnix-build: %s\n", err.msg);
	}
	return exit_status(r);
}
