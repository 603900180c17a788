# SPDX-License-Identifier: BSD-3-Clause
"""api.py FRONT MONITOR: the daemon's front, gridnixd-api, as clients and the monitor meet it: its
answers against docs/api/openapi.yaml, its limits, and bad bytes from every side. Each test starts one,
as an unprivileged user, with MONITOR at the other end of its link (monitor.c).
"""
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

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DOC = openapi.read(os.path.join(TREE, 'docs/api/openapi.yaml'))
FRONT, MONITOR = sys.argv[1:3]
SANITIZED = b'__asan_init' in subprocess.check_output(['nm', '-D', FRONT])
EVENTS = 20000 if SANITIZED else 100000
WATCHDOG = 120
HEAD = ' HTTP/1.1\r\nHost: gridnix\r\n\r\n'


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
        self.ended = True
        self.start()

    def start(self):
        """A front; the one before has ended."""
        self.stop()
        tmp = tempfile.TemporaryDirectory()
        self.addCleanup(tmp.cleanup)
        self.path = os.path.join(tmp.name, 'api.sock')
        self.log = open(os.path.join(tmp.name, 'log'), 'w+', encoding='utf-8')
        self.addCleanup(self.log.close)
        self.monitor = subprocess.Popen([MONITOR, FRONT, self.path], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.addCleanup(self.monitor.wait, WATCHDOG)
        self.addCleanup(self.monitor.stdout.close)
        self.addCleanup(self.monitor.stdin.close)
        self.addCleanup(self.stop)
        self.ended = False
        self.front = int(self.monitor.stdout.readline())

    def stop(self):
        """The front ends with its monitor, and has nothing to say, about leaks neither."""
        if not self.ended:
            self.assertEqual((self.tell('die'), self.said()), ('exit 0', ''))

    def tell(self, line):
        """Tells the monitor something; its answer."""
        self.ended = self.ended or line in ('die', 'wait')
        self.monitor.stdin.write(line + '\n')
        self.monitor.stdin.flush()
        return self.monitor.stdout.readline().strip()

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

    def get(self, path):
        """A good answer, which is as the description says."""
        name, _, query = path.partition('?')
        call = DOC['paths'][name]['get']
        known = [p['name'] for p in call.get('parameters', [])]
        self.assertLessEqual({p.split('=')[0] for p in query.split('&') if p}, set(known))
        response = self.open(path)
        self.assertEqual(response.status, 200, path)
        (kind, content), = call['responses']['200']['content'].items()
        self.assertEqual(response.headers['Content-Type'], kind)
        body = response.read().decode()
        answers = [json.loads(line) for line in body.splitlines()]
        for one in answers:
            openapi.check(DOC, content['schema'], one, path)
        return answers if kind == 'application/x-ndjson' else answers[0]

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
        self.assertEqual(crashed['before'], 'gone')
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

    def test_errors(self):
        for path in ('/', '/v1', '/v1/', '/v1/host/', '/v2/host', '//v1/host', '/v1/%68ost'):
            self.refused(404, 'not-found', path)
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
        for field in ('Content-Length: 5', 'Content-Length: -0', 'Content-Length: 0, 5',
                      'Transfer-Encoding: chunked', 'transfer-encoding: identity'):
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
        good = ('GET /v1/events?since=3&limit=5&kind=gap HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n'
                ).encode()
        for _ in range(500):
            data = bytearray(good)
            for _ in range(chance.randrange(1, 6)):
                at = chance.randrange(len(data))
                data[at:at + chance.randrange(4)] = chance.randbytes(chance.randrange(4))
            with self.connect(bytes(data)) as s:
                if chance.random() < 0.5:
                    s.shutdown(socket.SHUT_WR)
                    self.assertIn(s.recv(12), (b'', b'HTTP/1.1 400', b'HTTP/1.1 404', b'HTTP/1.1 405',
                                               b'HTTP/1.1 413', b'HTTP/1.1 200'), data)
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


class Limits(Front):
    def test_slow_requests(self):
        """Half a request, dribbled, and a monitor that does not answer: both end. Others are served
        meanwhile."""
        half = self.connect('GET /v1/ho')
        self.well()
        self.tell('hold 1')
        held = self.connect('GET /v1/host' + HEAD)
        follower = self.connect('GET /v1/events?follow=yes' + HEAD)
        end = time.monotonic() + WATCHDOG
        while not select.select([half], [], [], 0.5)[0]:
            self.assertLess(time.monotonic(), end)
            try:
                half.send(b'x')
            except BrokenPipeError:
                pass
        self.assertEqual(half.recv(100), b'')
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
        end = time.monotonic() + WATCHDOG
        while self.open('/v1/events?follow=yes').status == 503:
            self.assertLess(time.monotonic(), end)

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
                         ('/v1/events?follow=yes', 'end')):
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
