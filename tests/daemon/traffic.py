#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Traffic that is counted and booked: GRIDNIXD FRONT GRIDNIX RULES ARM. Real nftables on a real bridge, in a namespace of
the test's own, with veth pairs in the place of guests; the daemon's host is a simulated one. Needs root."""
import contextlib
import csv
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time

RULES, ARM = (os.path.abspath(path) for path in sys.argv[4:])
del sys.argv[4:]  # the others are simhost's
import prometheus  # noqa: E402
import spaces  # noqa: E402
from frames import ARP, IP4, IP6, TCP, arp, ether, ip4, ip6  # noqa: E402
from guard import nft, rules_for_here, silence  # noqa: E402
from simhost import GRIDNIX, Host, nobody_with, uuid  # noqa: E402

FAR = '00:16:3e:00:00:fe'
NEAR4, FAR4, NEAR6, FAR6 = '192.0.2.9', '198.51.100.9', '2001:db8::9', '2001:db9::9'
SEND = 100  # frames of a burst
KINDS = [f'{way}{what}' for way in ('out', 'in') for what in ('4', '6', '4_near', '6_near', '_other')]


def run(*command, **how):
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE, **how).stdout


class Guest:
    """A port of the bridge, and the socket on the guest's side of it."""

    def __init__(self, number, port, vif=0, rates=''):
        self.number, self.port, self.vif = number, port, vif
        self.mac = f'00:16:3e:00:{vif:02x}:{number:02x}'
        self.ip4, self.ip6 = f'192.0.2.{number + 10 * vif}', f'2001:db8::{number + 10 * vif}'
        run('ip', '-batch', '-', input=f"""link add {port} type veth peer name {port}-g
            link set {port} mtu 1500 up\nlink set {port}-g up\n""")
        run(ARM, 'blue', *self.words(rates))
        run('ip', 'link', 'set', port, 'master', 'blue')
        run('bridge', 'fdb', 'replace', self.mac, 'dev', port, 'master', 'static')
        self.socket = wire(port + '-g')

    def words(self, rates=''):
        return self.port, self.mac, f'{self.ip4} {self.ip6} {rates}', 'locked', '', f'{uuid(self.number)}/{self.vif}'

    def unplug(self):
        self.socket.close()
        run('ip', 'link', 'del', self.port)


def wire(name):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    s.bind((name, 0))
    return s


def burst(sender, frame, count=SEND):
    """Returns what is counted of it."""
    for _ in range(count):
        sender.send(frame)
    return count * (len(frame) - 14), count


class Traffic(Host):
    who = nobody_with('+net_admin')

    def setUp(self):
        self.interval = 1
        run('ip', 'link', 'add', 'up0', 'type', 'veth', 'peer', 'name', 'far0')
        self.addCleanup(self.clear)
        super().setUp()
        self.succeeds('network', 'create', 'blue', '--uplink', 'up0')
        run('ip', 'link', 'set', 'far0', 'up')
        run('bridge', 'fdb', 'replace', FAR, 'dev', 'up0', 'master', 'static')
        self.far = wire('far0')
        self.addCleanup(self.far.close)
        self.sent = {}  # by guest, interface and kind: bytes and packets

    @staticmethod
    def clear():
        for one in json.loads(run('ip', '-json', 'link')):
            if one['ifname'] != 'lo':
                subprocess.run(['ip', 'link', 'del', one['ifname']], check=False, stderr=subprocess.DEVNULL)
        nft('table bridge gridnix {}; delete table bridge gridnix')

    def command(self):
        with open(self.path('conf'), 'w', encoding='utf-8') as f:
            f.write(f'[traffic]\ninterval = {self.interval}\ninside = 192.0.2.0/25 192.0.2.128/25 2001:db8::/32\n'
                    '[guests]\ndir =\n')
        with open(self.path('guard.nft'), 'w', encoding='utf-8') as f:
            f.write(rules_for_here(RULES))
        return [*super().command(), *self.bridges(), '--rearm', '/bin/true', '--config', self.path('conf')]

    def booked(self, *words):
        """What the daemon has, in the form of self.sent."""
        found = {}
        for item in self.gridnix('traffic', '--json', *words)[0]['traffic']:
            for kind in KINDS:
                if item[f'{kind}_packets']:
                    found[item['guest'], item['vif'], kind] = item[f'{kind}_bytes'], item[f'{kind}_packets']
        return found

    def count(self, guest, kind, counted):
        key = uuid(guest.number), guest.vif, kind
        before = self.sent.get(key, (0, 0))
        self.sent[key] = before[0] + counted[0], before[1] + counted[1]

    def guest(self, *words, **more):
        guest = Guest(*words, **more)
        self.addCleanup(guest.socket.close)
        return guest

    def settle(self):
        """Waits until all is booked, to the byte."""
        packets = sum(packets for _, packets in self.sent.values())
        booked = self.patiently(lambda: (found := self.booked()) and
                                sum(packets for _, packets in found.values()) >= packets and found)
        self.assertEqual(booked, self.sent)

    def out(self, guest, to=FAR4, count=SEND, size=900):
        """To the uplink, or a guest's address."""
        kind = 'out6' if ':' in to else 'out4'
        if ':' in to:
            frame = ether(guest.mac, IP6, ip6(guest.ip6, TCP, bytes(size), to=to), to=FAR)
        else:
            frame = ether(guest.mac, IP4, ip4(guest.ip4, TCP, bytes(size), to=to), to=FAR)
        self.count(guest, kind + ('_near' if to in (NEAR4, NEAR6) else ''), burst(guest.socket, frame, count))

    def test_sums(self):
        """Each direction, family and side."""
        a, b = self.guest(1, 'one'), self.guest(2, 'two', vif=1)
        for n, to in enumerate((FAR4, NEAR4, FAR6, NEAR6)):
            self.out(a, to, SEND + n, 100 * n)
        for n, (kind, who) in enumerate((('in4', FAR4), ('in4_near', NEAR4))):
            self.count(b, kind, burst(self.far, ether(FAR, IP4, ip4(who, TCP, bytes(70), to=b.ip4), to=b.mac), 10 + n))
        for n, (kind, who) in enumerate((('in6', FAR6), ('in6_near', NEAR6))):
            self.count(b, kind, burst(self.far, ether(FAR, IP6, ip6(who, TCP, bytes(90), to=b.ip6), to=b.mac), 20 + n))
        # From one guest to the other: of both.
        counted = burst(a.socket, ether(a.mac, IP4, ip4(a.ip4, TCP, bytes(400), to=b.ip4), to=b.mac))
        self.count(a, 'out4_near', counted)
        self.count(b, 'in4_near', counted)
        counted = burst(b.socket, ether(b.mac, ARP, arp(1, b.mac, b.ip4, a.ip4), to=a.mac), 7)
        self.count(b, 'out_other', counted)
        self.count(a, 'in_other', counted)
        # What is stopped is no traffic.
        burst(a.socket, ether(a.mac, IP4, ip4('192.0.2.77', TCP, bytes(400)), to=FAR))
        # By others' names for the same address.
        self.settle()
        for span in ('hour', 'day', 'month'):
            self.assertEqual(self.booked('--by', span), self.sent)
        self.assertEqual(self.booked(uuid(2)), {k: v for k, v in self.sent.items() if k[0] == uuid(2)})

    def test_shown(self):
        a = self.guest(1, 'one')
        self.tell(f'domain 1 {uuid(1)} web running', 'look')
        self.out(a)
        self.settle()
        month = time.strftime('%Y-%m', time.gmtime())
        (item,) = self.gridnix('traffic', 'web', '--json')[0]['traffic']
        self.assertEqual((item['guest'], item['name'], item['vif'], item['span'], item['since']),
                         (uuid(1), 'web', 0, 'month', month + '-01T00:00:00Z'))
        metrics = prometheus.read(self.metrics())
        labels = frozenset({'guest': 'web', 'uuid': uuid(1), 'direction': 'out', 'family': 'ipv4', 'peer': 'outside'}.items())
        for unit, number in (('bytes', item['out4_bytes']), ('packets', SEND)):
            self.assertEqual(metrics[f'gridnix_guest_traffic_{unit}_total'], ('counter', {labels: number}))
        ask = lambda *words: self.succeeds('traffic', *words)
        (row,) = csv.DictReader(ask('--csv').splitlines())
        self.assertEqual(row, {k: str(v) for k, v in item.items()})
        self.assertEqual(ask().splitlines()[1].split(), ['web', '0', month + '-01T00', '0B', '89K', '0B', '0B'])
        self.assertEqual(ask('--month', month, '--csv'), ask('--csv'))
        self.assertEqual(len(ask('--month', '2026-01', '--csv').splitlines()), 1)
        self.assertEqual(len(ask('--until', month, '--csv').splitlines()), 1)
        for words, why in ((['--by', 'week'], 'by: is none of'), (['--from', 'now'], 'from: is neither'),
                           (['--month', '2026-13'], 'no time of the calendar'), (['nobody'], 'no such guest'),
                           (['--month', month, '--until', month], 'goes without')):
            done = self.run_gridnix('traffic', *words)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(why, done.stderr)

    def metrics(self):
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(self.path('metrics.sock'))
            s.sendall(b'GET /metrics HTTP/1.0\r\n\r\n')
            with s.makefile('r', encoding='utf-8') as f:
                return f.read().split('\n\n', 1)[1]

    def test_asked(self):
        """What was read a moment ago is booked when somebody asks, not a minute later."""
        self.interval = 60  # as it is by itself
        self.kill()
        self.start()
        a = self.guest(1, 'one')
        self.out(a)
        self.patiently(lambda: f'packets {SEND} ' in run('nft', 'list', 'set', 'bridge', 'gridnix', 'out4'))
        self.succeeds('network', 'create', 'red')  # guests are armed again: all is read before
        self.assertEqual(self.booked(), self.sent)

    def test_kills(self):
        """At any moment nothing is lost and nothing is booked twice."""
        a, b = self.guest(1, 'one'), self.guest(2, 'two')
        for n in range(25):
            self.out(a, FAR4, SEND + n, 500)
            self.out(b, FAR6, n, 100)
            # Booking begins with the question.
            with subprocess.Popen([GRIDNIX, 'traffic', '--socket', self.path('api')], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL):
                time.sleep(n / 2000 if n % 2 else 1.1)
                self.kill()
            self.out(a, NEAR4, n, 200)
            self.start()
        self.settle()

    def test_gone(self):
        """A port that goes is booked to its last frame, and the kernel keeps nothing of it; another one of its name is
        that guest's again."""
        for n in range(3):
            a = self.guest(1, 'one')
            self.out(a, FAR4, SEND + n)
            burst(a.socket, ether(a.mac, IP4, ip4('192.0.2.77', TCP, bytes(400)), to=FAR))
            if n == 1:
                self.kill()
            a.unplug()
            if n == 1:
                self.start()
            self.settle()
            self.patiently(lambda: not self.elements())
        self.assertEqual(self.left('SELECT * FROM traffic_ports'), [])

    def elements(self):
        """Of what is counted or stopped, in all sets."""
        listed = json.loads(run('nft', '-j', 'list', 'table', 'bridge', 'gridnix'))['nftables']
        return [s['set']['name'] for s in listed if 'set' in s and s['set'].get('elem') and
                s['set']['name'].startswith(('out', 'in', 'blocked'))]

    def left(self, query):
        """What is in the state of a daemon that has ended well."""
        self.started.send_signal(signal.SIGTERM)
        self.assertEqual(self.started.wait(60), 0)
        with contextlib.closing(sqlite3.connect(f'file:{self.path("state")}/state.db?mode=ro', uri=True)) as db:
            return db.execute(query).fetchall()

    def test_ended(self):
        """A daemon that ends has booked all."""
        self.interval = 3600
        self.kill()
        self.start()
        a = self.guest(1, 'one')
        self.out(a)
        self.assertEqual(self.left('SELECT out4_bytes, out4_packets FROM traffic WHERE span = 0'),
                         [self.sent[uuid(1), 0, 'out4']])

    def test_thrown_away(self):
        """Counters that begin anew, since somebody has thrown the rules away."""
        a = self.guest(1, 'one')
        self.out(a)
        self.settle()
        nft('delete table bridge gridnix')
        self.last('guard-restored')
        run(ARM, 'blue', *a.words())
        self.out(a, count=3)
        self.settle()

    def test_inside(self):
        """What is inside changes with a reload."""
        a = self.guest(1, 'one')
        self.out(a, FAR4)
        self.settle()
        conf = self.command()[-1]
        with open(conf, 'a', encoding='utf-8') as f:
            f.write('[traffic]\n')
        with open(conf, encoding='utf-8') as f:
            text = f.read().replace('192.0.2.0/25', f'{FAR4} 192.0.2.0/25')
        with open(conf, 'w', encoding='utf-8') as f:
            f.write(text)
        self.started.send_signal(signal.SIGHUP)
        self.patiently(lambda: FAR4 in run('nft', 'list', 'set', 'bridge', 'gridnix', 'near4'))
        self.count(a, 'out4_near', burst(a.socket, ether(a.mac, IP4, ip4(a.ip4, TCP, b'', to=FAR4), to=FAR)))
        self.settle()

    def passed(self, guest, count):
        """How many of so many frames of 1000 bytes come through in each direction; all that come are booked."""
        before = {key: packets for key, (_, packets) in self.booked().items()}
        burst(guest.socket, ether(guest.mac, IP4, ip4(guest.ip4, TCP, bytes(980), to=FAR4), to=FAR), count)
        burst(self.far, ether(FAR, IP4, ip4(FAR4, TCP, bytes(980), to=guest.ip4), to=guest.mac), count)
        # What is sent behind them, by others, is booked after them.
        for kind, sender, frame in (
                ('out_other', self.other.socket, ether(self.other.mac, ARP, arp(1, self.other.mac, self.other.ip4, FAR4), to=FAR)),
                ('in_other', self.far, ether(FAR, ARP, arp(1, FAR, FAR4, self.other.ip4), to=self.other.mac))):
            burst(sender, frame, 1)
            key = uuid(self.other.number), 0, kind
            self.patiently(lambda key=key: self.booked().get(key, (0, 0))[1] > before.get(key, 0))
        now = self.booked()
        return [now[key][1] - before.get(key, 0) for key in ((uuid(guest.number), 0, kind) for kind in ('out4', 'in4'))]

    def test_rates(self):
        """Of a burst what a second of the rate lets pass, and 64 KiB; nothing is held back, and no other port."""
        self.other = self.guest(9, 'other')
        a, b, free = self.guest(1, 'one', rates='out=8K'), self.guest(2, 'two', rates='in=80K'), self.guest(3, 'three')
        self.assertEqual(self.passed(free, 300), [300, 300])
        out, into = self.passed(a, 300)
        self.assertEqual(into, 300)
        self.assertTrue(60 <= out <= 120, out)  # 66, and one a second
        out, into = self.passed(b, 300)
        self.assertEqual(out, 300)
        self.assertTrue(70 <= into <= 250, into)  # 75, and ten a second
        # Another rate, for a port that is armed.
        guests = ((a, 'out=80M'), (b, ''), (free, 'in=8K'), (self.other, ''))
        run(ARM, '--sync', 'blue', 'up0', *(word for guest, rates in guests for word in guest.words(rates)))
        self.assertEqual(self.passed(a, 300), [300, 300])
        self.assertEqual(self.passed(b, 300), [300, 300])
        out, into = self.passed(free, 300)
        self.assertEqual(out, 300)
        self.assertTrue(60 <= into <= 120, into)

    def quota(self, amount):
        self.succeeds('define', '-', text=f"""[guest]\nname = web\nuuid = {uuid(1)}
            memory = 64M\nkernel = /k\ntraffic = {amount}\n""".replace('            ', ''))

    def told(self):
        return [(e['guest']['name'], e['reason'], e['detail']['percent']) for e in self.events()
                if e['kind'] == 'traffic-quota']

    def test_quota(self):
        """Each once in a month, also over restarts; again for another quota."""
        self.quota('100K')
        a = self.guest(1, 'one')
        self.out(a, FAR4, 79, 980)
        self.out(a, NEAR4, 100, 980)
        self.settle()
        self.assertEqual(self.told(), [])
        self.out(a, FAR6, 1, 960)
        self.patiently(self.told)
        for _ in range(2):
            self.kill()
            self.start()
            self.out(a, FAR4, 1, 980)
            self.settle()
        self.assertEqual(self.told(), [('web', 'nearly', 80)])
        self.out(a, FAR4, 18, 980)
        self.patiently(lambda: self.told() == [('web', 'nearly', 80), ('web', 'reached', 100)])
        self.quota('110K')
        self.out(a, FAR4, 1, 980)
        self.patiently(lambda: self.told()[2:] == [('web', 'nearly', 80)])

    def test_who_has_done_it(self):
        """What is stopped is told of the guest, whatever its port is called, and also when it has gone."""
        a = self.guest(1, 'one', vif=3)
        self.tell(f'domain 1 {uuid(1)} web running', 'look')
        self.out(a)
        self.settle()
        for n in range(2):
            burst(a.socket, ether(a.mac, IP4, ip4('192.0.2.77', TCP, bytes(400)), to=FAR), 5)
            if n:
                self.tell('gone 1', 'look')
                a.unplug()
            stops = self.patiently(lambda: [e for e in self.events() if e['kind'] == 'spoof-blocked'][n:])
            self.assertEqual((stops[0]['guest']['uuid'], stops[0]['reason'], stops[0]['detail']),
                             (uuid(1), 'ip4', {'port': 'one', 'number': 3, 'frames': 5}))


def main():
    if spaces.INSIDE in os.environ:
        silence()
        nft('table bridge quiet { chain c { type filter hook output priority -500; policy drop; }; }')  # of IGMP, too
    return spaces.main(spaces.BRIDGE_RULES)


if __name__ == '__main__':
    sys.exit(main())
