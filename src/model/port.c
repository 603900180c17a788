/* SPDX-License-Identifier: BSD-3-Clause */
/* The line of words of an interface: see port.h. */
#include "model/port.h"

#include "base/clean.h"
#include "model/definition_part.h"
#include "model/traffic.h"

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

static const char *take_in(struct port *p, const char *value)
{
	return traffic_amount(value, TRAFFIC_RATE_MAX, &p->in_bits);
}

static const char *take_out(struct port *p, const char *value)
{
	return traffic_amount(value, TRAFFIC_RATE_MAX, &p->out_bits);
}

static const struct {
	const char *key;
	const char *(*take)(struct port *p, const char *value);
} words[] = {
	{"policy=", take_policy},
	{"firewall=", take_firewall},
	{"in=", take_in},
	{"out=", take_out},
};

static const char *take_word(struct port *p, const char *word)
{
	for (size_t i = 0; i < GNX_LEN(words); i++)
		if (gnx_starts(word, words[i].key))
			return words[i].take(p, word + strlen(words[i].key));
	if (strchr(word, '='))
		return "holds a word that is none of policy=, firewall=, in= and out=";
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

/* A word for what is not at its default. */
static void add_word(struct gnx_buf *out, size_t start, const char *key, const char *value)
{
	if (*value)
		gnx_buf_fmt(out, "%s%s%s", out->len > start ? " " : "", key, value);
}

void definition_port(const struct definition_vif *vif, struct gnx_buf *out)
{
	size_t start = out->len;
	char in[TRAFFIC_AMOUNT_TEXT], to[TRAFFIC_AMOUNT_TEXT];

	gnx_buf_str(out, "");
	traffic_amount_text(vif->rate_in_bits, in);
	traffic_amount_text(vif->rate_out_bits, to);
	add_word(out, start, "", vif->address);
	add_word(out, start, "policy=", port_policy_name(vif->policy));
	add_word(out, start, "firewall=", vif->firewall);
	add_word(out, start, "in=", in);
	add_word(out, start, "out=", to);
}
