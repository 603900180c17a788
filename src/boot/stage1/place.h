/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where the image's files are while the host runs: copied into RAM, left on the medium, or left
 * in the initrd. Wherever they are, every byte is compared with its checksum first.
 */
#ifndef GNX_STAGE1_PLACE_H
#define GNX_STAGE1_PLACE_H

#include "boot/stage1/image_file.h"

#define PLACE_DIR "/run/gridnix/medium" /* layers and guests/, read-only */

enum place { PLACE_RAM, PLACE_MEDIUM, PLACE_INITRD };

/* "ram", "medium" or "initrd". */
const char *place_name(enum place place);

/*
 * RAM or the medium? run is the boot parameter: auto, ram or medium. total and available are
 * dom0's memory in KiB. *why_out is NULL, or a sentence for the user (borrowed, static) when he
 * would not expect the answer.
 */
enum place place_choose(const char *run, const struct image *image, uint64_t total_kib,
	uint64_t available_kib, const char **why_out);

/* Verifies the files below source (a directory with the image's parts) and, for PLACE_RAM, copies
 * them; then they are at PLACE_DIR. -GNX_E_CHECKSUM names the file that is damaged. */
int place_files(
	enum place place, const struct image *image, const char *source, struct gnx_err *err);

#endif
