# SPDX-License-Identifier: BSD-3-Clause
"""cli.py GRIDNIX START WATCH [FRONT MONITOR]: the command line, and the library's example programs, against
a small daemon that is written here: tables, JSON, restarts, and a daemon that is not there or talks
nonsense; and what it does to guests, against the daemon's front with a played monitor."""
import fcntl
import http.server
import json
import os
import pty
import queue
import re
import signal
import socket
import socketserver
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import unittest
import time
import urllib.parse

from played import Played

GRIDNIX, START, WATCH = sys.argv[1:4]
PLAYED = sys.argv[4:6]
TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PATIENCE = 60  # seconds, for what hangs

GUESTS = [
    {'uuid': '7c3ad5b0-1f2e-4d6a-9b8c-000000000002', 'name': 'web', 'domid': 3, 'incarnation': 1,
     'state': 'running', 'foreign': False, 'memory_kib': 131072, 'vcpus': 2, 'cpu_ns': 12345678901},
    {'uuid': '7c3ad5b0-1f2e-4d6a-9b8c-000000000001', 'name': 'old', 'incarnation': 4,
     'state': 'crashed', 'foreign': True, 'memory_kib': 0, 'vcpus': 0, 'cpu_ns': 0},
]
TABLE = """\
NAME  STATE             DOMID  MEMORY  VCPUS    CPU  ADDRESS            UUID
old   crashed, foreign      -      0M      0   0.0s  -                  7c3ad5b0-1f2e-4d6a-9b8c-000000000001
web   running               3    128M      2  12.3s  192.0.2.7 fd00::7  7c3ad5b0-1f2e-4d6a-9b8c-000000000002
"""
LEASES = [{'guest': GUESTS[0]['uuid'], 'vif': 0, 'network': 'blue', 'address': address, 'given': True}
          for address in ('192.0.2.7', 'fd00::7')]


def event(seq, kind='started', **more):
    return {'seq': seq, 'boot_id': 'b', 'time': f'2026-01-02T03:04:{seq:02}.000Z', 'mono_ms': seq,
            'kind': kind, 'known': 'watched', **more}


def guest_event(seq, kind, before, after, **more):
    guest = {k: v for k, v in GUESTS[0].items() if k not in ('foreign', 'memory_kib', 'vcpus', 'cpu_ns')}
    return event(seq, kind, guest={**guest, **more.pop('guest', {})}, before=before, after=after,
                 **more)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *_):
        pass

    def answer(self, status, body, kind='application/json'):
        self.send_response(status)
        self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        if body:
            self.wfile.write(body)

    def do_GET(self):
        daemon = self.server.daemon_of_test
        daemon.asked.put(self.path)
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        if daemon.garbage is not None:
            self.wfile.write(daemon.garbage)
        elif daemon.refuse:
            self.answer(*daemon.refuse)
        elif url.path == '/v1/host':
            self.answer(200, dump({'version': '0.1.0', 'boot_id': 'b', 'guests': 1, 'first': 1,
                                   'last': len(daemon.journal), 'up_ms': 5}))
        elif url.path == '/v1/guests':
            self.answer(200, dump({'guests': daemon.guests}))
        elif url.path == '/v1/leases':
            self.answer(200, dump({'leases': LEASES}))
        elif query.get('follow'):
            self.follow(daemon, int(query['since']))
        else:
            end = int(query['since']) + int(query['limit']) if 'limit' in query else None
            lines = [dump(e) for e in daemon.journal[int(query['since']):end]]
            self.answer(200, b''.join(lines), 'application/x-ndjson')
        self.close_connection = True

    def follow(self, daemon, since):
        self.send_response(200)
        self.send_header('Transfer-Encoding', 'chunked')
        self.end_headers()
        while True:
            with daemon.news:
                daemon.news.wait_for(lambda: self.server.ending or len(daemon.journal) > since)
                if self.server.ending:
                    return
                line = dump(daemon.journal[since])
            self.wfile.write(b'%x\r\n%s\r\n' % (len(line), line))
            since += 1


def dump(value):
    return json.dumps(value).encode() + b'\n'


class Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    ending = False


class Daemon:
    """Keeps its journal over restarts, as the real one does."""

    def __init__(self, path):
        self.path = path
        self.journal, self.guests = [], GUESTS
        self.news, self.asked = threading.Condition(), queue.Queue()
        self.garbage = self.refuse = None

    def start(self):
        self.server = Server(self.path, Handler)
        self.server.daemon_of_test = self
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        self.server.shutdown()
        with self.news:
            self.server.ending = True
            self.news.notify_all()
        self.server.server_close()
        os.unlink(self.path)

    def add(self, *events):
        with self.news:
            self.journal += events
            self.news.notify_all()

    def await_question(self, path):
        while self.asked.get(timeout=PATIENCE) != path:
            pass


class Case(unittest.TestCase):
    def setUp(self):
        tmp = tempfile.TemporaryDirectory()
        self.addCleanup(tmp.cleanup)
        self.path = os.path.join(tmp.name, 'api.sock')
        self.env = {**os.environ, 'LC_ALL': 'C.UTF-8', 'GRIDNIX_SOCKET': self.path,
                    'TERM': 'xterm', 'NO_COLOR': ''}

    def run_gridnix(self, *args, env=None, **more):
        more.setdefault('stdout', subprocess.PIPE)
        more.setdefault('input', '')
        return subprocess.run([GRIDNIX, *args], env=env or self.env, stderr=subprocess.PIPE, text=True,
                              timeout=PATIENCE, **more)

    def good(self, *args, **more):
        done = self.run_gridnix(*args, **more)
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        return done.stdout

    def bad(self, status, *args, **more):
        """What it says on standard error, and nothing on standard output."""
        done = self.run_gridnix(*args, **more)
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertFalse(done.stdout)
        return done.stderr

    def begin(self, *args):
        process = subprocess.Popen(args, env=self.env, stdin=subprocess.DEVNULL, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        watchdog = threading.Timer(PATIENCE, process.kill)
        watchdog.start()
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.addCleanup(watchdog.cancel)
        return process


class WithDaemon(Case):
    def setUp(self):
        super().setUp()
        self.daemon = Daemon(self.path)
        self.daemon.start()
        self.addCleanup(lambda: self.daemon.stop())

    def test_list(self):
        self.assertEqual(self.good('list'), TABLE)

    def test_list_of_none(self):
        self.daemon.guests = []
        self.assertEqual(self.good('list'), 'NAME  STATE  DOMID  MEMORY  VCPUS  CPU  ADDRESS  UUID\n')

    def test_list_json(self):
        self.assertEqual(self.good('list', '--json').encode(), dump({'guests': GUESTS}))

    def terminal(self, columns, *args, **env):
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack('HHHH', 25, columns, 0, 0))
        done = self.run_gridnix(*args, stdout=slave, env={**self.env, **env})
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        os.close(slave)
        said = os.read(master, 100000).decode()
        os.close(master)
        return said.replace('\r\n', '\n')

    def test_list_on_a_terminal(self):
        self.assertEqual(self.terminal(60, 'list', NO_COLOR='1').splitlines(),
                         [line[:51] for line in TABLE.splitlines()])
        self.assertEqual(self.terminal(75, 'list', NO_COLOR='1').splitlines(),
                         [line[:70].rstrip() for line in TABLE.splitlines()])
        self.assertEqual(self.terminal(120, 'list', TERM='dumb'), TABLE)
        self.assertIn('\033[32mrunning\033[0m', self.terminal(120, 'list'))

    def test_names_do_nothing_to_the_terminal(self):
        name = 'a\033[2J\u009bm\u202eb\nc\\x'
        shown = r'a\x1b[2J\xc2\x9bm\xe2\x80\xaeb\x0ac\\x'
        self.daemon.guests = [{**GUESTS[0], 'name': name}]
        self.daemon.add(guest_event(1, 'started', 'starting', 'running', guest={'name': name}))
        self.assertIn(shown, self.good('list'))
        self.assertIn(shown, self.good('events'))

    def test_events(self):
        self.daemon.add(
            event(1, 'host-started'),
            guest_event(2, 'crashed', 'running', 'crashed', reason='watchdog'),
            event(3, 'gap', reason='journal', detail={'since': 0, 'first': 4}),
            event(4, 'a-kind-of-the-future', new=[1]))
        self.assertEqual(self.good('events'), """\
     1  2026-01-02T03:04:01.000Z  host-started
     2  2026-01-02T03:04:02.000Z  crashed         web               running > crashed  watchdog
     3  2026-01-02T03:04:03.000Z  gap                               journal  {"since":0,"first":4}
     4  2026-01-02T03:04:04.000Z  a-kind-of-the-future
""")
        self.assertEqual(self.good('events', '--json', '--since', '1', '--limit=2').encode(),
                         dump(self.daemon.journal[1]) + dump(self.daemon.journal[2]))

    def test_filters_are_the_daemons(self):
        self.good('--guest', 'a b&c', 'events', '--kind', 'started,gap', '--since', '7')
        self.daemon.await_question('/v1/events?since=7&kind=started,gap&guest=a%20b%26c')

    def test_socket_option_beats_environment(self):
        env = {**self.env, 'GRIDNIX_SOCKET': '/nowhere'}
        done = self.run_gridnix('list', '--socket', self.path, env=env)
        self.assertEqual((done.returncode, done.stdout), (0, TABLE))

    def test_refused(self):
        self.daemon.refuse = (400, dump({'error': {'code': 'bad-kind', 'message': 'no kind \033x'}}))
        self.assertEqual(self.bad(2, 'events', '--kind', 'x'), 'gridnix: no kind \\x1bx\n')
        self.daemon.refuse = (404, dump({'error': {'code': 'no-guest', 'message': 'no guest x'}}))
        self.assertEqual(self.bad(1, 'events', '--guest', 'x'), 'gridnix: no guest x\n')

    def test_garbage(self):
        for garbage in (b'\0\1\2\3\r\n\r\n', b'HTTP/1.1 200 OK\r\n\r\n\xff\xfe', b'',
                        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
                        b'HTTP/1.1 200 OK\r\n\r\n{"seq":1}\n', b'x' * 100000):
            self.daemon.garbage = garbage
            for command in ('list', 'events', 'watch'):
                if (command, garbage) != ('watch', b''):
                    self.assertIn(self.path, self.bad(1, command))

    def test_standard_output_is_full(self):
        self.daemon.add(event(1), event(2))
        with open('/dev/full', 'w', encoding='ascii') as full:
            for args in (('list',), ('events',), ('watch', '--since', '0')):
                self.assertIn('standard output', self.bad(1, *args, stdout=full))

    def watch(self, *args):
        process = self.begin(GRIDNIX, 'watch', '--json', *args)
        self.daemon.await_question('/v1/host')
        return process

    def assert_told(self, process, *seqs):
        for seq in seqs:
            self.assertEqual(json.loads(process.stdout.readline())['seq'], seq)

    def test_watch(self):
        self.daemon.add(event(1), event(2))
        process = self.watch()
        self.daemon.await_question('/v1/events?since=2&follow=yes')
        self.daemon.add(event(3))
        self.assert_told(process, 3)
        self.daemon.add(event(4), event(5))
        self.assert_told(process, 4, 5)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(PATIENCE), -signal.SIGINT)
        self.assertEqual((process.stdout.read(), process.stderr.read()), ('', ''))

    def test_watch_over_restarts(self):
        self.daemon.add(event(1), event(2))
        process = self.watch('--since', '0')
        self.assert_told(process, 1, 2)
        for last in (3, 4):
            self.daemon.stop()
            self.assertIn('was lost; trying again', process.stderr.readline())
            self.daemon.add(event(last))
            self.daemon.start()
            self.assertIn(f'connected again; going on behind event {last - 1}',
                          process.stderr.readline())
            self.assert_told(process, last)
        self.daemon.add(event(5))
        self.assert_told(process, 5)

    def test_watch_and_a_new_journal(self):
        self.daemon.add(event(1), event(2))
        process = self.watch('--since', '0')
        self.assert_told(process, 1, 2)
        self.daemon.stop()
        self.assertIn('was lost', process.stderr.readline())
        self.daemon.journal = [event(1)]
        self.daemon.start()
        self.assertIn('the journal was deleted', process.stderr.readline())
        self.assert_told(process, 1)

    def test_example(self):
        self.daemon.add(event(1), guest_event(2, 'crashed', 'running', 'crashed'))
        process = self.begin(WATCH, self.path)
        self.assertEqual(process.stdout.readline(), '1 2026-01-02T03:04:01.000Z started\n')
        self.assertEqual(process.stdout.readline(), '2 2026-01-02T03:04:02.000Z crashed '
                         f'{GUESTS[0]["uuid"]} crashed\n')
        self.daemon.stop()
        self.daemon.add(event(3))
        self.daemon.start()
        self.assertEqual(process.stdout.readline(), '3 2026-01-02T03:04:03.000Z started\n')
        self.assertIn('lost', process.stderr.readline())


INI = '[guest]\nname = web\nmemory = 64M\nkernel = /boot/vmlinuz\n'
UUID = '00000000-0000-0000-0000-000000000001'  # of all that the played monitor names
WEB = {'name': 'web', 'uuid': UUID, 'memory': '64M', 'kernel': '/boot/vmlinuz'}


def verbs():
    """Those of the table, and a value for each that takes one."""
    with open(os.path.join(TREE, 'src/model/verb.def'), encoding='utf-8') as f:
        found = re.findall(r'^X\(\w+, "(.+?)", "(.*?)", "(.*?)"', f.read(), re.M)
    values = {'rename': 'other', 'set-memory': '512M', 'set-vcpus': '2', 'attach-disk': 'xvdb,path=/x',
              'detach-disk': 'xvdb', 'attach-vif': 'bridge=br0', 'detach-vif': '0'}
    return {verb: [values[verb]] if key else [] for verb, _, key in found}


@unittest.skipUnless(PLAYED, 'the daemon is not built')
class WithMonitor(Case):
    def setUp(self):
        super().setUp()
        self.log = open(self.path + '.log', 'w+', encoding='utf-8')
        self.addCleanup(self.log.close)
        self.played = None
        self.start(self.path)
        self.addCleanup(lambda: self.stop())

    def start(self, path):
        self.played = Played(*PLAYED, path, self.log)
        self.tell = self.played.tell

    def stop(self):
        self.assertEqual(self.tell('die'), 'exit 0')
        self.played.close(PATIENCE)
        self.log.seek(0)
        self.assertEqual(self.log.read(), '')

    def state(self, number, path=None):
        """Of an operation; None as long as it was not asked for."""
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(path or self.path)
            s.sendall(f'GET /v1/operations/{number} HTTP/1.0\r\n\r\n'.encode())
            body = b''.join(iter(lambda: s.recv(9999), b'')).split(b'\r\n\r\n')[1]
        return json.loads(body).get('state')

    def await_operation(self, number):
        end = time.monotonic() + PATIENCE
        while not self.state(number):
            self.assertLess(time.monotonic(), end)

    def test_verbs(self):
        self.tell('auto behind')
        for number, (verb, value) in enumerate(verbs().items()):
            self.assertEqual(self.good(verb, 'web', *value), f'web: {verb} done\n')
            self.assertEqual(self.good(verb, '--no-wait', 'web', *value),
                             f'web: {verb} has begun, operation {3 * number + 2}\n')
            operation = json.loads(self.good(verb, 'web', *value, '--json'))
            self.assertEqual((operation['verb'], operation['state']), (verb, 'done'))

    def test_several(self):
        """All are asked first."""
        process = self.begin(GRIDNIX, 'start', 'web', 'nobody', 'two words', 'busy', UUID)
        self.await_operation(3)
        for number in (3, 1):
            self.tell(f'done {number} done')
        self.assertEqual(process.stdout.readline(), 'web: start done\n')
        self.tell('done 2 failed not enough memory')
        self.assertEqual(process.wait(PATIENCE), 1)
        self.assertEqual(process.stdout.read(), f'{UUID}: start done\n')
        self.assertEqual(process.stderr.read(), """\
gridnix: nobody: there is no such guest; 'gridnix list' lists the guests
gridnix: busy: has a domain already
gridnix: two words: start failed: not enough memory
""")

    def test_several_as_json(self):
        self.tell('auto behind')
        done = self.run_gridnix('pause', '--json', 'web', 'heavy')
        self.assertEqual(done.returncode, 1)
        self.assertEqual([json.loads(line)['state'] for line in done.stdout.splitlines()], ['done', 'failed'])
        self.assertEqual(done.stderr, 'gridnix: heavy: pause failed: not enough memory\n')
        done = self.run_gridnix('pause', '--json', '--no-wait', 'web', 'nobody', 'web')
        self.assertEqual(done.returncode, 1)
        self.assertEqual([json.loads(line)['id'] for line in done.stdout.splitlines()], [3, 4])

    def test_unknown(self):
        process = self.begin(GRIDNIX, 'destroy', 'web')
        self.await_operation(1)
        self.tell('done 1 unknown')
        self.assertEqual(process.wait(PATIENCE), 1)
        self.assertIn("gridnix: web: nobody knows what came of destroy", process.stderr.read())

    def test_over_a_restart(self):
        """The daemon keeps its operations."""
        process = self.begin(GRIDNIX, 'reboot', 'web')
        self.await_operation(1)
        self.stop()
        self.start(self.path + '.new')
        self.good('reboot', 'web', '--no-wait', '--socket', self.path + '.new')
        os.rename(self.path + '.new', self.path)
        self.tell('done 1 done')
        self.assertEqual(process.wait(PATIENCE), 0, process.stderr.read())
        self.assertEqual(process.stdout.read(), 'web: reboot done\n')

    def test_names_do_nothing_to_the_terminal(self):
        said = self.bad(1, 'start', 'a\033[2Jb')
        self.assertEqual(said, 'gridnix: a\\x1b[2Jb: nothing can have this name\n')

    def file(self, name, text):
        path = os.path.join(os.path.dirname(self.path), name)
        with open(path, 'w', encoding='utf-8') as f:
            f.write(text)
        return path

    def test_define(self):
        ini, js = self.file('web.ini', INI), self.file('web.json', ' \n' + json.dumps(WEB))
        said = f'web: defined, UUID {UUID}\n'
        self.assertEqual(self.good('define', ini), said)
        self.assertEqual(self.good('define', js, ini), 2 * said)
        self.assertEqual(self.good('define', '-', input=INI), said)
        answer = json.loads(self.good('define', '--json', ini))
        self.assertLessEqual(WEB.items(), answer.items())
        self.assertEqual(json.loads(self.good('definition', 'web', '--json')), answer)
        text = self.good('definition', UUID)
        self.assertTrue(text.startswith('[guest]\nname = web\n'))
        self.assertEqual(self.good('define', '-', input=text), said)
        self.assertEqual(self.good('undefine', 'web'), 'web: not defined any more\n')
        self.assertEqual(self.bad(1, 'definition', 'web'),
                         "gridnix: web: there is no such guest; 'gridnix list' lists the guests\n")

    def test_define_what_is_wrong(self):
        """Each is told with its file's name and line, and the others are defined."""
        good, wrong = self.file('a.ini', INI), self.file('b.ini', INI + 'dance = yes\n')
        busy, nul = self.file('c.ini', INI.replace('web', 'busy')), self.file('d.ini', INI + '\0')
        missing = os.path.join(os.path.dirname(self.path), 'e.ini')
        done = self.run_gridnix('define', wrong, busy, nul, missing, '-', '/dev/zero', '/', good)
        self.assertEqual((done.returncode, done.stdout), (1, f'web: defined, UUID {UUID}\n'))
        lines = [line.removeprefix('gridnix: ') for line in done.stderr.splitlines()]
        self.assertRegex(lines[0], f'^{wrong}:5: .*dance')
        self.assertEqual(lines[1:], [
            f'{busy}: busy: another guest has this name', f'{nul}: is no text: a NUL byte is in it',
            f'{missing}: No such file or directory', 'standard input: is empty',
            '/dev/zero: larger than 1048576 bytes', '/: read: Is a directory'])
        self.assertRegex(self.bad(1, 'define', '-', input='{"name":'), '^gridnix: standard input: line 1')
        self.assertIn('65536', self.bad(1, 'define', '-', input=70000 * '#'))

    def test_import(self):
        """A file of xl's is defined, by itself or by what --dry-run prints."""
        cfg = self.file('xl\u00e9.cfg', f'name = "web"\nuuid = "{UUID}"\nmemory = 64\nkernel = "/k"\npci = [1]\n')
        said = self.good('import', cfg)
        self.assertTrue(said.endswith(f'web: defined, UUID {UUID}\n'), said)
        self.assertIn('xl??.cfg:5: pci: lost: devices', said)
        self.assertIn('memory = 64M\n', self.good('definition', 'web'))
        text = self.good('import', '--dry-run', cfg)
        self.assertEqual(self.good('define', '-', input=text), f'web: defined, UUID {UUID}\n')
        self.assertEqual(json.loads(self.good('import', '--json', cfg))['definition']['kernel'], '/k')
        busy = self.file('busy.cfg', 'name = "busy"\nmemory = 64\nkernel = "/k"\n')
        done = self.run_gridnix('import', '/', busy, '-', cfg, input='name = "a" b')
        self.assertEqual((done.returncode, done.stdout.count('defined, UUID')), (1, 1))
        self.assertEqual(done.stderr.splitlines(), [
            'gridnix: /: read: Is a directory', f'gridnix: {busy}: busy: another guest has this name',
            'gridnix: standard input:1: there is something behind the value'])

    def test_undefine_several(self):
        self.good('define', '-', input=INI)
        done = self.run_gridnix('undefine', 'nobody', 'web', 'web')
        self.assertEqual((done.returncode, done.stdout), (1, 'web: not defined any more\n'))
        self.assertEqual(len(done.stderr.splitlines()), 2)

    def test_standard_output_is_full(self):
        self.tell('auto behind')
        self.good('define', '-', input=INI)
        with open('/dev/full', 'w', encoding='ascii') as full:
            for args in (('start', 'web'), ('definition', 'web')):
                self.assertIn('standard output', self.bad(1, *args, stdout=full))

    def test_example(self):
        self.tell('auto behind')
        text = self.file('web.ini', INI)
        process = self.begin(START, text, self.path)
        self.assertEqual(process.wait(PATIENCE), 0)
        self.assertEqual(process.stdout.read(), f'web: its UUID is {UUID}\n{UUID}: done \n')
        process = self.begin(START, self.file('wrong.ini', INI + INI), self.path)
        self.assertEqual(process.wait(PATIENCE), 1)
        self.assertIn('start: definition:5: ', process.stderr.read())

    def complete(self, *words):
        """What bash offers for the last of these words."""
        script = (f'. {TREE}/packaging/completion/gridnix; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
                  '_gridnix; printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(['bash', '-c', script, 'bash', GRIDNIX, *words], env=self.env, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=PATIENCE)
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        return done.stdout.split()

    def test_completion(self):
        self.assertLessEqual({'list', 'define', *verbs()}, set(self.complete('')))
        for verb in verbs():
            self.assertEqual(self.complete(verb, 'w'), ['web'])
            self.assertEqual(self.complete('--json', verb, 'list', '--n'), ['--no-wait'])
        self.assertEqual(self.complete('definition', ''), ['--socket', '--help', '--version', '--json', 'web'])
        self.assertEqual(self.complete('events', '--guest', 'w'), ['web'])
        path = self.file('web.ini', INI)
        self.assertEqual(self.complete('define', path[:-1]), [path])
        self.assertEqual(self.complete('define', '--j'), ['--json'])
        self.env['GRIDNIX_SOCKET'] = '/nowhere'
        self.assertEqual(self.complete('start', 'w'), [])


class WithoutDaemon(Case):
    def test_not_there(self):
        for command in (('list',), ('events',), ('watch',), ('start', 'web', 'old'), ('definition', 'web'),
                        ('define', __file__, __file__)):
            said = self.bad(3, *command)
            self.assertEqual(len(said.splitlines()), 2)
            self.assertIn(f'{self.path}: No such file or directory', said)
            self.assertIn('sv up gridnixd', said)
            self.assertIn('systemctl start gridnixd', said)

    def test_nobody_listens(self):
        daemon = Daemon(self.path)
        daemon.start()
        os.rename(self.path, self.path + '.old')
        open(self.path, 'w', encoding='ascii').close()  # for stop()
        daemon.stop()
        os.rename(self.path + '.old', self.path)
        self.assertIn('Connection refused', self.bad(3, 'list'))

    def test_wrong_command_lines(self):
        for args in ((), ('dance',), ('list', 'web'), ('list', '--since', '1'), ('list', '--dance'),
                     ('start',), ('start', '--json'), ('start', 'web', '--limit', '1'), ('list', '--no-wait'),
                     ('define',), ('import',), ('undefine',), ('define', '--dry-run', 'x'), ('undefine', 'web', '--json'), ('definition',),
                     ('definition', 'web', 'old'),
                     ('events', '--since'), ('events', '--since', '-1'), ('events', '--limit', '0'),
                     ('watch', '--limit', '1'), ('list', '--socket', ''),
                     ('list', '--socket', 'x' * 200)):
            self.assertIn("Try 'gridnix --help'", self.bad(2, *args))

    def test_first_words(self):
        for args, said in ((('firewall', 'lift'), 'lift: create, define, list, show, definition or delete is wanted here'),
                           (('guard', 'lift'), 'lift: list, enable or disable is wanted here'),
                           (('hook', 'lift'), 'lift: list, dead or replay is wanted here'),
                           (('network', 'list', 'blue'), 'list: one word too many'),
                           (('hook', 'dead', '3'), 'dead: one word too many'),
                           (('guard', 'disable'), 'disable: a name or a file is missing'),
                           (('guard', 'list', '--yes'), 'list: does not take all of these options'),
                           (('guard', 'disable', 'br0', '--uplink', 'eth0'), 'disable: does not take all of these options'),
                           (('network', 'show', 'blue', '--nat'), 'show: only create says what a network is to be')):
            self.assertEqual(self.bad(2, *args), f'gridnix: {said}\n')

    def test_help_and_version(self):
        self.assertIn('  watch ', self.good('--help'))
        self.assertIn('--since', self.good('watch', '--help'))
        told = re.search('^Commands:\n((?:.+\n)+)', self.good('--help'), re.M)[1]
        self.assertEqual(re.findall(r'^ +([\w-]+)', told, re.M)[-len(verbs()):], list(verbs()))
        self.assertIn('gridnix start [OPTION]... GUEST...\n', self.good('start', '--help'))
        self.assertNotIn('--limit', self.good('watch', '--help'))
        self.assertRegex(self.good('--version'), r'^gridnix \d+\.\d+\.\d+\n$')


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])
