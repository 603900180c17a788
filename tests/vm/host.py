# SPDX-License-Identifier: BSD-3-Clause
"""The host's daemon on real Xen: guests that xl starts, stops and breaks are seen and told, each change
once, over a kill of the daemon too. Booted by UEFI from a USB stick."""
import json

import vmtest as v


def events(m, since=0):
    """The journal behind a number, but for devices: [(kind, guest's name or None)], and the last number."""
    # Services speak on this line, too.
    lines = [json.loads(line) for line in m.check_run(
        f'gridnix events --json --since {since}').splitlines() if line.startswith('{"seq"')]
    v.equal([e['seq'] for e in lines], list(range(since + 1, since + 1 + len(lines))))
    found = [(e['kind'], e.get('guest', {}).get('name')) for e in lines if not v.aside(e)]
    return found, since + len(lines)


def story(m, since, command, *kinds):
    """Runs a command and waits for what it leads to: these events and nothing else; what comes later is found by the next
    one. xl pauses what it destroys, which may be seen."""
    m.check_run(command)

    def told():
        found, last = events(m, since)
        return kinds[-1] in found and (found, last)

    found, last = m.until(f'{kinds[-1]} after {command!r}', told)
    if 'destroy' in command:
        found = [event for event in found if event[0] != 'paused']
    v.equal(found, list(kinds))
    return last


def seen():
    with v.booted(v.media(), medium='usb', firmware='uefi') as m:
        m.login()
        v.eventually(m, 'gridnix list', '^tiny +running')
        v.has(m.check_run('gridnix list'), '^web +running')
        told, last = events(m)
        v.equal(told[0], ('host-started', None))
        for name in v.GUESTS:
            v.equal([kind for kind, guest in told if guest == name],
                    ['defined', 'starting', 'started'])
        last = to_xl(m, last)
        v.has(m.check_run('gridnix list'), '^tiny +running, foreign ')
        first = last
        m.check_run(f'(gridnix watch --json --since {first} >/tmp/watched 2>/tmp/said &)')
        last = story(m, last, 'xl pause tiny', ('paused', 'tiny'))
        last = story(m, last, 'xl unpause tiny', ('unpaused', 'tiny'))
        last = story(m, last, 'xl reboot web', ('rebooting', 'web'), ('rebooted', 'web'),
                     ('started', 'web'))
        last = story(m, last, 'xl destroy tiny', ('destroyed', 'tiny'))
        last = story(m, last, """xl create /etc/xen/tiny.cfg 'on_crash="preserve"'""",
                     ('starting', 'tiny'), ('started', 'tiny'))
        v.eventually(m, 'xl sysrq tiny c; gridnix list', '^tiny +crashed')
        crashed = m.check_run(f'gridnix events --since {last} --kind crashed --json')
        v.has(crashed, r'"registers": ?\[{"ip": ?"0xffffffff[89a-f]')  # in its kernel
        last = story(m, last, 'xl destroy tiny', ('crashed', 'tiny'), ('destroyed', 'tiny'))
        last = killed(m, last)
        watched = [json.loads(line)['seq'] for line in m.check_run('cat /tmp/watched').splitlines()]
        v.equal(watched, list(range(first + 1, last + 1)))


def to_xl(m, last):
    """From here on the guests are xl's, and gridnixd knows them from nowhere."""
    m.check_run('rm /etc/gridnix/guests/*')
    for name in v.GUESTS:
        last = story(m, last, f'gridnix destroy {name}', ('destroyed', name))
        last = story(m, last, f'gridnix undefine {name}', ('undefined', name))
        last = story(m, last, f'xl create /etc/xen/{name}.cfg',
                     ('starting', name), ('started', name))
    return last


def killed(m, last):
    """A guest that went while the daemon did not run is a gap, and nothing is made up."""
    m.check_run('sv stop gridnixd; xl destroy web; sv start gridnixd')
    v.eventually(m, f'gridnix events --json --since {last}', '"gap"')
    found, last = events(m, last)
    v.equal(found, [('daemon-started', None), ('gap', None)])
    v.equal(m.check_run('gridnix list | grep -c running || true').strip(), '0')
    m.check_run('kill -9 $(pidof gridnixd)')
    v.eventually(m, f'gridnix events --json --since {last}', '"daemon-started"')
    found, last = events(m, last)
    v.equal(found, [('daemon-started', None)])
    v.eventually(m, 'tail -n 1 /tmp/watched', f'"seq": ?{last},')
    return last


if __name__ == '__main__':
    v.main(seen)
