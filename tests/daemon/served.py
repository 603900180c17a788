# SPDX-License-Identifier: BSD-3-Clause
"""Networks whose guests are told their addresses, in network namespaces that play guests: by DHCP for IPv4 and IPv6,
router advertisements and DNS; over changes of definitions, and deaths of the daemon and of dnsmasq. Needs root."""
import json
import os
import re
import signal
import socket
import struct
import sys
import time

from frames import mac
from simhost import Host, nobody_with
from spaces import Surrounded, ip, main, run

DNSMASQ = '/usr/sbin/dnsmasq'
BLUE = '''[network]
name = blue
kind = nat
ranges = 10.9.0.0/24 fd00:9::/64
gateways = 10.9.0.1 fd00:9::1
dhcp = yes
dns = self
domain = inside.example
'''
MAC = '00:16:3e:00:00:{:02x}'


def options(data):
    """Those of DHCP, by number."""
    found = {}
    while data and data[0] != 255:
        if data[0]:
            found[data[0]] = data[2:2 + data[1]]
        data = data[2 + data[1]:] if data[0] else data[1:]
    return found


def options6(data):
    found = {}
    while data:
        number, length = struct.unpack('!HH', data[:4])
        found[number] = data[4:4 + length]
        data = data[4 + length:]
    return found


class Served(Surrounded, Host):
    who = nobody_with('+net_admin,+net_raw,+net_bind_service')

    def command(self):
        return [*super().command(), *self.bridges()]

    def network(self, text):
        self.succeeds('network', 'define', '-', text=text)

    def define(self, name, number, address=''):
        done = self.define_guest(name, network='blue', mac=MAC.format(number), address=address)
        self.assertEqual(done.returncode, 0, done.stderr)

    def guest(self, number, network='blue'):
        """What is on the wire of an interface with this hardware address."""
        wire = f'v{number}.{len(self.spaces)}'
        space = self.space(wire, mac=MAC.format(number))
        ip('link', 'set', wire, 'master', network)
        return space

    # --- DHCP

    def client(self, space):
        s = space.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b'eth0')
        s.bind(('', 68))
        s.settimeout(1)
        return s

    def message(self, number, kind, wanted=None, server=None):
        """DISCOVER 1 and REQUEST 3, with a transaction that is the interface's number; answers to all."""
        more = b'' if not wanted else b'\x32\x04' + socket.inet_aton(wanted)
        more += b'' if not server else b'\x36\x04' + server
        return struct.pack('!BBBBIHH4s4s4s4s16s64s128s', 1, 1, 6, 0, number, 0, 0x8000, b'', b'', b'', b'',
                           mac(MAC.format(number)), b'', b'') + bytes.fromhex('63825363') + bytes(
                               [53, 1, kind]) + more + b'\x0c\x04evil' + b'\xff'

    def ask(self, space, number, *words, tries=30):
        """The address and the options of the answer, or None."""
        with self.client(space) as s:
            for _ in range(tries):
                try:
                    s.sendto(self.message(number, *words), ('255.255.255.255', 67))
                    answer = s.recv(1500)
                except OSError:
                    continue
                if answer[4:8] == struct.pack('!I', number):
                    return socket.inet_ntoa(answer[16:20]), options(answer[240:])
        return None

    def lease(self, space, number):
        """Discover and request, as clients do: who is told no, as the definition has changed meanwhile, begins again."""
        kind = b'\x06'
        while kind == b'\x06':
            offered, found = self.ask(space, number, 1)
            self.assertEqual(found[53], b'\x02')
            given, found = self.ask(space, number, 3, offered, found[54])
            kind = found[53]
        self.assertEqual((given, kind), (offered, b'\x05'))
        return given, found

    def test_dhcp(self):
        self.network(BLUE)
        self.define('web', 1)
        self.define('mail_2', 2, '10.9.0.77 fd00:9::77')
        web, mail, stranger = self.guest(1), self.guest(2), self.guest(3)
        address, found = self.lease(web, 1)
        self.assertEqual(address, '10.9.0.2')
        self.assertEqual({n: found[n] for n in (1, 3, 6, 12, 15, 26)}, {
            1: socket.inet_aton('255.255.255.0'), 3: socket.inet_aton('10.9.0.1'), 6: socket.inet_aton('10.9.0.1'),
            12: b'web', 15: b'inside.example', 26: struct.pack('!H', 1500)})
        address, found = self.lease(mail, 2)
        self.assertEqual((address, found[12]), ('10.9.0.77', b'mail_2'))
        # Others have heard of it by then.
        self.assertIsNone(self.ask(stranger, 3, 1, tries=3))
        self.assertIsNone(self.ask(stranger, 3, 3, '10.9.0.50', tries=2))

    def test_changes(self):
        """Leases follow definitions: a new guest, another address, one that is another's now, none."""
        self.network(BLUE)
        self.define('a', 1)
        a, b = self.guest(1), self.guest(2)
        self.assertEqual(self.lease(a, 1)[0], '10.9.0.2')
        self.define('b', 2)
        self.assertEqual(self.lease(b, 2)[0], '10.9.0.3')
        self.define('a', 1, '10.9.0.9')
        self.patiently(lambda: self.lease(a, 1)[0] == '10.9.0.9')
        self.define('b', 2, '10.9.0.2')
        self.patiently(lambda: self.lease(b, 2)[0] == '10.9.0.2')
        # A client that goes on with an address of before is told not to.
        self.assertEqual(self.ask(a, 1, 3, '10.9.0.2')[1][53], b'\x06')
        self.succeeds('undefine', 'a')
        self.patiently(lambda: not self.ask(a, 1, 1, tries=1))
        self.network(BLUE.replace('domain = inside.example', 'mtu = 1400').replace('dns = self', 'dns = 192.0.2.53'))
        found = self.patiently(lambda: (f := self.lease(b, 2)[1])[26] == struct.pack('!H', 1400) and f)
        self.assertEqual((found[6], found.get(15)), (socket.inet_aton('192.0.2.53'), None))

    # --- IPv6

    def test_router(self):
        self.network(BLUE)
        web = self.guest(1)
        with web.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as s:
            s.settimeout(1)
            s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
            with web.entered():
                index = socket.if_nametoindex('eth0')

            def advert():
                try:
                    s.sendto(bytes([133, 0, 0, 0, 0, 0, 0, 0]), ('ff02::2', 0, 0, index))
                    while True:
                        got = s.recv(1500)
                        if got[0] == 134 and b'\x03\x04' in got:
                            return got
                except OSError:
                    return None

            got = self.patiently(advert)
        # Addresses are told by DHCP (M, O), and nobody makes one of his own (no A) in what is on the wire (L).
        self.assertEqual(got[5] & 0xc0, 0xc0)
        self.assertGreater(struct.unpack('!H', got[6:8])[0], 0)
        prefix = got[got.index(b'\x03\x04'):]
        self.assertEqual((prefix[2], prefix[3] & 0xc0, prefix[16:32]),
                         (64, 0x80, socket.inet_pton(socket.AF_INET6, 'fd00:9::')))
        self.assertIn(socket.inet_pton(socket.AF_INET6, 'fd00:9::1'), got)  # asked for names

    def test_dhcp6(self):
        self.network(BLUE)
        self.define('web', 1)
        web, stranger = self.guest(1), self.guest(3)
        self.assertEqual(self.solicit(web, 1, 60), self.address6('web'))
        self.assertIsNone(self.solicit(stranger, 3, 3))

    def address6(self, name):
        return [one['address'] for one in json.loads(self.succeeds('show', name, '--json'))['addresses']['leases']
                if ':' in one['address']][0]

    def solicit(self, space, number, tries):
        duid = b'\0\x03\0\x01' + mac(MAC.format(number))
        identity = struct.pack('!III', 1, 0, 0)
        text = b'\x01\x00\x00' + bytes([number]) + struct.pack('!HH', 1, len(duid)) + duid + struct.pack(
            '!HH', 3, len(identity)) + identity + struct.pack('!HHH', 8, 2, 0)
        with space.entered():
            index = socket.if_nametoindex('eth0')
        with space.socket(socket.AF_INET6, socket.SOCK_DGRAM) as s:
            s.settimeout(1)
            s.bind(('', 546, 0, index))
            for _ in range(tries):
                try:
                    s.sendto(text, ('ff02::1:2', 547, 0, index))
                    got = options6(s.recv(1500)[4:])
                except OSError:  # it waits for its own address
                    time.sleep(0.1)
                    continue
                inner = options6(got[3][12:]) if 3 in got else {}
                if 5 in inner:
                    return socket.inet_ntop(socket.AF_INET6, inner[5][:16])
        return None

    # --- DNS

    def look_up(self, space, name, source, server='10.9.0.1', kind=1):
        question = struct.pack('!HHHHHH', 7, 0x100, 1, 0, 0, 0) + b''.join(
            bytes([len(part)]) + part.encode() for part in name.split('.')) + struct.pack('!BHH', 0, kind, 1)
        with space.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(1)
            s.bind((source, 0))
            try:
                s.sendto(question, (server, 53))
                got = s.recv(1500)
            except OSError:
                return None
        return got[3] & 15, got[-4:] if struct.unpack('!H', got[6:8])[0] else None

    def test_names(self):
        self.network(BLUE)
        self.define('web', 1)
        web = self.guest(1)
        web.ip('addr', 'add', '10.9.0.2/24', 'dev', 'eth0')
        for name in ('web', 'web.inside.example'):
            # dnsmasq reads its files a moment after they were written.
            self.patiently(lambda n=name: self.look_up(web, n, '10.9.0.2') == (0, socket.inet_aton('10.9.0.2')))
        self.assertEqual(self.look_up(web, 'nobody.inside.example', '10.9.0.2')[0], 3)
        # What a client calls itself is nobody's name.
        self.lease(web, 1)
        self.assertNotEqual(self.look_up(web, 'evil.inside.example', '10.9.0.2')[0], 0)
        self.define('more', 2)
        self.patiently(lambda: (self.look_up(web, 'more', '10.9.0.2') or (3, 0))[0] == 0)
        self.network(BLUE.replace('dns = self\n', ''))
        self.patiently(lambda: not self.look_up(web, 'web', '10.9.0.2'))

    # --- Who is asked, and lives

    def servers(self):
        return [int(line.split()[0]) for line in run('pgrep', '-a', '-f', f'conf-file={self.dir}/',
                                                     check=False).stdout.splitlines()]

    def test_only_there(self):
        """Nobody but guests of the network is answered: not who is outside, nor on another network."""
        outside = self.space('up0', '198.51.100.3/24', mac=MAC.format(1))
        ip('addr', 'add', '198.51.100.1/24', 'dev', 'up0')
        self.network(BLUE)
        self.network('[network]\nname = grey\nranges = 10.8.0.0/24\ngateways = 10.8.0.1\n')
        self.define('web', 1)
        web, other = self.guest(1), self.guest(1, 'grey')
        self.assertEqual(self.lease(web, 1)[0], '10.9.0.2')
        for space in (outside, other):
            self.assertIsNone(self.ask(space, 1, 1, tries=3))
        outside.route('198.51.100.1')
        for server in ('198.51.100.1', '10.9.0.1'):
            self.assertIsNone(self.look_up(outside, 'web', '198.51.100.3', server))
        said = run('ss', '-H', '-l', '-n', '-t', '-u').stdout
        self.assertRegex(said, r'10\.9\.0\.1(%blue)?:53\b')
        for line in said.splitlines():
            local = line.split()[4]
            self.assertTrue('10.9.0.1:' in local or '%blue' in local or 'fd00:9::1' in local or
                            re.search(r'\[fe80::.*\]', local), line)
        # Two of them are two.
        self.network(BLUE.replace('blue', 'green').replace('10.9', '10.7').replace('fd00:9', 'fd00:7'))
        self.patiently(lambda: len(self.servers()) == 2)
        self.succeeds('network', 'delete', 'green')
        self.patiently(lambda: len(self.servers()) == 1)
        self.assertEqual(sorted(os.listdir(self.path('dnsmasq'))), ['blue.conf', 'blue.dhcp', 'blue.hosts'])
        # An interface of somebody else's that has the name is not served.
        ip('link', 'set', 'blue', 'alias', 'mine')
        self.patiently(lambda: not self.servers())
        self.kill()
        self.start()
        self.assertEqual((self.state()[0], self.servers()), ('down', []))
        ip('link', 'set', 'blue', 'alias', 'gridnix:blue')
        self.patiently(lambda: self.servers() and self.state() == ('up', ''))
        self.assertIn('on a bridged network others are asked', self.refused(
            'network', 'define', '-', text='[network]\nname = wire\nkind = bridged\nuplink = up0\n'
            'ranges = 192.0.2.0/24\ngateways = 192.0.2.1\ndhcp = yes\n'))

    def test_deaths(self):
        self.network(BLUE)
        self.define('web', 1)
        web = self.guest(1)
        self.assertEqual(self.lease(web, 1)[0], '10.9.0.2')
        for _ in range(3):
            first = self.servers()
            self.assertEqual(len(first), 1)
            self.kill()
            self.patiently_gone(first)
            self.start()
            self.assertEqual(self.lease(web, 1)[0], '10.9.0.2')
        first = self.servers()
        self.assertEqual(len(first), 1)
        os.kill(first[0], signal.SIGKILL)
        self.patiently(lambda: self.servers() not in ([], first))
        self.assertEqual(self.lease(web, 1)[0], '10.9.0.2')
        self.assertEqual(len(self.servers()), 1)
        # Its bridge is another one.
        first = self.servers()
        ip('link', 'del', 'blue')
        self.patiently(lambda: self.servers() not in ([], first))
        web = self.guest(1)
        self.assertEqual(self.lease(web, 1)[0], '10.9.0.2')
        first = self.servers()
        self.started.terminate()
        self.started.wait()
        self.patiently_gone(first)
        self.start()

    def patiently_gone(self, pids):
        self.patiently(lambda: not any(os.path.exists(f'/proc/{pid}') for pid in pids), killed=True)

    def state(self):
        one = json.loads(self.succeeds('network', 'list', '--json'))['networks'][0]
        return one['state'], one.get('words', '')

    def test_without_dnsmasq(self):
        self.kill()
        self.options = ['--dnsmasq', self.path('mine')]
        self.start()
        self.network(BLUE)
        self.patiently(lambda: self.state() == ('down', 'there is no dnsmasq: apt install dnsmasq-base'))
        self.assertIn(('network', 'blue: there is no dnsmasq: apt install dnsmasq-base'), [
            (e['detail']['what'], e['detail'].get('words')) for e in self.last('host-degraded')
            if e['kind'] == 'host-degraded'])
        # One that ends at once is not started without end.
        with open(self.path('mine'), 'w', encoding='ascii') as f:
            f.write(f'#!/bin/sh\necho >>{self.path("count")}\nexit 1\n')
        os.chmod(self.path('mine'), 0o755)
        self.patiently(lambda: self.state()[1].startswith('dnsmasq has ended'))
        os.unlink(self.path('mine'))
        os.symlink(DNSMASQ, self.path('mine'))
        self.patiently(lambda: self.state() == ('up', ''))
        with open(self.path('count'), encoding='ascii') as f:
            self.assertLess(len(f.readlines()), 10)


if __name__ == '__main__':
    sys.exit(main(('dnsmasq', f'test -x {DNSMASQ}')))
