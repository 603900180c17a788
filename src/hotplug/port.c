/* SPDX-License-Identifier: BSD-3-Clause */
/* What a guest's interface may send: see port.h. */
#include "hotplug/port.h"

#include "base/clean.h"
#include "base/str.h"

#include <net/if.h>
#include <string.h>

/* Whose it is: the guest's directory in xenstore is called by its UUID. */
static int read_owner(struct hotplug *h, struct guard_owner *out, struct gnx_err *err)
{
	GNX_CLEAN(gnx_free)
	char *vm = hotplug_vm(h);
	GNX_CLEAN(gnx_free)
	char *number = hotplug_get(h, "handle", err);
	uint64_t n;

	if (!number)
		return err->code;
	if (!vm || !gnx_starts(vm, "/vm/") || guest_uuid_parse(vm + strlen("/vm/"), out->uuid) < 0)
		return gnx_fail(err, -ESRCH, "the guest is gone, or has no UUID");
	if (gnx_parse_u64(number, UINT16_MAX, &n) < 0)
		return gnx_fail(err, -EINVAL, "handle: \"%s\" is no interface's number", number);
	out->number = (unsigned int)n;
	return 0;
}

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
	GNX_CLEAN(gnx_free)
	char *bridge = hotplug_get(h, "bridge", NULL);
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
	if (read_owner(h, &port.owner, err) < 0)
		return err->code;
	port.bridge = bridge ? if_nametoindex(bridge) : 0;
	*out = port;
	return 0;
}
