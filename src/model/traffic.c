/* SPDX-License-Identifier: BSD-3-Clause */
/* Guests' traffic: see traffic.h. */
#include "model/traffic.h"

#include "base/clean.h"
#include "base/str.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define HOUR 3600
#define DAY  86400

const struct traffic_words traffic_kinds[] = {
#define X(id, direction, family, peer, doc) {#id, direction, family, peer},
#include "model/traffic.def"
#undef X
};

void traffic_grow(
	struct traffic_count *seen, const struct traffic_count *now, struct traffic_count *grown)
{
	bool anew = now->bytes < seen->bytes || now->packets < seen->packets;

	grown->bytes += now->bytes - (anew ? 0 : seen->bytes);
	grown->packets += now->packets - (anew ? 0 : seen->packets);
	*seen = *now;
}

bool traffic_none(const struct traffic *t)
{
	static const struct traffic none;

	return !memcmp(t, &none, sizeof(none));
}

uint64_t traffic_outside(const struct traffic *t)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < TRAFFIC_COUNT; i++)
		if (!strcmp(traffic_kinds[i].peer, "outside"))
			bytes += t->kinds[i].bytes;
	return bytes;
}

bool traffic_owned(const struct traffic_port *p)
{
	static const uint8_t none[GUEST_UUID];

	return memcmp(p->uuid, none, sizeof(none));
}

/* --- Time */

static const struct {
	const char *name;
	int64_t kept; /* seconds */
} spans[] = {
	[TRAFFIC_hour] = {"hour", 7 * DAY},
	[TRAFFIC_day] = {"day", 100 * DAY},
	[TRAFFIC_month] = {"month", 1100 * DAY},
	[TRAFFIC_ever] = {"ever", INT64_MAX},
};

const char *traffic_span_name(enum traffic_span span)
{
	return spans[span].name;
}

int traffic_span_by_name(const char *name)
{
	for (int i = TRAFFIC_hour; i <= TRAFFIC_month; i++)
		if (!strcmp(spans[i].name, name))
			return i;
	return -EINVAL;
}

int64_t traffic_span_start(enum traffic_span span, int64_t time)
{
	time_t t = time;
	struct tm tm;

	switch (span) {
	case TRAFFIC_hour:
		return time - time % HOUR;
	case TRAFFIC_day:
		return time - time % DAY;
	case TRAFFIC_month:
		gmtime_r(&t, &tm);
		return time - time % DAY - (tm.tm_mday - 1) * (int64_t)DAY;
	default:
		return 0;
	}
}

int64_t traffic_span_oldest(enum traffic_span span, int64_t time)
{
	return span == TRAFFIC_ever ? 0 : traffic_span_start(span, time - spans[span].kept);
}

/* Whether it is a time of the calendar: timegm() would make one of anything. */
static bool is_time(const struct tm *tm, time_t t)
{
	struct tm again;

	return t >= 0 && gmtime_r(&t, &again) && again.tm_mday == tm->tm_mday &&
		again.tm_mon == tm->tm_mon && again.tm_hour == tm->tm_hour;
}

const char *traffic_time(const char *text, int64_t *out, int64_t *end_out)
{
	struct tm tm = {.tm_mday = 1}, end;
	int fields = 0, len = 0;
	time_t t;

	if (strspn(text, "0123456789-T:Z") == strlen(text))
		fields = sscanf(text, "%4d-%2d%n-%2d%nT%2d%n", &tm.tm_year, &tm.tm_mon, &len,
			&tm.tm_mday, &len, &tm.tm_hour, &len);
	if (fields == 4 && !strcmp(text + len, ":00:00Z"))
		len = (int)strlen(text);
	else if (len != 1 + 3 * fields)
		fields = 0; /* "2026-1" */
	if (fields < 2 || text[len])
		return "is neither a month, 2026-11, nor a day, 2026-11-26, nor an hour, "
		       "2026-11-26T15, of UTC";
	tm.tm_year -= 1900;
	tm.tm_mon--;
	end = tm;
	*(fields == 2 ? &end.tm_mon : fields == 3 ? &end.tm_mday : &end.tm_hour) += 1;
	t = timegm(&(struct tm){.tm_year = tm.tm_year,
		.tm_mon = tm.tm_mon,
		.tm_mday = tm.tm_mday,
		.tm_hour = tm.tm_hour});
	if (!is_time(&tm, t))
		return "is no time of the calendar";
	*out = t;
	if (end_out)
		*end_out = timegm(&end);
	return NULL;
}

void traffic_time_text(int64_t time, char out[TRAFFIC_TIME_TEXT])
{
	time_t t = time;
	struct tm tm;

	strftime(out, TRAFFIC_TIME_TEXT, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&t, &tm));
}

/* --- Quotas */

static const char units[] = "KMGTP";

const char *traffic_amount(const char *text, uint64_t max, uint64_t *out)
{
	GNX_CLEAN(gnx_free)
	char *digits = gnx_dup(text);
	size_t len = strspn(text, "0123456789");
	const char *unit = text[len] ? strchr(units, text[len]) : NULL;
	uint64_t factor = 1, n;

	if (!len || !unit || text[len + 1])
		return "is no amount such as 500G or 2T; there are K, M, G, T and P, of 1000";
	for (const char *u = units; u <= unit; u++)
		factor *= 1000;
	digits[len] = '\0';
	if (gnx_parse_u64(digits, max / factor, &n) < 0 || !n)
		return "is nothing, or too much";
	*out = n * factor;
	return NULL;
}

void traffic_amount_text(uint64_t amount, char out[TRAFFIC_AMOUNT_TEXT])
{
	size_t unit = 0;

	*out = '\0';
	for (; amount && amount % 1000 == 0 && unit < sizeof(units) - 1; unit++)
		amount /= 1000;
	if (amount && unit)
		snprintf(out, TRAFFIC_AMOUNT_TEXT, "%llu%c", (unsigned long long)amount,
			units[unit - 1]);
}

unsigned traffic_quota(uint64_t used, uint64_t quota, unsigned told)
{
	unsigned percent = !quota ? 0 : used >= quota ? 100 : used >= quota - quota / 5 ? 80 : 0;

	return percent > told ? percent : 0;
}
