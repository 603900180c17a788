/* SPDX-License-Identifier: BSD-3-Clause */
/* Set-up of the networks that boot parameters name, for the daemon. See setup.h. */
#include "boot/setup.h"

#include "base/clean.h"
#include "base/file.h"
#include "model/network.h"

#include <string.h>

static int write_one(const char *dir, const char *words, struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	GNX_CLEAN(gnx_free)
	char *path = NULL;
	struct network n;
	int r = network_words(&n, words, err);

	if (r < 0) {
		gnx_err_prefix(err, "network=%.*s", (int)strcspn(words, " "), words);
		return r;
	}
	network_write(&n, &text);
	path = gnx_fmt("%s/%s.ini", dir, n.name);
	return gnx_file_write(path, text.data, text.len, err);
}

int setup_networks_in(const char *dir, const struct bootparams *bp, struct gnx_err *err)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf wrong = {0};
	const char *words;
	int r = bootparam_network(bp, 0) ? gnx_mkdirs(dir, err) : 0;

	for (size_t i = 0; !r && (words = bootparam_network(bp, i)); i++) {
		struct gnx_err why = GNX_ERR_INIT;

		if (write_one(dir, words, &why) < 0)
			gnx_buf_fmt(&wrong, "%s%s", wrong.len ? "; " : "", why.msg);
	}
	return r || !wrong.len ? r : gnx_fail(err, -EINVAL, "%s", wrong.data);
}

int setup_networks(const struct bootparams *bp, struct gnx_err *err)
{
	return setup_networks_in("/etc/gridnix/networks", bp, err);
}
