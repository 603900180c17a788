# SPDX-License-Identifier: BSD-3-Clause
"""api.py FRONT MONITOR: the daemon's front, gridnixd-api, as clients and the monitor meet it: its
answers against docs/api/openapi.yaml, its limits, and bad bytes from every side. Each test starts one,
as an unprivileged user, with MONITOR at the other end of its link (monitor.c).
"""
import contextlib
import errno
import http.client
import json
import os
import random
import re
import select
import socket
import subprocess
import sys
import tempfile
import time
import unittest

import openapi
import prometheus
from played import Played

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DOC = openapi.read(os.path.join(TREE, 'docs/api/openapi.yaml'))
FRONT, MONITOR = sys.argv[1:3]
SANITIZED = b'__asan_init' in subprocess.check_output(['nm', '-D', FRONT])
EVENTS = 20000 if SANITIZED else 100000
WATCHDOG = 120
HEAD = ' HTTP/1.1\r\nHost: gridnix\r\n\r\n'
UUID = '00000000-0000-0000-0000-000000000001'  # of all that the played monitor names
INI = """\
[guest]
name = web
memory = 64M
kernel = /boot/vmlinuz
cmdline = console=hvc0 "a b"

[disk xvda]
path = /dev/vg/web

[vif 0]
bridge = guests0
"""
JSON = json.dumps({'name': 'web', 'memory': '64M', 'kernel': '/boot/vmlinuz', 'cmdline': 'console=hvc0 "a b"',
                   'disks': [{'target': 'xvda', 'path': '/dev/vg/web'}], 'vifs': [{'bridge': 'guests0'}]})


class Connection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__('gridnix', timeout=WATCHDOG)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(WATCHDOG)
        self.sock.connect(self.path)


def status_of(front):
    """The lines of /proc/PID/status"""
    with open(f'/proc/{front}/status', encoding='utf-8') as f:
        return dict(re.findall(r'^(\w+):[ \t]*(.*)$', f.read(), re.M))


class Front(unittest.TestCase):
    def setUp(self):
        self.played = None
        self.start()

    def start(self):
        """A front; the one before has ended."""
        self.stop()
        tmp = tempfile.TemporaryDirectory()
        self.addCleanup(tmp.cleanup)
        self.path = os.path.join(tmp.name, 'api.sock')
        self.log = open(os.path.join(tmp.name, 'log'), 'w+', encoding='utf-8')
        self.addCleanup(self.log.close)
        self.played = Played(FRONT, MONITOR, self.path, self.log)
        self.addCleanup(self.played.close, WATCHDOG)
        self.addCleanup(self.stop)
        self.front = self.played.front

    def stop(self):
        """The front ends with its monitor, and has nothing to say, about leaks neither."""
        if self.played and not self.played.ended:
            self.assertEqual((self.tell('die'), self.said()), ('exit 0', ''))

    def tell(self, line):
        return self.played.tell(line)

    def said(self):
        self.log.seek(0)
        return self.log.read()

    def connect(self, data=b''):
        s = socket.socket(socket.AF_UNIX)
        self.addCleanup(s.close)
        s.settimeout(WATCHDOG)
        s.connect(self.path)
        s.sendall(data if isinstance(data, bytes) else data.encode())
        return s

    def raw(self, data):
        """All that comes back for these bytes."""
        with self.connect(data) as s:
            return b''.join(iter(lambda: s.recv(65536), b''))

    def open(self, path, method='GET', **more):
        """The answer's head, after which lines can be read."""
        connection = Connection(self.path)
        connection.request(method, path, **more)
        response = connection.getresponse()
        connection.close()  # when the response is
        self.addCleanup(response.close)
        return response

    def good(self, method, path, status=200, **more):
        """A good answer, which is as the description says."""
        name, _, query = path.partition('?')
        call, known = openapi.find(DOC, method, name)
        self.assertLessEqual({p.split('=')[0] for p in query.split('&') if p}, known)
        response = self.open(path, method, **more)
        body = response.read().decode()
        self.assertEqual(response.status, status, (path, body))
        kind = response.headers['Content-Type']
        content = openapi.resolve(DOC, call['responses'][str(status)])['content'][kind]
        if kind.startswith('text/plain'):
            return body
        answers = [json.loads(line) for line in body.splitlines()]
        for one in answers:
            openapi.check(DOC, content['schema'], one, path)
        return answers if kind == 'application/x-ndjson' else answers[0]

    def get(self, path):
        return self.good('GET', path)

    def post(self, path, status):
        return self.good('POST', path, status)

    def define(self, text, kind='text/plain'):
        return self.good('POST', '/v1/guests', 201, body=text, headers={'Content-Type': kind})

    def check_error(self, response, status, code, path):
        self.assertEqual(response.status, status, path)
        body = json.loads(response.read())
        openapi.check(DOC, {'$ref': '#/components/schemas/Error'}, body, path)
        self.assertEqual(body['error']['code'], code)
        return body['error']['message']

    def refused(self, status, code, path, **more):
        return self.check_error(self.open(path, **more), status, code, path)

    def refused_raw(self, status, code, data):
        with self.connect(data) as s:
            response = http.client.HTTPResponse(s)
            response.begin()
            return self.check_error(response, status, code, data[:60])

    def numbers(self, path):
        return [e['seq'] for e in self.get(path)]

    def line(self, stream):
        event = json.loads(stream.readline())
        openapi.check(DOC, {'$ref': '#/components/schemas/Event'}, event, 'stream')
        return event

    def patiently(self, probe):
        end = time.monotonic() + WATCHDOG
        while not probe():
            self.assertLess(time.monotonic(), end)

    def well(self):
        """It still serves."""
        self.assertEqual(self.get('/v1/host')['guests'], 3)


class Calls(Front):
    def test_host(self):
        with open(os.path.join(TREE, 'meson.build'), encoding='utf-8') as f:
            version = re.search(r"version: '(.+?)'", f.read())[1]
        host = self.get('/v1/host')
        self.assertEqual(host, {
            'version': version, 'boot_id': '01234567-89ab-cdef-0123-456789abcdef', 'guests': 3,
            'first': 1, 'last': 20, 'up_ms': 1000})
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
        self.assertEqual(self.numbers('/v1/events?guest=two%20words'), [4, 7, 10, 16, 19])
        self.assertEqual(self.numbers('/v1/events?guest=two+words&limit=1'), [4])
        self.assertEqual(self.numbers('/v1/events?guest=01000000-0000-0000-0000-000000000001'),
                         [4, 7, 10, 16, 19])
        self.assertEqual(self.numbers('/v1/events?guest=01000000-0000-0000-0000-000000000000'), [])
        self.assertEqual(self.numbers('/v1/events?guest=nobody'), [])
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
        for path, methods in (('/v1/guests', 'GET, POST'), ('/v1/guests/web', 'DELETE'),
                              ('/v1/guests/web/start', 'POST'), ('/v1/guests/web/definition', 'GET'),
                              ('/v1/guests/web/stats', 'GET'), ('/v1/stats', 'GET'), ('/metrics', 'GET'),
                              ('/v1/operations/1', 'GET')):
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
        self.assertTrue(self.raw('GET /v1/events?guest=x HTTP/1.0\r\n\r\n').endswith(b'\r\n\r\n'))

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


class Limits(Front):
    def test_slow_requests(self):
        """Half a request or half a body, dribbled, and a monitor that does not answer: all end. Others are
        served meanwhile."""
        half = self.connect('GET /v1/ho')
        body = self.connect('POST /v1/guests HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n'
                            'Content-Length: 65536\r\n\r\nhalf')
        self.well()
        self.tell('hold 1')
        held = self.connect('GET /v1/host' + HEAD)
        follower = self.connect('GET /v1/events?follow=yes' + HEAD)
        end = time.monotonic() + WATCHDOG
        slow = [half, body]
        while slow:
            self.assertLess(time.monotonic(), end)
            for s in select.select(slow, [], [], 0.5)[0]:
                with contextlib.suppress(ConnectionResetError):  # closed with a byte of ours unread
                    self.assertEqual(s.recv(100), b'')
                slow.remove(s)
            for s in slow:
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    s.send(b'x')
        for s in (held, follower):
            response = http.client.HTTPResponse(s)
            response.begin()
            self.check_error(response, 503, 'unavailable', 'held')
        self.tell('hold 0')
        self.well()

    def test_connections(self):
        """The 65th waits until one has gone."""
        idle = [self.connect() for _ in range(64)]
        late = self.connect('GET /v1/host' + HEAD)
        self.assertFalse(select.select([late], [], [], 0.5)[0])
        idle[17].close()
        self.assertEqual(late.recv(12), b'HTTP/1.1 200')

    def test_streams(self):
        """There is room for short calls when all the places of followers are taken; a follower that
        goes leaves its place."""
        streams = [self.open('/v1/events?follow=yes') for _ in range(48)]
        self.refused(503, 'unavailable', '/v1/events?follow=yes')
        self.refused(503, 'unavailable', '/v1/events')
        self.well()
        for s in streams:
            self.assertEqual(self.line(s)['seq'], 1)
        streams.pop().close()
        self.patiently(lambda: self.open('/v1/events?follow=yes').status == 200)

    def test_waits(self):
        """So with those that wait for an operation: what has no place is not begun. One that leaves, or
        shuts its side, leaves its place."""
        waiting = [self.connect('POST /v1/guests/web/start?wait=3600' + HEAD) for _ in range(47)]
        self.patiently(lambda: self.open('/v1/operations/47').status == 200)
        waiting.append(self.connect('GET /v1/operations/47?wait=3600' + HEAD))
        self.patiently(lambda: self.open('/v1/operations/1?wait=1').status == 503)
        self.refused(503, 'unavailable', '/v1/guests/web/start?wait=1', method='POST')
        self.refused(503, 'unavailable', '/v1/events')
        self.refused(404, 'not-found', '/v1/operations/48')
        self.assertEqual(self.post('/v1/guests/web/pause', 202)['id'], 48)
        waiting.pop(0).shutdown(socket.SHUT_WR)
        waiting.pop(0).close()
        for _ in range(2):
            self.patiently(lambda: self.open('/v1/events?follow=yes').status == 200)
        self.refused(503, 'unavailable', '/v1/events')
        self.tell('done 47 done')
        for s in waiting[-2:]:
            self.assertEqual(s.recv(12), b'HTTP/1.1 200')
        self.assertFalse(select.select(waiting[:-2], [], [], 0)[0])

    def test_bodies(self):
        """One from everybody at once, and each is too large to be taken in one go."""
        text = INI + '#\n' * 65536
        text = text[:65535] + '#'
        head = ('POST /v1/guests HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n'
                'Content-Length: 65536\r\n\r\n')
        clients = [self.connect(head + text[:-1]) for _ in range(64)]
        for s in clients:
            s.send(b'#')
            self.assertEqual(s.recv(12), b'HTTP/1.1 201')
        if not SANITIZED:
            self.assertLess(int(status_of(self.front)['VmHWM'].split()[0]), 32 * 1024)
        self.refused_raw(413, 'too-large', head.replace('65536', '65537'))

    def test_answers_that_nobody_takes(self):
        self.tell('guests 4000')
        lazy = [self.open('/v1/guests') for _ in range(10)]
        self.assertEqual(lazy[0].status, 200)
        self.assertIn('not taken', self.check_error(lazy[-1], 503, 'unavailable', 'lazy'))
        if not SANITIZED:
            self.assertLess(int(status_of(self.front)['VmHWM'].split()[0]), 64 * 1024)
        lazy[0].close()
        self.tell('guests 3')
        self.well()

    def follow(self):
        """A stream as fast as Python can read it: without chunks."""
        with self.connect('GET /v1/events?follow=yes&since=20 HTTP/1.0\r\n\r\n') as s:
            stream = s.makefile('rb')
        self.addCleanup(stream.close)
        while stream.readline() != b'\r\n':
            pass
        return stream

    def test_a_follower_that_does_not_read(self):
        """100,000 events pass by one; the memory does not grow with them, another one gets each, and
        it gets them, too, when it reads again."""
        slow, quick = self.follow(), self.follow()
        before = int(status_of(self.front)['VmRSS'].split()[0])
        for last in range(1000, EVENTS + 1, 1000):
            self.tell(f'news {last}')
            if last % 10000 == 0:
                self.well()
        for seq in range(21, EVENTS + 1):
            self.assertTrue(quick.readline().startswith(b'{"seq":%d,' % seq), seq)
        if not SANITIZED:
            self.assertLess(int(status_of(self.front)['VmHWM'].split()[0]) - before, 8 * 1024)
        self.well()
        for seq in range(21, EVENTS + 1):
            self.assertTrue(slow.readline().startswith(b'{"seq":%d,' % seq), seq)


class Streams(Front):
    def test_follow(self):
        everything = self.open('/v1/events?follow=yes&since=19')
        self.assertEqual(everything.headers['Transfer-Encoding'], 'chunked')
        some = self.open('/v1/events?follow=yes&kind=gap&guest=web')
        crashes = self.open('/v1/events?follow=yes&kind=crashed')
        self.assertEqual(self.line(everything)['seq'], 20)
        self.assertEqual(self.line(crashes)['seq'], 8)
        for last in (21, 22, 47):
            self.tell(f'news {last}')
        self.assertEqual([self.line(everything)['seq'] for _ in range(27)], list(range(21, 48)))
        self.assertEqual([self.line(crashes)['seq'] for _ in range(3)], [21, 34, 47])
        some.close()
        # An answer to news that are no news, and to older ones
        self.tell('news 47')
        self.tell('news 48')
        self.assertEqual(self.line(everything)['seq'], 48)

    def test_resume(self):
        """Each connection takes up where the last one was cut off: nothing is missed or told twice."""
        self.tell('last 1000')
        seen, chance = 0, random.Random(1)
        while seen < 1000:
            stream = self.open(f'/v1/events?follow=yes&since={seen}')
            for _ in range(min(chance.randrange(1, 200), 1000 - seen)):
                seen += 1
                self.assertEqual(self.line(stream)['seq'], seen)
            stream.close()

    def test_empty_journal(self):
        self.tell('last 0')
        self.assertEqual(self.numbers('/v1/events'), [])
        stream = self.open('/v1/events?follow=yes')
        self.tell('news 2')
        self.assertEqual([self.line(stream)['seq'] for _ in range(2)], [1, 2])

    def check_gap(self, event, since, first):
        self.assertEqual((event['kind'], event['reason'], event['known']), ('gap', 'journal', 'own'))
        self.assertEqual(event['seq'], first - 1)
        self.assertEqual(event['detail'], {'since': since, 'first': first})
        self.assertNotIn('guest', event)

    def test_gap(self):
        self.tell('first 15')
        events = self.get('/v1/events?since=3')
        self.check_gap(events[0], 3, 15)
        self.assertEqual([e['seq'] for e in events[1:]], list(range(15, 21)))
        self.check_gap(self.get('/v1/events')[0], 0, 15)
        self.assertEqual(self.numbers('/v1/events?since=14&limit=1'), [15])
        # Whatever is asked for, and not counted
        events = self.get('/v1/events?since=3&limit=1&kind=started')
        self.check_gap(events[0], 3, 15)
        self.assertEqual([e['seq'] for e in events[1:]], [17])

    def test_gap_of_a_slow_follower(self):
        """The journal has forgotten what it had not read yet."""
        stream = self.open('/v1/events?follow=yes')
        self.tell('news 50000')
        self.well()
        self.tell('first 49000')
        seq, gaps = 0, 0
        while seq < 50000:
            event = json.loads(stream.readline())
            if event.get('reason') == 'journal':
                self.check_gap(event, seq, 49000)
                gaps += 1
            else:
                self.assertEqual(event['seq'], seq + 1)
            seq = event['seq']
        self.assertEqual(gaps, 1)

    def test_another_journal(self):
        """Of a host that keeps it in RAM and was booted again: its numbers begin anew."""
        self.tell('last 0')
        stream = self.open('/v1/events?since=500&follow=yes')
        self.check_gap(self.line(stream), 500, 1)
        self.tell('news 20')
        self.assertEqual(self.line(stream)['seq'], 1)
        events = self.get('/v1/events?since=500')
        self.check_gap(events[0], 500, 1)
        self.assertEqual([e['seq'] for e in events[1:]], list(range(1, 21)))


class Monitor(Front):
    def test_dies(self):
        stream = self.open('/v1/events?follow=yes&since=20')
        self.assertEqual((self.tell('die'), self.said()), ('exit 0', ''))
        with self.assertRaises(http.client.IncompleteRead):
            stream.read()

    def test_fails(self):
        """Calls say so. A stream is cut off: its client sees that this is not the end."""
        stream = self.open('/v1/events?follow=yes&since=20')
        self.tell('end 5')
        for path in ('/v1/host', '/v1/guests', '/v1/events'):
            self.assertIn('Input/output error', self.refused(503, 'unavailable', path))
        self.tell('news 30')
        with self.assertRaises(http.client.IncompleteRead):
            stream.read()
        self.tell('end 0')
        self.well()

    def test_clients_that_leave(self):
        """What was asked for them is nobody's then, and the next one gets an answer of his own."""
        self.tell('hold 1')
        for path in 20 * ['/v1/host', '/v1/guests', '/v1/events', '/v1/events?follow=yes']:
            self.connect('GET ' + path + HEAD).close()
        last = self.connect('GET /v1/guests' + HEAD)
        self.tell('hold 0')
        self.assertEqual(last.recv(12), b'HTTP/1.1 200')
        self.well()

    def test_bad_bytes(self):
        for what in ('x', 'xxxxxxxx', 60 * 'x'):
            with self.subTest(what):
                self.tell('raw ' + what)
                self.ends()
                self.start()

    def test_lies(self):
        for ask, how in (('/v1/host', 'number'), ('/v1/host', 'kind'), ('/v1/host', 'long'),
                         ('/v1/host', 'end'), ('/v1/host', 'type'), ('/v1/guests', 'type'),
                         ('/v1/events?follow=yes', 'order'), ('/v1/events?follow=yes', 'kind'),
                         ('/v1/events?follow=yes', 'state'), ('/v1/events?follow=yes', 'rest'),
                         ('/v1/events?follow=yes', 'end'), ('/v1/host', 'operation'),
                         ('/v1/guests/web/definition', 'operation'), ('/v1/operations/1', 'definition'),
                         ('/v1/operations/1', 'verb'), ('/v1/operations/1', 'twice'),
                         ('/v1/operations/1', 'running'), ('/v1/operations/1', 'words')):
            with self.subTest(f'{ask} {how}'):
                if ask.startswith('/v1/events'):
                    # The second question: the stream begins well.
                    stream = self.open(ask + '&since=20')
                    self.tell('hold 1')
                    self.tell('news 30')
                    self.assertTrue(stream)
                else:
                    self.tell('hold 1')
                    self.connect('GET ' + ask + HEAD)
                self.tell('lie ' + how)
                self.ends()
                self.start()

    def ends(self):
        self.assertEqual(self.tell('wait'), 'exit 1')
        self.assertIn('gridnixd-api: from gridnixd: syntax error\n', self.said())


class Confinement(Front):
    def test_privileges(self):
        self.well()
        status = status_of(self.front)
        self.assertNotIn('0', status['Uid'].split())
        self.assertNotIn('0', status['Gid'].split())
        for which in ('CapPrm', 'CapEff', 'CapInh', 'CapAmb'):
            self.assertEqual(int(status[which], 16), 0, which)
        self.assertEqual(status['NoNewPrivs'], '1')
        if os.getuid() == 0:
            self.assertEqual(status['Groups'].split(), [])
        if SANITIZED:
            return
        self.assertEqual(status['Seccomp'], '2')
        with open(f'/proc/{self.front}/limits', encoding='utf-8') as f:
            limits = dict(re.findall(r'^Max (.+?)  +\S+ +(\S+)', f.read(), re.M))
        self.assertEqual((limits['open files'], limits['processes'], limits['core file size']),
                         ('128', '0', '0'))
        self.assertEqual(limits['address space'], str(256 << 20))

    def test_not_started_by_gridnixd(self):
        done = subprocess.run([FRONT], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 2)
        self.assertIn('must not run as root' if os.getuid() == 0 else 'is started by gridnixd',
                      done.stderr)


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])
