/* SPDX-License-Identifier: BSD-3-Clause */
/* Fuzz target: the head of an HTTP request. What was taken lies in the request's own text; what a
 * path holds fits. */
#include "gridnixd/api/request.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const struct request *r, const char *s)
{
	assert(s >= r->text && s + strlen(s) < r->text + sizeof(r->text));
}

static void check_path(const struct request *r)
{
	static const char *const forms[] = {
		"/v1/guests", "/v1/guests/{guest}", "/v1/guests/{guest}/start", "/{}"};

	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		char value[128] = "";
		int found = request_match(r, forms[i], value, sizeof(value));

		assert(found == 1 || found == 0 || found == -GNX_E_SYNTAX);
		assert(found != 1 || !strchr(forms[i], '{') || *value);
		assert(found != 1 || strchr(forms[i], '{') || !strcmp(forms[i], r->path));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct request *r = malloc(sizeof(*r));
	struct gnx_err err = GNX_ERR_INIT;
	int code = request_parse(r, (const char *)data, size, &err);

	assert(code == 0 || code == -GNX_E_SYNTAX || code == -GNX_E_TOO_BIG);
	assert(!code == !*err.msg);
	if (code == 0) {
		check_text(r, r->method);
		check_text(r, r->path);
		check_text(r, *r->type ? r->type : r->text);
		check_path(r);
		assert(*r->method && *r->path == '/' && r->params_len <= REQUEST_PARAMS_MAX);
		assert(r->body_len <= REQUEST_BODY_MAX);
		for (size_t i = 0; i < r->params_len; i++) {
			check_text(r, r->params[i].name);
			check_text(r, r->params[i].value);
			assert(request_param(r, r->params[i].name) == r->params[i].value);
		}
	}
	free(r);
	return 0;
}
