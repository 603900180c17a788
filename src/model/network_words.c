/* SPDX-License-Identifier: BSD-3-Clause */
/* A network's definition in one line, as on the kernel's: see network.h. */
#include "model/network.h"

#include "base/clean.h"
#include "model/definition_part.h"

#include <string.h>

/* A line for each key; only what is one may begin a line. */
static int add_word(struct gnx_buf *ini, char *word, struct gnx_err *err)
{
	char *equals = strchr(word, '=');

	if (!equals) {
		gnx_buf_fmt(ini, " %s", word);
		return 0;
	}
	*equals = '\0';
	if (network_form(word) < 0)
		return gnx_fail(err, -EINVAL, "[network]: there is no key \"%s\"",
			definition_show(word).text);
	gnx_buf_fmt(ini, "\n%s = %s", word, equals + 1);
	return 0;
}

int network_words(struct network *n, const char *text, struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf ini = {0};
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv words = {0};
	struct gnx_err why = GNX_ERR_INIT;
	const char *key;
	int r = 0;

	gnx_strv_split(&words, text, " \t\r\n\v\f");
	gnx_buf_str(&ini, "[network]\nname =");
	for (size_t i = 0; !r && i < words.len; i++)
		r = add_word(&ini, words.items[i], &why);
	if (!r)
		r = network_parse(n, ini.data, ini.len, "", &why);
	/* A line of the text that nobody has seen is of no interest. */
	key = strchr(why.msg, '[');
	return r < 0 ? gnx_fail(err, r, "%s", key ? key : why.msg) : 0;
}
