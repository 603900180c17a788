#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The guard on real Xen: a guest that takes its neighbour's addresses is stopped and told of; rules that somebody throws
away come back; killing the daemon opens nothing and stops nobody; addresses and policies change while guests run; a bridge
that others have made is guarded, with a guest of xl's on it. A part of it is also done with networks.py's machine."""
import json

import vmtest as v
from inguest import answered, events, reaches, reboot, tiny, types, wait_for_shell

WEB, TINY, DOM0 = '10.86.83.12', '10.86.83.11', '10.86.83.1'


def stopped(m, guest, *reasons):
    m.until(f'{reasons} of {guest} to be stopped', lambda: any(
        e.get('guest', {}).get('name') == guest and e['reason'] in reasons for e in events(m, 'spoof-blocked')))


def members(m, name):
    said = m.check_run(f'nft -j list set bridge gridnix {name}')
    return json.loads(v.has(said, r'{.*}')[0])['nftables'][-1]['set'].get('elem', [])


def armed(m):
    """How many ports are."""
    return len(members(m, 'ports'))


def forged(m):
    """Another's IPv4 address, and another's hardware address."""
    v.equal(armed(m), 2)
    v.equal(answered(m, {'tiny': [DOM0, WEB]}), {'tiny': [DOM0, WEB]})

    tiny(m, f'ip address add {WEB}/32 dev eth0')
    v.equal(reaches(m, DOM0, WEB), False)
    stopped(m, 'tiny', 'arp', 'ip4')
    tiny(m, f'ip address del {WEB}/32 dev eth0')
    v.equal(reaches(m, DOM0), True)
    tiny(m, 'ip link set eth0 down; ip link set eth0 address 00:16:3e:53:00:0c; ip link set eth0 up')
    v.equal(reaches(m, DOM0), False)
    stopped(m, 'tiny', 'mac')
    tiny(m, 'ip link set eth0 down; ip link set eth0 address 00:16:3e:53:00:0b; ip link set eth0 up')
    m.until('tiny to be reached again', lambda: reaches(m, DOM0))


def restored(m):
    """Rules that are thrown away, or changed."""
    for change in ('delete table bridge gridnix', 'flush chain bridge gridnix own', 'flush set bridge gridnix ports'):
        before = len(events(m, 'guard-restored'))
        m.check_run(f'nft {change}')
        m.until('the rules to be back', lambda: len(events(m, 'guard-restored')) > before)
        v.equal((armed(m), reaches(m, WEB)), (2, True))


def stray(m):
    """A port that nobody has armed."""
    m.check_run('ip link add stray type veth peer name other && ip link set stray master guests0 up && '
                'ip link set other up && ip address add 10.86.83.66/24 dev other')
    m.run(f'ping -c 1 -W 2 -I other {DOM0}')
    m.until('the stray port to be told', lambda: any(
        e['reason'] == 'unarmed' and e['detail']['port'] == 'stray' for e in events(m, 'spoof-blocked')))
    m.check_run('ip link del stray')


def alone(m):
    """No daemon: nothing is open, nobody is stopped."""
    m.check_run('sv down gridnixd; pkill -9 gridnixd; sleep 1; ! pgrep gridnixd')
    types(m, 'tiny', f'(ip address add {WEB}/32 dev eth0; ping -c 2 -W 3 -I {WEB} {DOM0}; echo $? >/forged; '
                     f'ip address del {WEB}/32 dev eth0; ping -c 2 -W 3 {WEB}; echo $? >/own) >/dev/null 2>&1 & true')
    m.check_run('sleep 16; ! pgrep gridnixd; sv up gridnixd')
    v.eventually(m, 'gridnix list', 'tiny')
    v.equal(tiny(m, 'grep -q 1 /forged && grep -q 0 /own'), 0)


def rebooted(m):
    """The same guest, another port."""
    reboot(m)
    m.until('tiny to be back', lambda: reaches(m, WEB))
    m.until('the last port to be taken away', lambda: armed(m) == 2, patience=60)


def redefine(m, guest, address, policy=''):
    """Changes what a guest's interface may send, in its definition."""
    m.check_run(f"gridnix definition {guest} | sed '/^policy = /d; s/^address = .*/address = {address}\\npolicy = {policy}/' | "
                'gridnix define -')


def ours(m):
    """The port of tiny."""
    return f'vif{m.check_run("xl domid tiny").split()[-1]}.0'


def moved(m):
    """An address goes over to another guest, while both run; the host does not send to the last one."""
    m.run(f'ping -c 1 -W 3 {WEB}')
    redefine(m, 'web', '10.86.83.14')
    v.equal(m.run(f'ip neighbour show {WEB} dev guests0 | grep -q lladdr')[0], 1)
    redefine(m, 'tiny', f'{TINY} {WEB}')
    tiny(m, f'ip address add {WEB}/32 dev eth0')
    v.equal((reaches(m, DOM0), reaches(m, DOM0, WEB)), (True, True))
    stopped(m, 'web', 'arp', 'ip4')
    redefine(m, 'tiny', TINY)
    redefine(m, 'web', WEB)
    v.equal(reaches(m, DOM0, WEB), False)
    tiny(m, f'ip address del {WEB}/32 dev eth0')
    v.equal(reaches(m, WEB), True)


def policy(m):
    """It holds at once, after a reboot, and after the guest was saved and restored."""
    tiny(m, 'ip address add 10.86.83.77/32 dev eth0')
    redefine(m, 'tiny', TINY, 'loose')
    v.equal((members(m, 'loose'), reaches(m, DOM0, '10.86.83.77')), ([ours(m)], True))
    m.until('that to be told', lambda: any(e['guest']['name'] == 'tiny' and e['reason'] == 'loose'
                                           for e in events(m, 'guard-loose')))
    rebooted(m)
    v.equal(members(m, 'loose'), [ours(m)])
    m.check_run('gridnix save tiny && gridnix restore tiny')
    m.until('tiny to be back', lambda: reaches(m, WEB))
    m.until('its policy', lambda: members(m, 'loose') == [ours(m)])
    redefine(m, 'tiny', TINY)
    v.equal(members(m, 'loose'), [])


def ports(m, bridge):
    said = m.check_run(f'gridnix guard list {bridge} --json')
    return {one['port']: (one['state'], one.get('guest')) for one in json.loads(v.has(said, r'{.*}')[0])['ports']}


def by_xl(m, bridge):
    """Starts tiny by xl, with Xen's own script, and takes it up on another network."""
    m.run('xl destroy tiny; gridnix undefine tiny')  # a daemon that was started has defined it again
    m.check_run("xl create /etc/xen/tiny.cfg 'type=\"pv\"' 'vif=[\"mac=00:16:3e:53:00:0b,bridge=" + bridge +
                ",script=vif-bridge,ip=10.99.0.2\"]'")
    wait_for_shell(m, 'tiny', 'To leave: (.|\n)*', 4)  # nothing said yet
    tiny(m, 'ip address flush dev eth0; ip address add 10.99.0.2/24 dev eth0; ip address add 10.99.0.66/32 dev eth0; '
            'ip link set eth0 up')


def enabled(m):
    """A bridge that others have made, with a guest of xl's, which is not cut off; and one that comes later."""
    m.check_run('gridnix destroy tiny; gridnix definition tiny >/tmp/tiny.ini && gridnix undefine tiny')
    m.check_run('ip link add old0 up type bridge && ip address add 10.99.0.1/24 dev old0 && '
                'ip link add wire0 up master old0 type veth peer name wire1')
    by_xl(m, 'old0')
    v.equal((reaches(m, '10.99.0.1'), reaches(m, '10.99.0.1', '10.99.0.66')), (True, True))
    v.equal(ports(m, 'old0'), {ours(m): ('armed', 'tiny'), 'wire0': ('unarmed', None)})
    v.has(m.run('gridnix guard enable old0 --yes')[1], 'would be cut off: wire0')
    tiny(m, '(ping -c 20 -q 10.99.0.1 >/pings) & true')
    m.check_run('gridnix guard enable old0 --uplink wire0 --yes')
    v.equal(ports(m, 'old0'), {ours(m): ('armed', 'tiny'), 'wire0': ('uplink', None)})
    v.equal(tiny(m, 'wait; grep " 0% packet loss" /pings'), 0)
    v.equal((reaches(m, '10.99.0.1'), reaches(m, '10.99.0.1', '10.99.0.66')), (True, False))
    stopped(m, 'tiny', 'arp', 'ip4')
    m.check_run('kill -9 $(pidof gridnixd); sleep 3')
    v.eventually(m, 'gridnix list', 'tiny')
    by_xl(m, 'old0')
    m.until('tiny to be armed', lambda: reaches(m, '10.99.0.1'))
    v.equal(reaches(m, '10.99.0.1', '10.99.0.66'), False)
    m.check_run('gridnix guard disable old0')
    m.until('all to pass', lambda: reaches(m, '10.99.0.1', '10.99.0.66'))


def unarmed(m):
    """A guest of xl's that another program has joined to a bridge of Gridnix'."""
    by_xl(m, 'guests0')
    tiny(m, 'ping -c 2 -W 2 10.99.0.1')
    v.equal(ports(m, 'guests0')[ours(m)], ('unarmed', 'tiny'))
    stopped(m, 'tiny', 'unarmed')
    m.check_run('xl destroy tiny; gridnix define /tmp/tiny.ini && gridnix start tiny')
    wait_for_shell(m, 'tiny')
    m.until('tiny to be back', lambda: reaches(m, WEB))


def without_store(m):
    """Rules that are thrown away while nobody can tell whose ports there are: nothing passes, and that is said."""
    m.check_run('kill -9 $(pidof oxenstored xenstored); nft delete table bridge gridnix')
    v.eventually(m, 'nft list set bridge gridnix bridges', 'guests0')
    v.equal(armed(m), 0)
    v.eventually(m, 'gridnix list 2>&1', "this host is degraded: the guard's ports: .*log has its words")


SOME = (forged, restored, alone, moved, without_store)


def guarded():
    with v.booted(v.media(), medium='net', boot_file='boot.ipxe', memory=1024) as m:
        m.login()
        v.has(m.check_run('cat /run/gridnix/boot'), '^mode initrd$')
        v.parts(m, forged, restored, stray, alone, rebooted, moved, policy, enabled, unarmed, without_store)


if __name__ == '__main__':
    v.main(guarded)
