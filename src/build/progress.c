/* SPDX-License-Identifier: BSD-3-Clause */
/* Progress: see progress.h. */
#include "build/progress.h"
#include "base/clean.h"
#include "base/file.h"

#include <jansson.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>

#define BAR_WIDTH 20

static struct {
	enum progress_mode mode;
	int steps, step, percent;
	const char *name, *words;
	long long began_ms, drawn_ms;
	bool bar, open;
} p;

void progress_start(enum progress_mode mode, int steps)
{
	p.mode = mode;
	p.steps = steps;
	p.step = 0;
	p.bar = mode == PROGRESS_AUTO && isatty(STDOUT_FILENO);
	setvbuf(stdout, NULL, _IOLBF, 0);
}

static void json_event(const char *event, const char *key, json_t *value)
{
	json_t *o = json_pack("{s:s, s:s?, s:i, s:i}", "event", event, "step", p.name, "number",
		p.step, "of", p.steps);

	if (key)
		json_object_set_new(o, key, value);
	json_dumpf(o, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(o);
}

static int columns(void)
{
	struct winsize w;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 20 ? w.ws_col : 80;
}

static void draw(void)
{
	int fill = p.percent * BAR_WIDTH / 100, width = columns() - 1;
	long long now = gnx_now_ms();
	char line[256];

	snprintf(line, sizeof(line), "[%d/%d] %-10s [%.*s%*s] %3d%% %4lld s  %s", p.step, p.steps,
		p.name, fill, "####################", BAR_WIDTH - fill, "", p.percent,
		(now - p.began_ms) / 1000, p.words);
	printf("\r\033[K%.*s", width, line);
	fflush(stdout);
	p.open = true;
	p.drawn_ms = now;
}

void progress_clear(void)
{
	if (p.open)
		printf("\r\033[K");
	p.open = false;
	fflush(stdout);
}

void progress_step(const char *name, const char *words)
{
	p.step++;
	p.name = name;
	p.words = words;
	p.percent = 0;
	p.began_ms = gnx_now_ms();
	if (p.mode == PROGRESS_JSON)
		json_event("step", "words", json_string(words));
	else if (p.bar)
		draw();
}

void progress_percent(int percent)
{
	percent = percent < 0 ? 0 : percent > 100 ? 100 : percent;
	if (percent == p.percent)
		return;
	p.percent = percent;
	if (p.mode == PROGRESS_JSON)
		json_event("progress", "percent", json_integer(percent));
	else if (p.bar && gnx_now_ms() - p.drawn_ms >= 100)
		draw();
}

void progress_begin(void)
{
	if (p.mode != PROGRESS_JSON && !p.bar)
		printf("[%d/%d] %-10s %s ...\n", p.step, p.steps, p.name, p.words);
}

void progress_tick(void)
{
	if (p.bar && gnx_now_ms() - p.drawn_ms >= 1000)
		draw();
}

static void finish(const char *event, const char *how)
{
	double s = (double)(gnx_now_ms() - p.began_ms) / 1000;

	progress_clear();
	if (p.mode == PROGRESS_JSON)
		json_event(event, "seconds", json_real(s));
	else if (how)
		printf("[%d/%d] %-10s %s\n", p.step, p.steps, p.name, how);
	else
		printf("[%d/%d] %-10s %s, %.1f s\n", p.step, p.steps, p.name, p.words, s);
}

void progress_cached(void)
{
	finish("cached", "cached");
}

void progress_done(void)
{
	finish("done", NULL);
}

void progress_error(const char *text)
{
	progress_clear();
	if (p.mode == PROGRESS_JSON)
		json_event("error", "text", json_string(text));
}

void progress_note(const char *fmt, ...)
{
	GNX_CLEAN(gnx_free)
	char *s = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		abort();
	va_end(ap);
	progress_clear();
	if (p.mode == PROGRESS_JSON)
		json_event("note", "text", json_string(s));
	else
		puts(s);
}
