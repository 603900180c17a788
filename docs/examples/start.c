/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Defines a guest by a file, as gridnix-guest(5) describes it, starts it, and waits until it runs.
 * Build and run:
 *
 *	cc start.c -o start $(pkg-config --cflags --libs libgridnix) && ./start FILE [SOCKET]
 */
#include <gridnix/gridnix.h>
#include <stdio.h>
#include <string.h>

#define PATIENCE_MS 120000

/* Starts the guest. What the daemon has begun it does, whoever waits for it. */
static int start(struct gnx_conn *conn, const char *guest)
{
	struct gnx_operation *operation, *ended;
	int r = gnx_guest_start(conn, guest, &operation);

	if (r < 0)
		return r;
	r = gnx_operation_wait(conn, gnx_operation_id(operation), PATIENCE_MS, &ended);
	gnx_operation_free(operation);
	if (r < 0)
		return r;
	printf("%s: %s %s\n", guest, gnx_operation_state(ended), gnx_operation_words(ended));
	r = strcmp(gnx_operation_state(ended), "done") != 0;
	gnx_operation_free(ended);
	return r;
}

static int define_and_start(struct gnx_conn *conn, const char *text)
{
	struct gnx_definition *definition;
	int r = gnx_guest_define(conn, GNX_FORM_INI, text, &definition);

	if (r < 0)
		return r;
	printf("%s: its UUID is %s\n", gnx_definition_name(definition),
		gnx_definition_uuid(definition));
	r = start(conn, gnx_definition_uuid(definition));
	gnx_definition_free(definition);
	return r;
}

int main(int argc, char **argv)
{
	static char text[65536];
	FILE *file = argc > 1 ? fopen(argv[1], "r") : NULL;
	struct gnx_conn *conn;
	int r;

	if (!file) {
		fprintf(stderr, "usage: start FILE [SOCKET]\n");
		return 2;
	}
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	if (gnx_conn_open(argc > 2 ? argv[2] : NULL, &conn) < 0)
		return 1;
	r = define_and_start(conn, text);
	if (r < 0)
		fprintf(stderr, "start: %s\n", gnx_conn_words(conn));
	gnx_conn_close(conn);
	return r ? 1 : 0;
}
