# SPDX-License-Identifier: BSD-3-Clause
"""Guests' consoles, by the whole daemon on a simulated host: the test has the other side of each terminal, as
xenconsoled has it on a real one."""
import errno
import fcntl
import http.client
import json
import os
import random
import re
import select
import signal
import socket
import subprocess
import sys
import termios
import threading
import time
import tty
import unittest

import openapi
import simhost
from simhost import Host, uuid

CONSOLE = simhost.WORKER.pop()
LIMIT = 1 << 20  # bytes of a log
DOC = openapi.read(os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../docs/api/openapi.yaml'))


def described(target):
    """The target of a request, which the description has to know."""
    path, _, params = target.partition('?')
    known = openapi.find(DOC, 'GET', path)[1]
    assert {p.split('=')[0] for p in params.split('&') if p} <= known, target
    return target


class Stream:
    """A console's stream, as docs/api/openapi.yaml describes it."""

    def __init__(self, path, target):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(path)
        self.sock.sendall(f'GET {described(target)} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n'
                          'Upgrade: gridnix-console\r\n\r\n'.encode())
        self.data = b''
        head = b''
        while not head.endswith(b'\r\n\r\n'):
            byte = self.sock.recv(1)
            if not byte:
                raise ConnectionError
            head += byte
        self.status = int(head.split()[1])
        if self.status != 101:
            length = int(re.search(rb'(?i)content-length: (\d+)', head)[1])
            body = b''
            while len(body) < length:
                body += self.sock.recv(65536)
            self.error = json.loads(body)['error']

    def piece(self, patience=60):
        """The next one: its letter and what it holds; None at the end."""
        while len(self.data) < 4 or len(self.data) < 4 + int.from_bytes(self.data[1:4], 'big'):
            if not select.select([self.sock], [], [], patience)[0]:
                raise TimeoutError
            more = self.sock.recv(65536)
            if not more:
                return None
            self.data += more
        end = 4 + int.from_bytes(self.data[1:4], 'big')
        kind, text, self.data = chr(self.data[0]), self.data[4:end], self.data[end:]
        return kind, text

    def until(self, kind):
        """Output up to a piece of that kind: both."""
        out = b''
        while True:
            piece = self.piece()
            if piece is None or piece[0] == kind:
                return out, piece and piece[1]
            if piece[0] == 'o':
                out += piece[1]

    def output(self, wanted):
        """Output until it ends with that."""
        out = b''
        while not out.endswith(wanted):
            kind, text = self.piece()
            if kind == 'o':
                out += text
        return out

    def write(self, data):
        self.sock.sendall(b'i' + len(data).to_bytes(3, 'big') + data)

    def close(self):
        self.sock.close()


class Guest:
    """The guest's end of a console."""

    def __init__(self, host, domid):
        self.master, self.slave = os.openpty()
        tty.setraw(self.slave)
        self.tty = os.ttyname(self.slave)
        if os.geteuid() == 0:
            os.chown(self.tty, 65534, 65534)
        host.tell(f'console {domid} {self.tty}', 'look')

    def print(self, data):
        while data:
            data = data[os.write(self.master, data):]

    def read(self, wanted, patience=60):
        """What was written to the guest, until it ends with that."""
        data = b''
        while not data.endswith(wanted):
            if not select.select([self.master], [], [], patience)[0]:
                raise TimeoutError(data)
            data += os.read(self.master, 4096)
        return data

    def end(self):
        os.close(self.master)
        os.close(self.slave)


class Base(Host):
    def setUp(self):
        super().setUp()
        self.streams = []
        self.addCleanup(lambda: [s.close() for s in self.streams])

    def worker(self):
        if len(self.programs) == 2:
            self.programs.append(simhost.shutil.copy(CONSOLE, self.dir))
        return ['--console', self.programs[2]]

    def guest(self, number, domid=None):
        """A guest that runs, with a console that is being read."""
        domid = domid or number
        self.tell(f'domain {domid} {uuid(number)} guest{number} running', 'look')
        guest = Guest(self, domid)
        self.addCleanup(lambda: [os.close(fd) for fd in (guest.master, guest.slave) if is_open(fd)])
        self.patiently(lambda: self.locked(domid))
        return guest

    def locked(self, domid):
        try:
            with open(f'{self.path("sim")}.{domid}', encoding='ascii') as f:
                return f.read()
        except FileNotFoundError:
            return ''

    def stream(self, number, more=''):
        s = Stream(self.path('api'), f'/v1/guests/guest{number}/console?{more}')
        self.streams.append(s)
        return s

    def log(self, number, more=''):
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(self.path('api'))
            sock.sendall(f'GET {described(f"/v1/guests/{number}/console/log?{more}")} HTTP/1.1\r\n'
                         'Host: localhost\r\n\r\n'.encode())
            answer = http.client.HTTPResponse(sock)
            answer.begin()
            return answer.status, answer.read()

    def logged(self, number, wanted):
        """The log, when it ends with that."""
        return self.patiently(lambda: (lambda text: text.endswith(wanted) and text)(
            self.log(f'guest{number}')[1]))

    def broker(self):
        """The process that has the consoles."""
        return int(self.patiently(lambda: subprocess.run(
            ['pgrep', '-P', str(self.started.pid), '-f', 'gridnixd-console'],
            stdout=subprocess.PIPE, text=True).stdout.split())[0])


class Consoles(Base):
    def test_readers_and_a_writer(self):
        guest = self.guest(1)
        guest.print(b'before\r\n')
        self.logged(1, b'before\r\n')
        writer, reader = self.stream(1, 'write=yes&lines=1'), self.stream(1)
        self.assertEqual([writer.piece(), reader.piece()], [('p', b'0'), ('p', b'8')])
        self.assertEqual(writer.output(b'before\r\n'), b'before\r\n')
        writer.write(b'who?')
        self.assertEqual(guest.read(b'?'), b'who?')
        guest.print(b'\x1b[31m\x00\xff')
        for s in (writer, reader):
            self.assertEqual(s.output(b'\xff'), b'\x1b[31m\x00\xff')
        reader.write(b'not me')
        writer.write(b'me')
        self.assertEqual(guest.read(b'me'), b'me')

    def test_second_writer_is_refused_by_name(self):
        guest = self.guest(1)
        first = self.stream(1, 'write=yes')
        second = self.stream(1, 'write=yes')
        self.assertEqual((second.status, second.error['code']), (409, 'conflict'))
        self.assertRegex(second.error['message'], f'process {os.getpid()} of user {os.geteuid()} ')
        third = self.stream(1, 'write=yes&steal=yes')
        self.assertEqual(first.until('t')[1], f'{os.getpid()} {os.geteuid()}'.encode())
        first.write(b'lost')
        third.write(b'won')
        self.assertEqual(guest.read(b'won'), b'won')
        guest.print(b'both see this')
        self.assertEqual([s.output(b'this') for s in (first, third)], [b'both see this'] * 2)
        third.close()
        self.patiently(lambda: self.stream(1, 'write=yes').status == 101)

    def test_input_that_a_guest_does_not_take(self):
        """The writer waits; nothing is lost, and nobody else notices."""
        guest = self.guest(1)
        writer, reader = self.stream(1, 'write=yes'), self.stream(1)
        data = bytes(random.Random(1).randbytes(300000))
        sender = threading.Thread(target=lambda: [
            writer.write(data[i:i + 4000]) for i in range(0, len(data), 4000)])
        sender.start()
        time.sleep(0.3)
        guest.print(b'alive')
        reader.output(b'alive')
        got = b''
        while len(got) < len(data):
            got += os.read(guest.master, 65536)
        sender.join()
        self.assertEqual(got, data)

    def test_flood(self):
        """100 MB: a megabyte is kept, in the log alone; a reader that sleeps is told what it missed, and one
        that reads sees all."""
        guest = self.guest(1)
        memory = self.memory()
        sleeper, reader = self.stream(1), self.stream(1)
        sleeper.piece()
        total = 100 << 20
        block = b'%d bottles of beer on the wall\r\n' * 4096 % tuple(range(4096))
        seen = [0]

        def read():
            while seen[0] < total:
                kind, text = reader.piece()
                seen[0] += len(text) if kind == 'o' else int(text) if kind == 'g' else 0
        thread = threading.Thread(target=read)
        thread.start()
        for _ in range(total // len(block)):
            guest.print(block)
        guest.print(b'x' * (total % len(block) - 4) + b'end.')
        thread.join()
        self.assertEqual(seen[0], total)
        log = os.stat(self.path(f'state/consoles/{uuid(1)}'))
        self.assertEqual(log.st_size, total)
        self.assertLessEqual(log.st_blocks * 512, LIMIT)
        self.assertLess(self.memory(), memory + 2048)
        status, text = self.log('guest1')
        self.assertTrue(status == 200 and LIMIT - 40000 < len(text) <= LIMIT and text.endswith(b'end.'))
        missed = out = 0
        while missed + out < total:
            kind, text = sleeper.piece()
            out += len(text) if kind == 'o' else 0
            missed += int(text) if kind == 'g' else 0
        self.assertGreater(missed, total // 2)

    def memory(self):
        with open(f'/proc/{self.broker()}/status', encoding='ascii') as f:
            return int(re.search(r'VmRSS:\s+(\d+)', f.read())[1])

    def test_log_outlives_the_guest(self):
        guest = self.guest(1)
        guest.print(b'one\r\ntwo\r\nthree\r\n')
        self.logged(1, b'three\r\n')
        stream = self.stream(1)
        guest.end()
        stream.until('c')
        self.tell('gone 1', 'look')
        self.last('destroyed')
        self.assertEqual(self.locked(1), '')
        self.assertEqual(self.log(uuid(1), 'lines=2'), (200, b'two\r\nthree\r\n'))
        self.assertEqual(self.log(uuid(1), 'since=5'), (200, b'two\r\nthree\r\n'))
        self.assertEqual(self.log('guest1')[0], 404)
        self.assertEqual(self.log(uuid(2))[0], 404)

    def test_reboot(self):
        """Who reads is told of the next domain, and has its console."""
        guest = self.guest(1)
        stream = self.stream(1, 'write=yes')
        self.assertEqual([stream.piece()[0], stream.piece()], ['p', ('n', b'1')])
        guest.print(b'going down')
        self.tell(f'domain 1 {uuid(1)} guest1 reboot', 'look')
        self.last('rebooting')
        guest.end()
        self.assertEqual(stream.until('c')[0], b'going down')
        self.tell('gone 1', 'look')
        guest = self.guest(1, 2)
        guest.print(b'up')
        self.assertEqual(stream.until('n'), (b'', b'2'))
        self.assertEqual(stream.output(b'up'), b'up')
        stream.write(b'hello')
        guest.read(b'hello')
        self.assertEqual(self.logged(1, b'up'), b'going downup')

    def test_crash_has_the_last_lines(self):
        guest = self.guest(1)
        other = self.guest(2)
        other.print(b'somebody else\r\n')
        guest.print(b'fine\r\n' * 100)
        self.logged(1, b'fine\r\n')
        self.tell('registers 1 18446744071579005354 18446744071596900664 582', 'registers 1 4096 8192 2',
                  f'domain 1 {uuid(1)} guest1 crash', 'look')
        guest.print(b'\x1b[31mpanic: "\\\xff\r\n\r\nlast words')
        event = self.last('crashed')[-1]
        lines = event['detail']['console']
        self.assertEqual(lines[-3:], ['fine', '\\x1b[31mpanic: "\\\\xff', 'last words'])
        self.assertEqual(len(lines), 20)
        self.assertEqual(event['detail']['registers'], [
            {'ip': '0xffffffff810271aa', 'sp': '0xffffffff82138138', 'flags': '0x246'},
            {'ip': '0x1000', 'sp': '0x2000', 'flags': '0x2'}])
        report = self.succeeds('report')
        self.assertIn('"kind":"crashed"', report)
        self.assertIn('"console":"..."', report)
        self.assertNotIn('last words', report)

    def test_crash_is_told_in_time(self):
        """Without lines, and if the guest is taken away at once."""
        self.guest(1)
        began = time.monotonic()
        self.tell(f'domain 1 {uuid(1)} guest1 crash', 'look', 'gone 1', 'look')
        events = self.last('destroyed')
        self.assertEqual([e['kind'] for e in events[-2:]], ['crashed', 'destroyed'])
        self.assertEqual((events[-1]['reason'], 'detail' in events[-2]), ('crash', False))
        self.guest(1, 2)
        os.kill(self.broker(), signal.SIGSTOP)
        self.tell('registers 2 1 2 3', f'domain 2 {uuid(1)} guest1 watchdog', 'look')
        event = self.last('crashed', events[-1]['seq'])[-1]
        self.assertEqual(event['detail'], {'registers': [{'ip': '0x1', 'sp': '0x2', 'flags': '0x3'}]})
        self.assertLess(time.monotonic() - began, 60)

    def test_broker_that_is_killed(self):
        """What was printed before is there, and what is printed meanwhile comes."""
        guest = self.guest(1)
        guest.print(b'before. ')
        self.logged(1, b'before. ')
        stream = self.stream(1)
        broker = self.broker()
        os.kill(broker, signal.SIGKILL)
        guest.print(b'meanwhile. ')
        while stream.piece():
            pass
        self.patiently(lambda: self.broker() != broker)
        self.assertEqual(self.logged(1, b'meanwhile. '), b'before. meanwhile. ')
        self.assertIn('gridnixd', self.locked(1))
        again = self.stream(1, 'since=8&write=yes')
        self.assertEqual(again.output(b'meanwhile. '), b'meanwhile. ')
        again.write(b'x')
        guest.read(b'x')

    def test_daemon_that_is_killed(self):
        guest = self.guest(1)
        guest.print(b'before. ')
        self.logged(1, b'before. ')
        os.kill(self.started.pid, signal.SIGKILL)
        self.kill()
        guest.print(b'meanwhile. ')
        self.start()
        self.tell(f'domain 1 {uuid(1)} guest1 running', f'console 1 {guest.tty}', 'look')
        self.assertEqual(self.logged(1, b'meanwhile. '), b'before. meanwhile. ')

    def test_held_by_somebody_else(self):
        """What xl console does, by its lock: it is told, and taken up when it has ended."""
        with open(f'{self.path("sim")}.1', 'w', encoding='ascii') as f:
            os.chmod(f.name, 0o666)
            fcntl.flock(f, fcntl.LOCK_EX)
            self.tell(f'domain 1 {uuid(1)} guest1 running', 'look')
            guest = Guest(self, 1)
            stream = self.patiently(lambda: (lambda s: s.status == 409 and s)(self.stream(1)))
            self.assertIn(f'is held by process {os.getpid()}', stream.error['message'])
            guest.print(b'for whoever reads')
            self.assertEqual(self.log('guest1'), (200, b''))
        self.assertEqual(self.logged(1, b'reads'), b'for whoever reads')
        self.assertIn('gridnix console guest1', self.locked(1))
        with open(f'{self.path("sim")}.1', encoding='ascii') as f:
            with self.assertRaises(OSError) as refused:
                fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.assertEqual(refused.exception.errno, errno.EWOULDBLOCK)
        guest.end()

    def test_terminals_that_are_none(self):
        """Nobody's own terminal is taken for a guest's, whatever the store says."""
        shell, slave = os.openpty()
        if os.geteuid() == 0:
            os.chown(os.ttyname(slave), 65534, 65534)
        self.tell(f'domain 1 {uuid(1)} guest1 running', 'look')
        for path in (os.ttyname(slave), '/dev/null', '/dev/pts/../null', self.path('sim')):
            self.tell(f'console 1 {path}', 'look', 'look')
        os.write(shell, b'mine\n')
        self.assertEqual(os.read(slave, 100), b'mine\n')
        self.assertEqual(self.log('guest1'), (200, b''))
        os.close(shell)
        os.close(slave)

    def test_hostile_clients(self):
        """Bad pieces end their client alone; too many clients are refused."""
        guest = self.guest(1)
        reader = self.stream(1)
        for bad in (b'x\0\0\1a', b'i\0\x20\0', b'\xff' * 100):
            s = self.stream(1, 'write=yes')
            self.assertEqual(s.status, 101)
            s.sock.sendall(bad)
            while s.piece():
                pass
        broker = self.broker()
        many = [self.stream(1) for _ in range(130)]
        self.assertEqual({s.status for s in many[-2:]}, {503})
        guest.print(b'alive')
        reader.output(b'alive')
        self.assertEqual(self.broker(), broker)

    def test_bad_requests(self):
        self.guest(1)
        for more, words in (('write=perhaps', 'write'), ('lines=x', 'lines'), ('lines=1&since=2', 'since')):
            s = self.stream(1, more)
            self.assertEqual((s.status, words in s.error['message']), (400, True), more)
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(self.path('api'))
            sock.sendall(b'GET /v1/guests/guest1/console HTTP/1.1\r\nHost: localhost\r\n\r\n')
            answer = http.client.HTTPResponse(sock)
            answer.begin()
            self.assertEqual(answer.status, 400)
            self.assertIn(b'Upgrade: gridnix-console', answer.read())

    def test_follow(self):
        guest = self.guest(1)
        guest.print(b'one\r\n')
        self.logged(1, b'one\r\n')
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(self.path('api'))
            sock.sendall(b'GET /v1/guests/guest1/console/log?follow=yes HTTP/1.1\r\nHost: localhost\r\n\r\n')
            text = b''
            while not text.endswith(b'\r\n\r\none\r\n'):
                text += sock.recv(4096)
            guest.print(b'two')
            self.assertEqual(sock.recv(4096), b'two')

    def test_many_guests_share_the_total(self):
        """Each may have less; what the others have is brought to that."""
        noisy = self.guest(1)
        noisy.print(b'x' * LIMIT)
        self.patiently(lambda: os.stat(self.path(f'state/consoles/{uuid(1)}')).st_size == LIMIT)
        guests = [self.guest(n) for n in range(2, 68)]
        self.assertEqual(len(os.listdir(self.path('state/consoles'))), 67)
        self.patiently(lambda: os.stat(self.path(f'state/consoles/{uuid(1)}')).st_blocks * 512 <= LIMIT // 2)
        noisy.print(b'y' * LIMIT)
        self.patiently(lambda: os.stat(self.path(f'state/consoles/{uuid(1)}')).st_size == 2 * LIMIT)
        self.assertLessEqual(os.stat(self.path(f'state/consoles/{uuid(1)}')).st_blocks * 512, LIMIT // 2)
        self.assertEqual(len(self.log('guest1')[1].strip(b'y')), 0)
        del guests


ENDING = signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT


def hear_all():
    """Whoever runs the tests may have switched some off, as nohup does."""
    for number in ENDING:
        signal.signal(number, signal.SIG_DFL)


class Terminal:
    """gridnix on a terminal."""

    def __init__(self, *words):
        self.master, self.slave = os.openpty()
        self.before = termios.tcgetattr(self.slave)
        self.process = subprocess.Popen([simhost.GRIDNIX, 'console', *words], stdin=self.slave, stdout=self.slave,
                                        stderr=self.slave, start_new_session=True, preexec_fn=hear_all)
        self.said = b''

    def expect(self, wanted, patience=60):
        while wanted not in self.said:
            if not select.select([self.master], [], [], patience)[0]:
                raise TimeoutError(self.said)
            self.said += os.read(self.master, 4096)
        self.said = self.said[self.said.index(wanted) + len(wanted):]

    def type(self, keys):
        os.write(self.master, keys)

    def end(self):
        """Its exit status; the terminal must be as it was."""
        status = self.process.wait(60)
        assert termios.tcgetattr(self.slave) == self.before
        os.close(self.master)
        os.close(self.slave)
        return status


class CommandLine(Base):
    def terminal(self, *words):
        t = Terminal(*words, '--socket', self.path('api'))
        self.addCleanup(t.process.kill)
        return t

    def print_log(self, *words):
        done = subprocess.run([simhost.GRIDNIX, 'console', *words, '--log', '--socket', self.path('api')],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        return done.returncode, done.stdout, done.stderr

    def test_typing(self):
        guest = self.guest(1)
        guest.print(b'one\r\ntwo\r\n')
        self.logged(1, b'two\r\n')
        t = self.terminal('guest1', '-n', '1')
        t.expect(b'[guest1: its console; ^] leaves it]\r\n')
        t.expect(b'two\r\n')
        t.type(b'ls\r\x03')
        self.assertEqual(guest.read(b'\x03'), b'ls\r\x03')
        guest.print(b'\x1b[1mbold')
        t.expect(b'\x1b[1mbold')
        other = self.terminal('guest1')
        other.expect(b'process %d of user' % t.process.pid)
        self.assertEqual(other.end(), 1)
        other = self.terminal('guest1', '--steal', '-e', '^A')
        other.expect(b'^A leaves')
        other.expect(b'bold')
        other.type(b'\x1b[12;40R')  # the terminal's answer to a guest's question takes nothing
        t.type(b'me still')
        guest.read(b'me still')
        other.type(b'and me')
        guest.read(b'and me')
        t.expect(b'process %d writes now' % other.process.pid)
        reader = self.terminal('guest1', '--read-only', '-e', 'q')
        reader.expect(b'read only; q leaves')
        reader.type(b'not this')
        other.type(b'this\x1d\x01not this')
        self.assertEqual(guest.read(b'\x1d'), b'this\x1d')
        reader.type(b'q')
        t.type(b'\x1d')
        t.expect(b'left')
        self.assertEqual([x.end() for x in (other, reader, t)], [0, 0, 0])

    def test_signals_leave_the_terminal_as_it_was(self):
        self.guest(1)
        for number in ENDING:
            t = self.terminal('guest1')
            t.expect(b'leaves it')
            t.process.send_signal(number)
            self.assertEqual(t.end(), -number)

    def test_over_a_reboot_and_restarts(self):
        guest = self.guest(1)
        t = self.terminal('guest1')
        t.expect(b'leaves it')
        guest.print(b'bye')
        t.expect(b'bye')
        self.tell(f'domain 1 {uuid(1)} guest1 reboot', 'look')
        guest.end()
        t.expect(b'has no console')
        self.tell('gone 1', 'look')
        guest = self.guest(1, 2)
        t.expect(b'has a new domain, number 2 of this guest')
        os.kill(self.broker(), signal.SIGKILL)
        guest.print(b'meanwhile')
        t.expect(b'was lost; trying again')
        t.expect(b'connected again')
        t.expect(b'meanwhile')
        self.kill()
        t.expect(b'was lost; trying again')
        guest.print(b'and again')
        self.start()
        self.tell(f'domain 2 {uuid(1)} guest1 running', f'console 2 {guest.tty}', 'look')
        t.expect(b'and again')
        t.type(b'x')
        guest.read(b'x')
        self.kill()
        t.expect(b'trying again')
        t.type(b'\x1d')
        self.assertEqual(t.end(), 0)
        self.start()

    def test_log(self):
        guest = self.guest(1)
        guest.print(b'one\r\n\x1b[2Jtwo\0three\xff\r\nfour')
        self.logged(1, b'four')
        self.assertEqual(self.print_log('guest1'), (0, b'one\n\\x1b[2Jtwo\\x00three\\xff\nfour\n', b''))
        self.assertEqual(self.print_log('guest1', '-n', '1'), (0, b'four\n', b''))
        status, _, said = self.print_log('nobody')
        self.assertEqual((status, b'there is no such guest' in said), (1, True))
        follow = subprocess.Popen([simhost.GRIDNIX, 'console', 'guest1', '--log', '-n', '0', '-f', '--socket',
                                   self.path('api')], stdout=subprocess.PIPE)
        self.patiently(lambda: os.path.exists(f'/proc/{follow.pid}') and self.clients() == 1)
        guest.print(b' and a half\r\n')
        self.assertEqual(follow.stdout.readline(), b' and a half\n')
        follow.terminate()
        follow.stdout.close()
        follow.wait()

    def clients(self):
        return sum(os.readlink(f'/proc/{self.broker()}/fd/{fd}').startswith('socket:')
                   for fd in os.listdir(f'/proc/{self.broker()}/fd')) - 1

    def test_words_that_are_wrong(self):
        for words in (('guest1', '-e', 'ab'), ('guest1', '-f'), ('guest1', '-n', 'x'), ()):
            t = self.terminal(*words)
            self.assertEqual(t.end(), 2, words)


def is_open(fd):
    try:
        os.fstat(fd)
        return True
    except OSError:
        return False


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1], verbosity=2)
