/* SPDX-License-Identifier: BSD-3-Clause */
/* Which texts may stand in a guest's definition. See definition_part.h. */
#include "model/definition_part.h"

#include "model/address.h"

#include <ctype.h>
#include <string.h>

#define DIGITS "0123456789"
#define ALNUM  DIGITS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

static bool is_printable(const char *s)
{
	while (*s >= ' ' && *s <= '~')
		s++;
	return !*s;
}

const char *definition_name_fault(const char *text)
{
	uint8_t ignored[GUEST_UUID];

	if (strlen(text) > GUEST_NAME_MAX)
		return "is longer than " NUMBER(GUEST_NAME_MAX) " bytes";
	if (text[strspn(text, ALNUM ".-_")])
		return "holds more than letters, digits, \".\", \"-\" and \"_\"";
	if (!isalnum((unsigned char)*text))
		return "does not begin with a letter or a digit";
	if (!text[strspn(text, DIGITS)])
		return "is a number, which could be a domain's";
	if (!guest_uuid_parse(text, ignored))
		return "is a UUID, which could be another guest's";
	return strcmp(text, "Domain-0") ? NULL : "is the name of dom0";
}

const char *definition_netname_fault(const char *text)
{
	if (strlen(text) > NETWORK_NAME_MAX)
		return "is longer than " NUMBER(NETWORK_NAME_MAX) " bytes";
	if (text[strspn(text, ALNUM ".-_")])
		return "holds more than letters, digits, \".\", \"-\" and \"_\"";
	return isalnum((unsigned char)*text) ? NULL : "does not begin with a letter or a digit";
}

/* Nothing that could name the same file twice, or lead out of where it seems to be. */
const char *definition_path_fault(const char *text)
{
	if (*text != '/')
		return "does not begin with \"/\"";
	if (strlen(text) > DEFINITION_PATH_MAX)
		return "is longer than " NUMBER(DEFINITION_PATH_MAX) " bytes";
	if (!is_printable(text))
		return "holds a character that is not plain ASCII";
	if (gnx_ends(text, " "))
		return "ends in a blank, which a file would not keep";
	while (*text++ == '/') {
		size_t n = strcspn(text, "/");

		if (!n || (n <= 2 && strspn(text, ".") >= n))
			return "has an empty part, \".\" or \"..\" in it";
		text += n;
	}
	return NULL;
}

const char *definition_line_fault(const char *text)
{
	if (strlen(text) > DEFINITION_LINE_MAX)
		return "is longer than " NUMBER(DEFINITION_LINE_MAX) " bytes";
	return is_printable(text) ? NULL : "holds a character that is not plain ASCII";
}

/* Of the names that Linux takes those that no script or program takes for something else. */
const char *definition_bridge_fault(const char *text)
{
	if (strlen(text) > DEFINITION_WORD_MAX)
		return "is longer than " NUMBER(
			DEFINITION_WORD_MAX) " bytes, as no interface's name is";
	if (text[strspn(text, ALNUM ".-_")])
		return "holds more than letters, digits, \".\", \"-\" and \"_\"";
	return isalnum((unsigned char)*text) ? NULL : "does not begin with a letter or a digit";
}

/* Other names would only be more of the same disks: Linux calls sda xvda, too. */
const char *definition_target_fault(const char *text)
{
	uint64_t n;

	if (!gnx_starts(text, "xvd") || text[3] < 'a' || text[3] > 'z')
		return "is none of xvda to xvdz";
	if (text[4] && (text[4] == '0' || gnx_parse_u64(text + 4, 15, &n) < 0))
		return "has a partition's number that is not 1 to 15";
	return NULL;
}

const char *definition_addresses_fault(const char *text)
{
	struct addresses ignored;

	if (strlen(text) > DEFINITION_PATH_MAX)
		return "is longer than " NUMBER(DEFINITION_PATH_MAX) " bytes";
	return addresses_take(text, &ignored);
}
