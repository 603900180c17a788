/* SPDX-License-Identifier: BSD-3-Clause */
/* What libxl says: see log.h. */
#include "xen/operate/log.h"

#include "base/str.h"

#include <ctype.h>
#include <string.h>

#define TEXT_MAX 1024
#define DIGITS	 "0123456789"
#define WORD	 DIGITS "_.abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* Behind a word and its colon, if there is one. */
static const char *behind_word(const char *at)
{
	size_t n = strspn(at, WORD);

	return n && at[n] == ':' ? at + n + 1 + strspn(at + n + 1, " ") : at;
}

/* Where the message itself begins: behind the place in the source, "libxl_dom.c:12:function: ", and
 * the domain, which is told elsewhere. */
static const char *behind_place(const char *text)
{
	const char *at = text + (gnx_starts(text, "panic: ") ? 7 : 0);
	size_t n = strspn(at, WORD);

	if (n > 2 && !strncmp(at + n - 2, ".c:", 3))
		at = behind_word(behind_word(behind_word(at)));
	n = gnx_starts(at, "Domain ") ? strspn(at + 7, DIGITS) : 0;
	return n && at[7 + n] == ':' ? at + 7 + n + 1 : at;
}

static void keep(struct operate_log *log, const char *text)
{
	size_t left = sizeof(log->words) - log->len;
	int n = snprintf(
		log->words + log->len, left, "%s%s", log->len ? "; " : "", behind_place(text));

	if (n > 0)
		log->len += (size_t)n < left ? (size_t)n : left - 1;
}

/* One line, whatever a hotplug script wrote. */
static char *flatten(char *text)
{
	for (char *p = text; *p; p++)
		if (iscntrl((unsigned char)*p))
			*p = ' ';
	return gnx_trim(text);
}

static void __attribute__((format(printf, 5, 0))) message(struct xentoollog_logger *logger,
	xentoollog_level level, int errnoval, const char *context, const char *format, va_list al)
{
	struct operate_log *log = (struct operate_log *)logger;
	char text[TEXT_MAX], full[TEXT_MAX + 64], line[TEXT_MAX + 128];

	if (level < XTL_WARN)
		return;
	vsnprintf(text, sizeof(text), format, al);
	snprintf(full, sizeof(full), "%s%s%s", flatten(text), errnoval >= 0 ? ": " : "",
		errnoval >= 0 ? strerror(errnoval) : "");
	snprintf(line, sizeof(line), "%s: %s", context ? context : "xen", full);
	log->say(line);
	if (level >= XTL_ERROR)
		keep(log, full);
}

void operate_log_init(struct operate_log *log, void (*say)(const char *line))
{
	*log = (struct operate_log){.logger.vmessage = message, .say = say};
}

void operate_log_clear(struct operate_log *log)
{
	log->words[0] = '\0';
	log->len = 0;
}
