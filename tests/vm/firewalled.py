#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Firewalls on real Xen, with the state of connections: replies pass and nothing else, changes count at once, and neither
the daemon's death nor rules that somebody throws away open anything."""
import json
import re

import vmtest as v
from inguest import connects, events, pings, reaches, reboot, shell, tiny

TINY, WEB, DOM0 = '10.86.83.11', '10.86.83.12', '10.86.83.1'
BASE = '[firewall]\\nname = base\\n'
ICMP = '[rule 10]\\ndirection = in\\naction = accept\\nprotocol = icmp\\n'
NO_HTTP = '[rule 20]\\ndirection = out\\naction = drop\\nprotocol = tcp\\nports = 80\\n'


def define(m, text):
    m.check_run(f"printf '{text}' | gridnix firewall define -")


def pinged(m, address):
    """Whether tiny answers web, or web dom0, which has no ping but its page."""
    if address == TINY:
        return pings(m, 'web', TINY)
    return connects(m, WEB)


def fetches(m):
    return tiny(m, f'wget -T 5 -O /dev/null http://{WEB}/ 2>/dev/null') == 0


def given(m):
    """To a guest that runs: its next packet is looked at."""
    v.equal((pinged(m, TINY), pinged(m, WEB)), (True, True))
    define(m, BASE)
    m.check_run("gridnix definition tiny | sed '/^firewall/d; /^\\[vif 0\\]/a firewall = base' | gridnix define -")
    m.until('tiny to have its firewall', lambda: 'jump in-base' in m.check_run('nft list map bridge gridnix firewall_in'))
    v.has(m.check_run('gridnix firewall show base'), '1 guest: tiny')


def stateful(m):
    """Replies pass, what nobody has asked for does not; the neighbour without a firewall is reached."""
    v.equal((reaches(m, DOM0), reaches(m, WEB), fetches(m)), (True, True, True))
    v.equal((pinged(m, TINY), pinged(m, WEB)), (False, True))


def changed(m):
    """Live: what is accepted, what is no more, and by one that is included."""
    define(m, BASE + ICMP)
    v.equal((pinged(m, TINY), fetches(m)), (True, True))
    define(m, BASE + NO_HTTP)
    v.equal((pinged(m, TINY), reaches(m, WEB), fetches(m)), (False, True, False))
    define(m, '[firewall]\\nname = group\\n' + ICMP)
    define(m, BASE + 'include = group\\n')
    v.equal((pinged(m, TINY), fetches(m)), (True, True))
    define(m, '[firewall]\\nname = group\\n')
    v.equal(pinged(m, TINY), False)
    v.has(m.run('gridnix firewall delete base 2>&1')[1], 'base: the guest tiny has it')


def thrown_away(m):
    """Put back, with what they were; never open for long enough to be seen from outside."""
    for change in ('flush chain bridge gridnix in-base', 'delete table bridge gridnix'):
        before = len(events(m, 'guard-restored'))
        m.check_run(f'nft {change}')
        m.until('the rules to be back', lambda: len(events(m, 'guard-restored')) > before)
        v.equal((pinged(m, TINY), pinged(m, WEB), reaches(m, WEB)), (False, True, True))


def alone(m):
    """No daemon: the firewall goes on; when its rules are gone, all is closed for tiny, and for nobody else."""
    shell(m, 'web', f'(for n in 1 2; do sleep 15; ping -c 2 -W 3 {TINY}; echo $? >/alone$n; done) >/dev/null 2>&1 & true')
    m.check_run('sv down gridnixd; pkill -9 gridnixd; sleep 24')
    v.equal(connects(m, WEB), True)
    m.check_run('nft flush chain bridge gridnix in-base; sleep 20')
    v.equal(connects(m, WEB), True)
    m.check_run('sv up gridnixd')
    v.eventually(m, 'gridnix list', 'tiny')
    v.eventually(m, 'nft list chain bridge gridnix in-base', 'ct state')
    v.equal(shell(m, 'web', 'grep -q 1 /alone1 && grep -q 1 /alone2'), 0)
    v.equal((pinged(m, TINY), reaches(m, WEB)), (False, True))


def apart(m):
    """A zone for each bridge that dom0 has no part in; none for those that it passes packets on from."""
    m.check_run('gridnix network create red; gridnix network create blue; '
                'gridnix network create own --range 10.77.0.0/24 --gateway 10.77.0.1')
    listed = json.loads(v.has(m.check_run('nft -j list map bridge gridnix zones'), r'{.*}')[0])
    zones = dict(listed['nftables'][-1]['map']['elem'])
    v.equal(sorted(zones), ['blue', 'red'])
    v.equal(zones['red'] != zones['blue'], True)
    v.equal((pinged(m, TINY), reaches(m, DOM0)), (False, True))
    m.check_run('gridnix network delete red blue own')


def rebooted(m):
    """The same guest, another port."""
    reboot(m)
    m.until('tiny to be back', lambda: reaches(m, WEB))
    v.equal(pinged(m, TINY), False)


def taken(m):
    """Away again: nothing is tracked, and all is as before."""
    m.check_run("gridnix definition tiny | sed '/^firewall/d' | gridnix define -")
    m.until('tiny to be reached', lambda: pinged(m, TINY))
    m.check_run('gridnix firewall delete base group')
    v.equal(re.findall('ct state', m.check_run('nft list table bridge gridnix')), [])
    v.equal((pinged(m, TINY), fetches(m)), (True, True))


def firewalled():
    with v.booted(v.media()) as m:
        m.login()
        v.parts(m, given, stateful, changed, thrown_away, alone, apart, rebooted, taken)


v.main(firewalled)
