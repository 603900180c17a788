/* SPDX-License-Identifier: BSD-3-Clause */
/* What a guest's interface may send: see port.h. */
#include "hotplug/port.h"

#include "base/clean.h"

#include <net/if.h>

char *port_words(struct hotplug *h)
{
	char *words = hotplug_get(h, PORT_CHANGED, NULL);

	if (!words)
		words = hotplug_get(h, "ip", NULL);
	return words ? words : gnx_dup("");
}

int port_read(struct hotplug *h, const char *vif, struct guard_port *out, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *mac = hotplug_get(h, "mac", err);
	GNX_CLEAN(gnx_free)
	char *ip = port_words(h);
	struct guard_port port = {.index = if_nametoindex(vif)};
	const char *fault;

	if (!mac)
		return err->code;
	if (!port.index)
		return gnx_fail_errno(err, "%s", vif);
	fault = address_mac(mac, port.mac);
	if (fault)
		return gnx_fail(err, -EINVAL, "mac: \"%s\" %s", mac, fault);
	fault = port_take(ip, &port.may);
	if (fault)
		return gnx_fail(err, -EINVAL, "ip: \"%s\" %s", ip, fault);
	*out = port;
	return 0;
}
