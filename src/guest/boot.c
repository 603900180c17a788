/* SPDX-License-Identifier: BSD-3-Clause */
/* Text from the kernel: see boot.h. */
#include "guest/boot.h"

#include <string.h>

#define SPACE " \t\n"

bool boot_word(const char *line, const char *key, char *out, size_t size)
{
	size_t klen = strlen(key);
	bool found = false;

	for (const char *p = line + strspn(line, SPACE); *p; p += strspn(p, SPACE)) {
		size_t len = strcspn(p, SPACE);

		if (len > klen && !strncmp(p, key, klen) && p[klen] == '=' && len - klen <= size) {
			memcpy(out, p + klen + 1, len - klen - 1);
			out[len - klen - 1] = '\0';
			found = true;
		}
		p += len;
	}
	return found;
}

bool boot_item(const char *list, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = list; *p; p += strcspn(p, ","), p += *p == ',')
		if (strcspn(p, ",") == len && !strncmp(p, name, len))
			return true;
	return false;
}

static bool has(char names[CONSOLES_MAX][CONSOLE_NAME], size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

size_t boot_consoles(const char *active, char names[CONSOLES_MAX][CONSOLE_NAME])
{
	size_t n = 0;

	for (const char *p = active + strspn(active, SPACE); *p && n < CONSOLES_MAX;
		p += strspn(p, SPACE)) {
		size_t len = strcspn(p, SPACE);
		char name[CONSOLE_NAME] = "tty1";

		if (len < sizeof(name) && (len != 4 || strncmp(p, "tty0", 4))) {
			memcpy(name, p, len);
			name[len] = '\0';
		}
		if (len < sizeof(name) && !has(names, n, name))
			strcpy(names[n++], name);
		p += len;
	}
	return n;
}
