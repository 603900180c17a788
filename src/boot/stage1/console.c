/* SPDX-License-Identifier: BSD-3-Clause */
/* Consoles: see console.h. */
#include "boot/stage1/console.h"

#include "base/clean.h"
#include "base/file.h"
#include "base/str.h"

#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>
#include <termios.h>

struct console {
	char device[64];
	int fd;
	bool loud_only; /* not one of the kernel's consoles */
};

static struct console consoles[CONSOLES_MAX];
static size_t nconsoles;
static int kmsg = -1;
static bool verbose;

static void add(const char *device, bool loud_only)
{
	struct console *c = &consoles[nconsoles];
	int fd, flags;

	for (size_t i = 0; i < nconsoles; i++)
		if (!strcmp(consoles[i].device, device))
			return;
	if (nconsoles == CONSOLES_MAX || strlen(device) >= sizeof(c->device))
		return;
	/* Not blocking, so that a serial port without a carrier can't hold up the boot. */
	fd = open(device, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return;
	flags = fcntl(fd, F_GETFL);
	fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
	*c = (struct console){.fd = fd, .loud_only = loud_only};
	strcpy(c->device, device);
	nconsoles++;
}

static void add_listed(void)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	char *save = NULL;

	if (gnx_file_read("/proc/consoles", 4096, &text, NULL) < 0)
		return;
	for (char *line = strtok_r(text.data, "\n", &save); line;
		line = strtok_r(NULL, "\n", &save)) {
		GNX_CLEAN(gnx_free)
		char *device = NULL;

		line[strcspn(line, " ")] = '\0';
		device = gnx_fmt("/dev/%s", line);
		add(device, false);
	}
}

void console_open(void)
{
	int fd = open("/dev/console", O_RDWR | O_NOCTTY);

	if (fd >= 0) {
		for (int i = 0; i < 3; i++)
			dup2(fd, i);
		if (fd > 2)
			close(fd);
	}
	if (kmsg < 0)
		kmsg = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	while (nconsoles)
		close(consoles[--nconsoles].fd);
	add_listed();
	if (!nconsoles)
		add("/dev/console", false);
	add("/dev/tty0", true);
	add("/dev/hvc0", true);
}

void console_set_verbose(bool on)
{
	verbose = on;
}

/* A console that fails is no reason to stop, and there is nowhere to say so. */
static void write_consoles(bool loud, const char *text)
{
	for (size_t i = 0; i < nconsoles; i++)
		if (loud || !consoles[i].loud_only)
			(void)!gnx_write_all(consoles[i].fd, text, strlen(text));
}

static struct gnx_buf format(const char *before, const char *fmt, va_list ap, const char *after)
{
	struct gnx_buf text = {0};
	char line[1400];

	vsnprintf(line, sizeof(line), fmt, ap);
	gnx_buf_fmt(&text, "%s%s%s", before, line, after);
	return text;
}

/* At debug level, so that the kernel does not print the line a second time. */
static void log_line(const char *fmt, va_list ap)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = format("<7>gridnix: ", fmt, ap, "\n");

	if (kmsg >= 0)
		(void)!write(kmsg, text.data, text.len);
}

#define SAY(show, loud)                                                                            \
	do {                                                                                       \
		va_list ap;                                                                        \
		va_start(ap, fmt);                                                                 \
		log_line(fmt, ap);                                                                 \
		va_end(ap);                                                                        \
		va_start(ap, fmt);                                                                 \
		if (show)                                                                          \
			show_line(loud, fmt, ap);                                                  \
		va_end(ap);                                                                        \
	} while (0)

static void show_line(bool loud, const char *fmt, va_list ap)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = format("gridnix: ", fmt, ap, "\n");

	write_consoles(loud, text.data);
}

void say(const char *fmt, ...)
{
	SAY(true, false);
}

void say_verbose(const char *fmt, ...)
{
	SAY(verbose, false);
}

void say_loud(const char *fmt, ...)
{
	SAY(true, true);
}

void console_text(const char *fmt, ...)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	va_list ap;

	va_start(ap, fmt);
	text = format("", fmt, ap, "");
	va_end(ap);
	write_consoles(true, text.data);
}

void console_progress(const char *fmt, ...)
{
	GNX_CLEAN(gnx_buf_done)
	struct gnx_buf text = {0};
	va_list ap;

	va_start(ap, fmt);
	text = format("\rgridnix: ", fmt, ap, "");
	va_end(ap);
	write_consoles(false, text.data);
}

void console_progress_end(void)
{
	write_consoles(false, "\n");
}

/* The first character of the line that waits on fd; the rest is dropped. 0 for none (Ctrl-D). */
static char read_answer(int fd)
{
	char line[256] = "";

	if (read(fd, line, sizeof(line)) <= 0)
		return 0;
	tcflush(fd, TCIFLUSH);
	return line[0];
}

char console_ask(int wake_fd, const char **device_out)
{
	for (;;) {
		struct pollfd fds[CONSOLES_MAX + 1];

		for (size_t i = 0; i < nconsoles; i++)
			fds[i] = (struct pollfd){.fd = consoles[i].fd, .events = POLLIN};
		fds[nconsoles] = (struct pollfd){.fd = wake_fd, .events = POLLIN};
		if (poll(fds, nconsoles + 1, -1) < 0)
			continue;
		for (size_t i = 0; i < nconsoles; i++) {
			char c = fds[i].revents & POLLIN ? read_answer(fds[i].fd) : 0;

			if (c) {
				*device_out = consoles[i].device;
				return c;
			}
			if (fds[i].revents & ~POLLIN)
				consoles[i].fd = -1; /* gone; poll and write pass over it */
		}
		if (fds[nconsoles].revents)
			return 0;
	}
}
