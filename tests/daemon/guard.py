#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""guard.py RULES ARM: raw frames against the guard's rule set, on a bridge in a network namespace, with veth pairs in the
place of guests. What is sent, and what is to become of it, is in guard_matrix.py. Needs root, and a kernel with
bridges and nftables for them; without, it ends with 77."""
import contextlib
import glob
import json
import os
import re
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from dataclasses import replace
from ipaddress import ip_network

import spaces
from frames import IP4, TCP, tcp
from guard_matrix import (ATTACKER, CONTROL, MOVED, PASS, PREFIXES, UPLINK, VICTIM, after_move, control, loose, matrix,
                          prefixes, routing, storm, twelve)

BROADCAST = [(PASS, 'broadcast', UPLINK.ether(IP4, bytes(40)))]
PROCESSORS = os.sched_getaffinity(0)
KINDS = ('unarmed', 'mac', 'ethertype', 'arp', 'ip4', 'ip6', 'nd', 'ra', 'dhcp')
OWNER = '00000000-0000-4000-8000-00000000abcd/7'  # of all ports
PORTS = ('attacker', 'victim', 'uplink', 'other')  # nobody has armed the other
NETLINK_NETFILTER, NFNLGRP_NFTABLES = 12, 7
SOL_PACKET, PACKET_IGNORE_OUTGOING, PACKET_VNET_HDR = 263, 23, 15
PACKET_ADD_MEMBERSHIP, PACKET_MR_PROMISC, SO_RCVBUFFORCE = 1, 1, 33


def run(*command, **how):
    return subprocess.run(command, check=True, text=True, **how)


def nft(text):
    run('nft', '-f', '-', input=text)


def knows_bridges():
    """Whether rules can ask for a bridge's name: the kernel's nft_meta_bridge."""
    return not subprocess.run(['nft', '-c', '-f', '-'], text=True, stderr=subprocess.DEVNULL, check=False,
                              input='table bridge t { chain c { meta ibrname "b" accept; }; }').returncode


def rules_for_here(path):
    """The guard's. Where they can't ask for a bridge's name, all bridges of the namespace are ours."""
    with open(path, encoding='utf-8') as f:
        return f.read() if knows_bridges() else re.sub('.*brname.*\n', '', f.read())


class Tap:
    """A packet socket on an interface, which remembers the marks of the frames that it saw."""

    def __init__(self, name, protocol=3):
        self.name, self.marks = name, set()
        self.receiver = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(protocol))
        self.receiver.bind((name, protocol))
        self.receiver.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
        self.receiver.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        self.receiver.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP,
                                 struct.pack('iHH8s', socket.if_nametoindex(name), PACKET_MR_PROMISC, 0, b''))
        self.sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self.sender.bind((name, 0))
        self.sender.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)

    def close(self):
        self.receiver.close()
        self.sender.close()

    def send(self, frame):
        """As Xen's back end, with 128 bytes of a big frame in one piece. (All else might be pages of their own.)"""
        self.sender.send(struct.pack('BBHHHH', 0, 0, min(128, len(frame)), 0, 0, 0) + frame)

    def drain(self, wait=0):
        """Takes what is there, waiting so long for the first."""
        self.receiver.settimeout(wait)
        with contextlib.suppress(BlockingIOError, TimeoutError):
            while True:
                self.marks.add(self.receiver.recv(10000)[-8:])
                self.receiver.settimeout(0)
        return self.marks


def content(path):
    with open(path, encoding='ascii') as f:
        return f.read()


def silence():
    """No frames of the host's own, and no other filter than the guard."""
    for pattern, value in (('ipv6/conf/default/disable_ipv6', '1'), ('bridge/bridge-nf-call-*', '0')):
        for file in glob.glob('/proc/sys/net/' + pattern):
            with open(file, 'w', encoding='ascii') as f:
                f.write(value)


class Bridge:
    """Bridge br0 with PORTS, whose other ends are the guests."""

    def __init__(self):
        silence()
        run('ip', 'link', 'add', 'br0', 'mtu', '9000', 'up', 'type', 'bridge', 'mcast_snooping', '0',
            'no_linklocal_learn', '1')
        self.sent, self.taps, self.inner = 0, {'br0': Tap('br0')}, {}
        for port in PORTS:
            self.plug(port)

    def plug(self, port, bridge='br0'):
        """Every frame goes to every port: none learns."""
        run('ip', '-batch', '-', input=f"""link add {port} mtu 9000 type veth peer name {port}-guest mtu 9000
            link set {port} master {bridge} up
            link set {port} type bridge_slave learning off
            link set {port}-guest up\n""")
        self.taps[port] = Tap(f'{port}-guest')
        self.inner[port] = Tap(port, CONTROL)  # what the bridge leaves to the host

    def unplug(self, port):
        run('ip', 'link', 'del', port)
        self.taps[port].close()
        self.inner[port].close()

    def wait(self, port):
        """Until the bridge passes on what comes from a port that was taken down and up; its taps have heard of that."""
        end = time.monotonic() + 60
        while content(f'/sys/class/net/{port}/brport/state') != '3\n':
            assert time.monotonic() < end, f'{port} does not come up'
            time.sleep(0.01)
        for tap in (self.taps[port], self.inner[port]):
            tap.receiver.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            tap.sender.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)

    def all(self):
        return [*self.taps.values(), *self.inner.values()]

    def mark(self):
        self.sent += 1
        return struct.pack('!4sI', b'mark', self.sent)

    def send(self, port, rows):
        """Sends rows' frames, and returns for each who saw it. All go through one processor's queue: what has not come
        before the last frame, which may pass, does not come."""
        marks = [self.mark() for row in rows]
        for (*_, frame), mark in zip(rows, marks):
            self.taps[port].send(frame + mark)
        last, end = self.mark(), time.monotonic() + 60
        self.taps['uplink'].send(UPLINK.arp(1) + last)
        while not all(last in self.taps[name].drain(0.1) for name in ('br0', 'victim')):
            assert time.monotonic() < end, 'the uplink is cut off'
        for tap in self.all():
            tap.drain()
        return [{tap.name for tap in self.all() if mark in tap.marks} for mark in marks]


ARMED = {}  # guests by their ports


def words(guest):
    """What arm wants to know of a guest."""
    addresses = [*guest.ip4, *guest.ip6, *guest.prefixes]
    return (guest.port, guest.mac, ' '.join(map(str, addresses)), [*guest.policies, 'locked'][0], guest.firewall,
            OWNER)


def change(delete=None, add=None):
    """Disarms a guest and arms another, as the daemon does."""
    if delete:
        del ARMED[delete.port]
    if add:
        ARMED[add.port] = add
    return run(sys.argv[2], '--sync', 'br0', 'uplink', *(word for guest in ARMED.values() for word in words(guest)),
               stdout=subprocess.PIPE).stdout


def passing(rows):
    return [(PASS, *row) for _, *row in rows]


class Guarded(unittest.TestCase):
    """The bridge with the rules: for tests of whatever arms its ports."""

    @classmethod
    def setUpClass(cls):
        cls.net = Bridge()
        cls.rules = rules_for_here(sys.argv[1])

    @classmethod
    def tearDownClass(cls):
        for tap in cls.net.all():
            tap.close()

    def setUp(self):
        nft('table bridge gridnix {}; delete table bridge gridnix')
        nft(self.rules)

    def counts(self, port):
        """How many violations of each kind were counted."""
        listed = json.loads(run('nft', '-j', 'list', 'table', 'bridge', 'gridnix', stdout=subprocess.PIPE).stdout)
        sets = [thing['set'] for thing in listed['nftables'] if 'set' in thing]
        found = {s['name'].removeprefix('blocked_'): e['elem']['counter']['packets']
                 for s in sets if s['name'].startswith('blocked_') for e in s.get('elem', [])
                 if e['elem']['val'] in (port, socket.if_nametoindex(port))}
        return {kind: found.get(kind, 0) for kind in KINDS}

    def expect(self, rows, port='attacker'):
        """What passes is seen by the victim and the host, but not by the port that is not armed. All else is seen by
        nobody, and counted."""
        before, wrong = self.counts(port), []
        for (verdict, name, _), seen in zip(rows, self.net.send(port, rows)):
            if not ({'victim-guest', 'br0'} <= seen and 'other-guest' not in seen if verdict == PASS else not seen):
                wrong.append(f'{name}: {verdict}, but seen by {seen or "nobody"}')
        self.assertEqual(wrong, [])
        after = self.counts(port)
        self.assertEqual({k: after[k] - before[k] for k in KINDS},
                         {k: sum(verdict == k for verdict, *_ in rows) for k in KINDS})

    def seen(self, rows, *who, port='attacker'):
        """All rows' frames are seen by just these."""
        for (_, name, _), seen in zip(rows, self.net.send(port, rows)):
            self.assertEqual(seen, set(who), name)


class Guard(Guarded):
    def setUp(self):
        super().setUp()
        ARMED.clear()
        change(add=ATTACKER)
        change(add=VICTIM)

    def test_without_rules(self):
        """The harness: everything arrives, also what the guard stops."""
        nft('flush table bridge gridnix')
        self.seen(matrix(ATTACKER), 'victim-guest', 'uplink-guest', 'other-guest', 'br0')
        self.seen(control(ATTACKER), 'attacker')

    def test_matrix(self):
        self.expect(matrix(ATTACKER))
        self.expect(control(ATTACKER))

    def test_long_way(self):
        """What the sets of the short way hold is no more than what passes without them."""
        nft(''.join(f'flush set bridge gridnix plain{which}\n' for which in ('', '4', '6')))
        self.expect(matrix(ATTACKER))

    def test_victim(self):
        """It is a guest as well."""
        self.seen(twelve(VICTIM), 'attacker-guest', 'uplink-guest', 'br0', port='victim')

    def test_uplink(self):
        self.expect(passing(matrix(ATTACKER)), 'uplink')
        self.seen(control(ATTACKER), 'uplink', port='uplink')

    def test_address_change(self):
        change(delete=ATTACKER, add=MOVED)
        self.expect(matrix(MOVED))
        self.expect([('mac', *row) for _, *row in twelve(ATTACKER)])
        self.expect(after_move(replace(MOVED, ip4=ATTACKER.ip4, ip6=ATTACKER.ip6)))

    def test_replaced(self):
        """The matrix while the rules are loaded again and again."""
        loads, end = [], threading.Event()

        def load():
            os.sched_setaffinity(0, PROCESSORS)
            while not end.is_set():
                nft(self.rules)
                loads.append(True)

        thread = threading.Thread(target=load)
        thread.start()
        try:
            while len(loads) < 20:
                self.assertTrue(thread.is_alive())
                self.expect(matrix(ATTACKER))
        finally:
            end.set()
            thread.join()

    def test_loose(self):
        change(delete=ATTACKER, add=replace(ATTACKER, ip4=[], ip6=[], policies=('loose',)))
        self.expect(loose(ATTACKER))

    def test_router(self):
        change(delete=ATTACKER, add=replace(ATTACKER, policies=('router',)))
        self.expect(routing(ATTACKER))

    def test_promiscuous(self):
        change(delete=ATTACKER, add=replace(ATTACKER, policies=('promiscuous',)))
        self.expect(passing(matrix(ATTACKER)))
        self.seen(control(ATTACKER), 'attacker')

    def test_prefixes(self):
        me = replace(ATTACKER, prefixes=PREFIXES)
        change(delete=ATTACKER, add=me)
        self.expect([*prefixes(me), *twelve(me)])

    def test_link_local(self):
        """The one that is made of the Ethernet address, and those that a definition has besides."""
        me, own, other = replace(ATTACKER, ip6=ATTACKER.ip6[:-1]), ATTACKER.ip6[-1], 'fe80::1234'
        frames = [me.six(TCP, tcp(), source=address) for address in (own, other)]
        change(delete=ATTACKER, add=me)
        self.expect([(PASS, own, frames[0]), ('ip6', other, frames[1])])
        change(delete=me, add=replace(me, ip6=[*me.ip6, other]))
        self.expect([(PASS, own, frames[0]), (PASS, other, frames[1])])

    def test_storm(self):
        self.expect(storm(ATTACKER))

    def test_learning(self):
        """A bridge learns nothing from frames that are stopped, or come by no hook: the victim's come to the victim."""
        run('ip', 'link', 'set', 'attacker', 'type', 'bridge_slave', 'learning', 'on')
        self.addCleanup(run, 'ip', 'link', 'set', 'attacker', 'type', 'bridge_slave', 'learning', 'off')
        self.expect([('mac', 'forged Ethernet source', ATTACKER.arp(1, link=VICTIM.mac))])
        self.seen([('', 'LLDP', VICTIM.ether(CONTROL, bytes(40), to='01:80:c2:00:00:0e'))], 'attacker')
        self.expect([(PASS, 'to the victim', UPLINK.arp(2, to=VICTIM.mac))], 'uplink')

    def test_unarmed(self):
        """Nothing comes from it, and nothing gets to it, from the host neither."""
        rows = [('unarmed', *row) for _, *row in (*matrix(ATTACKER), *control(ATTACKER))]
        self.expect(rows, 'other')
        self.seen(BROADCAST, 'attacker-guest', 'victim-guest', 'br0', port='uplink')
        self.seen(BROADCAST, 'attacker-guest', 'victim-guest', 'uplink-guest', port='br0')
        change(delete=ATTACKER)
        self.expect(rows)
        self.seen(BROADCAST, 'victim-guest', 'br0', port='uplink')

    def test_name_again(self):
        """Another interface of the same name is not armed."""
        other = replace(ATTACKER, port='other')
        change(add=other)
        self.seen(twelve(other), 'attacker-guest', 'victim-guest', 'uplink-guest', 'br0', port='other')
        self.net.unplug('other')
        self.net.plug('other')
        self.expect([('unarmed', *row) for _, *row in twelve(other)], 'other')

    def test_armed(self):
        """By the hotplug program, of a bridge that the rules watch, and of prefixes that they know."""
        change(delete=ATTACKER)
        run(sys.argv[2], 'br0', *words(ATTACKER))
        self.expect(matrix(ATTACKER))
        for bridge, addresses, why in (('br1', '', 'do not watch bridge br1'), ('br0', '10.0.0.0/15', 'lack one of')):
            done = subprocess.run([sys.argv[2], bridge, 'other', ATTACKER.mac, addresses, 'locked', '', OWNER],
                                  text=True, stderr=subprocess.PIPE, check=False)
            self.assertIn(why, done.stderr)
            self.assertEqual(done.returncode, 1)
        self.expect([('unarmed', *row) for _, *row in twelve(ATTACKER)], 'other')

    def test_owners(self):
        """Whose a port is, as nft shows it; armed by a version that did not say it, it is put right."""
        comment = f'comment "{OWNER.replace("/", " ")}"'
        listed = lambda: run('nft', 'list', 'set', 'bridge', 'gridnix', 'ports', stdout=subprocess.PIPE).stdout
        self.assertEqual(listed().count(comment), 2)
        nft('delete element bridge gridnix ports { "victim" }; add element bridge gridnix ports { "victim" }')
        self.assertEqual(listed().count(comment), 1)
        self.assertEqual(change(), '1\n')
        self.assertEqual(listed().count(comment), 2)

    def test_split(self):
        """A prefix of a length that no set has is several of the next."""
        me = replace(ATTACKER, prefixes=[ip_network(net) for net in (
            '203.0.112.0/22', '10.9.0.0/16', '2001:db8:4000:80::/57', '2001:db9::/40')])
        change(delete=ATTACKER, add=me)
        self.expect([*prefixes(me), *twelve(me)])

    def test_many_prefixes(self):
        """More than the kernel takes from a socket at once by itself, in one transaction all the same."""
        me = replace(ATTACKER, prefixes=[ip_network(f'10.{n}.0.0/16') for n in range(0, 40, 2)])
        change(delete=ATTACKER)
        run(sys.argv[2], 'br0', *words(me))
        self.expect([*prefixes(me), *twelve(me)])

    def test_put_right(self):
        """What others have done to the sets, and nothing else is touched."""
        self.assertEqual(change(), '0\n')
        nft('flush set bridge gridnix macs; add element bridge gridnix ports { 4711 }; flush set bridge gridnix uplinks')
        self.assertNotEqual(change(), '0\n')
        self.assertEqual(change(), '0\n')
        self.expect(matrix(ATTACKER))

    def test_uplinks_first(self):
        """A bridge is not watched before its uplinks are known, and no more before they are forgotten."""
        for others, order in (('flush set bridge gridnix bridges; flush set bridge gridnix uplinks',
                               [b'uplinks', b'bridges']),
                              ('add element bridge gridnix uplinks { 4711 };'
                               'add element bridge gridnix bridges { "br1" }', [b'bridges', b'uplinks'])):
            nft(others)
            with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER) as ears:
                ears.bind((0, 1 << NFNLGRP_NFTABLES - 1))
                self.assertEqual(change(), '2\n')
                told = b''
                with contextlib.suppress(BlockingIOError):
                    while True:
                        told += ears.recv(1 << 20, socket.MSG_DONTWAIT)
            self.assertEqual(re.findall(rb'(bridges|uplinks)\0', told), order)

    def test_heard(self):
        """Changes of the rules by others than Gridnix' own programs, which the kernel knows by their names."""
        with tempfile.TemporaryDirectory() as directory:
            own = os.path.join(directory, 'vif')
            os.symlink(os.path.abspath(sys.argv[2]), own)
            with subprocess.Popen([sys.argv[2], '--listen'], stdout=subprocess.PIPE, text=True) as ears:
                self.assertEqual(ears.stdout.readline(), 'ready\n')
                for _ in range(3):
                    run(own, 'br0', *words(replace(ATTACKER, ip4=['10.9.9.9'])))
                nft('table bridge other {}')
                nft('add element bridge gridnix ports { 4711 }')
                nft('delete table bridge gridnix')
                self.assertEqual([ears.stdout.readline() for _ in range(2)], ['changed\n'] * 2)
                ears.terminate()
                self.assertEqual(ears.stdout.read(), '')

    def test_other_bridge(self):
        """On bridges that are not in the set everything passes, from ports that nobody has armed."""
        if not knows_bridges():
            self.skipTest("rules can't ask for a bridge's name: the kernel has no nft_meta_bridge")
        change(delete=ATTACKER)
        nft('delete element bridge gridnix bridges { "br0" }')
        self.seen(matrix(ATTACKER), 'victim-guest', 'uplink-guest', 'other-guest', 'br0')
        self.seen(matrix(ATTACKER), 'attacker-guest', 'victim-guest', 'uplink-guest', 'br0', port='other')


def main():
    if spaces.INSIDE in os.environ:
        os.sched_setaffinity(0, {min(PROCESSORS)})
    return spaces.main(spaces.BRIDGE_RULES)


if __name__ == '__main__':
    sys.exit(main())
