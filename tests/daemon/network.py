# SPDX-License-Identifier: BSD-3-Clause
"""Networks by the command line, on a simulated host, where they have no bridges: made, refused, kept, and
guests on them."""
import json
import os
import re
import sys
import unittest

import openapi
from simhost import Host

TREE = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../..')
DOC = openapi.read(os.path.join(TREE, 'docs/api/openapi.yaml'))


class Networks(Host):
    def network(self, *words, text=None):
        return self.succeeds('network', *words, text=text)

    def refused(self, *words, text=None, status=1):
        return super().refused('network', *words, text=text, status=status)

    def networks(self):
        answer = json.loads(self.network('list', '--json'))
        openapi.check(DOC, {'$ref': '#/components/schemas/Networks'}, answer)
        return answer['networks']

    def call(self, method, path, *body):
        return openapi.ask(DOC, self.path('api'), method, '/v1/networks' + path, *body)

    def test_life(self):
        self.assertEqual(self.networks(), [])
        self.assertEqual(self.network('create', 'blue'), 'blue: defined, bridge blue\n')
        made = json.loads(self.network(
            'create', 'red', '--uplink', 'eth0', '--vlan', '7', '--mtu', '9000', '--bridge', 'br7', '--dom0', '--range',
            '192.0.2.0/24', '--range', '2001:db8::/64', '--gateway', '192.0.2.1', '--json'))
        self.assertEqual(made, {
            'name': 'red', 'kind': 'bridged', 'bridge': 'br7', 'uplink': 'eth0', 'vlan': 7, 'dom0': True, 'mtu': 9000,
            'ranges': '192.0.2.0/24 2001:db8::/64', 'gateways': '192.0.2.1', 'dhcp': False,
            'state': 'up'})
        self.assertEqual([n['name'] for n in self.networks()], ['blue', 'red'])
        self.assertEqual(self.network('list').split('\n')[2].split(),
                         ['red', 'bridged', 'br7', 'up', 'eth0', '7', '9000', '192.0.2.0/24', '2001:db8::/64'])
        self.assertEqual(json.loads(self.network('show', 'red', '--json')), made)
        self.kill()
        self.start()
        self.assertEqual(self.networks()[1], made)
        self.assertEqual(self.network('delete', 'red', 'blue'), 'red: deleted\nblue: deleted\n')
        self.assertEqual(self.networks(), [])
        self.assertEqual([(e['kind'], e['detail']['network']) for e in self.events()
                          if e['kind'].startswith('network')],
                         [('network-defined', 'blue'), ('network-defined', 'red'),
                          ('network-deleted', 'red'), ('network-deleted', 'blue')])

    def test_served(self):
        made = json.loads(self.network(
            'create', 'blue', '--nat', '--range', '10.0.0.0/8', '--range', 'fd00::/64', '--gateway', '10.0.0.1',
            '--gateway', 'fd00::1', '--forward', 'tcp 80 10.0.0.2:80', '--forward', 'udp 53 [fd00::2]:53', '--dhcp',
            '--dns', '192.0.2.1', '--dns', 'fd00::9', '--domain', 'a.example', '--json'))
        self.assertEqual({key: made[key] for key in ('kind', 'forward', 'dhcp', 'dns', 'domain')}, {
            'kind': 'nat', 'forward': 'tcp 80 10.0.0.2:80, udp 53 [fd00::2]:53', 'dhcp': True,
            'dns': '192.0.2.1 fd00::9', 'domain': 'a.example'})
        ports = [f'tcp {8000 + n} 192.168.100.{100 + n}:8080' for n in range(32)]
        many = json.loads(self.network('create', 'green', '--nat', '--range', '192.168.100.0/24', '--gateway', '192.168.100.1',
                                       *[word for port in ports for word in ('--forward', port)], '--json'))
        self.assertEqual(many['forward'], ', '.join(ports))
        self.network('delete', 'green')
        self.network('create', 'red', '--routed', '--range', '11.0.0.0/8', '--gateway', '11.0.0.1')
        self.kill()
        self.start()
        self.assertEqual([n['kind'] for n in self.networks()], ['nat', 'routed'])
        self.assertEqual(self.networks()[0], made)

    def test_shown_is_defined(self):
        self.network('create', 'blue', '--range', '10.0.0.0/8', '--gateway', '10.0.0.1')
        text = self.network('show', 'blue')
        self.assertEqual(text, '# bridge blue: up\n[network]\nname = blue\nranges = 10.0.0.0/8\n'
                               'gateways = 10.0.0.1\n')
        self.network('define', '-', text=text + 'mtu = 1400\n')
        self.assertEqual([n['mtu'] for n in self.networks()], [1400])
        self.network('define', '-', text='{"name": "red", "vlan": "3", "kind": "bridged", "uplink": "eth0"}')
        self.assertEqual(self.networks()[1]['vlan'], 3)

    def test_refused(self):
        self.network('create', 'blue', '--uplink', 'eth0')
        before = self.networks()
        for words, said in (
                (('create', 'blue'), 'blue: there is a network of this name already'),
                (('create', 'a', '--bridge', 'blue'), 'a: [network] bridge: the network blue has that, too'),
                (('create', 'a', '--uplink', 'eth0'), 'a: [network] uplink: the network blue has that, too'),
                (('create', 'a', '--mtu', '12'), 'a: [network] mtu: "12" is not a number from 1280 to 65535'),
                (('create', 'a', '--nat'), 'a: [network] gateways: is missing, and dom0 is to be the router'),
                (('create', 'a', '--range', '10.0.0.0/8', '--forward', 'tcp 80 10.0.0.2:80'), 'a: [network] forward: goes with kind = nat'),
                (('create', 'a', '--vlan', '12'), 'a: [network] vlan: goes with kind = bridged'),
                (('create', 'a', '--dom0'), 'a: [network] dom0: goes with kind = bridged'),
                (('create', 'a', *['--range', '10.0.0.0/8'] * 9), 'holds more than 8 ranges'),
                (('create', 'a b'), 'a b: [network] name: "a b" holds more than letters'),
                (('create', 'a', '--range', '10.0.0.0/8', '--range', '10.1.0.0/16'), 'within another one'),
                (('show', 'red'), 'gridnix: red: there is no such network\n'),
                (('delete', 'red'), 'gridnix: red: there is no such network\n')):
            self.assertIn(said, self.refused(*words))
        for words in ((), ('paint',), ('list', 'blue'), ('show',), ('show', 'blue', '--mtu', '1500'),
                      ('create', 'a', '--private', '--uplink', 'eth1'), ('create', 'a', '--nat', '--routed'),
                      ('create', 'a', *['--range', '10.0.0.0/8'] * 33)):
            self.refused(*words, status=2)
        self.assertEqual(self.refused('define', '-', text='[network]\nname = blue\nmtu = many\n'),
                         'gridnix: standard input:3: [network] mtu: "many" is not a number from 1280 to 65535\n')
        self.assertIn("can't be changed", self.refused('define', '-', text='[network]\nname = blue\n'))
        self.assertIn('there is no key "state"', self.refused('define', '-', text='{"name":"a","state":"up"}'))
        self.assertEqual(self.networks(), before)

    def test_calls(self):
        with open(os.path.join(TREE, 'src/model/network.def'), encoding='utf-8') as f:
            keys = re.findall(r'^X\(network, (\w+),', f.read(), re.M)
        self.assertEqual(list(DOC['components']['schemas']['NetworkDefinition']['properties']), keys)
        self.assertEqual(list(DOC['components']['schemas']['Network']['properties']), [*keys, 'state', 'words'])
        blue = '{"name": "blue"}'
        self.assertEqual(self.call('POST', '?replace=no', blue)[0], 201)
        for status, method, path, *body in (
                (409, 'POST', '?replace=no', blue), (201, 'POST', '?replace=yes', blue), (201, 'POST', '', blue),
                (400, 'POST', '?replace=perhaps', blue), (400, 'POST', '?form=ini', blue),
                (415, 'POST', '', blue, 'text/html'), (400, 'POST', '', blue, 'text/plain'),
                (400, 'POST', '', '[]'), (400, 'POST', '', '{"name": ["blue"]}'), (400, 'POST', '', '{}'),
                (400, 'POST', '', '{"name": "blue", "mtu": true}'), (400, 'POST', '', '{"name": "a", "name": "b"}'),
                (400, 'POST', '', '{"name": "blue\\u0000"}'), (201, 'POST', '', '{"name": "red", "mtu": 1400}'),
                (200, 'GET', '/blue'), (200, 'GET', '/blue?form=ini'), (400, 'GET', '/blue?form=xml'),
                (404, 'GET', '/green'), (404, 'GET', '/' + 127 * 'x'), (400, 'GET', '/' + 128 * 'x'),
                (413, 'DELETE', '/blue', blue), (200, 'DELETE', '/blue'), (404, 'DELETE', '/blue')):
            self.assertEqual(self.call(method, path, *body)[0], status, (method, path, body))
        self.assertEqual([(n['name'], n['mtu']) for n in self.networks()], [('red', 1400)])

    def test_guests(self):
        self.assertIn('[vif 0] network: there is no network blue', self.define_guest('web', network='blue').stderr)
        self.network('create', 'blue', '--bridge', 'br0')
        self.assertIn('[vif 0] bridge: goes without network',
                      self.define_guest('web', network='blue', bridge='br0').stderr)
        for key, value in (('network', 'blue'), ('bridge', 'br0')):
            self.assertEqual(self.define_guest('web', **{key: value}).returncode, 0)
            self.assertEqual(self.refused('delete', 'blue'), 'gridnix: blue: the guest web is on it\n')
        self.succeeds('undefine', 'web')
        self.network('delete', 'blue')

    def leases(self, name):
        answer = json.loads(self.succeeds('show', name, '--json'))['addresses']
        openapi.check(DOC, {'$ref': '#/components/schemas/Leases'}, answer)
        return [(one['network'], one['vif'], one['address'], one['given']) for one in answer['leases']]

    def test_addresses(self):
        """They are given with the definition, told, kept over restarts and changes, and free without it."""
        self.network('create', 'blue', '--range', '10.0.0.0/29', '--range', 'fd00::/64', '--gateway', '10.0.0.1')
        for name in ('a', 'b'):
            self.assertEqual(self.define_guest(name, network='blue').returncode, 0)
        self.assertEqual(self.leases('b'), [('blue', 0, '10.0.0.3', True), ('blue', 0, 'fd00::2', True)])
        self.kill()
        self.start()
        self.assertEqual(self.define_guest('b', network='blue', mac='00:16:3e:00:00:01').returncode, 0)
        self.assertEqual(self.leases('b'), [('blue', 0, '10.0.0.3', True), ('blue', 0, 'fd00::2', True)])
        rows = self.succeeds('list').splitlines()
        self.assertEqual([row.split()[:1] + row.split()[6:8] for row in rows[1:]],
                         [['a', '10.0.0.2', 'fd00::1'], ['b', '10.0.0.3', 'fd00::2']])
        for where in ('network', 'bridge'):
            for address, why in (('10.0.0.2', "another interface's on"), ('10.0.0.1', 'a gateway of')):
                self.assertIn(f'[vif 0] address: {address} is {why} the network blue',
                              self.define_guest('c', address=address, **{where: 'blue'}).stderr)
        self.assertEqual(self.define_guest('c', network='blue', address='10.0.0.4').returncode, 0)
        self.assertEqual(self.leases('c'), [('blue', 0, '10.0.0.4', False)])
        self.assertIn('is given to a guest', self.refused(
            'define', '-', text='[network]\nname = blue\nranges = 10.0.1.0/24\n'))
        self.assertIn("blue: 10.0.0.4 is in a guest's definition, and would be a gateway's", self.refused(
            'define', '-', text='[network]\nname = blue\nranges = 10.0.0.0/29 fd00::/64\ngateways = 10.0.0.4\n'))
        self.succeeds('undefine', 'a')
        self.assertEqual(self.define_guest('d', network='blue').returncode, 0)
        self.assertEqual(self.leases('d'), [('blue', 0, '10.0.0.2', True), ('blue', 0, 'fd00::1', True)])
        for name in ('e', 'f'):
            self.assertEqual(self.define_guest(name, network='blue').returncode, 0)
        self.assertIn('[vif 0] network: all IPv4 addresses of the network blue are given',
                      self.define_guest('g', network='blue').stderr)
        self.assertNotIn('g', [g['name'] for g in self.list()])


class Files(Host):
    """Networks of files, at each start of the daemon."""

    def start(self, before=None):
        self.options = ['--networks', self.path('networks'), '--guests', self.path('guests')]
        if not self.errors:
            for name in ('networks', 'guests'):
                os.mkdir(self.path(name))
            self.errors = open(self.path('log'), 'w+', encoding='utf-8')
            self.addCleanup(self.errors.close)
            self.file('blue', '')
            self.file('guests/web', '[guest]\nname = web\nmemory = 32M\nkernel = /boot/guest\n[vif 0]\nnetwork = blue\n')
        super().start(before)

    def file(self, name, more):
        """One of a network, or another one."""
        path, text = (name, more) if '/' in name else ('networks/' + name, f'[network]\nname = {name}\n{more}')
        with open(self.path(path + '.ini'), 'w', encoding='utf-8') as f:
            f.write(text)

    def again(self):
        """What the daemon says when it is started again, and what it has told since then."""
        self.kill()
        at, seq = os.path.getsize(self.path('log')), self.seq
        self.start()
        self.seq = self.events()[-1]['seq']
        with open(self.path('log'), encoding='utf-8') as f:
            f.seek(at)
            return f.read(), [(e['kind'], e['detail']['network']) for e in self.events(seq)
                              if e['kind'].startswith('network')]

    def networks(self):
        return {n['name']: n['mtu'] for n in json.loads(self.succeeds('network', 'list', '--json'))['networks']}

    def test_files(self):
        self.seq = self.events()[-1]['seq']
        self.assertEqual(self.networks(), {'blue': 1500})
        self.assertIn('web', self.succeeds('list'))
        self.assertEqual(self.again(), ('', []))
        # What differs is changed, also back from what was changed by hand; others come beside it.
        self.succeeds('network', 'define', '-', text='[network]\nname = blue\nmtu = 1400\n')
        self.seq = self.events()[-1]['seq']
        self.file('blue', 'mtu = 9000\n')
        self.file('red', 'kind = bridged\nuplink = eth0\n')
        self.assertEqual(self.again(), ('', [('network-defined', 'blue'), ('network-defined', 'red')]))
        self.assertEqual(self.networks(), {'blue': 9000, 'red': 1500})
        # What is refused or wrong is said, and the rest goes on.
        self.file('blue', 'kind = bridged\nuplink = eth1\n')
        self.file('bad', 'mtu = many\n')
        self.file('green', '')
        said, told = self.again()
        self.assertEqual(said, f'gridnixd: {self.path("networks/bad.ini")}:3: [network] mtu: "many" is not a number from '
                         f'1280 to 65535\ngridnixd: {self.path("networks/blue.ini")}: blue: its kind, bridge, uplink and vlan '
                         "can't be changed: gridnix network delete blue comes first\n")
        self.assertEqual((self.networks(), told), ({'blue': 9000, 'green': 1500, 'red': 1500}, [('network-defined', 'green')]))
        # A file that is gone takes nothing away; a network that was deleted comes back with its file.
        self.succeeds('network', 'delete', 'red')
        for name in ('green', 'bad', 'blue'):
            os.unlink(self.path(f'networks/{name}.ini'))
        self.seq = self.events()[-1]['seq']
        self.assertEqual(self.again(), ('', [('network-defined', 'red')]))
        self.assertEqual(self.networks(), {'blue': 9000, 'green': 1500, 'red': 1500})


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1], verbosity=2)
