/* SPDX-License-Identifier: BSD-3-Clause */
/* Firewalls as messages: see msg.h. */
#include "gridnixd/msg.h"
#include "gridnixd/msg_get.h"

static void put_rule(struct wire *w, const struct firewall_rule *r)
{
	wire_put_u32(w, r->number);
	wire_put_u8(w, (uint8_t)r->direction);
	wire_put_u8(w, (uint8_t)r->action);
	wire_put_str(w, r->protocol);
	wire_put_str(w, r->ports);
	wire_put_str(w, r->source_ports);
	wire_put_str(w, r->from);
	wire_put_str(w, r->to);
	wire_put_str(w, r->state);
}

static void get_rule(struct wire *w, struct firewall_rule *r)
{
	r->number = wire_get_u32(w);
	r->direction = get_enum(w, FIREWALL_DIRECTION_COUNT);
	r->action = get_enum(w, FIREWALL_VERDICT_COUNT);
	wire_get_str(w, r->protocol, sizeof(r->protocol));
	wire_get_str(w, r->ports, sizeof(r->ports));
	wire_get_str(w, r->source_ports, sizeof(r->source_ports));
	wire_get_str(w, r->from, sizeof(r->from));
	wire_get_str(w, r->to, sizeof(r->to));
	wire_get_str(w, r->state, sizeof(r->state));
}

/* Of each text that is put the definition's own has more bytes than the message. */
_Static_assert(
	FIREWALL_TEXT_MAX + 32 * FIREWALL_RULES_MAX + MSG_USERS_MAX + 128 < WIRE_MAX, "room");

void msg_put_firewall(struct wire *w, const struct firewall *f)
{
	wire_put_str(w, f->name);
	wire_put_u8(w, (uint8_t)f->in);
	wire_put_u8(w, (uint8_t)f->out);
	wire_put_u8(w, f->replies);
	wire_put_str(w, f->include);
	wire_put_u32(w, (uint32_t)f->sets_len);
	for (size_t i = 0; i < f->sets_len; i++) {
		wire_put_str(w, f->sets[i].name);
		wire_put_str(w, f->sets[i].addresses);
	}
	wire_put_u32(w, (uint32_t)f->rules_len);
	for (size_t i = 0; i < f->rules_len; i++)
		put_rule(w, &f->rules[i]);
}

void msg_get_firewall(struct wire *w, struct firewall *f)
{
	*f = (struct firewall){0};
	wire_get_str(w, f->name, sizeof(f->name));
	f->in = get_enum(w, FIREWALL_VERDICT_COUNT);
	f->out = get_enum(w, FIREWALL_VERDICT_COUNT);
	f->replies = get_enum(w, 2);
	wire_get_str(w, f->include, sizeof(f->include));
	f->sets_len = get_count(w, FIREWALL_SETS_MAX);
	for (size_t i = 0; i < f->sets_len; i++) {
		wire_get_str(w, f->sets[i].name, sizeof(f->sets[i].name));
		wire_get_str(w, f->sets[i].addresses, sizeof(f->sets[i].addresses));
	}
	f->rules_len = get_count(w, FIREWALL_RULES_MAX);
	for (size_t i = 0; i < f->rules_len; i++)
		get_rule(w, &f->rules[i]);
}

void msg_put_told_firewall(struct wire *w, const struct msg_firewall *f)
{
	msg_put_firewall(w, &f->firewall);
	wire_put_u32(w, f->rules);
	wire_put_u32(w, f->guests);
	wire_put_str(w, f->users);
}

void msg_get_told_firewall(struct wire *w, struct msg_firewall *f)
{
	msg_get_firewall(w, &f->firewall);
	f->rules = wire_get_u32(w);
	f->guests = wire_get_u32(w);
	wire_get_str(w, f->users, sizeof(f->users));
}
