# SPDX-License-Identifier: BSD-3-Clause
"""Guests in trouble, on real Xen: one that crashes whenever it is started, one that does not shut down when it is asked to,
one that reboots by itself."""
import json

import vmtest as v
from inguest import define, put, shell, types, wait_for_shell

BACKOFF = 5000  # ms


def story(m, guest, since=0):
    """What was told of a guest, but for its devices: (kind, ms, incarnation)."""
    said = m.check_run(f'gridnix events --json --since {since} --guest {guest}')
    events = [json.loads(line) for line in said.splitlines() if line.startswith('{"')]
    return [(e['kind'], e['mono_ms'], e['guest'].get('incarnation')) for e in events if 'guest' in e and not v.aside(e)]


def last(m):
    return int(v.has(m.check_run('gridnix events --json | tail -n 1'), r'"seq": ?(\d+)')[1])


def crash_loop(m):
    """It is restarted at once, then ever later, and no more when it was destroyed."""
    put(m, '/tmp/loop.ini', '[guest]\nname = loop\nmemory = 32M\nkernel = /run/gridnix/medium/guests/vmlinuz\n'
        'cmdline = console=hvc0 root=/dev/none\n')
    m.check_run('gridnix define /tmp/loop.ini && gridnix start loop')
    m.until('three crashes', lambda: sum(kind == 'crashed' for kind, *_ in story(m, 'loop')) == 3)
    m.until('the fourth start', lambda: sum(kind == 'starting' for kind, *_ in story(m, 'loop')) == 4)
    told = story(m, 'loop')
    v.equal([kind for kind, *_ in told if kind in ('starting', 'crashed', 'destroyed')],
            ['starting', 'crashed', 'destroyed'] * 3 + ['starting'] +
            [kind for kind, *_ in told[-2:] if kind == 'crashed'])
    ends = [ms for kind, ms, _ in told if kind == 'crashed']
    pauses = [after - end for end, after in zip(ends, [ms for kind, ms, _ in told if kind == 'starting'][1:])]
    print('pauses:', pauses)
    v.equal((pauses[1] >= BACKOFF, pauses[2] >= 2 * BACKOFF), (True, True))
    m.check_run('gridnix destroy loop; gridnix show loop')
    m.until('it to be off', lambda: 'loop' not in v.domains(m))
    seen = last(m)
    m.check_run('sleep 45')
    v.equal(story(m, 'loop', seen), [])
    m.check_run('gridnix undefine loop')


def deaf(m):
    """It has its time, and then its owner is told, who may destroy it."""
    define(m, {'deaf': 'guests0'})
    m.check_run("gridnix definition deaf | sed 's/^name = .*/&\\npatience = 5/' | gridnix define -")
    v.equal(shell(m, 'deaf', 'rm /sbin/poweroff; echo "#!/bin/sh" >/sbin/poweroff; chmod +x /sbin/poweroff'), 0)
    status, said = m.run('gridnix shutdown deaf')
    v.equal(status, 1)
    v.has(said, 'within 5 seconds')
    v.has(m.check_run('gridnix list'), '^deaf +running')
    v.equal(shell(m, 'deaf', 'true'), 0)
    m.check_run('gridnix destroy deaf && gridnix undefine deaf')


def reboots(m):
    """One story: the same guest, its next incarnation."""
    define(m, {'restless': 'guests0'})
    since, before = last(m), story(m, 'restless')[-1][2]
    types(m, 'restless', 'reboot -f')
    m.until('it to be back', lambda: [kind for kind, *_ in story(m, 'restless', since)][-1:] == ['started'])
    v.equal([(kind, incarnation) for kind, _, incarnation in story(m, 'restless', since)],
            [('rebooting', before), ('rebooted', before + 1), ('started', before + 1)])
    wait_for_shell(m, 'restless')
    m.check_run('gridnix destroy restless && gridnix undefine restless')


def troubled():
    with v.booted(v.media(), memory=1024) as m:
        m.login()
        v.parts(m, crash_loop, deaf, reboots)


v.main(troubled)
