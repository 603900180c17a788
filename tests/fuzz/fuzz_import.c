/* SPDX-License-Identifier: BSD-3-Clause */
/* Fuzz target: xl's files. What was made of one is a definition; what is told is plain ASCII. */
#include "import/import.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_ascii(const struct gnx_buf *text)
{
	for (size_t i = 0; i < text->len; i++)
		assert(text->data[i] == '\n' || (text->data[i] >= ' ' && text->data[i] <= '~'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gnx_buf notes = {0}, json = {0}, text = {0};
	struct gnx_err err = GNX_ERR_INIT;
	static struct import i;
	static struct definition back;
	int r = import_text(&i, (const char *)data, size, "fuzz.cfg", &err);

	if (r < 0)
		assert(err.code < 0 && *err.msg);
	import_write_notes(&i, "# ", "fuzz.cfg", &notes);
	import_write_json(&i, r < 0 ? err.msg : NULL, &json);
	if (r == 0) {
		gnx_buf_str(&text, notes.data ? notes.data : "");
		definition_write(&i.definition, &text);
		/* The longest lines of notes are longer than a definition's may be. */
		assert(!definition_parse(&back, text.data, text.len, "back.ini", &err) ||
			err.code == -GNX_E_TOO_BIG || strstr(err.msg, "longer than"));
	}
	check_ascii(&notes);
	check_ascii(&json);
	gnx_buf_done(&notes), gnx_buf_done(&json), gnx_buf_done(&text);
	import_done(&i);
	return 0;
}
