# SPDX-License-Identifier: BSD-3-Clause
"""Firewalls by the command line, on a simulated host: made, refused, kept, shown, and guests that have them. Their rules
are for firewalls.py."""
import json
import os
import re
import sys
import unittest

import openapi
from simhost import Host

TREE = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../..')
DOC = openapi.read(os.path.join(TREE, 'docs/api/openapi.yaml'))
BASE = '[firewall]\nname = base\n\n[rule 5]\ndirection = in\naction = drop\nprotocol = icmp\n'
WEB = ('[firewall]\nname = web\nout = drop\ninclude = base\n\n[set office]\naddresses = 192.0.2.0/24 2001:db8::1\n\n'
       '[rule 10]\ndirection = in\naction = accept\nprotocol = tcp\nports = 22\nfrom = @office\n\n'
       '[rule 20]\ndirection = out\naction = accept\nprotocol = udp\nports = 53\n')


class Firewalls(Host):
    def firewall(self, *words, text=None):
        return self.succeeds('firewall', *words, text=text)

    def refused(self, *words, text=None, status=1):
        return super().refused('firewall', *words, text=text, status=status)

    def create(self, *texts):
        for text in texts:
            self.firewall('create', '-', text=text)

    def firewalls(self):
        answer = json.loads(self.firewall('list', '--json'))
        openapi.check(DOC, {'$ref': '#/components/schemas/Firewalls'}, answer)
        return answer['firewalls']

    def call(self, method, path, *body):
        return openapi.ask(DOC, self.path('api'), method, '/v1/firewalls' + path, *body)

    def test_life(self):
        self.assertEqual(self.firewalls(), [])
        self.assertEqual(self.firewall('create', '-', text=BASE), 'base: defined\n')
        made = json.loads(self.firewall('create', '-', '--json', text=WEB))
        openapi.check(DOC, {'$ref': '#/components/schemas/Firewall'}, made)
        self.assertEqual((made['rule_count'], made['sets'], [one['name'] for one in made['included']]),
                         (2, [{'name': 'office', 'addresses': '192.0.2.0/24 2001:db8::1'}], ['base']))
        self.assertEqual([(f['name'], f['in'], f['out'], f['replies'], f['rule_count']) for f in self.firewalls()],
                         [('base', 'drop', 'accept', True, 1), ('web', 'drop', 'drop', True, 2)])
        self.kill()
        self.start()
        self.assertEqual(json.loads(self.firewall('show', 'web', '--json')), made)
        self.assertEqual(self.firewall('definition', 'web', 'base'), WEB + BASE)
        self.firewall('define', '-', text=WEB.replace('22', '2222'))
        self.assertIn('ports = 2222', self.firewall('definition', 'web'))
        self.assertEqual(self.firewall('delete', 'web', 'base'), 'web: deleted\nbase: deleted\n')
        self.assertEqual(self.firewalls(), [])
        self.assertEqual([(e['kind'], e['detail']['firewall']) for e in self.events() if 'firewall' in e['kind']],
                         [('firewall-defined', 'base'), ('firewall-defined', 'web'), ('firewall-defined', 'web'),
                          ('firewall-deleted', 'web'), ('firewall-deleted', 'base')])

    def test_shown(self):
        """In the order in which packets are looked at, and for whom."""
        self.create(BASE, WEB)
        self.assertEqual(self.define_guest('b', bridge='b', firewall='web').returncode, 0)
        self.assertEqual(self.define_guest('a', bridge='b', firewall='web').returncode, 0)
        table, users = self.firewall('show', 'web').split('\n\n')
        self.assertEqual([row.split() for row in table.splitlines()][1:], [
            ['in', 'replies', 'accept', 'any'],
            ['in', 'web', '10', 'accept', 'tcp', '22', '@office'],
            ['in', 'base', '5', 'drop', 'icmp'],
            ['in', 'else', 'drop', 'any'],
            ['out', 'replies', 'accept', 'any'],
            ['out', 'web', '20', 'accept', 'udp', '53'],
            ['out', 'else', 'drop', 'any']])
        self.assertEqual(sorted(users.split()), ['2', 'a', 'b', 'guests:'])
        self.assertIn('no guest', self.firewall('show', 'base'))

    def test_refused(self):
        self.create(BASE, WEB)
        before = self.firewalls()
        for words, text, said in (
                (('create', '-'), WEB, 'web: there is a firewall of this name already'),
                (('define', '-'), '[firewall]\nname = a\ninclude = b\n', '[firewall] include: there is no firewall b'),
                (('define', '-'), BASE.replace('name = base', 'name = base\ninclude = web'),
                 '[firewall] include: base would include itself'),
                (('define', '-'), '[firewall]\nname = a\n[rule 1]\nports = many\n',
                 'standard input:4: [rule 1] ports: "many" holds something'),
                (('define', '-'), '{"name": "a", "rules": {}}', 'rules: is not a list'),
                (('define', '-'), '{"name": "a", "rules": [{"direction": "in"}]}', "[rule ]: the rule's name is its number"),
                (('define', '-'), '{"name": "a", "rules": [{"number": 1}, {"number": 1}]}', '[rule 1]: given twice'),
                (('show', 'nobody'), None, 'gridnix: nobody: there is no such firewall\n'),
                (('definition', 'nobody'), None, 'gridnix: nobody: there is no such firewall\n'),
                (('delete', 'nobody'), None, 'gridnix: nobody: there is no such firewall\n'),
                (('delete', 'base'), None, 'base: the firewall web includes it')):
            self.assertIn(said, self.refused(*words, text=text))
        for words in ((), ('paint',), ('list', 'web'), ('show',), ('create',)):
            self.refused(*words, status=2)
        self.assertEqual(self.firewalls(), before)

    def test_depth(self):
        """Also of those that include the one that is changed."""
        for n in range(4):
            self.create(f'[firewall]\nname = f{n}\n' + (f'include = f{n - 1}\n' if n else ''))
        self.create('[firewall]\nname = more\n')
        self.assertIn('more than 4 deep', self.refused('define', '-', text='[firewall]\nname = f0\ninclude = more\n'))
        self.assertEqual(self.firewall('definition', 'f0'), '[firewall]\nname = f0\n')

    def test_guests(self):
        self.assertIn('[vif 0] firewall: there is no firewall web', self.define_guest('a', bridge='b', firewall='web').stderr)
        self.create(BASE, WEB)
        self.assertEqual(self.define_guest('a', bridge='b', firewall='web').returncode, 0)
        self.assertEqual(self.refused('delete', 'web'), 'gridnix: web: the guest a has it\n')
        self.assertIn('firewall = web', self.succeeds('definition', 'a'))
        self.succeeds('undefine', 'a')
        self.firewall('delete', 'web')

    def test_large(self):
        """The largest one that is taken goes through all processes."""
        text = '[firewall]\nname = ' + 63 * 'n' + '\n'
        for n in range(64):
            text += f'\n[rule {9900 + n}]\ndirection = out\naction = accept\nfrom ='
            text += 3 * ' 2001:db8:1234:5678:9abc:def0:1234:56' + ' 10.1.2.3\n'
        text += '\n[set a]\naddresses = 1.2.3.4'
        text += ' ::1' * ((11999 - len(text)) // 4)
        self.firewall('create', '-', text=text + '\n')
        self.assertEqual(len(json.loads(self.firewall('show', 63 * 'n', '--json'))['rules']), 64)
        self.assertIn('longer than 12000 bytes', self.refused('define', '-', text=text + 10 * ' ::1' + '\n'))

    def test_calls(self):
        with open(os.path.join(TREE, 'src/model/firewall.def'), encoding='utf-8') as f:
            keys = re.findall(r'^X\((\w+), (\w+),', f.read(), re.M)
        schemas = DOC['components']['schemas']
        self.assertEqual(list(schemas['FirewallDefinition']['properties']),
                         [key for section, key in keys if section == 'firewall'] + ['sets', 'rules'])
        self.assertEqual(list(schemas['FirewallRule']['properties']),
                         ['number', *(key for section, key in keys if section == 'rule')])
        web = ('{"name": "web", "sets": [{"name": "a", "addresses": "::1"}],'
               ' "rules": [{"number": "7", "direction": "in", "action": "drop", "from": "@a"}]}')
        self.assertEqual(self.call('POST', '?replace=no', web)[0], 201)
        for status, method, path, *body in (
                (409, 'POST', '?replace=no', web), (201, 'POST', '?replace=yes', web), (201, 'POST', '', web),
                (400, 'POST', '?replace=perhaps', web), (400, 'POST', '?form=ini', web),
                (415, 'POST', '', web, 'text/html'), (400, 'POST', '', web, 'text/plain'), (400, 'POST', '', '[]'),
                (400, 'POST', '', '{"name": "a", "sets": ["b"]}'), (400, 'POST', '', '{"name": "a", "replies": 7}'),
                (400, 'POST', '', '{"name": "a", "rules": [{"number": 1, "direction": "in", "action": true}]}'),
                (400, 'POST', '', '{"name": "a", "rules": [7]}'), (201, 'POST', '', '{"name": "b", "replies": false}'),
                (200, 'GET', ''), (200, 'GET', '/web'), (200, 'GET', '/web?form=ini'), (400, 'GET', '/web?form=xml'),
                (404, 'GET', '/green'), (400, 'GET', '/' + 128 * 'x'), (413, 'DELETE', '/web', web),
                (200, 'DELETE', '/web'), (404, 'DELETE', '/web')):
            self.assertEqual(self.call(method, path, *body)[0], status, (method, path, body))
        self.assertEqual([(f['name'], f['replies']) for f in self.firewalls()], [('b', False)])


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1], verbosity=2)
