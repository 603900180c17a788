# SPDX-License-Identifier: BSD-3-Clause
"""Two guests of different people on one bridge, one of them hostile, on real Xen and with Debian's kernel: it sends the whole matrix of
the daemon suite's guard_matrix.py, DHCP and RA servers in it, from a raw socket. What is forged reaches neither the other
guest's port nor dom0, and all else reaches both: while it runs, while the daemon is killed, after a reboot, after it
was saved and restored, after a start in which the daemon was killed, and with other addresses."""
import os
import re
import socket
import struct
import subprocess
import sys
import tempfile

import aptrepo
import guarded
import vmtest as v
from inguest import define, events, put, reboot, shell, types, wait_for_shell

sys.path.insert(0, os.path.join(v.TREE, 'tests/daemon'))
from guard_matrix import ATTACKER, MOVED, PASS, VICTIM, matrix  # noqa: E402

KINDS = {'mac', 'ethertype', 'arp', 'ip4', 'ip6', 'nd', 'ra', 'dhcp'}
DISKS = {'xvda': '/tmp/raw', 'xvdb': '/tmp/before', 'xvdc': '/tmp/after'}  # the program, and what it sends


def rows(guest):
    """The last may pass: when it has come all others have, or never will."""
    return [*matrix(guest), (PASS, 'the last one', guest.arp(1))]


def packed(guest):
    """A disk of frames, each with its number as a mark."""
    frames = [frame + struct.pack('!4sI', b'mark', number) for number, (*_, frame) in enumerate(rows(guest))]
    return disk(b''.join(struct.pack('!H', len(frame)) + frame for frame in frames) + b'\0\0')


def disk(data):
    return data + bytes(-len(data) % 4096)


def program():
    with tempfile.TemporaryDirectory() as work:
        path = os.path.join(work, 'raw')
        subprocess.run(['musl-gcc', '-std=gnu17', '-Os', '-static', '-s', '-Wall', '-Wextra', '-Werror', '-o', path,
                        os.path.join(v.TREE, 'tests/vm/raw.c')], check=True)
        with open(path, 'rb') as f:
            return disk(f.read())


def give(m, data, path):
    """Puts a file into the machine, over the network."""
    with socket.create_server(('127.0.0.1', 0)) as server:
        server.settimeout(600)
        m.check_run(f"(bash -c 'cat </dev/tcp/{aptrepo.HOST}/{server.getsockname()[1]} >{path}.part && mv {path}.part {path}' &)")
        with server.accept()[0] as connection:
            connection.sendall(data)
    v.eventually(m, f'stat -c %s {path}', f'^{len(data)}$')


def sections(guest, disks):
    return (f'mac = {guest.mac}\naddress = {" ".join([*guest.ip4, *guest.ip6[:-1]])}\n' +
            ''.join(f'[disk {name}]\npath = {path}\nreadonly = yes\n' for name, path in disks.items()))


def made(m):
    v.eventually(m, 'ip route', '^default ')
    for path, data in zip(DISKS.values(), (program(), packed(ATTACKER), packed(MOVED))):
        give(m, data, path)
    m.check_run('chmod +x /tmp/raw')
    put(m, '/tmp/walls.net', '[network]\nname = walls\nmtu = 9000\n')
    m.check_run('gridnix network define /tmp/walls.net')
    define(m, {'victim': 'walls'}, sections(VICTIM, {}))
    define(m, {'attacker': 'walls'}, sections(ATTACKER, DISKS), '64M')


def port(m, guest):
    return f'vif{m.check_run(f"xl domid {guest}").split()[-1]}.0'


def heard(m, name):
    return {int(number) for number in re.findall(r'^(\d+)\r?$', m.check_run(f'cat /tmp/heard-{name}'), re.M)}


def hostile(m, guest=ATTACKER, file='/dev/xvdb', meanwhile='true'):
    """All frames are sent, to all ports: no port of the bridge learns. Who heard which?"""
    wanted = rows(guest)
    listeners = {'victim': port(m, 'victim'), 'dom0': 'walls'}
    m.until('both ports to be armed', lambda: {port(m, 'attacker'), listeners['victim']} <= {
        member['elem']['val'] for member in guarded.members(m, 'ports')})
    m.check_run('ip link set walls type bridge mcast_snooping 0; for port in /sys/class/net/walls/brif/*; do '
                'echo 0 >$port/learning; echo 1 >$port/flush; done')
    for name, link in listeners.items():
        m.check_run(f'(/tmp/raw hear {link} >/tmp/heard-{name} 2>&1 &)')
        v.eventually(m, f'cat /tmp/heard-{name}', '^hears')
    v.equal(shell(m, 'attacker', 'cp /dev/xvda /raw; chmod +x /raw; rm -f /sent; ip link set eth0 mtu 9000; '
                                 'ip link set eth0 up'), 0)
    types(m, 'attacker', f'(/raw send eth0 {file}; echo $? >/sent) & true')
    m.run(meanwhile)
    v.eventually(m, 'gridnix list || true', '^attacker +running')
    v.equal(shell(m, 'attacker', 'while [ ! -s /sent ]; do sleep 1; done; (exit $(cat /sent))'), 0)
    for name in listeners:
        v.eventually(m, f'tail -n 1 /tmp/heard-{name}', rf'^{len(wanted) - 1}$')
    m.check_run('pkill -x raw')
    for name in listeners:
        numbers = heard(m, name)
        print(f'{name} heard {len(numbers)} of {len(wanted)}')
        v.equal([(verdict, what) for number, (verdict, what, _) in enumerate(wanted)
                 if (verdict == PASS) != (number in numbers)], [])


def told(m):
    v.equal(KINDS - {e['reason'] for e in events(m, 'spoof-blocked') if e['guest']['name'] == 'attacker'}, set())


def without_daemon(m):
    """It is killed again and again."""
    hostile(m, meanwhile='for i in 1 2 3 4 5 6 7 8; do pkill -9 -x gridnixd; sleep 1; done')


def rebooted(m):
    reboot(m, 'attacker')
    hostile(m)


def restored(m):
    m.check_run('gridnix save attacker && gridnix restore attacker')
    hostile(m)


def killed_in_a_start(m):
    m.check_run('gridnix destroy attacker; (gridnix start attacker >/dev/null 2>&1 &); sleep 0.5; pkill -9 -x gridnixd')
    v.eventually(m, 'gridnix list || true', 'attacker +')
    m.run('gridnix start attacker')  # where the first one was undone
    wait_for_shell(m, 'attacker')
    hostile(m)


def moved(m):
    """Other addresses, the hardware's too: those that it had are another's now."""
    m.check_run('gridnix destroy attacker && gridnix undefine attacker')
    define(m, {'attacker': 'walls'}, sections(MOVED, DISKS), '64M')
    hostile(m, MOVED, '/dev/xvdc')


def walled():
    with v.booted(v.media(), memory=1024) as m:
        m.login()
        v.parts(m, made, hostile, told, without_daemon, rebooted, restored, killed_in_a_start, moved)


v.main(walled)
