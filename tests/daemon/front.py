# SPDX-License-Identifier: BSD-3-Clause
"""The daemon's front, gridnixd-api, as an unprivileged user, with a monitor at the other end of its link
(monitor.c), for tests: their arguments are the programs FRONT MONITOR. Answers are held against
docs/api/openapi.yaml."""
import http.client
import json
import os
import re
import socket
import sys
import tempfile
import time
import unittest

import openapi
from connection import Connection
from played import Played
from sanitized import sanitized

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DOC = openapi.read(os.path.join(TREE, 'docs/api/openapi.yaml'))
FRONT, MONITOR = sys.argv[1:3]
SANITIZED = sanitized(FRONT)
WATCHDOG = 120
HEAD = ' HTTP/1.1\r\nHost: gridnix\r\n\r\n'
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
