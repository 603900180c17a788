#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""ports.py RULES VIF REARM: what the hotplug programs make of back ends, by raw frames on a guarded bridge: policies, changes
while frames are on their way, addresses that are taken away. The store is store.py. Needs root, as guard.py does."""
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from dataclasses import replace

import guard
from frames import TCP, tcp
from guard import nft, passing, run
from guard_matrix import ATTACKER, MOVED, PASS, VICTIM, control, loose, matrix, routing, twelve
from store import Store

BACKENDS = '/local/domain/0/backend/vif'
OURS, XENS = '/usr/lib/gridnix/hotplug/vif', '/etc/xen/scripts/vif-bridge'
DOMIDS = {'attacker': 3, 'victim': 4, 'other': 5}
DOM0 = '192.0.2.200'


def listed(name):
    """What a set of the guard's has."""
    return run('nft', 'list', 'set', 'bridge', 'gridnix', name, stdout=subprocess.PIPE).stdout


def link(port):
    return json.loads(run('ip', '-json', 'link', 'show', port, stdout=subprocess.PIPE).stdout)[0]


def addresses(guest):
    return ' '.join(a for a in (*guest.ip4, *guest.ip6) if not a.startswith('fe80'))


class Ports(guard.Guarded):
    def setUp(self):
        super().setUp()
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.store = Store(os.path.join(directory.name, 'store'))
        self.addCleanup(self.store.close)
        self.environment = {**os.environ, 'XENSTORED_PATH': os.path.join(directory.name, 'store')}
        self.mark('gridnix:test')
        nft('add element bridge gridnix bridges { "br0" }; add element bridge gridnix uplinks { "uplink" }')
        self.arm(VICTIM, addresses(VICTIM))

    def mark(self, alias):
        run('ip', 'link', 'set', 'br0', 'alias', alias)

    def directory(self, guest):
        return f'{BACKENDS}/{DOMIDS[guest.port]}/0'

    def put(self, guest, words, script=OURS):
        """The back end, as libxl writes it."""
        self.store.put(self.directory(guest), mac=guest.mac, ip=words, bridge='br0', script=script, vifname=guest.port,
                       handle='0', **{'frontend-id': str(DOMIDS[guest.port])})
        self.store.put(f'/local/domain/{DOMIDS[guest.port]}', vm=f'/vm/00000000-0000-4000-8000-00000000000{DOMIDS[guest.port]}')

    def online(self, guest, words):
        """Has it joined; what became of that, and the words if it failed."""
        self.put(guest, words)
        done = subprocess.run([sys.argv[2], 'online', 'type_if=vif'], check=False,
                              env={**self.environment, 'vif': guest.port, 'XENBUS_PATH': self.directory(guest)})
        status, error = (self.store.nodes.get(f'{self.directory(guest)}/hotplug-{what}') for what in ('status', 'error'))
        self.assertEqual(done.returncode, 0 if status == 'connected' else 1)
        return status, error

    def arm(self, guest, words):
        self.assertEqual(self.online(guest, words), ('connected', None))
        self.net.wait(guest.port)

    def rearm(self, *words, lines=''):
        return run(sys.argv[3], *words, env=self.environment, input=lines, stdout=subprocess.PIPE).stdout

    def change(self, guest, words, *how):
        self.rearm(*how, lines=f'{DOMIDS[guest.port]} 0 {guest.mac} br0 {words}\n')

    def test_policies(self):
        """As words of ip: a definition's, or those of an xl.cfg."""
        for words, rows in ((addresses(ATTACKER), matrix(ATTACKER)), ('', loose(ATTACKER)),
                            ('policy=loose', loose(ATTACKER)),
                            (addresses(ATTACKER) + ' policy=router', routing(ATTACKER)),
                            (addresses(ATTACKER) + ' policy=promiscuous', passing(matrix(ATTACKER)))):
            with self.subTest(words):
                super().setUp()
                nft('add element bridge gridnix bridges { "br0" }; add element bridge gridnix uplinks { "uplink" }')
                self.arm(VICTIM, addresses(VICTIM))
                self.arm(ATTACKER, words)
                self.expect(rows)
                self.rearm()
                self.expect(rows)
        self.seen(control(ATTACKER), 'attacker')

    def test_live(self):
        """While addresses come and go, all that passes before and after passes at any time, and nothing else."""
        me, both = replace(ATTACKER, ip4=ATTACKER.ip4[:1], ip6=[ATTACKER.ip6[0], ATTACKER.ip6[-1]]), addresses(ATTACKER)
        self.arm(ATTACKER, addresses(me))
        end, changes, failed = threading.Event(), [], []

        def again():
            os.sched_setaffinity(0, guard.PROCESSORS)
            try:
                while not end.is_set():
                    for words in (both, addresses(me), addresses(me) + ' policy=router', addresses(me) + ' policy=loose'):
                        self.change(ATTACKER, words, '--only')
                        changes.append(words)
            except subprocess.CalledProcessError as e:
                failed.append(e)

        always = [(verdict, name, frame) for verdict, name, frame in matrix(me) if verdict in (PASS, 'mac', 'ethertype')]
        thread = threading.Thread(target=again)
        thread.start()
        try:
            while len(changes) < 40 and not failed:
                self.expect(always)
        finally:
            end.set()
            thread.join()
        self.assertEqual(failed, [])
        self.change(ATTACKER, both, '--only')
        self.expect(matrix(ATTACKER))
        self.change(ATTACKER, addresses(MOVED), '--only')
        self.expect([('ip4', 'the old IPv4', ATTACKER.four(TCP, tcp())), ('ip6', 'the old IPv6', ATTACKER.six(TCP, tcp())),
                     (PASS, 'the new IPv4', replace(MOVED, mac=ATTACKER.mac).four(TCP, tcp()))])

    def test_killed(self):
        """Between the words and the sets: the next start makes the one of the other."""
        self.arm(ATTACKER, addresses(MOVED))
        self.store.put(self.directory(ATTACKER), **{'gridnix-ip': addresses(ATTACKER)})
        self.rearm()
        self.expect(matrix(ATTACKER))

    def test_not_the_definitions(self):
        """Another hardware address, another bridge, a device that has gone: nothing is written."""
        self.arm(ATTACKER, addresses(ATTACKER))
        before = dict(self.store.nodes)
        number = DOMIDS['attacker']
        self.rearm(lines=f'{number} 0 {MOVED.mac} br0 192.0.2.99\n{number} 0 {ATTACKER.mac} br1 192.0.2.99\n'
                         f'{number} 1 {ATTACKER.mac} br0 192.0.2.99\n{number} 0 {ATTACKER.mac} br0 {addresses(ATTACKER)}\n')
        self.assertEqual(self.store.nodes, before)
        self.expect(matrix(ATTACKER))
        for lines in ('nonsense\n', f'{number} 0 {ATTACKER.mac}\n'):
            with self.assertRaises(subprocess.CalledProcessError):
                self.rearm(lines=lines)

    def test_wrong(self):
        """What can't be armed is no port and not up, also when others had taken it up."""
        other = replace(MOVED, port='other')
        for words, why in (('192.0.2.300', 'neither an IPv4 nor an IPv6 address'), ('policy=free', 'policy'),
                           ('192.0.2.9 firewall=none', 'no firewall none'), ('10.0.0.0/15', 'lack one of')):
            with self.subTest(words):
                run('ip', 'link', 'set', 'other', 'up', 'nomaster')
                status, error = self.online(other, words)
                self.assertEqual(status, 'error')
                self.assertIn(why, error)
                self.assertEqual((link('other').get('master'), 'UP' in link('other')['flags']), (None, False))
                self.assertNotIn('other', listed('ports'))
        run('ip', 'link', 'set', 'other', 'up', 'master', 'br0')
        self.net.wait('other')

    def test_elsewhere(self):
        """A port of another bridge is left there, and nothing is armed; one of its own bridge is joined already."""
        other = replace(MOVED, port='other')
        run('ip', 'link', 'add', 'br1', 'type', 'bridge')
        self.addCleanup(run, 'ip', 'link', 'del', 'br1')
        self.net.unplug('other')
        self.net.plug('other', 'br1')
        self.addCleanup(self.net.plug, 'other')
        self.addCleanup(self.net.unplug, 'other')
        self.assertEqual(self.online(other, addresses(other)),
                         ('error', 'other is a port of br1 already, and is to be one of br0'))
        self.assertEqual(link('other')['master'], 'br1')
        self.assertNotIn('other', listed('ports'))
        run('ip', 'link', 'set', 'other', 'nomaster')
        self.store.remove(self.directory(other))
        for _ in range(2):
            self.arm(other, addresses(other))
            self.assertEqual(link('other')['master'], 'br0')

    def test_moved(self):
        """An address that another guest has now: the host does not send to the last one, nor goes on with its
        connections; what an administrator has entered, and what is others', stays."""
        own, kept, theirs = ATTACKER.ip4[0], ATTACKER.ip4[1], VICTIM.ip4[0]
        run('ip', '-batch', '-', input=f"""address add {DOM0}/24 dev br0
            neighbour add {own} lladdr {ATTACKER.mac} dev br0 nud reachable
            neighbour add {kept} lladdr {ATTACKER.mac} dev br0 nud permanent
            neighbour add {theirs} lladdr {VICTIM.mac} dev br0 nud reachable\n""")
        self.addCleanup(run, 'ip', 'address', 'flush', 'dev', 'br0')
        self.addCleanup(run, 'ip', 'neighbour', 'flush', 'dev', 'br0', 'nud', 'all')
        self.arm(ATTACKER, addresses(ATTACKER))
        followed = self.follow(own, theirs)
        self.change(ATTACKER, kept)
        said = run('ip', 'neighbour', 'show', 'dev', 'br0', stdout=subprocess.PIPE).stdout
        self.assertNotIn(own, said)
        self.assertIn(kept, said)
        self.assertIn(theirs, said)
        if followed:
            self.assertEqual(self.connections(), 1)
        self.arm(replace(ATTACKER, port='other', mac=MOVED.mac), own)
        self.store.remove(self.directory(replace(ATTACKER, port='other')))
        run('ip', 'neighbour', 'replace', own, 'lladdr', MOVED.mac, 'dev', 'br0', 'nud', 'reachable')
        self.rearm()
        self.assertNotIn(own, run('ip', 'neighbour', 'show', 'dev', 'br0', stdout=subprocess.PIPE).stdout)
        self.change(VICTIM, '')
        if followed:
            self.assertEqual(self.connections(), 0)

    def test_moved_apart(self):
        """On a bridge that is tracked apart: connections of others with the same address stay, dom0's and another
        bridge's."""
        own, zone = ATTACKER.ip4[0], socket.if_nametoindex('br0') % 65535 + 1
        run('ip', 'address', 'add', f'{DOM0}/24', 'dev', 'br0')
        self.addCleanup(run, 'ip', 'address', 'flush', 'dev', 'br0')
        self.arm(ATTACKER, addresses(ATTACKER))
        nft(f"""table ip zones {{ chain c {{ type filter hook output priority -300;
            udp dport 4001 ct zone set {zone}; udp dport 4002 ct zone set {zone + 1}; }}; }}
            add set bridge gridnix apart {{ type ifname; }}; add element bridge gridnix apart {{ "br0" }}""")
        self.addCleanup(nft, 'delete table ip zones')
        if not self.follow(own, ports=(4000, 4001, 4002)):
            return
        self.change(ATTACKER, ATTACKER.ip4[1])
        self.assertEqual(self.connections(), 2)
        self.change(ATTACKER, addresses(ATTACKER))
        nft('flush set bridge gridnix apart')
        self.change(ATTACKER, ATTACKER.ip4[1])
        self.assertEqual(self.connections(), 1)

    @staticmethod
    def connections():
        with open('/proc/sys/net/netfilter/nf_conntrack_count', encoding='ascii') as f:
            return int(f.read())

    def follow(self, *others, ports=(4000,)):
        """Has the kernel know connections of dom0's with these; False: it can't."""
        try:
            nft('table ip t { chain c { type filter hook output priority 0; ct state new accept; }; }')
        except subprocess.CalledProcessError:
            print('no connection tracking here')
            return False
        self.addCleanup(nft, 'delete table ip t')
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            for other in others:
                for port in ports:
                    s.sendto(b'', (other, port))
        self.assertEqual(self.connections(), len(others) * len(ports))
        return True

    def test_off(self):
        """Nobody may use the address of a guest that is switched off."""
        off = replace(MOVED, port='other')
        self.arm(ATTACKER, addresses(ATTACKER))
        self.arm(off, addresses(off))
        self.store.remove(self.directory(off))
        self.rearm()
        self.expect([('ip4', 'IPv4', ATTACKER.four(TCP, tcp(), source=off.ip4[0])),
                     ('arp', 'ARP', ATTACKER.arp(2, sender=off.ip4[0])),
                     ('ip6', 'IPv6', ATTACKER.six(TCP, tcp(), source=off.ip6[0])),
                     ('mac', 'all of it', off.arp(2))])

    def test_others(self):
        """A port that another program has joined: on a network's bridge it is not armed, on a bridge of others it is."""
        self.put(ATTACKER, addresses(ATTACKER), XENS)
        self.rearm()
        self.expect([('unarmed', *row) for _, *row in twelve(ATTACKER)])
        self.assertIn('attacker 3 0 br0 other ', self.rearm('--tell'))
        self.mark('gridnix:+guard')
        self.rearm()
        self.expect(matrix(ATTACKER))
        run('ip', 'link', 'add', 'attacker-emu', 'type', 'veth', 'peer', 'name', 'card')  # as QEMU's of an HVM guest
        self.addCleanup(run, 'ip', 'link', 'del', 'attacker-emu')
        self.rearm()
        self.assertIn('attacker-emu', listed('macs'))
        self.assertIn('attacker-emu 3 0 br0 other ', self.rearm('--tell'))
        self.put(ATTACKER, '', XENS)
        self.rearm()
        self.expect(loose(ATTACKER))
        self.put(ATTACKER, 'nonsense', XENS)
        self.rearm()
        self.expect([('unarmed', *row) for _, *row in twelve(ATTACKER)])
        self.assertIn('attacker 3 0 br0 wrong nonsense\n', self.rearm('--tell'))


if __name__ == '__main__':
    sys.exit(guard.main())
