/* SPDX-License-Identifier: BSD-3-Clause */
/* gridnix setup-network: xl joins interfaces by Gridnix' program, which arms them. Nobody is asked
 * but xl's own configuration, a file of the administrator's. */
#include "base/clean.h"
#include "base/file.h"
#include "gridnix/cmd.h"
#include "gridnix/out.h"
#include "import/xlcfg.h"

#include <limits.h>
#include <string.h>

#define FILE_OF_XL "/etc/xen/xl.conf"
#define KEY	   "vif.default.script"
#define LINE	   KEY "=\"" GNX_VIF "\"\n"
#define BLOCK                                                                                      \
	"# By gridnix setup-network; gridnix setup-network --undo takes both lines out again.\n" LINE

static enum cmd_status failed(const struct gnx_err *err)
{
	cmd_complain(NULL, err->msg);
	return CMD_FAILED;
}

/* Whether xl takes Gridnix' program by that text: 1, 0; as xl reads it, the last line counts. */
static int is_in_force(const char *file, const struct gnx_buf *text, struct gnx_err *err)
{
	GNX_CLEAN(xlcfg_done)
	struct xlcfg c = {0};
	int r = xlcfg_parse(&c, text->data, text->len, file, err);
	const char *script = r < 0 ? NULL : xlcfg_text(&c, KEY);

	return r < 0 ? r : script && !strcmp(script, GNX_VIF);
}

/* What was there before stays beside it. */
static int change(
	const char *file, const struct gnx_buf *old, const struct gnx_buf *new, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *save = gnx_fmt("%s.before-gridnix", file);
	int r = gnx_file_write(save, old->data, old->len, err);

	return r ? r : gnx_file_write(file, new->data, new->len, err);
}

static enum cmd_status set(const char *file, const struct gnx_buf *text)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf new = {0};
	struct gnx_err err = GNX_ERR_INIT;

	gnx_buf_add(&new, text->data, text->len);
	gnx_buf_str(&new, text->len && text->data[text->len - 1] != '\n' ? "\n" : "");
	gnx_buf_str(&new, BLOCK);
	if (change(file, text, &new, &err) < 0)
		return failed(&err);
	printf("%s: guests that xl starts from now on are armed; what it was is in "
	       "%s.before-gridnix\n",
		file, file);
	return CMD_OK;
}

static enum cmd_status undo(const char *file, const struct gnx_buf *text)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf new = {0};
	const char *block = text->len ? strstr(text->data, BLOCK) : NULL;
	struct gnx_err err = GNX_ERR_INIT;

	if (!block) {
		printf("%s: gridnix setup-network has changed nothing here\n", file);
		return CMD_OK;
	}
	gnx_buf_add(&new, text->data, (size_t)(block - text->data));
	gnx_buf_str(&new, block + strlen(BLOCK));
	if (change(file, text, &new, &err) < 0)
		return failed(&err);
	printf("%s: as it was before\n", file);
	return CMD_OK;
}

static enum cmd_status advise(const char *file)
{
	printf("%s: xl takes another program. With this line it takes Gridnix', for guests that it\n"
	       "starts from then on; gridnix setup-network --yes adds it:\n\n" LINE
	       "\nHVM guests need script=vif-bridge in their vif= then.\n",
		file);
	return CMD_FAILED;
}

enum cmd_status cmd_setup_network(struct gnx_conn *conn, const struct cmd_args *a)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	struct gnx_err err = GNX_ERR_INIT;
	const char *named = a->operands_len ? a->operands[0] : FILE_OF_XL;
	char file[PATH_MAX];
	int r;

	(void)conn;
	/* A link stays one. */
	r = realpath(named, file) ? gnx_file_read(file, XLCFG_TEXT_MAX, &text, &err)
				  : gnx_fail_errno(&err, "%s", named);
	if (!r && a->undo)
		return undo(file, &text);
	if (!r)
		r = is_in_force(file, &text, &err);
	if (r < 0)
		return failed(&err);
	if (!r)
		return a->yes ? set(file, &text) : advise(file);
	printf("%s: xl takes Gridnix' program\n", file);
	return CMD_OK;
}
