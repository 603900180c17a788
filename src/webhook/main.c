/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gridnix-webhook: a hook that tells events to a server by HTTP, signed. It reads the event from
 * standard input, and where it goes from a file that is named as the hook; curl(1) sends it.
 * Whether it is tried again is for gridnixd. See gridnix-webhook(1).
 */
#include "base/clean.h"
#include "base/file.h"
#include "base/ini.h"
#include "base/str.h"
#include "jail/spawn.h"

#include <ctype.h>
#include <getopt.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define DIR_DEFAULT "/etc/gridnix/webhook.d"
#define EVENT_MAX   65536
#define SECRET_MAX  4096
#define SECRET_MIN  16
#define SECONDS	    20
#define MARGIN_MS   2000 /* that curl may take beside */

struct target {
	char *url, *secret; /* paths */
};

static void target_done(struct target *t)
{
	free(t->url);
	free(t->secret);
}

static int set(
	void *arg, const char *section, const char *key, const char *value, struct gnx_err *err)
{
	struct target *t = arg;
	char **field = !strcmp(key, "url") ? &t->url : !strcmp(key, "secret") ? &t->secret : NULL;

	if (strcmp(section, "webhook") != 0 || !field)
		return gnx_fail(err, -GNX_E_UNKNOWN_KEY,
			"there are url and secret in [webhook], and no more");
	if (field == &t->url && !gnx_starts(value, "https://") && !gnx_starts(value, "http://"))
		return gnx_fail(err, -GNX_E_BAD_VALUE, "url: neither https:// nor http://");
	free(*field);
	*field = gnx_dup(value);
	return 0;
}

/* Reads DIR/HOOK.ini; of "web.hook" it is web.ini, of "crashed/50-web" 50-web.ini. */
static int read_target(const char *dir, const char *hook, struct target *t, struct gnx_err *err)
{
	const char *slash = strrchr(hook, '/');
	GNX_CLEAN(gnx_free)
	char *name = gnx_dup(slash ? slash + 1 : hook);
	GNX_CLEAN(gnx_free)
	char *path = NULL;
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	struct gnx_ini_sink sink = {.set = set, .arg = t};
	int r;

	if (gnx_ends(name, ".hook"))
		name[strlen(name) - strlen(".hook")] = '\0';
	path = gnx_fmt("%s/%s.ini", dir, name);
	r = gnx_file_read(path, GNX_INI_MAX, &text, err);
	if (!r)
		r = gnx_ini_parse(text.data ? text.data : "", text.len, path, &sink, err);
	if (!r && (!t->url || !t->secret))
		r = gnx_fail(err, -GNX_E_MISSING, "%s: url or secret is missing", path);
	return r;
}

/* "t=SECONDS,v1=HEX": HMAC-SHA256 of "SECONDS.EVENT". */
static int sign(const char *path, const struct gnx_buf *event, char **out, struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf secret = {0};
	GNX_CLEAN(gnx_free)
	char *when = gnx_fmt("%lld", (long long)time(NULL));
	unsigned char hash[crypto_auth_hmacsha256_BYTES];
	char hex[2 * sizeof(hash) + 1];
	crypto_auth_hmacsha256_state state;
	int r = gnx_file_read(path, SECRET_MAX, &secret, err);

	if (r < 0)
		return r;
	while (secret.len && isspace((unsigned char)secret.data[secret.len - 1]))
		secret.len--;
	if (secret.len < SECRET_MIN)
		return gnx_fail(err, -GNX_E_BAD_VALUE, "%s: a secret has at least %d bytes", path,
			SECRET_MIN);
	crypto_auth_hmacsha256_init(&state, (unsigned char *)secret.data, secret.len);
	crypto_auth_hmacsha256_update(&state, (unsigned char *)when, strlen(when));
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)".", 1);
	crypto_auth_hmacsha256_update(&state, (unsigned char *)event->data, event->len);
	crypto_auth_hmacsha256_final(&state, hash);
	sodium_memzero(secret.data, secret.len);
	sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash));
	*out = gnx_fmt("t=%s,v1=%s", when, hex);
	return 0;
}

/* A descriptor that the event can be read from. */
static int event_fd(const struct gnx_buf *event, struct gnx_err *err)
{
	int fd = memfd_create("event", MFD_CLOEXEC);

	if (fd < 0 || gnx_write_all(fd, event->data, event->len) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return gnx_fail_errno(err, "the event");
	return fd;
}

static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value ? value : "";
}

static int send_event(const struct target *t, const struct gnx_buf *event, const char *signature,
	struct gnx_err *err)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv argv = {0};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf status = {0};
	GNX_CLEAN(gnx_close)
	int fd = event_fd(event, err);
	struct jail_cmd cmd = JAIL_CMD_INIT;
	int r;

	if (fd < 0)
		return fd;
	gnx_strv_split(&argv, "curl -sS --proto =http,https -o /dev/null -w %{http_code}", " ");
	gnx_strv_add(&argv, "--max-time");
	gnx_strv_fmt(&argv, "%d", SECONDS);
	gnx_strv_split(&argv, "--data-binary @- -H Expect: -H Content-Type:application/json", " ");
	gnx_strv_add(&argv, "-H");
	gnx_strv_add(&argv, "User-Agent: gridnix-webhook/" GNX_VERSION);
	gnx_strv_add(&argv, "-H");
	gnx_strv_fmt(&argv, "Gridnix-Signature: %s", signature);
	gnx_strv_add(&argv, "-H");
	gnx_strv_fmt(&argv, "Gridnix-Event: %s", variable("GRIDNIX_SEQ"));
	gnx_strv_add(&argv, "-H");
	gnx_strv_fmt(&argv, "Gridnix-Try: %s", variable("GRIDNIX_TRY"));
	gnx_strv_add(&argv, "--url");
	gnx_strv_add(&argv, t->url);
	cmd.argv = argv.items;
	cmd.stdin_fd = fd;
	cmd.capture = &status;
	cmd.capture_max = 64;
	cmd.deadline_ms = SECONDS * 1000 + MARGIN_MS;
	r = jail_run(&cmd, err);
	if (!r && (!status.len || status.data[0] != '2'))
		r = gnx_fail(err, -GNX_E_NETWORK, "the server answers %s",
			status.len ? status.data : "nothing");
	return r;
}

static int run(const char *dir, struct gnx_err *err)
{
	const char *hook = getenv("GRIDNIX_HOOK");
	GNX_CLEAN(target_done)
	struct target t = {0};
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf event = {0};
	GNX_CLEAN(gnx_free)
	char *signature = NULL;
	int r;

	if (!hook)
		return gnx_fail(err, -EINVAL, "is a hook, which gridnixd starts");
	r = gnx_file_read("/dev/stdin", EVENT_MAX, &event, err);
	if (!r && !event.len)
		r = gnx_fail(err, -ENODATA, "there is no event on standard input");
	if (!r)
		r = read_target(dir, hook, &t, err);
	if (!r)
		r = sign(t.secret, &event, &signature, err);
	return r ? r : send_event(&t, &event, signature, err);
}

static const char help[] =
	"usage: gridnix-webhook [OPTION]...\n"
	"\n"
	"A hook: tells the event on standard input to a server by HTTP, signed.\n"
	"\n"
	"  --dir DIR  where it is said which server (default: " DIR_DEFAULT ")\n"
	"  --help     this text\n"
	"  --version  the version\n";

int main(int argc, char **argv)
{
	static const struct option known[] = {{"dir", required_argument, NULL, 'd'},
		{"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'v'},
		{NULL, 0, NULL, 0}};
	const char *dir = DIR_DEFAULT;
	struct gnx_err err = GNX_ERR_INIT;
	int c;

	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (c == 'd') {
			dir = optarg;
		} else if (c == 'h' || c == 'v') {
			fputs(c == 'h' ? help : "gridnix-webhook " GNX_VERSION "\n", stdout);
			return 0;
		} else {
			return 2;
		}
	}
	if (run(dir, &err) == 0)
		return 0;
	fprintf(stderr, "gridnix-webhook: %s\n", err.msg);
	return 1;
}
