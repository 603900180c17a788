/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Runs a fuzz target over the files of a directory, so that its corpus is a plain test with any
 * compiler. With clang, libFuzzer brings its own main instead.
 */
#include "base/clean.h"
#include "base/file.h"

#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char **argv)
{
	GNX_CLEAN(gnx_closedir)
	DIR *dir = argc == 2 ? opendir(argv[1]) : NULL;
	struct dirent *entry;
	int n = 0;

	if (!dir) {
		fprintf(stderr, "usage: %s CORPUS-DIRECTORY\n", argv[0]);
		return 2;
	}
	while ((entry = readdir(dir))) {
		GNX_CLEAN(gnx_free)
		char *path = gnx_fmt("%s/%s", argv[1], entry->d_name);
		GNX_CLEAN(gnx_buf_done)
		struct gnx_buf buf = {0};
		struct gnx_err err = GNX_ERR_INIT;

		if (entry->d_name[0] == '.')
			continue;
		if (gnx_file_read(path, 1 << 20, &buf, &err) < 0) {
			fprintf(stderr, "%s\n", err.msg);
			return 1;
		}
		LLVMFuzzerTestOneInput((const uint8_t *)(buf.data ? buf.data : ""), buf.len);
		n++;
	}
	printf("%d inputs\n", n);
	return n ? 0 : 1;
}
