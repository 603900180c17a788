# SPDX-License-Identifier: BSD-3-Clause
"""api.py FRONT MONITOR: the daemon's front, gridnixd-api, as clients meet it: its calls and answers
against docs/api/openapi.yaml, and bad bytes. Each test starts one (front.py)."""
import errno
import json
import os
import random
import re
import select
import socket
import sys
import unittest

import prometheus
from front import DOC, HEAD, INI, TREE, Front

UUID = '00000000-0000-0000-0000-000000000001'  # of all that the played monitor names
JSON = json.dumps({'name': 'web', 'memory': '64M', 'kernel': '/boot/vmlinuz', 'cmdline': 'console=hvc0 "a b"',
                   'disks': [{'target': 'xvda', 'path': '/dev/vg/web'}], 'vifs': [{'bridge': 'guests0'}]})


class Calls(Front):
    def test_host(self):
        with open(os.path.join(TREE, 'meson.build'), encoding='utf-8') as f:
            version = re.search(r"version: '(.+?)'", f.read())[1]
        host = self.get('/v1/host')
        self.assertEqual(host, {
            'version': version, 'boot_id': '01234567-89ab-cdef-0123-456789abcdef', 'guests': 3,
            'first': 1, 'last': 20, 'up_ms': 1000, 'degraded': {'journal': 'the disk is full'}})
        self.assertEqual(DOC['info']['version'], version)

    def test_guests(self):
        guests = self.get('/v1/guests')['guests']
        self.assertEqual([g['name'] for g in guests], ['web', 'two words', '?"\n\\'])
        self.assertEqual(guests[1]['uuid'], '01000000-0000-0000-0000-000000000001')
        self.assertEqual([g['domid'] for g in guests], [1, 2, 3])
        self.tell('guests 0')
        self.assertEqual(self.get('/v1/guests'), {'guests': []})
        self.tell('guests 2000')
        guests = self.get('/v1/guests')['guests']
        self.assertEqual(len(guests), 2000)
        self.assertNotIn('domid', guests[4])

    def test_pages(self):
        """Each has as many as were asked for, and says where the next one begins, the last one nothing."""
        self.tell('guests 7')
        for path in ('/v1/guests', '/v1/stats'):
            every = self.get(path)['guests']
            for limit in (1, 2, 3, 7, 8, 1000):
                found, after = [], ''
                while after is not None:
                    page = self.get(f'{path}?limit={limit}{after}')
                    self.assertLessEqual(len(page['guests']), limit)
                    found += page['guests']
                    after = f'&after={page["next"]}' if 'next' in page else None
                self.assertEqual(found, every)
            self.assertEqual(self.get(f'{path}?after={every[4]["uuid"]}')['guests'], every[5:])
            for wrong in ('limit=0', 'limit=1001', 'limit=x', 'limit=', 'after=web', 'after=', 'next=1'):
                self.refused(400, 'bad-request', f'{path}?{wrong}')
        self.refused(400, 'bad-request', '/v1/guests?limit=1', method='POST')
        self.tell('guests 3')

    def test_events(self):
        events = self.get('/v1/events')
        self.assertEqual([e['seq'] for e in events], list(range(1, 21)))
        kinds = {e['kind']: e for e in events}
        self.assertEqual(kinds['host-started']['seq'], 13)
        self.assertNotIn('guest', kinds['host-started'])
        self.assertNotIn('before', kinds['host-started'])
        crashed = kinds['crashed']
        self.assertEqual(crashed['time'], '2026-11-25T23:40:00.008Z')
        self.assertEqual((crashed['reason'], crashed['known']), ('crash', 'watched'))
        self.assertEqual(crashed['detail'], {'console': ['a\n', 'ü']})
        self.assertEqual(crashed['before'], 'off')
        self.assertEqual(crashed.get('operation'), None)
        self.assertEqual(kinds['started']['operation'], kinds['started']['seq'])
        self.assertEqual(kinds['defined']['guest'], {'uuid': '01000000-0000-0000-0000-000000000001',
                                                     'name': 'two words', 'incarnation': 0, 'state': 'off'})
        self.assertEqual(crashed['after'], crashed['guest']['state'])
        self.assertEqual(set(crashed['guest']), {'uuid', 'name', 'domid', 'incarnation', 'state'})

    def test_kinds_are_those_of_the_table(self):
        with open(os.path.join(TREE, 'src/model/event.def'), encoding='utf-8') as f:
            kinds = re.findall(r'^X\(\w+, "(.+?)"', f.read(), re.M)
        self.assertEqual(DOC['components']['schemas']['Kind']['enum'], kinds)

    def test_parameters(self):
        self.assertEqual(self.numbers('/v1/events?since=17'), [18, 19, 20])
        self.assertEqual(self.numbers('/v1/events?since=20&follow=no'), [])
        self.assertEqual(self.numbers('/v1/events?since=3&limit=2'), [4, 5])
        self.assertEqual(self.numbers('/v1/events?kind=crashed'), [8])
        self.assertEqual(self.numbers('/v1/events?kind=gap,crashed'), [2, 8, 15])
        self.assertEqual(self.numbers('/v1/events?guest=two%20words'), [2, 4, 7, 10, 15, 16, 19])
        self.assertEqual(self.numbers('/v1/events?guest=two+words&limit=1'), [2])
        self.assertEqual(self.numbers('/v1/events?guest=01000000-0000-0000-0000-000000000001'),
                         [2, 4, 7, 10, 15, 16, 19])
        self.assertEqual(self.numbers('/v1/events?guest=01000000-0000-0000-0000-000000000000'), [2, 15])
        self.assertEqual(self.numbers('/v1/events?guest=nobody'), [2, 15])
        self.assertEqual(self.numbers('/v1/events?guest=nobody&kind=crashed'), [])
        self.tell('last 1000')
        self.assertEqual(self.numbers('/v1/events?since=100'), list(range(101, 1001)))
        self.assertEqual(self.numbers('/v1/events?since=100&limit=100'), list(range(101, 201)))
        self.assertEqual(self.numbers('/v1/events?kind=crashed&limit=3'), [8, 21, 34])
        # Details with what a C string cannot hold
        self.assertNotIn('detail', self.get('/v1/events?since=20&limit=1')[0])

    def test_stats(self):
        stats = self.get('/v1/stats')
        self.assertEqual(stats['host'], {'version': '0.1.0', 'xen': '4.20.0', 'cpus': 2, 'idle_ns': 1500000000})
        self.assertEqual([g['name'] for g in stats['guests']], ['web', 'two words', '?"\n\\'])
        one = self.get('/v1/guests/web/stats')
        self.assertEqual(one, stats['guests'][0])
        self.assertEqual((len(one['vifs']), len(one['vbds'])), (16, 32))
        # What says that it is a number, and is none, is left out.
        self.assertEqual(one['reported'], {'os': '"Debian" \\ 13', 'memory_total_kib': 1024})
        self.assertEqual(self.refused(404, 'not-found', '/v1/guests/nobody/stats'), 'nobody: there is no such guest')
        self.tell('guests 10000')
        self.assertEqual(len(self.get('/v1/stats')['guests']), 10000)
        self.tell('guests 3')
        self.well()

    def test_net(self):
        net = self.get('/v1/net?ports=yes')
        self.assertEqual(net['host'], {'servers': [{'address': '192.0.2.53'}, {'address': 'fe80::1%br0'}],
                                       'forwards4': True, 'forwards6': False})
        no = {'guarded': False, 'addresses': [], 'routes': [], 'forwards4': False, 'forwards6': False}
        self.assertEqual(net['links'], [
            {**no, 'index': 1, 'name': 'lo', 'kind': 'loopback', 'state': 'up', 'mtu': 65536},
            {**no, 'index': 2, 'name': 'eno1', 'kind': 'card', 'state': 'no-carrier', 'mtu': 1500,
             'mac': '02:00:00:00:00:ab', 'master': 'br0', 'guard': 'uplink'},
            {**no, 'index': 7, 'name': 'br0', 'kind': 'bridge', 'state': 'up', 'mtu': 1500, 'network': 'blue',
             'guarded': True, 'ports': 1, 'addresses_more': 3, 'forwards4': True,
             'addresses': [{'address': '192.0.2.7/24', 'state': 'deprecated', 'valid_s': 60}],
             'routes': [{'family': 'ipv6', 'via': 'fe80::1', 'metric': 9}]},
            {**no, 'index': 9, 'name': 'vif1.5', 'kind': 'vif', 'state': 'down', 'mtu': 1500, 'master': 'br0',
             'guard': 'armed', 'guest': 'web', 'uuid': UUID, 'vif': 5}])
        self.assertEqual(self.get('/v1/net')['links'], net['links'][:3])
        self.assertEqual(self.get('/v1/net?ports=no&after=2')['links'], net['links'][2:3])
        for limit in (1, 2, 3, 4, 1000):
            found, after = [], ''
            while after is not None:
                page = self.get(f'/v1/net?ports=yes&limit={limit}{after}')
                self.assertEqual(page['host'], net['host'])
                self.assertLessEqual(len(page['links']), limit)
                found += page['links']
                after = f'&after={page["next"]}' if 'next' in page else None
            self.assertEqual(found, net['links'])
        self.assertEqual(self.get('/v1/net?after=9')['links'], [])
        for wrong in ('ports=maybe', 'ports=', 'limit=0', 'limit=1001', 'limit=x', 'after=br0', 'after=', 'after=-1',
                      'after=2147483648', 'next=1'):
            self.refused(400, 'bad-request', f'/v1/net?{wrong}')

    def test_metrics(self):
        found = prometheus.read(self.get('/metrics'))
        self.assertEqual(found['gridnix_host_cpu_idle_seconds_total'], ('counter', {frozenset(): 1.5}))
        cpu = {dict(labels)['guest']: value for labels, value in found['gridnix_guest_cpu_seconds_total'][1].items()}
        self.assertEqual(cpu, {'web': 18446744073.709552, 'two words': 1.23456789, '?"\n\\': 1.23456789})

    def test_errors(self):
        for path in ('/', '/v1', '/v1/', '/v1/host/', '/v2/host', '//v1/host', '/v1/%68ost', '/v1/guests/',
                     '/v1/guests//definition', '/v1/guests/a/b/definition', '/v1/guests/a/definition/',
                     '/v1/operations', '/v1/operations/', '/v1/operations/0', '/v1/operations/x',
                     '/v1/operations/1x', '/v1/operations/-1', '/v1/operations/9223372036854775808'):
            self.refused(404, 'not-found', path)
        self.refused(404, 'not-found', '/v1/guests/web/dance', method='POST')
        for method in ('POST', 'PUT', 'DELETE', 'OPTIONS', 'FOO', 'get'):
            response = self.open('/v1/host', method=method)
            self.assertEqual(response.headers['Allow'], 'GET')
            self.check_error(response, 405, 'method-not-allowed', method)
        for query in ('since=', 'since=-1', 'since=x', 'since=1x', 'since=9223372036854775808',
                      'since=99999999999999999999', 'limit=0', 'limit=5&follow=yes', 'follow=maybe',
                      'kind=', 'kind=,', 'kind=nothing', 'kind=gap,nothing', 'guest=',
                      'guest=' + 128 * 'x', 'since=1&since=1', 'since', 'x=1', '=', 'guest=%',
                      'guest=%0', 'guest=%zz', 'guest=%00'):
            self.refused(400, 'bad-request', '/v1/events?' + query)
        self.assertIn('"nothing"', self.refused(400, 'bad-request', '/v1/events?kind=nothing'))
        for query in ('by=week', 'by=', 'by=ever', 'from=now', 'until=2026-13', 'from=', 'month=2026-11'):
            self.refused(400, 'bad-request', '/v1/traffic?' + query)
            self.refused(400, 'bad-request', '/v1/guests/web/traffic?' + query)
        for path, methods in (('/v1/guests', 'GET, POST'), ('/v1/guests/web', 'DELETE'),
                              ('/v1/guests/web/start', 'POST'), ('/v1/guests/web/definition', 'GET'),
                              ('/v1/guests/web/stats', 'GET'), ('/v1/stats', 'GET'), ('/metrics', 'GET'),
                              ('/v1/net', 'GET'), ('/v1/operations/1', 'GET')):
            response = self.open(path, method='PUT')
            self.assertEqual(response.headers['Allow'], methods)
            self.check_error(response, 405, 'method-not-allowed', path)
        self.refused(400, 'bad-request', '/v1/host?since=1')
        self.refused(413, 'too-large', '/v1/host?' + '&'.join(f'{n}=' for n in range(17)))
        self.well()

    def test_http(self):
        """HTTP/1.0, without chunks; a client that shuts its side first; one that asks for more."""
        answer = self.raw('GET /v1/events?since=18 HTTP/1.0\r\n\r\n')
        head, body = answer.split(b'\r\n\r\n')
        self.assertNotIn(b'chunked', head)
        self.assertEqual([json.loads(x)['seq'] for x in body.splitlines()], [19, 20])
        for path, has in (('/v1/host', b'boot_id'), ('/v1/events?since=19', b'"seq":20')):
            with self.connect('GET ' + path + HEAD) as s:
                s.shutdown(socket.SHUT_WR)
                self.assertIn(has, b''.join(iter(lambda s=s: s.recv(65536), b'')))
        answer = self.raw(2 * ('GET /v1/host' + HEAD))
        self.assertEqual(answer.count(b'HTTP/1.1 200 OK\r\n'), 1)
        self.assertIn(b'\r\nConnection: close\r\n', answer)
        self.assertIn(b'boot_id', self.raw('GET /v1/host HTTP/1.1\r\nhOsT:x\r\nContent-Length: 0\r\n'
                                           'X-Other:\t"\xe9"\r\n\r\n'))
        # Nothing is left to be sent when it ends.
        self.tell('last 5000')
        self.assertTrue(self.raw('GET /v1/events?guest=x&kind=crashed HTTP/1.0\r\n\r\n').endswith(b'\r\n\r\n'))

    def test_bad_requests(self):
        for data in ('x\r\n\r\n', '\r\n\r\n', 'GET\r\n\r\n', 'GET /v1/host\r\n\r\n',
                     'GET /v1/host HTTP/2.0\r\n\r\n', 'GET /v1/host HTTP/1.1 \r\nHost: x\r\n\r\n',
                     'GET  /v1/host HTTP/1.1\r\nHost: x\r\n\r\n', 'G(T /v1/host' + HEAD,
                     'GET v1/host' + HEAD, 'GET http://gridnix/v1/host' + HEAD, 'GET *' + HEAD,
                     'GET /v1/host\0' + HEAD, 'GET /v1/h\xf6st' + HEAD, 'GET /v1/host#x' + HEAD,
                     'GET /v1/host HTTP/1.1\r\n\r\n', 'GET /v1/host HTTP/1.1\r\nHost: a\r\n' + HEAD[11:],
                     'GET /v1/host HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n',
                     'GET /v1/host HTTP/1.1\r\nHost: a\r\n folded: b\r\n\r\n',
                     'GET /v1/host HTTP/1.1\r\nHost: a\r\nName : b\r\n\r\n',
                     'GET /v1/host HTTP/1.1\r\nHost: a\rX: b\r\n\r\n',
                     'GET /v1/host HTTP/1.1\nHost: a\r\n\r\n'):
            self.refused_raw(400, 'bad-request', data)
        for field in ('Content-Length: -0', 'Content-Length: 0, 5', 'Content-Length:',
                      'Content-Length: 5\r\nContent-Length: 5', 'Content-Type: x\r\nContent-Type: x'):
            self.refused_raw(400, 'bad-request', f'GET /v1/host HTTP/1.1\r\nHost: x\r\n{field}\r\n\r\n')
        for field in ('Content-Length: 5', 'Content-Length: 65537', 'Transfer-Encoding: chunked',
                      'transfer-encoding: identity', 'Content-Length: 99999999999999999999'):
            self.refused_raw(413, 'too-large', f'GET /v1/host HTTP/1.1\r\nHost: x\r\n{field}\r\n\r\n')
        self.well()

    def test_large_requests(self):
        longest = 'GET /v1/host HTTP/1.1\r\nHost: x\r\nX: '
        longest += (8192 - 4 - len(longest)) * 'x' + '\r\n\r\n'
        self.assertIn(b' 200 OK', self.raw(longest))
        self.refused_raw(413, 'too-large', longest.replace('X: ', 'X: x'))
        self.refused_raw(413, 'too-large', 'GET /' + 1000000 * 'x' + HEAD)
        self.refused_raw(413, 'too-large', 1000000 * 'x')
        self.refused_raw(413, 'too-large', 'GET /v1/host HTTP/1.1\r\n' + 100000 * 'X: y\r\n' + '\r\n')
        self.refused_raw(413, 'too-large', 'POST /v1/host HTTP/1.1\r\nHost: x\r\nContent-Length: '
                         '1000000\r\n\r\n' + 1000000 * 'x')
        self.well()

    def test_garbage(self):
        seed = random.randrange(1 << 30)
        print(f'seed {seed}', file=sys.stderr)
        chance = random.Random(seed)
        goods = [text.encode() for text in (
            'GET /v1/events?since=3&limit=5&kind=gap HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n',
            'POST /v1/guests/web/start?wait=0 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n',
            'POST /v1/guests HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: '
            f'{len(INI)}\r\n\r\n{INI}',
            'POST /v1/guests HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: '
            f'{len(JSON)}\r\n\r\n{JSON}')]
        for _ in range(1000):
            data = bytearray(chance.choice(goods))
            for _ in range(chance.randrange(1, 6)):
                at = chance.randrange(len(data))
                data[at:at + chance.randrange(4)] = chance.randbytes(chance.randrange(4))
            with self.connect(bytes(data)) as s:
                if chance.random() < 0.5:
                    s.shutdown(socket.SHUT_WR)
                    self.assertRegex(s.recv(12), rb'^$|^HTTP/1[.]1 (20[012]|40[0459]|41[35])$', data)
        for size in (1, 100, 10000, 1000000):
            with self.connect() as s:
                try:
                    s.sendall(chance.randbytes(size))
                except BrokenPipeError:
                    pass
        self.well()

    def test_the_address_of_a_client(self):
        """Nothing depends on the name that a client has given its socket."""
        for name in ('\0' + 107 * 'x', os.path.join(os.path.dirname(self.path), 60 * 'x')):
            with socket.socket(socket.AF_UNIX) as s:
                s.bind(name)
                s.connect(self.path)
                s.sendall(('GET /v1/host' + HEAD).encode())
                self.assertEqual(s.recv(12), b'HTTP/1.1 200')


class Definitions(Front):
    def test_keys_are_those_of_the_table(self):
        with open(os.path.join(TREE, 'src/model/guest.def'), encoding='utf-8') as f:
            keys = re.findall(r'^X\((\w+), (\w+),', f.read(), re.M)
        schema = DOC['components']['schemas']['Definition']['properties']
        told = [('guest', k) for k in schema if k not in ('disks', 'vifs')]
        told += [('disk', k) for k in schema['disks']['items']['properties'] if k != 'target']
        told += [('vif', k) for k in schema['vifs']['items']['properties']]
        self.assertEqual(told, keys)

    def test_define(self):
        """Both forms mean the same; the answer, sent again, too."""
        answer = self.define(INI)
        self.assertEqual((answer['name'], answer['uuid'], answer['memory_max']), ('web', UUID, '64M'))
        self.assertEqual(self.define(JSON, 'application/json'), answer)
        self.assertEqual(self.define(json.dumps(answer), 'Application/JSON; charset=utf-8'), answer)
        self.assertEqual(self.get('/v1/guests/web/definition'), answer)
        self.assertEqual(self.get(f'/v1/guests/{UUID}/definition?form=json'), answer)
        text = self.get('/v1/guests/web/definition?form=ini')
        self.assertIn('[vif 0]\nbridge = guests0\n', text)
        self.assertEqual(self.define(text), answer)
        self.assertEqual(self.good('DELETE', '/v1/guests/w%65b'), {})
        for path, method in (('/v1/guests/web/definition', 'GET'), ('/v1/guests/web', 'DELETE')):
            self.assertEqual(self.refused(404, 'not-found', path, method=method), 'there is no such guest')

    def refused_text(self, status, code, text, kind='text/plain'):
        headers = {'Content-Type': kind} if kind else {}
        return self.refused(status, code, '/v1/guests', method='POST', body=text, headers=headers)

    def test_errors(self):
        self.assertIn('definition:2: ', self.refused_text(400, 'bad-request', '[guest]\ndance = yes\n'))
        for text in (b'', b'x', b'\0', INI.encode() + b'\0', INI[:-20], b'\xff\xfe', INI + INI, JSON,
                     INI.replace('web', 'w e b'), INI.replace('64M', ''), INI + '#' * 9999, 100 * '[guest]\n'):
            self.refused_text(400, 'bad-request', text)
        for text in ('', '[]', '{}', 'null', JSON + 'x', JSON[:-1], JSON.replace('"64M"', 'NaN'),
                     JSON.replace('web', 'w\\u0000b', 1), 30000 * '[', 10000 * '{"a":', INI):
            self.refused_text(400, 'bad-request', text, 'application/json')
        for kind in (None, 'text/html', 'application/x-www-form-urlencoded', 'text/plain2', 'x' * 100):
            self.assertIn('text/plain', self.refused_text(415, 'unsupported-type', INI, kind))
        self.refused(400, 'bad-request', '/v1/guests/web/definition?form=xml')
        self.refused(400, 'bad-request', '/v1/guests?form=ini', method='POST')
        self.refused(413, 'too-large', '/v1/guests/web', method='DELETE', body='x')
        self.assertIn('another guest', self.refused_text(409, 'conflict', INI.replace('web', 'busy')))
        self.refused(404, 'not-found', '/v1/guests/web/definition')
        self.well()

    def test_names(self):
        """What the path calls a guest reaches the monitor, decoded, or is refused."""
        for name in ('%00', 'a%0ab', '%7f', 'a%2fb', '%', '%4', '%zz', 128 * 'x', 128 * '%41', 'a%00'):
            self.refused(400, 'bad-request', f'/v1/guests/{name}', method='DELETE')
            self.refused(400, 'bad-request', f'/v1/guests/{name}/start', method='POST')
        for name in (127 * 'x', 127 * '%41', 'a+b', '%20', '..', '%c3%a4', '%ff'):
            self.refused(404, 'not-found', f'/v1/guests/{name}', method='DELETE')

    def test_bodies(self):
        """In pieces, after the client was told to go on, cut off, and with something behind."""
        head = 'POST /v1/guests HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n'
        head += f'Content-Length: {len(INI)}\r\n'
        with self.connect() as s:
            for at in range(len(head + INI) + 2):
                s.send((head + '\r\n' + INI)[at:at + 1].encode())
            self.assertEqual(s.recv(12), b'HTTP/1.1 201')
        with self.connect(head + 'Expect: 100-Continue\r\n\r\n') as s:
            self.assertEqual(s.recv(100), b'HTTP/1.1 100 Continue\r\n\r\n')
            s.send(INI.encode())
            self.assertEqual(s.recv(12), b'HTTP/1.1 201')
        self.assertTrue(self.raw(head + 'Expect: 100-continue\r\n\r\n' + INI).startswith(b'HTTP/1.1 201'))
        self.assertTrue(self.raw(head.replace('1.1', '1.0') + '\r\n' + INI).startswith(b'HTTP/1.1 201'))
        self.assertEqual(self.raw(head + '\r\n' + INI + head).count(b'HTTP/1.1 '), 1)
        with self.connect(head + '\r\n' + INI[:-1]) as s:
            s.shutdown(socket.SHUT_WR)
            self.assertEqual(s.recv(100), b'')
        with self.connect(head + '\r\n' + INI) as s:
            s.shutdown(socket.SHUT_WR)
            self.assertEqual(s.recv(12), b'HTTP/1.1 201')
        self.refused_raw(413, 'too-large', head.replace('Content-Length: ', 'Transfer-Encoding: chunked\r\nX: ')
                         + '\r\n5\r\nhello\r\n0\r\n\r\n')
        self.well()


class Operations(Front):
    def test_verbs_are_those_of_the_table(self):
        with open(os.path.join(TREE, 'src/model/verb.def'), encoding='utf-8') as f:
            table = re.findall(r'^X\(\w+, "(.+?)", "(.*?)", "(.*?)"', f.read(), re.M)
        verbs = [verb for verb, _, _ in table]
        paths = [re.fullmatch('/v1/guests/{guest}/(.+)', path) for path, calls in DOC['paths'].items()
                 if 'post' in calls]
        self.assertEqual([m[1] for m in paths if m], verbs)
        self.assertEqual(DOC['components']['schemas']['Operation']['properties']['verb']['enum'], verbs)
        values = {'rename': ('other', '9'), 'set-memory': ('512M', '512'), 'set-vcpus': ('2', '0'),
                  'attach-disk': ('xvdb,path=/x', 'xvdb,/x'), 'detach-disk': ('xvdb', ''),
                  'attach-vif': ('bridge=br0', 'br0'), 'detach-vif': ('0', 'x')}
        for number, (verb, _, key) in enumerate(table, 1):
            call = f'/v1/guests/web/{verb}'
            if key:
                good, bad = values[verb]
                for wrong in ('', f'?{key}={bad}', f'?{key}={"1" * 1024}', '?value=1'):
                    self.refused(400, 'bad-request', call + wrong, method='POST')
                call += f'?{key}={good}'
            begun = self.post(call, 202)
            self.assertEqual(begun, {'id': number, 'verb': verb, 'guest': UUID, 'state': 'running',
                                     'began': '2026-11-25T23:40:00.000Z'})
            self.assertEqual(self.get(f'/v1/operations/{number}'), begun)

    def test_ends(self):
        self.post('/v1/guests/web/start', 202)
        self.tell('done 1 failed not enough memory')
        operation = self.get('/v1/operations/1')
        self.assertEqual((operation['state'], operation['words'], operation['ended']),
                         ('failed', 'not enough memory', '2026-11-25T23:40:00.001Z'))
        for state in ('done', 'unknown'):
            self.tell('done 1 ' + state)
            operation = self.get('/v1/operations/1?wait=60')
            self.assertEqual((operation['state'], 'words' in operation), (state, False))

    def test_wait(self):
        """The end may come at any time; also while the answer is under way."""
        for when in ('before', 'between', 'behind'):
            self.tell('auto ' + when)
            operation = self.post('/v1/guests/web/start?wait=3600', 200)
            self.assertEqual((operation['state'], operation['ended']), ('done', '2026-11-25T23:40:00.001Z'))
        self.tell('auto never')
        waiting = [self.connect(what + HEAD) for what in (
            'POST /v1/guests/web/reboot?wait=3600', 'POST /v1/guests/web/pause?wait=3600')]
        self.patiently(lambda: self.open('/v1/operations/5').status == 200)
        waiting += [self.connect(f'GET /v1/operations/{n}?wait=3600' + HEAD) for n in (4, 4, 5)]
        self.well()
        self.tell('done 4 failed it has crashed')
        for at in (0, 2, 3):
            self.assertIn(b'"words":"it has crashed"', b''.join(iter(lambda s=waiting[at]: s.recv(9999), b'')))
        self.assertFalse(select.select([waiting[1], waiting[4]], [], [], 0)[0])
        self.tell('done 5 done')
        self.assertIn(b'"state":"done"', b''.join(iter(lambda: waiting[4].recv(9999), b'')))

    def test_wait_that_is_over(self):
        self.assertEqual(self.post('/v1/guests/web/start?wait=0', 200)['state'], 'running')
        self.assertEqual(self.post('/v1/guests/web/start?wait=1', 200)['state'], 'running')
        self.assertEqual(self.get('/v1/operations/2?wait=1')['state'], 'running')

    def test_errors(self):
        for what, path in ((404, 'nobody/start'), (409, 'busy/start')):
            self.assertRegex(self.refused(what, 'conflict' if what == 409 else 'not-found',
                                          '/v1/guests/' + path, method='POST'), '^(nobody|busy): ')
        for wait in ('', '-1', '3601', 'x', '1.5', '99999999999999999999'):
            self.refused(400, 'bad-request', '/v1/guests/web/start?wait=' + wait, method='POST')
        self.refused(400, 'bad-request', '/v1/guests/web/start?form=ini', method='POST')
        self.refused(413, 'too-large', '/v1/guests/web/start', method='POST', body='x')
        self.refused(404, 'not-found', '/v1/operations/1')

    def test_what_the_monitor_refuses(self):
        """By its code, and in its words."""
        self.tell('words it is full')
        for number, status, code in ((errno.ENOENT, 404, 'not-found'), (errno.EEXIST, 409, 'conflict'),
                                     (errno.EBUSY, 409, 'conflict'), (1036, 409, 'conflict'),
                                     (errno.EINVAL, 400, 'bad-request'), (1026, 400, 'bad-request'),
                                     (errno.EIO, 503, 'unavailable'), (errno.ENOSPC, 503, 'unavailable'),
                                     (32767, 503, 'unavailable')):
            self.tell(f'end {number}')
            for method, path, more in (
                    ('GET', '/v1/host', {}), ('GET', '/v1/guests', {}), ('GET', '/v1/events', {}),
                    ('POST', '/v1/guests/web/start?wait=60', {}), ('GET', '/v1/operations/1', {}),
                    ('DELETE', '/v1/guests/web', {}), ('GET', '/v1/guests/web/definition', {}),
                    ('GET', '/v1/guests/web/stats', {}), ('GET', '/v1/stats', {}), ('GET', '/metrics', {}),
                    ('GET', '/v1/net', {}),
                    ('POST', '/v1/guests', {'body': INI, 'headers': {'Content-Type': 'text/plain'}})):
                self.assertEqual(self.refused(status, code, path, method=method, **more), 'it is full')
        self.tell('words')
        self.assertIn('gridnixd cannot tell: ', self.refused(503, 'unavailable', '/v1/guests/web/start',
                                                            method='POST'))
        self.tell('end 0')
        self.well()

    def test_clients_that_leave(self):
        """What was asked for is done, and their places are free."""
        self.tell('hold 1')
        for _ in range(40):
            self.connect('POST /v1/guests/web/start?wait=3600' + HEAD).close()
        last = self.connect('GET /v1/host' + HEAD)
        self.tell('hold 0')
        self.assertEqual(last.recv(12), b'HTTP/1.1 200')
        self.assertEqual(self.get('/v1/operations/40')['state'], 'running')
        streams = [self.open('/v1/events?follow=yes') for _ in range(48)]
        self.assertEqual({s.status for s in streams}, {200})


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])
