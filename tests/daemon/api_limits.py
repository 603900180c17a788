# SPDX-License-Identifier: BSD-3-Clause
"""api_limits.py FRONT MONITOR: what the daemon's front, gridnixd-api, bears and how it is confined: its
limits, streams, and a monitor that ends, fails or lies. Each test starts one (front.py)."""
import contextlib
import http.client
import json
import os
import random
import re
import select
import socket
import subprocess
import sys
import time
import unittest

from front import FRONT, HEAD, INI, SANITIZED, WATCHDOG, Front, status_of

EVENTS = 20000 if SANITIZED else 100000


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
        some = self.open('/v1/events?follow=yes&kind=crashed&guest=nobody')
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
                         ('/v1/operations/1', 'running'), ('/v1/operations/1', 'words'), ('/v1/net', 'net'), ('/v1/net', 'operation')):
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
