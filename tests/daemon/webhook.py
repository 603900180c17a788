# SPDX-License-Identifier: BSD-3-Clause
"""webhook.py GRIDNIX-WEBHOOK: what it sends to a server, how that is signed, and what it makes of the answers."""
import hashlib
import hmac
import http.server
import os
import subprocess
import sys
import tempfile
import threading
import time
import unittest

PROGRAM = os.path.abspath(sys.argv[1])
SECRET = b'a secret of 22 bytes !'
EVENT = b'{"seq":17,"kind":"started"}\n'


class Server(http.server.BaseHTTPRequestHandler):
    status = 204
    got = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers['Content-Length']))
        self.got.append((self.path, dict(self.headers), body))
        self.send_response(self.status)
        self.send_header('Location', '/elsewhere')
        self.end_headers()

    def log_message(self, *args):
        pass


class Webhook(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.dir = directory.name
        self.server = http.server.HTTPServer(('127.0.0.1', 0), Server)
        self.addCleanup(self.server.server_close)
        Server.got, Server.status = [], 204
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.shutdown)
        self.url = f'http://127.0.0.1:{self.server.server_port}/events'
        self.write('secret', SECRET + b' \n')
        self.target()

    def write(self, name, data):
        with open(os.path.join(self.dir, name), 'wb') as f:
            f.write(data)

    def target(self, **keys):
        keys = {'url': self.url, 'secret': os.path.join(self.dir, 'secret'), **keys}
        self.write('web.ini', ('[webhook]\n' + ''.join(f'{k} = {v}\n' for k, v in keys.items())).encode())

    def run_hook(self, hook='web.hook', event=EVENT):
        env = {'GRIDNIX_HOOK': hook, 'GRIDNIX_SEQ': '17', 'GRIDNIX_TRY': '2', 'PATH': os.environ['PATH'],
               'LD_LIBRARY_PATH': os.environ.get('LD_LIBRARY_PATH', '')}
        done = subprocess.run([PROGRAM, '--dir', self.dir], input=event, env=env, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        return done.returncode, done.stdout.decode()

    def test_request(self):
        for hook in ('web.hook', 'started/web'):
            self.assertEqual(self.run_hook(hook), (0, ''))
        for path, headers, body in Server.got:
            self.assertEqual((path, body), ('/events', EVENT))
            self.assertEqual([headers.get(name) for name in ('Content-Type', 'Gridnix-Event', 'Gridnix-Try')],
                             ['application/json', '17', '2'])
            given = dict(part.split('=') for part in headers['Gridnix-Signature'].split(','))
            self.assertEqual(given['v1'], hmac.new(SECRET, given['t'].encode() + b'.' + body,
                                                   hashlib.sha256).hexdigest())
            self.assertLess(abs(time.time() - int(given['t'])), 60)
        self.assertEqual(len(Server.got), 2)

    def test_answers(self):
        for status in (302, 404, 500):
            Server.status = status
            self.assertEqual(self.run_hook(), (1, f'gridnix-webhook: the server answers {status}\n'))
        self.assertEqual(len(Server.got), 3)

    def test_nobody_there(self):
        self.target(url='http://127.0.0.1:1/')
        status, words = self.run_hook()
        self.assertEqual(status, 1)
        self.assertIn('curl', words)

    def test_wrong(self):
        for keys, words in (({'url': 'file:///etc/passwd'}, 'neither https'), ({'more': 'x'}, 'and no more'),
                            ({'secret': '/nonexistent'}, '/nonexistent')):
            self.target(**keys)
            status, said = self.run_hook()
            self.assertEqual(status, 1)
            self.assertIn(words, said)
        self.write('secret', b'short')
        self.target()
        self.assertIn('at least 16 bytes', self.run_hook()[1])
        self.assertIn('other.ini', self.run_hook('other.hook')[1])
        self.assertIn('no event', self.run_hook(event=b'')[1])
        self.assertEqual(Server.got, [])


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1], verbosity=2)
