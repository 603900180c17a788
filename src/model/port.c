/* SPDX-License-Identifier: BSD-3-Clause */
/* The line of words of an interface: see port.h. */
#include "model/port.h"

#include "base/clean.h"
#include "model/definition_part.h"

#include <errno.h>
#include <string.h>

static const char *const policies[PORT_POLICY_COUNT] = {
	[PORT_auto] = "",
	[PORT_locked] = "locked",
	[PORT_loose] = "loose",
	[PORT_router] = "router",
	[PORT_promiscuous] = "promiscuous",
};

const char *port_policy_name(enum port_policy policy)
{
	return policies[policy];
}

int port_policy_by_name(const char *name)
{
	for (int i = 0; i < PORT_POLICY_COUNT; i++)
		if (!strcmp(policies[i], name))
			return i;
	return -EINVAL;
}

static const char *take_policy(struct port *p, const char *value)
{
	int policy = port_policy_by_name(value);

	if (policy <= PORT_auto)
		return "holds a policy that is none of locked, loose, router and promiscuous";
	p->policy = (enum port_policy)policy;
	return NULL;
}

static const char *take_firewall(struct port *p, const char *value)
{
	if (!*value || definition_netname_fault(value))
		return "holds a firewall that is none's name";
	strcpy(p->firewall, value);
	return NULL;
}

static const struct {
	const char *key;
	const char *(*take)(struct port *p, const char *value);
} words[] = {
	{"policy=", take_policy},
	{"firewall=", take_firewall},
};

static const char *take_word(struct port *p, const char *word)
{
	for (size_t i = 0; i < GNX_LEN(words); i++)
		if (gnx_starts(word, words[i].key))
			return words[i].take(p, word + strlen(words[i].key));
	if (strchr(word, '='))
		return "holds a word that is none of policy= and firewall=";
	return addresses_add(&p->addresses, word);
}

const char *port_take(const char *text, struct port *out)
{
	GNX_CLEAN(gnx_strv_done)
	struct gnx_strv line = {0};
	struct port p = {0};
	const char *fault = NULL;

	gnx_strv_split(&line, text, " ");
	for (size_t i = 0; !fault && i < line.len; i++)
		fault = take_word(&p, line.items[i]);
	if (fault)
		return fault;
	if (!p.policy)
		p.policy = p.addresses.len ? PORT_locked : PORT_loose;
	*out = p;
	return NULL;
}

void definition_port(const struct definition_vif *vif, struct gnx_buf *out)
{
	size_t start = out->len;

	gnx_buf_str(out, vif->address);
	if (vif->policy)
		gnx_buf_fmt(out, "%spolicy=%s", out->len > start ? " " : "",
			port_policy_name(vif->policy));
	if (*vif->firewall)
		gnx_buf_fmt(out, "%sfirewall=%s", out->len > start ? " " : "", vif->firewall);
}
