/* SPDX-License-Identifier: BSD-3-Clause */
/* The .xz format ("The .xz File Format" 1.1.0) and LZMA2 as far as xz.h says. */
#include "xz.h"

#include <stdbool.h>

#define FILTER_X86   0x04
#define FILTER_LZMA2 0x21

#define STATES	   12
#define POS_MAX	   16
#define LITERALS   0x300
#define LCLP_MAX   4
#define TOP	   (1u << 24)
#define PROB_START 1024 /* one half: probabilities have 11 bits */

struct length_coder {
	uint16_t choice, choice2;
	uint16_t low[POS_MAX][8], mid[POS_MAX][8], high[256];
};

/* Nothing but probabilities, so that all can be set at once. */
struct probs {
	uint16_t is_match[STATES][POS_MAX], is_rep[STATES], is_rep0[STATES], is_rep1[STATES];
	uint16_t is_rep2[STATES], is_rep0_long[STATES][POS_MAX];
	uint16_t slot[4][64], special[128], align[16];
	struct length_coder match, again;
	uint16_t literal[LITERALS << LCLP_MAX];
};

/* All the state of LZMA; the window is the output itself. */
struct lzma {
	const uint8_t *in, *in_end;
	uint8_t *out;
	size_t pos, out_len; /* written so far, and room */
	size_t window;	     /* where the window starts: the last reset */
	uint32_t range, code;
	uint32_t state, rep[4];
	uint32_t lc, lp_mask, pos_mask;
	bool bad; /* the input ended early */
	struct probs p;
};

static struct lzma lz;

static uint32_t le32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void normalize(void)
{
	if (lz.range >= TOP)
		return;
	lz.range <<= 8;
	lz.code <<= 8;
	if (lz.in < lz.in_end)
		lz.code |= *lz.in++;
	else
		lz.bad = true;
}

static uint32_t bit(uint16_t *prob)
{
	uint32_t bound;

	normalize();
	bound = (lz.range >> 11) * *prob;
	if (lz.code < bound) {
		lz.range = bound;
		*prob = (uint16_t)(*prob + ((2048 - *prob) >> 5));
		return 0;
	}
	lz.range -= bound;
	lz.code -= bound;
	*prob = (uint16_t)(*prob - (*prob >> 5));
	return 1;
}

static uint32_t direct_bits(unsigned int n)
{
	uint32_t v = 0;

	while (n--) {
		normalize();
		lz.range >>= 1;
		v <<= 1;
		if (lz.code >= lz.range) {
			lz.code -= lz.range;
			v |= 1;
		}
	}
	return v;
}

static uint32_t tree(uint16_t *probs, unsigned int bits)
{
	uint32_t m = 1;

	for (unsigned int i = 0; i < bits; i++)
		m = m << 1 | bit(&probs[m]);
	return m - (1u << bits);
}

static uint32_t tree_reverse(uint16_t *probs, unsigned int bits)
{
	uint32_t m = 1, v = 0;

	for (unsigned int i = 0; i < bits; i++) {
		uint32_t b = bit(&probs[m]);

		m = m << 1 | b;
		v |= b << i;
	}
	return v;
}

static void state_reset(void)
{
	uint16_t *probs = (uint16_t *)&lz.p;

	lz.state = 0;
	lz.rep[0] = lz.rep[1] = lz.rep[2] = lz.rep[3] = 0;
	for (size_t i = 0; i < sizeof(lz.p) / sizeof(*probs); i++)
		probs[i] = PROB_START;
}

static int properties(uint8_t b)
{
	uint32_t lc = b % 9, lp = b / 9 % 5, pb = b / 9 / 5;

	if (pb > 4 || lc + lp > LCLP_MAX)
		return -1;
	lz.lc = lc;
	lz.lp_mask = (1u << lp) - 1;
	lz.pos_mask = (1u << pb) - 1;
	return 0;
}

static void literal(void)
{
	size_t at = lz.pos - lz.window;
	uint32_t before = at ? lz.out[lz.pos - 1] : 0;
	uint32_t context = (uint32_t)((at & lz.lp_mask) << lz.lc) | before >> (8 - lz.lc);
	uint16_t *probs = lz.p.literal + (size_t)LITERALS * context;
	uint32_t m = 1;

	if (lz.state >= 7) {
		uint32_t match = lz.out[lz.pos - lz.rep[0] - 1];

		do {
			uint32_t match_bit = match >> 7 & 1, b;

			match <<= 1;
			b = bit(&probs[((1 + match_bit) << 8) + m]);
			m = m << 1 | b;
			if (match_bit != b)
				break;
		} while (m < 0x100);
	}
	while (m < 0x100)
		m = m << 1 | bit(&probs[m]);
	lz.out[lz.pos++] = (uint8_t)m;
	lz.state = lz.state < 4 ? 0 : lz.state < 10 ? lz.state - 3 : lz.state - 6;
}

static uint32_t length(struct length_coder *c, uint32_t pos_state)
{
	if (!bit(&c->choice))
		return 2 + tree(c->low[pos_state], 3);
	if (!bit(&c->choice2))
		return 10 + tree(c->mid[pos_state], 3);
	return 18 + tree(c->high, 8);
}

static uint32_t distance(uint32_t len)
{
	uint32_t slot = tree(lz.p.slot[len < 6 ? len - 2 : 3], 6);
	unsigned int bits = (slot >> 1) - 1;
	uint32_t base;

	if (slot < 4)
		return slot;
	base = (2 | (slot & 1)) << bits;
	if (slot < 14)
		return base + tree_reverse(lz.p.special + base - slot, bits);
	return base + (direct_bits(bits - 4) << 4) + tree_reverse(lz.p.align, 4);
}

/* A distance that was used before moves to the front. */
static void use_again(void)
{
	uint32_t n, d;

	if (!bit(&lz.p.is_rep1[lz.state]))
		n = 1;
	else
		n = 2 + bit(&lz.p.is_rep2[lz.state]);
	d = lz.rep[n];
	for (; n; n--)
		lz.rep[n] = lz.rep[n - 1];
	lz.rep[0] = d;
}

/* The length of what is to be copied from distance rep[0]. */
static uint32_t copy_length(uint32_t pos_state)
{
	uint32_t len;

	if (!bit(&lz.p.is_rep[lz.state])) {
		for (unsigned int i = 3; i; i--)
			lz.rep[i] = lz.rep[i - 1];
		len = length(&lz.p.match, pos_state);
		lz.rep[0] = distance(len);
		lz.state = lz.state < 7 ? 7 : 10;
		return len;
	}
	if (bit(&lz.p.is_rep0[lz.state])) {
		use_again();
	} else if (!bit(&lz.p.is_rep0_long[lz.state][pos_state])) {
		lz.state = lz.state < 7 ? 9 : 11;
		return 1;
	}
	len = length(&lz.p.again, pos_state);
	lz.state = lz.state < 7 ? 8 : 11;
	return len;
}

/* Decodes up to output position end. */
static int decode(size_t end)
{
	while (lz.pos < end && !lz.bad) {
		uint32_t pos_state = (uint32_t)(lz.pos - lz.window) & lz.pos_mask;
		uint32_t len;

		if (!bit(&lz.p.is_match[lz.state][pos_state])) {
			literal();
			continue;
		}
		len = copy_length(pos_state);
		if (lz.rep[0] >= lz.pos - lz.window || len > end - lz.pos)
			return -1;
		for (; len; len--, lz.pos++)
			lz.out[lz.pos] = lz.out[lz.pos - lz.rep[0] - 1];
	}
	normalize();
	return lz.bad ? -1 : 0;
}

/* A chunk that is stored as it is; p is after its header. */
static const uint8_t *stored(const uint8_t *p, const uint8_t *end, uint8_t control, size_t size)
{
	if (control == 1)
		lz.window = lz.pos;
	if (size > (size_t)(end - p) || size > lz.out_len - lz.pos)
		return NULL;
	for (size_t i = 0; i < size; i++)
		lz.out[lz.pos++] = *p++;
	return p;
}

/* A chunk of LZMA; p is after the sizes. */
static const uint8_t *packed(
	const uint8_t *p, const uint8_t *end, uint8_t control, size_t size, size_t packed_size)
{
	if (control >= 0xe0)
		lz.window = lz.pos;
	if (control >= 0xc0 && (p == end || properties(*p++) < 0))
		return NULL;
	if (control >= 0xa0)
		state_reset();
	if (packed_size < 5 || packed_size > (size_t)(end - p) || size > lz.out_len - lz.pos)
		return NULL;
	lz.in_end = p + packed_size;
	lz.range = UINT32_MAX;
	lz.code = (uint32_t)p[1] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 8 | p[4];
	lz.in = p + 5;
	return decode(lz.pos + size) < 0 || lz.in != lz.in_end ? NULL : lz.in_end;
}

/* All chunks; where they end, or NULL. */
static const uint8_t *lzma2(const uint8_t *p, const uint8_t *end)
{
	while (p && p < end && *p) {
		uint8_t control = *p;
		size_t size;

		if (end - p < 6 || (control > 2 && control < 0x80))
			return NULL;
		size = ((size_t)p[1] << 8 | p[2]) + 1;
		if (control < 0x80)
			p = stored(p + 3, end, control, size);
		else
			p = packed(p + 5, end, control, size + ((control & 0x1fu) << 16),
				((size_t)p[3] << 8 | p[4]) + 1);
	}
	return p && p < end ? p + 1 : NULL;
}

static bool sign_byte(uint8_t b)
{
	return b == 0 || b == 0xff;
}

/* Turns the absolute targets of calls and jumps back into relative ones. mask remembers which of
 * the last bytes looked like the start of one. */
static void x86(uint8_t *b, size_t len)
{
	static const uint8_t bits[8] = {0, 1, 2, 2, 3, 3, 3, 3};
	uint32_t mask = 0;
	size_t last = (size_t)-1;

	for (size_t i = 0; i + 4 < len; i++) {
		uint32_t from, to;
		size_t gap;

		if ((b[i] & 0xfe) != 0xe8)
			continue;
		gap = i - last;
		last = i;
		mask = gap > 3 ? 0 : (mask << (gap - 1)) & 7;
		if (mask && (mask == 3 || mask > 4 || sign_byte(b[i + 4 - bits[mask]]))) {
			mask = mask << 1 | 1;
			continue;
		}
		if (!sign_byte(b[i + 4])) {
			mask = mask << 1 | 1;
			continue;
		}
		for (from = le32(b + i + 1);; from = to ^ ((1u << (32 - bits[mask] * 8)) - 1)) {
			to = from - (uint32_t)(i + 5);
			if (!mask || !sign_byte((uint8_t)(to >> (24 - bits[mask] * 8))))
				break;
		}
		to &= 0x01ffffff;
		to |= 0 - (to & 0x01000000);
		for (unsigned int n = 0; n < 4; n++)
			b[i + 1 + n] = (uint8_t)(to >> (8 * n));
		i += 4;
	}
}

static uint32_t crc32(const uint8_t *p, size_t len)
{
	static uint32_t table[256];
	uint32_t crc = UINT32_MAX;

	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;

		for (unsigned int n = 0; n < 8; n++)
			c = c & 1 ? c >> 1 ^ 0xedb88320 : c >> 1;
		table[i] = c;
	}
	while (len--)
		crc = crc >> 8 ^ table[(crc ^ *p++) & 0xff];
	return ~crc;
}

/* The block's header of len bytes: sizes, if given, are not needed; the filters must be LZMA2, or
 * x86 from offset 0 and LZMA2. */
static int filters(const uint8_t *header, size_t len, bool *x86_out)
{
	const uint8_t *p = header + 2, *end = header + len - 4;
	unsigned int sizes = (header[1] >> 6 & 1) + (header[1] >> 7);
	unsigned int filters = (header[1] & 3) + 1u;

	if (crc32(header, len - 4) != le32(end) || (header[1] & 0x3c) || filters > 2)
		return -1;
	for (; sizes; sizes--) {
		while (p < end && (*p & 0x80))
			p++;
		p++;
	}
	*x86_out = filters == 2;
	if (*x86_out) {
		if (end - p < 2 || p[0] != FILTER_X86 || p[1] != 0)
			return -1;
		p += 2;
	}
	return end - p < 3 || p[0] != FILTER_LZMA2 || p[1] != 1 ? -1 : 0;
}

int xz_unpack(const uint8_t *in, size_t in_len, uint8_t *out, size_t out_len)
{
	static const uint8_t magic[6] = {0xfd, '7', 'z', 'X', 'Z', 0};
	const uint8_t *p, *end = in + in_len;
	size_t header;
	bool is_x86;

	if (in_len < 32)
		return -1;
	for (unsigned int i = 0; i < sizeof(magic); i++)
		if (in[i] != magic[i])
			return -1;
	header = ((size_t)in[12] + 1) * 4;
	/* in[7] is the check: 0 none, 1 CRC32. A first byte of 0 would be an index: no block. */
	if (in[7] > 1 || !in[12] || header + 12 > in_len || filters(in + 12, header, &is_x86) < 0)
		return -1;
	lz.out = out;
	lz.pos = lz.window = 0;
	lz.out_len = out_len;
	lz.bad = false;
	/* A first chunk that does not set these itself is damaged, and must not do harm. */
	state_reset();
	properties(0);
	p = lzma2(in + 12 + header, end);
	if (!p || lz.pos != out_len)
		return -1;
	if (is_x86)
		x86(out, out_len);
	p += -(size_t)(p - in) & 3; /* the block is padded to a multiple of 4 */
	if (in[7] && (end - p < 4 || le32(p) != crc32(out, out_len)))
		return -1;
	return 0;
}
