# SPDX-License-Identifier: BSD-3-Clause
"""Networks that dom0 routes, with and without NAT, in network namespaces that play guests and the world outside:
who reaches whom, and what dom0 passes on otherwise. The daemon's host is a simulated one. Needs root."""
import json
import os
import re
import socket
import subprocess
import sys
import time

from simhost import Host, nobody_with
from spaces import Surrounded, ip, main, run, switch

PORT = 4000

BLUE = '''[network]
name = blue
kind = nat
ranges = 10.9.0.0/24 fd00:9::/64
gateways = 10.9.0.1 fd00:9::1
forward = tcp 8080 10.9.0.2:80, udp 53 10.9.0.3:4000, tcp 8080 [fd00:9::2]:80
'''
GREEN = BLUE.replace('blue', 'green').replace('.9.', '.7.').replace(':9:', ':7:').replace(
    'forward = tcp 8080 10.7.0.2:80, udp 53 10.7.0.3:4000, tcp 8080 [fd00:7::2]:80\n', '')
RED = '''[network]
name = red
kind = routed
ranges = 192.0.2.0/24 2001:db8:7::/64
gateways = 192.0.2.1 2001:db8:7::1
'''
GREY = '''[network]
name = grey
ranges = 10.8.0.0/24 fd00:8::/64
gateways = 10.8.0.1 fd00:8::1
'''


def family(address):
    return socket.AF_INET6 if ':' in address else socket.AF_INET


def datagrams(space, address):
    """A socket of a space, or of dom0: None, at an address or any."""
    kind = family(address), socket.SOCK_DGRAM
    s = space.socket(*kind) if space else socket.socket(*kind)
    s.settimeout(30)
    return s


class Routed(Surrounded, Host):
    who = nobody_with('+net_admin')

    def surround(self):
        self.outside = self.space('up0', '198.51.100.2/24', '2001:db8:ff::2/64')
        ip('addr', 'add', '198.51.100.1/24', 'dev', 'up0')
        ip('addr', 'add', '2001:db8:ff::1/64', 'dev', 'up0', 'nodad')
        self.outside.route('198.51.100.1', '2001:db8:ff::1')

    def clear(self):
        super().clear()
        for path in ('ipv4/ip_forward', 'ipv6/conf/all/forwarding'):
            switch(path, '0')

    options = ()

    def command(self):
        return [*super().command(), *self.bridges(), *self.options]

    def define(self, text, status=0):
        words = ['network', 'define', '-', '--json']
        return self.refused(*words, text=text) if status else json.loads(self.succeeds(*words, text=text))

    def delete(self, *names):
        self.succeeds('network', 'delete', *names)

    def guest(self, network, wire, *addresses):
        """A guest of a network, whose gateways are the first addresses."""
        space = self.space(wire, *addresses)
        ip('link', 'set', wire, 'master', network)
        space.route(*(a.split('/')[0].rstrip('0123456789') + '1' for a in addresses))
        return space

    def world(self):
        """A guest or two of each kind of network."""
        for text in (BLUE, GREEN, RED, GREY):
            self.assertEqual(self.define(text)['state'], 'up')
        self.blue = self.guest('blue', 'v1', '10.9.0.2/24', 'fd00:9::2/64')
        self.blue3 = self.guest('blue', 'v2', '10.9.0.3/24', 'fd00:9::3/64')
        self.green = self.guest('green', 'v3', '10.7.0.2/24', 'fd00:7::2/64')
        self.red = self.guest('red', 'v4', '192.0.2.2/24', '2001:db8:7::2/64')
        self.grey = self.guest('grey', 'v5', '10.8.0.2/24', 'fd00:8::2/64')

    def passes(self, source, target, address, seen, port=PORT, at=PORT):
        """What a space sends to an address comes to another with this source; and the answer comes back."""
        with datagrams(target, address) as server, datagrams(source, address) as client:
            server.bind(('', at))
            client.sendto(b'question', (address, port))
            question, who = server.recvfrom(100)
            self.assertEqual((question, who[0]), (b'question', seen))
            server.sendto(b'answer', who)
            self.assertEqual(client.recvfrom(100)[0], b'answer')

    def stopped(self, source, target, address, port=PORT):
        """What dom0 sends then is the first that comes."""
        own = {socket.AF_INET: '127.0.0.1', socket.AF_INET6: '::1'}[family(address)]
        with datagrams(target, address) as server, datagrams(source, address) as client, \
                datagrams(target, address) as fence:
            server.bind(('', PORT))
            for _ in range(5):
                try:
                    client.sendto(b'question', (address, port))
                except OSError as e:  # an answer of ICMP
                    self.assertIn(e.errno, (101, 111, 113))
            time.sleep(0.05)
            fence.sendto(b'fence', (own, PORT))
            self.assertEqual(server.recv(100), b'fence', (address, port))

    def test_who_reaches_whom(self):
        self.world()
        # Out, with dom0's address or without.
        for source, target, seen in (
                (self.blue, '198.51.100.2', '198.51.100.1'), (self.blue, '2001:db8:ff::2', '2001:db8:ff::1'),
                (self.green, '198.51.100.2', '198.51.100.1'),
                (self.red, '198.51.100.2', '192.0.2.2'), (self.red, '2001:db8:ff::2', '2001:db8:7::2')):
            self.passes(source, self.outside, target, seen)
        # In, and from one network to another.
        self.passes(self.outside, self.red, '192.0.2.2', '198.51.100.2')
        self.passes(self.outside, self.red, '2001:db8:7::2', '2001:db8:ff::2')
        self.passes(self.blue, self.red, '192.0.2.2', '192.0.2.1')
        self.passes(self.blue, self.blue3, '10.9.0.3', '10.9.0.2')
        for source, target, address in (
                (self.outside, self.blue, '10.9.0.2'), (self.outside, self.blue, 'fd00:9::2'),
                (self.green, self.blue, '10.9.0.2'), (self.red, self.blue, '10.9.0.2'),
                (self.red, self.blue, 'fd00:9::2'), (self.red, self.grey, '10.8.0.2'),
                (self.outside, self.grey, '10.8.0.2'), (self.grey, self.outside, '198.51.100.2'),
                (self.grey, self.outside, '2001:db8:ff::2'), (self.grey, self.red, '192.0.2.2'),
                (self.blue, self.grey, 'fd00:8::2')):
            self.stopped(source, target, address)

    def test_dom0(self):
        """What reaches dom0 itself: from a private network its gateway, from others what it has asked for; and nobody
        reaches a gateway from elsewhere."""
        self.world()
        self.passes(None, self.blue, '10.9.0.2', '10.9.0.1')
        self.passes(None, self.grey, 'fd00:8::2', 'fd00:8::1')
        self.passes(self.grey, None, '10.8.0.1', '10.8.0.2')
        self.passes(self.grey, None, 'fd00:8::1', 'fd00:8::2')
        self.passes(self.outside, None, '198.51.100.1', '198.51.100.2')
        for source, address in (
                (self.blue, '10.9.0.1'), (self.blue, '198.51.100.1'), (self.blue, 'fd00:9::1'),
                (self.blue, '2001:db8:ff::1'), (self.red, '192.0.2.1'), (self.red, '10.9.0.1'),
                (self.grey, '198.51.100.1'), (self.grey, '10.9.0.1'), (self.grey, 'fd00:9::1'),
                (self.outside, '10.9.0.1'), (self.outside, '10.8.0.1'), (self.outside, 'fd00:9::1'),
                (self.outside, '192.0.2.1')):
            self.stopped(source, None, address)
        for gateway in ('10.9.0.1', 'fd00:9::1'):
            self.ping(self.blue, gateway)

    def ping(self, space, address):
        six = family(address) == socket.AF_INET6
        proto, kind, answer = (socket.IPPROTO_ICMPV6, 128, 129) if six else (socket.IPPROTO_ICMP, 8, 0)
        # With id 1 and number 1; the kernel fills in the sum of ICMPv6.
        rest = b'\0\1\0\1'
        echo = bytes([kind, 0]) + (b'\0\0' if six else b'\xf7\xfd') + rest
        with space.socket(family(address), socket.SOCK_RAW, proto) as s:
            s.settimeout(30)
            s.connect((address, 0))
            s.send(echo)
            while True:
                got = s.recv(100)
                got = got if six else got[20:]
                if got[0] == answer and got[4:] == rest:
                    return

    def connects(self, source, address, port, target, seen):
        with target.socket(family(address), socket.SOCK_STREAM) as server, \
                source.socket(family(address), socket.SOCK_STREAM) as client:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            server.bind(('', 80))
            server.listen()
            server.settimeout(30)
            client.settimeout(30)
            client.connect((address, port))
            accepted, who = server.accept()
            with accepted:
                self.assertEqual(who[0], seen)

    def test_forwards(self):
        self.world()
        self.connects(self.outside, '198.51.100.1', 8080, self.blue, '198.51.100.2')
        self.connects(self.outside, '2001:db8:ff::1', 8080, self.blue, '2001:db8:ff::2')
        self.passes(self.outside, self.blue3, '198.51.100.1', '198.51.100.2', port=53)
        # From within, too; answers go the way back.
        self.connects(self.blue3, '198.51.100.1', 8080, self.blue, '10.9.0.1')
        self.connects(self.green, '198.51.100.1', 8080, self.blue, '10.9.0.1')
        self.connects(self.red, '198.51.100.1', 8080, self.blue, '192.0.2.2')
        self.define(BLUE.replace('tcp 8080 10.9.0.2:80, ', ''))
        with self.outside.socket(socket.AF_INET, socket.SOCK_STREAM) as client:
            client.settimeout(30)
            with self.assertRaises(ConnectionRefusedError):
                client.connect(('198.51.100.1', 8080))
        self.assertIn('[network] forward: the network blue has that, too',
                      self.define(GREEN + 'forward = udp 53 10.7.0.2:53\n', 1))
        self.assertIn('[network] ranges: the network blue has that, too',
                      self.define(RED.replace('red', 'pink').replace('192.0.2', '10.9.0'), 1))

    def test_spoofed(self):
        """A source that is not of the guest's network is not passed on."""
        self.world()
        self.red.ip('addr', 'add', '203.0.113.9/32', 'dev', 'eth0')
        self.red.ip('addr', 'add', '2001:db8:9::9/128', 'dev', 'eth0', 'nodad')
        for source, own_source, address in (('203.0.113.9', '192.0.2.2', '198.51.100.2'),
                                            ('2001:db8:9::9', '2001:db8:7::2', '2001:db8:ff::2')):
            with datagrams(self.outside, address) as server, datagrams(self.red, address) as forged, \
                    datagrams(self.red, address) as own:
                server.bind(('', PORT))
                forged.bind((source, 0))
                own.bind((own_source, 0))
                forged.sendto(b'forged', (address, PORT))
                own.sendto(b'own', (address, PORT))
                self.assertEqual(server.recv(100), b'own')

    def test_nothing_else_is_passed_on(self):
        """That guests get out makes dom0 no router for others; unless it was one before."""
        other = self.space('up1', '203.0.113.2/24')
        ip('addr', 'add', '203.0.113.1/24', 'dev', 'up1')
        other.route('203.0.113.1')
        self.define(RED)
        self.assertEqual(switch('ipv4/conf/up0/forwarding'), '1')
        self.assertEqual(switch('ipv4/ip_forward'), '0')
        self.stopped(self.outside, other, '203.0.113.2')
        self.kill()
        self.start()
        self.stopped(self.outside, other, '203.0.113.2')
        switch('ipv4/ip_forward', '1')
        self.patiently(lambda: 'up0' not in self.elements('opened4'))
        self.passes(self.outside, other, '203.0.113.2', '198.51.100.2')
        self.delete('red')
        self.assertEqual(switch('ipv4/conf/up0/forwarding'), '1')

    def rules(self):
        return run('nft', 'list', 'table', 'inet', 'gridnix_networks', check=False).stdout

    def elements(self, name):
        done = run('nft', 'list', 'set', 'inet', 'gridnix_networks', name)
        return re.findall(r'"(\w+)"', done.stdout)

    def test_not_yet(self):
        """Until a file is there nothing is passed on, whatever the host's switches say; guests of a network reach each other,
        and their gateway."""
        self.kill()
        self.options = ['--route-after', self.path('now')]
        self.start()
        switch('ipv4/ip_forward', '1')
        self.world()
        self.passes(self.blue, self.blue3, '10.9.0.3', '10.9.0.2')
        self.passes(self.blue, None, '10.9.0.1', '10.9.0.2')
        for source, target, address in (
                (self.blue, self.outside, '198.51.100.2'), (self.red, self.outside, '198.51.100.2'),
                (self.outside, self.red, '192.0.2.2'), (self.blue, self.red, '192.0.2.2'),
                (self.blue, None, '198.51.100.1'), (self.outside, None, '10.9.0.1')):
            self.stopped(source, target, address)
        self.assertNotIn('masquerade', self.rules())
        open(self.path('now'), 'x').close()
        self.patiently(lambda: switch('ipv4/conf/up0/forwarding') == '1' and 'masquerade' in self.rules())
        self.passes(self.blue, self.outside, '198.51.100.2', '198.51.100.1')
        self.passes(self.outside, self.red, '192.0.2.2', '198.51.100.2')

    def test_put_back(self):
        paths = [f'{family}/conf/{name}/{key}' for name in ('up0', 'all') for family, key in (
            ('ipv4', 'forwarding'), ('ipv6', 'forwarding'), ('ipv6', 'accept_ra'))]
        before = [switch(path) for path in paths]
        self.define(GREY)
        self.assertEqual([switch(path) for path in paths], before)
        self.assertNotIn('masquerade', self.rules())
        self.define(BLUE)
        self.assertNotEqual([switch(path) for path in paths], before)
        # The host still believes its own routers.
        self.assertEqual(switch('ipv6/conf/up0/accept_ra'), '2')
        self.kill()
        self.start()
        self.delete('blue')
        self.assertEqual([switch(path) for path in paths], before)
        self.assertNotIn('masquerade', self.rules())
        self.assertFalse(os.path.exists(self.path('forwarding')))
        self.delete('grey')
        self.assertEqual(self.rules(), '')

    def test_put_back_of_one_version(self):
        """IPv6 is switched off with the last network that has it; IPv4 stays on for others, and goes with them."""
        paths = [f'ipv6/conf/{name}/{key}' for name in ('up0', 'all') for key in ('forwarding', 'accept_ra')]
        before = [switch(path) for path in paths]
        self.define(BLUE)
        self.define('[network]\nname = brown\nkind = nat\nranges = 10.6.0.0/24\ngateways = 10.6.0.1\n')
        self.assertNotEqual([switch(path) for path in paths], before)
        self.delete('blue')
        self.assertEqual([switch(path) for path in paths], before)
        self.assertEqual(switch('ipv4/conf/up0/forwarding'), '1')
        self.kill()
        self.start()
        self.delete('brown')
        self.assertEqual(switch('ipv4/conf/up0/forwarding'), '0')
        self.assertFalse(os.path.exists(self.path('forwarding')))

    def test_an_uplink_that_comes_later(self):
        self.define(BLUE)
        self.space('up1', '203.0.113.2/24')
        self.patiently(lambda: switch('ipv4/conf/up1/forwarding') == '1')
        self.assertIn('up1', self.elements('opened4'))
        # A bridge of somebody else's leads outside, guarded or not.
        ip('link', 'add', 'theirs', 'type', 'bridge')
        ip('link', 'set', 'theirs', 'alias', 'gridnix:+guard', 'up')
        self.patiently(lambda: switch('ipv4/conf/theirs/forwarding') == '1')

    def test_restored(self):
        """Whatever others do to the rules, they come back; without a daemon they stay."""
        self.define(BLUE)
        rules = self.rules()
        self.kill()
        self.assertEqual(self.rules(), rules)
        self.start()
        for n, words in enumerate((
                ['delete', 'table', 'inet', 'gridnix_networks'], ['flush', 'chain', 'inet', 'gridnix_networks', 'leaves'],
                ['add', 'element', 'inet', 'gridnix_networks', 'nat', '{ "up0" }'],
                ['insert', 'rule', 'inet', 'gridnix_networks', 'input', 'accept'],
                ['add', 'table', 'inet', 'gridnix_networks', '{ flags dormant; }'])):
            run('nft', *words)
            self.patiently(lambda: len([e for e in self.events() if e['kind'] == 'guard-restored']) == n + 1)
            self.assertEqual(self.rules(), rules)
        # What others do elsewhere is theirs.
        run('nft', 'add', 'table', 'inet', 'theirs')
        run('nft', 'flush', 'chain', 'inet', 'gridnix_networks', 'leaves')
        self.patiently(lambda: len([e for e in self.events() if e['kind'] == 'guard-restored']) == n + 2)

    def test_restored_behind_its_back(self):
        """Between what the daemon's own nft does and the daemon's look at that."""
        meddled = self.start_meddled('flush chain inet gridnix_networks leaves')
        self.define(BLUE)
        self.patiently(lambda: meddled() and 'drop' in run('nft', 'list', 'chain', 'inet', 'gridnix_networks', 'leaves').stdout)

    def test_rules_that_can_not_be_loaded(self):
        """Then nothing is passed on, and that is told; until they can be. So it is when somebody throws them away."""
        self.kill()
        self.errors = subprocess.DEVNULL
        self.start()
        self.hide()
        self.assertEqual(self.define(BLUE)['state'], 'down')
        self.assertEqual(switch('ipv4/conf/up0/forwarding'), '0')
        self.assertIn(('network', True), [(e['detail']['what'], 'rules between networks' in e['detail']['words'])
                                          for e in self.last('host-degraded') if e['kind'] == 'host-degraded'])
        self.hide('.away', '')
        self.patiently(lambda: switch('ipv4/conf/up0/forwarding') == '1')
        self.patiently(lambda: json.loads(self.succeeds('network', 'list', '--json'))['networks'][0]['state'] == 'up')

        rules, degraded = self.rules(), self.count('host-degraded')
        self.hide()
        run('nft', 'delete', 'table', 'inet', 'gridnix_networks')
        self.patiently(lambda: self.count('host-degraded') > degraded)
        self.hide('.away', '')
        self.patiently(lambda: self.rules() == rules)
        self.assertEqual(self.count('guard-restored'), 1)

    def hide(self, before='', behind='.away'):
        for name in ('networks.nft', 'routed.nft'):
            os.rename(self.path(name + before), self.path(name + behind))

    def count(self, kind):
        return len([e for e in self.events() if e['kind'] == kind])


if __name__ == '__main__':
    sys.exit(main())
