/* SPDX-License-Identifier: BSD-3-Clause */
/* What people read: see out.h. */
#include "gridnix/out.h"
#include "base/clean.h"

#include <inttypes.h>
#include <locale.h>
#include <string.h>
#include <sys/ioctl.h>
#include <wchar.h>

#define NAME_MIN 16 /* the first column is never cut to less */

static bool colours;

static const struct {
	const char *word, *colour;
} palette[] = {
	{"running", "32"},
	{"started", "32"},
	{"rebooted", "32"},
	{"crashed", "1;31"},
	{"paused", "33"},
	{"rebooting", "33"},
	{"gap", "1;33"},
};

void out_start(void)
{
	const char *none = getenv("NO_COLOR"), *term = getenv("TERM");

	setlocale(LC_CTYPE, "");
	colours = isatty(STDOUT_FILENO) && !(none && *none) && term && strcmp(term, "dumb") != 0;
}

int out_columns(void)
{
	struct winsize w;

	if (!isatty(STDOUT_FILENO))
		return 0;
	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col ? w.ws_col : 80;
}

static bool printable(wchar_t c)
{
	/* No width is a control character; the others turn the text behind them around. */
	return wcwidth(c) >= 0 && c != 0x61c && c != 0x200e && c != 0x200f &&
		!(c >= 0x202a && c <= 0x202e) && !(c >= 0x2066 && c <= 0x2069);
}

char *out_text(const char *s)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf out = {0};
	size_t len = strlen(s);

	gnx_buf_str(&out, "");
	while (len) {
		mbstate_t state = {0};
		wchar_t c;
		size_t n = mbrtowc(&c, s, len, &state);
		bool good = n <= len && printable(c); /* above len: mbrtowc's errors */

		n = n <= len ? n : 1;
		if (good && *s != '\\')
			gnx_buf_add(&out, s, n);
		for (size_t i = 0; i < n && !(good && *s != '\\'); i++)
			gnx_buf_fmt(&out, *s == '\\' ? "\\\\" : "\\x%02x", (unsigned char)s[i]);
		s += n;
		len -= n;
	}
	return STEAL(out.data);
}

/* The bytes of s that take at most max columns on the screen; *width_out: how many those take. */
static size_t fitting(const char *s, size_t max, size_t *width_out)
{
	size_t len = strlen(s), at = 0, width = 0;

	while (at < len) {
		mbstate_t state = {0};
		wchar_t c;
		size_t n = mbrtowc(&c, s + at, len - at, &state), w = 1;

		if (n > len - at)
			n = 1;
		else if (wcwidth(c) >= 0)
			w = (size_t)wcwidth(c);
		if (width + w > max)
			break;
		width += w;
		at += n;
	}
	*width_out = width;
	return at;
}

static size_t width_of(const char *s)
{
	size_t width;

	fitting(s, SIZE_MAX, &width);
	return width;
}

/* Adds a cell of that width: text that is too long ends in '~'. */
static void add_cell(struct gnx_buf *line, const char *text, size_t width, bool right)
{
	size_t used, len = fitting(text, width, &used);
	const char *colour = NULL;

	if (text[len]) {
		len = fitting(text, width - 1, &used);
		used++;
	}
	for (size_t i = 0; colours && i < GNX_LEN(palette); i++)
		if (!strcmp(palette[i].word, text))
			colour = palette[i].colour;
	if (right)
		gnx_buf_fmt(line, "%*s", (int)(width - used), "");
	if (colour)
		gnx_buf_fmt(line, "\033[%sm", colour);
	gnx_buf_add(line, text, len);
	if (text[len])
		gnx_buf_str(line, "~");
	if (colour)
		gnx_buf_str(line, "\033[0m");
	if (!right)
		gnx_buf_fmt(line, "%*s", (int)(width - used), "");
}

/* Prints a line without the spaces at its end. */
static void print_line(struct gnx_buf *line)
{
	while (line->len && line->data[line->len - 1] == ' ')
		line->data[--line->len] = '\0';
	puts(line->data);
}

static void print_row(
	const struct out_column *columns, const size_t *widths, size_t n, const char *const *cells)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf line = {0};

	for (size_t i = 0; i < n; i++) {
		gnx_buf_str(&line, i ? "  " : "");
		add_cell(&line, cells ? cells[i] : columns[i].title, widths[i], columns[i].right);
	}
	print_line(&line);
}

/* How many columns are shown; the first one's width is made to fit. */
static size_t fit(size_t *widths, size_t n, size_t width)
{
	size_t first = widths[0] < NAME_MIN ? widths[0] : NAME_MIN, others = 0;

	for (size_t i = 1; i < n; i++)
		others += widths[i] + 2;
	for (; n > 1 && first + others > width; n--)
		others -= widths[n - 1] + 2;
	if (widths[0] + others > width)
		widths[0] = width > others + 1 ? width - others : 1;
	return n;
}

void out_table(const struct out_column *columns, size_t n, const struct gnx_strv *cells, int width)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv shown = {0};
	GNX_CLEAN(gnx_free)
	size_t *widths = gnx_alloc(n * sizeof(*widths));
	size_t fits = n;

	for (size_t i = 0; i < n; i++)
		widths[i] = width_of(columns[i].title);
	for (size_t i = 0; i < cells->len; i++) {
		GNX_CLEAN(gnx_free)
		char *text = out_text(cells->items[i]);
		size_t w = width_of(text);

		gnx_strv_add(&shown, text);
		if (w > widths[i % n])
			widths[i % n] = w;
	}
	if (width)
		fits = fit(widths, n, (size_t)width);
	print_row(columns, widths, fits, NULL);
	for (size_t i = 0; i < shown.len; i += n)
		print_row(columns, widths, fits, (const char *const *)shown.items + i);
}

const char *out_or_dash(const char *text)
{
	return *text ? text : "-";
}

void out_line(const char *text, int width)
{
	GNX_CLEAN(gnx_free)
	char *shown = out_text(text);
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf line = {0};
	size_t w = width_of(shown);

	gnx_buf_str(&line, "");
	add_cell(&line, shown, width && w > (size_t)width ? (size_t)width : w, false);
	print_line(&line);
}

/* Adds text at least that wide, and two spaces. */
static void add_word(struct gnx_buf *line, const char *s, size_t width)
{
	GNX_CLEAN(gnx_free)
	char *text = out_text(s);
	size_t w = width_of(text);

	add_cell(line, text, w > width ? w : width, false);
	gnx_buf_str(line, "  ");
}

void out_event(const struct gnx_event *e)
{
	const struct gnx_guest *guest = gnx_event_guest(e);
	const char *name = gnx_guest_name(guest);
	GNX_CLEAN(gnx_free)
	char *change = gnx_fmt("%s > %s", gnx_event_before(e), gnx_event_after(e));
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf line = {0};

	gnx_buf_fmt(&line, "%6" PRIu64 "  ", gnx_event_seq(e));
	add_word(&line, gnx_event_time(e), 0);
	add_word(&line, gnx_event_kind(e), 14);
	add_word(&line, *name ? name : gnx_guest_uuid(guest), NAME_MIN);
	if (guest)
		add_word(&line, change, 0);
	add_word(&line, gnx_event_reason(e), 0);
	add_word(&line, gnx_event_detail(e), 0);
	print_line(&line);
}
