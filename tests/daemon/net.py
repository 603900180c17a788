# SPDX-License-Identifier: BSD-3-Clause
"""How dom0 is on the network, in a namespace with a card, bridges, a network of each kind and guests' ports: GRIDNIXD
FRONT GRIDNIX RULES ARM. The daemon's host is a simulated one. Needs root, as guard.py does."""
import json
import os
import sys

RULES, ARM = (os.path.abspath(path) for path in sys.argv[4:])
del sys.argv[4:]  # the others are simhost's
import openapi  # noqa: E402
import spaces  # noqa: E402
from guard import rules_for_here  # noqa: E402
from simhost import Host, nobody_with, uuid  # noqa: E402
from spaces import ip, links, run, switch  # noqa: E402

TREE = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../..')
DOC = openapi.read(os.path.join(TREE, 'docs/api/openapi.yaml'))
NETWORKS = (('wire', '--uplink', 'up0'), ('grey',), ('blue', '--nat', '--range', '10.9.0.0/24', '--gateway', '10.9.0.1'),
            ('red', '--routed', '--range', '192.0.2.0/24', '--gateway', '192.0.2.1', '--range', '2001:db8:7::/64',
             '--gateway', '2001:db8:7::1'))


class Net(Host):
    who = nobody_with('+net_admin')

    def setUp(self):
        self.addCleanup(self.clear)
        self.wire('up0', address='02:00:00:00:00:01')
        super().setUp()

    @staticmethod
    def clear():
        for name in links() - {'lo'}:
            ip('link', 'del', name, check=False)
        run('nft', 'flush', 'ruleset')
        switch('ipv4/ip_forward', '0')

    def command(self):
        with open(self.path('guard.nft'), 'w', encoding='utf-8') as f:
            f.write(rules_for_here(RULES))
        return [*super().command(), *self.bridges(), '--rearm', '/bin/true']

    @staticmethod
    def wire(name, *words, far=True, **keys):
        """An interface with somebody at its other end, or with nobody there."""
        ip('link', 'add', name, *(word for pair in keys.items() for word in pair), 'type', 'veth', 'peer', 'name', name + '-far')
        ip('link', 'set', name, 'up', *words)
        if far:
            ip('link', 'set', name + '-far', 'up')

    def servers(self, text):
        with open(self.path('resolv.conf'), 'w', encoding='utf-8') as f:
            f.write(text)
        run('mount', '--bind', self.path('resolv.conf'), '/etc/resolv.conf')
        self.addCleanup(run, 'umount', '/etc/resolv.conf')

    def guest(self, domid, name, bridge, armed=True, number=0):
        port, mac = f'vif{domid}.{number}', f'00:16:3e:00:00:{domid:02x}'
        self.wire(port)
        if armed:
            run(ARM, bridge, port, mac, f'192.0.2.{domid}', 'locked', '', f'{uuid(domid)}/{number}')
        ip('link', 'set', port, 'master', bridge)
        self.tell(f'domain {domid} {uuid(domid)} {name} running', 'look')

    def world(self):
        for words in NETWORKS:
            self.succeeds('network', 'create', *words)
        self.guest(1, 'web', 'wire')
        self.guest(2, 'db', 'wire', armed=False)
        self.wire('stray', 'master', 'wire')
        ip('link', 'add', 'br7', 'up', 'mtu', '1400', 'type', 'bridge')
        self.wire('port7', 'master', 'br7')
        self.wire('idle', far=False)
        ip('link', 'add', 'off', 'type', 'bridge')
        for words in (('198.51.100.1/24', 'valid_lft', '3600', 'preferred_lft', '1800'),
                      ('2001:db8:ff::1/64', 'valid_lft', '7200', 'preferred_lft', '0', 'nodad'), ('203.0.113.1/28',)):
            ip('addr', 'add', *words, 'dev', 'br7')
        ip('route', 'add', 'default', 'via', '198.51.100.2', 'dev', 'br7', 'metric', '100')
        ip('-6', 'route', 'add', 'default', 'via', 'fe80::9', 'dev', 'br7')
        ip('route', 'add', 'default', 'via', '198.51.100.9', 'dev', 'br7', 'table', '7')
        ip('route', 'add', '10.0.0.0/8', 'via', '198.51.100.3')

    def net(self, query=''):
        status, answer = openapi.ask(DOC, self.path('api'), 'GET', '/v1/net' + query)
        self.assertEqual(status, 200)
        return json.loads(answer)

    def links(self, query='?ports=yes'):
        return {one['name']: one for one in self.net(query)['links']}

    def said(self, *names):
        """Of each: what the guard does, the network, what it is a port of, and whose it is."""
        found = self.links()
        return [tuple(found[name].get(key) for key in ('guard', 'network', 'master', 'guest', 'vif')) for name in names]

    def test_links(self):
        self.world()
        found = self.links()
        self.assertEqual(set(found), links())
        self.assertEqual({key: found['up0'].get(key) for key in ('kind', 'state', 'mtu', 'mac', 'speed_mbit', 'on')},
                         {'kind': 'veth', 'state': 'up', 'mtu': 1500, 'mac': '02:00:00:00:00:01', 'speed_mbit': 10000,
                          'on': None})
        self.assertEqual(self.said('up0', 'vif1.0', 'vif2.0', 'stray', 'wire', 'port7', 'br7'), [
            ('uplink', 'wire', 'wire', None, None), ('armed', 'wire', 'wire', 'web', 0),
            ('unarmed', 'wire', 'wire', 'db', 0), ('unarmed', 'wire', 'wire', None, None),
            (None, 'wire', None, None, None), (None, None, 'br7', None, None), (None, None, None, None, None)])
        self.assertEqual([found[n]['state'] for n in ('idle', 'off', 'wire')], ['no-carrier', 'down', 'up'])
        self.assertEqual((found['lo']['kind'], found['wire']['kind'], found['vif1.0']['uuid']),
                         ('loopback', 'bridge', uuid(1)))
        self.assertEqual({n for n, one in found.items() if one['guarded']}, {'wire', 'grey', 'blue', 'red'})
        self.assertEqual((found['wire']['ports'], found['wire']['unarmed'], found['br7'].get('ports')), (2, 1, None))

    def test_inet(self):
        self.world()
        self.servers('# made\nnameserver 192.0.2.53\n nameserver\tfe80::1%up0 x\nsearch nameserver\nnameserver y\n'
                     'nameserver 10.0.0.0/8\n;nameserver 10.0.0.1\nnameserver 2001:db8::53')
        found = self.links()
        addresses = {a['address']: a for a in found['br7']['addresses'] if not a['address'].startswith('fe80')}
        self.assertEqual(list(addresses), ['198.51.100.1/24', '203.0.113.1/28', '2001:db8:ff::1/64'])
        for address, valid, state in (('198.51.100.1/24', 3600, None), ('203.0.113.1/28', None, None),
                                      ('2001:db8:ff::1/64', 7200, 'deprecated')):
            one = addresses[address]
            self.assertEqual((one.get('state'), 'valid_s' in one), (state, valid is not None))
            self.assertTrue(valid is None or valid - 300 < one['valid_s'] <= valid)
        self.assertEqual(found['lo']['addresses'], [])
        self.assertEqual({a['address'] for a in found['red']['addresses'] if not a['address'].startswith('fe80')},
                         {'192.0.2.1/24', '2001:db8:7::1/64'})
        self.assertEqual(found['br7']['routes'], [{'family': 'ipv4', 'via': '198.51.100.2', 'metric': 100},
                                                  {'family': 'ipv6', 'via': 'fe80::9', 'metric': 1024}])
        self.assertEqual([n for n, one in found.items() if one['routes']], ['br7'])
        host = self.net()['host']
        self.assertEqual(host['servers'], [{'address': a} for a in ('192.0.2.53', 'fe80::1%up0', '2001:db8::53')])
        self.assertEqual((host['forwards4'], host['forwards6']), (True, True))
        self.assertEqual([(found[n]['forwards4'], found[n]['forwards6']) for n in ('red', 'blue', 'grey', 'up0')],
                         [(True, True), (True, found['blue']['forwards6']), (False, False), (False, False)])
        self.succeeds('network', 'delete', 'red', 'blue')
        self.assertEqual({self.net()['host'][key] for key in ('forwards4', 'forwards6')}, {False})

    def test_many(self):
        """Guests' ports are summed up, unless they are asked for, page by page; addresses have a limit."""
        self.succeeds('network', 'create', 'blue')
        ip('link', 'add', 'br7', 'type', 'bridge')
        switch('ipv6/conf/br7/disable_ipv6', '1')
        ip('link', 'set', 'br7', 'up')
        for n in range(70):
            ip('addr', 'add', f'10.0.{n}.1/24', 'dev', 'br7')
        for n in range(5):
            self.guest(7, 'web', 'blue', number=n)
        few, all_of_them = self.links(''), self.links()
        self.assertEqual(set(all_of_them) - set(few), {f'vif7.{n}' for n in range(5)})
        self.assertEqual(all_of_them['blue']['ports'], 5)
        self.assertEqual((len(few['br7']['addresses']), few['br7']['addresses_more']), (64, 6))
        pages, after = [], ''
        while True:
            page = self.net('?ports=yes&limit=4' + after)
            pages += page['links']
            if 'next' not in page:
                break
            self.assertEqual(len(page['links']), 4)
            after = '&after=' + page['next']
        self.assertEqual([one['name'] for one in pages], list(all_of_them))
        self.assertEqual(sorted(one['index'] for one in pages), [one['index'] for one in pages])
        for query in ('ports=perhaps', 'limit=0', 'limit=1001', 'after=x', 'after=-1', 'after=2147483648'):
            self.assertEqual(openapi.ask(DOC, self.path('api'), 'GET', '/v1/net?' + query)[0], 400, query)

    def rows(self, *words):
        """The table of interfaces, by name."""
        text = self.succeeds('net', *words)
        self.assertLessEqual(max(map(len, text.splitlines())), 100, text)
        return {row.split()[0]: row.split()[1:] for row in text.split('\n\n')[0].splitlines()[1:]}, text

    def test_shown(self):
        self.world()
        self.servers('nameserver 192.0.2.53\n')
        rows, text = self.rows()
        self.assertEqual(set(rows) & {'lo', 'vif1.0', 'vif2.0'}, set())
        self.assertEqual(rows['up0'], ['veth', 'up,', '10G', 'wire', 'uplink', '-', '1500', '02:00:00:00:00:01'])
        self.assertEqual(rows['wire'][:-1], 'bridge of wire up, 10G - 1 unarmed 2 1500'.split())
        self.assertEqual(rows['red'][3:6], ['no-carrier', '-', 'guarded'])
        for words in ('198.51.100.1/24    br7', 'deprecated', 'forever', 'Name servers: 192.0.2.53\nPasses on: IPv4 IPv6\n', 'fe80::9'):
            self.assertIn(words, text)
        self.assertNotRegex(text, r'(?m)^fe80:')
        networks = self.succeeds('network', 'list')
        self.assertTrue(text.endswith('\n\n' + networks), text)
        rows, text = self.rows('--all')
        self.assertEqual((rows['vif1.0'][0], rows['vif2.0'][3], rows['lo'][0]), ('web/0', 'unarmed', 'loopback'))
        self.assertRegex(text, r'(?m)^fe80:')
        answer = json.loads(self.succeeds('net', '--json'))
        openapi.check(DOC, {'$ref': '#/components/schemas/Net'}, answer['net'])
        self.assertEqual(({one['name'] for one in answer['net']['links']}, answer['networks']),
                         (links(), json.loads(self.succeeds('network', 'list', '--json'))))

    def test_vlan(self):
        if ip('link', 'add', 'link', 'up0', 'name', 'up0.5', 'type', 'vlan', 'id', '5', check=False).returncode:
            self.skipTest('the kernel has no VLANs')
        one = self.links()['up0.5']
        self.assertEqual((one['kind'], one['on'], one['vlan']), ('vlan', 'up0', 5))
        self.assertEqual(self.rows()[0]['up0.5'][:4], ['vlan', '5', 'of', 'up0'])

    def test_simulated(self):
        """A simulated host without bridges has no interfaces, and says so."""
        self.kill()
        self.bridges = list
        self.start()
        self.assertEqual(self.net()['links'], [])


if __name__ == '__main__':
    sys.exit(spaces.main(spaces.BRIDGE_RULES))
