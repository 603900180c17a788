#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Traffic on real Xen: what a guest sends is booked to the byte, over its reboots and the daemon's; its quota is told, and its
rate stands in the rules."""
import json

import vmtest as v
from inguest import events, reboot, tiny

OUTSIDE, SIZE = '198.51.100.1', 1000  # dom0 has it: QEMU takes what it hears of others for answers
LENGTH = 20 + 8 + SIZE  # of a ping's packet


def booked(m, kind):
    """Packets and bytes of tiny's interface, ever since the image was booted."""
    said = json.loads(v.has(m.check_run('gridnix traffic tiny --json'), r'{.*}')[0])['traffic']
    return [(one[f'{kind}_packets'], one[f'{kind}_bytes']) for one in said if one['vif'] == 0] or [(0, 0)]


def send(m, count, to=OUTSIDE):
    tiny(m, f'ping -c {count} -s {SIZE} -W 1 {to} >/dev/null')


def sums(m, count):
    """What was sent outside is there, and nothing else, whoever has started what."""
    m.until(f'{count} packets to be booked', lambda: booked(m, 'out4')[0][0] >= count, patience=60)
    v.equal(booked(m, 'out4'), [(count, count * LENGTH)])


def counted(m):
    send(m, 10)
    sums(m, 10)
    before = {kind: booked(m, kind)[0][0] for kind in ('out4_near', 'in4_near')}
    send(m, 5, v.GUESTS['web'])
    for kind, packets in before.items():
        m.until(f'{kind} to have grown', lambda k=kind, p=packets: booked(m, k)[0][0] >= p + 5, patience=60)
    sums(m, 10)


def over_restarts(m):
    """The daemon's, by a signal and by SIGKILL; the guest's, which gets another domain."""
    m.check_run('sv restart gridnixd')
    v.eventually(m, 'gridnix list', 'tiny')
    send(m, 3)
    m.check_run('pkill -9 gridnixd')
    v.eventually(m, 'gridnix list', 'tiny')
    sums(m, 13)
    domid = m.check_run('xl domid tiny').split()[-1]
    send(m, 4)
    reboot(m)
    v.equal(m.check_run('xl domid tiny').split()[-1] == domid, False)
    sums(m, 17)
    send(m, 3)
    sums(m, 20)


def quota(m):
    """80 percent of 26 kB are less than what was sent, and 100 percent more, until more is sent."""
    m.check_run("gridnix definition tiny >/tmp/tiny && sed '/^name/a traffic = 26K' /tmp/tiny | gridnix define -")
    send(m, 1)
    m.until('80 percent to be told', lambda: events(m, 'traffic-quota'), patience=90)
    send(m, 5)
    m.until('100 percent to be told', lambda: len(events(m, 'traffic-quota')) == 2, patience=90)
    v.equal([(e['guest']['name'], e['reason']) for e in events(m, 'traffic-quota')],
            [('tiny', 'nearly'), ('tiny', 'reached')])


def rate(m):
    """From its next start on."""
    m.check_run("gridnix definition tiny >/tmp/tiny && sed '/^.vif 0/a rate_out = 8K' /tmp/tiny | gridnix define -")
    reboot(m)
    v.has(m.check_run('nft list set bridge gridnix limit_out'), 'limit rate over 1000 bytes/second')
    # Of 100 kB at once not all passes.
    tiny(m, f'for i in 1 2 3 4 5 6 7 8 9 10; do ping -c 1 -s 10000 -W 1 {OUTSIDE} >/dev/null & done; wait')
    v.eventually(m, 'nft list chain bridge gridnix sends', r'counter packets [1-9]')


def traffic():
    with v.booted(v.media()) as m:
        m.login()
        m.check_run(f'ip address add {OUTSIDE}/32 dev lo')
        v.parts(m, counted, over_restarts, quota, rate)


v.main(traffic)
