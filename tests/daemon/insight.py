# SPDX-License-Identifier: BSD-3-Clause
"""Figures of guests on a simulated host: what the host knows comes out at the API, as metrics and in the
commands; what guests say is bounded and marked; metrics are for everybody and nothing else is."""
import fcntl
import json
import os
import pty
import re
import select
import signal
import socket
import stat
import struct
import subprocess
import sys
import termios
import time
import unittest

import openapi
import prometheus
from connection import Connection
from simhost import GRIDNIX, Host, uuid

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DOC = openapi.read(os.path.join(TREE, 'docs/api/openapi.yaml'))
PROMETHEUS = 'text/plain; version=0.0.4; charset=utf-8'


def label(**labels):
    return frozenset(labels.items())


def text(words):
    return words.encode().hex()


class Insight(Host):
    def ask(self, target, at='api', method='GET'):
        """Status, type and text of an answer."""
        c = Connection(self.path(at) if isinstance(at, str) else at)
        c.request(method, target)
        answer = c.getresponse()
        body = answer.read().decode()
        c.close()
        return answer.status, answer.getheader('Content-Type'), body

    def json(self, target):
        """An answer, held to its schema."""
        status, kind, body = self.ask(target)
        self.assertEqual(status, 200, body)
        value = json.loads(body)
        call, _ = openapi.find(DOC, 'GET', target)
        openapi.check(DOC, call['responses']['200']['content'][kind]['schema'], value)
        return value

    def metrics(self, at='metrics.sock'):
        """What is not a second old is given again."""
        time.sleep(1.1)
        status, kind, body = self.ask('/metrics', at)
        self.assertEqual((status, kind), (200, PROMETHEUS), body)
        return prometheus.read(body)

    def guest(self, number, name, *lines):
        self.tell(f'domain {number} {uuid(number)} {name} running', *lines, 'look')
        self.patiently(lambda: name in [g['name'] for g in self.list()])


class Figures(Insight):
    def test_one_guest(self):
        self.guest(7, 'a', 'figure 7 cpu_ns 5000000000', 'figure 7 xenstore_nodes 12',
                   'figure 7 xenstore_nodes_max 1000', 'vif 7 0 1 2 3 4 5 6', 'vif 7 1 9 0 0 0 0 0',
                   'vbd 7 51712 10 20 30 40 50', 'vbd 7 268441856 1 1 1 1 1')
        g = self.json('/v1/guests/a/stats')
        self.assertEqual(self.json(f'/v1/guests/{uuid(7)}/stats')['name'], 'a')
        self.assertEqual((g['uuid'], g['state'], g['domid']), (uuid(7), 'running', 7))
        self.assertEqual((g['cpu_ns'], g['vcpus'], g['memory_kib'], g['memory_max_kib']),
                         (5000000000, 1, 32768, 33792))
        self.assertEqual((g['xenstore_nodes'], g['xenstore_nodes_max']), (12, 1000))
        self.assertNotIn('xenstore_watches', g)
        self.assertNotIn('reported', g)
        self.assertEqual(g['vifs'][0], {
            'number': 0, 'name': 'vif7.0', 'rx_bytes': 1, 'rx_packets': 2, 'rx_drops': 3, 'tx_bytes': 4,
            'tx_packets': 5, 'tx_drops': 6})
        self.assertEqual(g['vbds'][0], {
            'number': 51712, 'name': 'xvda', 'reads': 10, 'read_bytes': 20, 'writes': 30, 'write_bytes': 40,
            'flushes': 50})
        self.assertEqual(g['vbds'][1]['name'], 'xvdz')
        before = g['up_ms']
        time.sleep(0.01)
        self.assertGreater(self.json('/v1/guests/a/stats')['up_ms'], before)

    def test_nobody(self):
        for name, status in (('b', 404), (uuid(3), 404), ('a%00', 400)):
            self.assertEqual(self.ask(f'/v1/guests/{name}/stats')[0], status)

    def test_counters(self):
        """Reboots and crashes are counted, and not forgotten when the daemon is restarted."""
        self.guest(1, 'a')
        for domid in (1, 2):
            self.tell(f'domain {domid} {uuid(1)} a reboot', 'look', f'gone {domid}', 'look',
                      f'domain {domid + 1} {uuid(1)} a running', 'look')
        self.tell(f'domain 3 {uuid(1)} a crash', 'look')
        self.last('crashed')
        g = self.json('/v1/guests/a/stats')
        self.assertEqual((g['reboots'], g['crashes']), (2, 1))
        self.kill()
        self.start()
        self.guest(9, 'b')
        self.tell(f'domain 4 {uuid(1)} a running', 'look')
        g = self.patiently(lambda: [g for g in self.json('/v1/stats')['guests'] if g['name'] == 'a'])[0]
        self.assertEqual((g['reboots'], g['crashes']), (2, 1))

    def test_host(self):
        self.guest(1, 'a', 'says 1 os ' + text('Debian'), 'figure 1 xenstore_nodes 12')
        stats = self.json('/v1/stats')
        self.assertEqual((stats['host']['xen'], stats['host']['cpus'], stats['host']['domains']),
                         ('simulated', 4, 1))
        (g,) = stats['guests']
        # What takes long is for those who ask for one guest.
        self.assertTrue({'reported', 'xenstore_nodes'}.isdisjoint(g))

    def test_many(self):
        guests = 1000
        for n in range(1, guests + 1):
            self.tell(f'domain {n} {uuid(n)} guest{n} running', f'vif {n} 0 1 2 3 4 5 6',
                      f'vbd {n} 51712 1 2 3 4 5')
        self.tell('look')
        self.patiently(lambda: len(self.list()) == guests)
        began = time.monotonic()
        stats = json.loads(self.ask('/v1/stats')[2])
        print(f'{guests} guests in {time.monotonic() - began:.3f} s', file=sys.stderr)
        self.assertEqual([g['uuid'] for g in stats['guests']], [uuid(n) for n in range(1, guests + 1)])
        self.assertEqual(len(self.metrics()['gridnix_vbd_reads_total'][1]), guests)


class Reported(Insight):
    def reported(self, *lines):
        self.tell(*(f'says 1 {line}' for line in lines))
        return self.json('/v1/guests/a/stats')

    def test_what_guests_say(self):
        self.guest(1, 'a', 'vif 1 0 1 2 3 4 5 6')
        g = self.reported('os ' + text('Debian GNU/Linux 13 ("trixie") ü'), 'memory_total_kib ' + text('262144'),
                          'memory_free_kib ' + text('-1'), 'ipv4 ' + text('192.0.2.7'))
        self.assertEqual(g['reported'], {'os': 'Debian GNU/Linux 13 ("trixie") ü', 'memory_total_kib': 262144})
        self.assertEqual(g['vifs'][0]['reported'], {'ipv4': '192.0.2.7'})

    def test_what_is_left_out(self):
        self.guest(1, 'a')
        for bad in ('1b5b324a', '00', 'ff', 'c0af', 'eda080', 'f4908080', 'c285', 'e282', '0a', '7f', '61' * 128):
            self.assertNotIn('reported', self.reported(f'os {bad}'), bad)
        self.assertEqual(self.reported('os ' + '61' * 127)['reported'], {'os': 'a' * 127})


class Metrics(Insight):
    def test_text(self):
        self.guest(1, 'a', 'figure 1 cpu_ns 1500000000', 'vif 1 0 1 2 3 4 5 6', 'vbd 1 51712 1 2 3 4 5',
                   'figure 1 xenstore_nodes 12')
        self.guest(2, 'x"\\y')
        found = self.metrics()
        a = {'guest': 'a', 'uuid': uuid(1)}
        for name, labels, value in (
                ('host_info', {'version': '0.1.0', 'xen': 'simulated'}, 1), ('host_cpus', {}, 4),
                ('guest_state', {**a, 'state': 'running'}, 1), ('guest_cpu_seconds_total', a, 1.5),
                ('guest_memory_bytes', a, 32 << 20), ('guest_crashes_total', a, 0),
                ('vif_receive_bytes_total', {**a, 'vif': '0'}, 1),
                ('vif_transmit_drops_total', {**a, 'vif': '0'}, 6),
                ('vbd_written_bytes_total', {**a, 'vbd': 'xvda'}, 4),
                ('guest_vcpus', {'guest': 'x"\\y', 'uuid': uuid(2)}, 1)):
            self.assertEqual(found['gridnix_' + name][1][label(**labels)], value, name)
        self.assertNotIn('gridnix_guest_xenstore_nodes', found)
        self.assertEqual(set(self.metrics('api')), set(found))

    def test_two_domains_of_one_guest(self):
        """As while a guest is migrated to its own host: each is a series."""
        self.guest(1, 'a')
        self.tell(f'domain 2 {uuid(1)} a--incoming running', 'look')
        self.patiently(lambda: len(self.list()) == 2)
        self.assertEqual(set(self.metrics()['gridnix_guest_vcpus'][1]), {
            label(guest='a', uuid=uuid(1)), label(guest='a', uuid=uuid(1), incarnation='2')})

    def test_is_not_taken_anew_each_time(self):
        self.guest(1, 'a')
        self.metrics()
        self.tell('figure 1 cpu_ns 9000000000')
        self.assertNotIn('} 9.0', self.ask('/metrics', 'metrics.sock')[2])
        cpu = self.metrics()['gridnix_guest_cpu_seconds_total'][1]
        self.assertEqual(list(cpu.values()), [9])

    def test_who_may(self):
        """Everybody may read metrics, and there is nothing else to be had at their socket."""
        self.patiently(lambda: os.path.exists(self.path('metrics.sock')))
        self.assertEqual(stat.S_IMODE(os.stat(self.path('metrics.sock')).st_mode), 0o666)
        self.assertEqual(stat.S_IMODE(os.stat(self.path('api')).st_mode), 0o660)
        for target in ('/v1/host', '/v1/guests', '/v1/stats', '/', '/metrics/'):
            self.assertEqual(self.ask(target, 'metrics.sock')[0], 404, target)
        self.assertEqual(self.ask('/v1/guests', 'metrics.sock', 'POST')[0], 404)
        self.assertEqual(self.ask('/metrics', 'metrics.sock', 'POST')[0], 405)

    def test_many_who_ask(self):
        """They get their turn, and the calls' socket has room all the time."""
        idle = []
        for _ in range(20):
            s = socket.socket(socket.AF_UNIX)
            s.connect(self.path('metrics.sock'))
            idle.append(s)
        self.assertEqual(self.ask('/v1/host')[0], 200)
        for s in idle:
            s.sendall(b'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n')
        for s in idle:
            with s, s.makefile('rb') as f:
                self.assertTrue(f.read().startswith(b'HTTP/1.1 200 '))

    def test_tcp(self):
        self.kill()
        with socket.socket() as s:
            s.bind(('127.0.0.1', 0))
            port = s.getsockname()[1]
        with open(self.path('conf'), 'w', encoding='utf-8') as f:
            f.write(f'[metrics]\nport = {port}\n')
        self.options = ['--config', self.path('conf'), '--guests', self.path('none')]
        self.start()
        self.assertIn('gridnix_host_cpus', self.metrics(('127.0.0.1', port)))
        self.assertEqual(self.ask('/v1/host', ('127.0.0.1', port))[0], 404)


class Screen:
    """gridnix top on a terminal of so many rows and columns."""

    def __init__(self, path, rows=24, columns=100):
        self.terminal, tty = pty.openpty()
        self.size(rows, columns)
        self.before = termios.tcgetattr(tty)
        self.process = subprocess.Popen(
            [GRIDNIX, 'top', '--delay', '1', '--socket', path], stdin=tty, stdout=tty, stderr=tty,
            env={**os.environ, 'TERM': 'xterm', 'LC_ALL': 'C.UTF-8'}, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        self.tty = tty
        self.text = ''

    def size(self, rows, columns):
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))

    def until(self, probe):
        """Reads until the last whole drawing is as wanted: its lines."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            if select.select([self.terminal], [], [], 1)[0]:
                self.text += os.read(self.terminal, 65536).decode()
            for drawing in self.text.split('\33[H\33[J')[-2:-1]:
                lines = re.sub('\33\\[[0-9;]*m', '', drawing).replace('\r', '').splitlines()
                if probe(lines):
                    return lines
        raise AssertionError(self.text[-2000:])

    def end(self, how):
        """Its exit status; the terminal is as it was, and its own screen is gone."""
        how()
        status = self.process.wait(60)
        while select.select([self.terminal], [], [], 0.2)[0]:
            self.text += os.read(self.terminal, 65536).decode()
        restored = termios.tcgetattr(self.tty) == self.before
        os.close(self.tty)
        os.close(self.terminal)
        return status, restored, self.text.endswith('\33[?25h\33[?1049l')


class Commands(Insight):
    def run_(self, *words, code=0):
        done = subprocess.run([GRIDNIX, *words, '--socket', self.path('api')], text=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout if code == 0 else done.stderr

    def test_stats(self):
        self.guest(1, 'a', 'figure 1 cpu_ns 5000000000', 'vif 1 0 2048 2 3 1048576 5 6', 'vif 1 1 1024 0 1 0 0 0',
                   'vbd 1 51712 1 999 3 1024000 5')
        row = self.run_('stats').splitlines()[1].split()
        self.assertEqual(row[:9], ['a', 'running', '5.0s', '32M', '3.0K', '1.0M', '10', '999B', '0.9M'])
        self.assertEqual(row[10:], ['0', '0'])
        self.assertEqual(self.run_('stats', 'a').splitlines()[1].split()[:9], row[:9])
        self.assertEqual(json.loads(self.run_('stats', 'a', '--json'))['cpu_ns'], 5000000000)
        self.assertEqual(len(json.loads(self.run_('stats', '--json'))['guests']), 1)
        self.assertIn('there is no such guest', self.run_('stats', 'b', code=1))

    def test_show(self):
        self.ask_define('a')
        self.guest(5, 'b', 'vif 5 0 1 2 3 4 5 6', 'vbd 5 51728 1 2 3 4 5', 'figure 5 xenstore_nodes 12',
                   'figure 5 xenstore_nodes_max 1000', 'says 5 os ' + text('A system'),
                   'says 5 ipv4 ' + text('192.0.2.7'))
        shown = self.run_('show', 'b')
        for line in ('state         running', 'domain        5, incarnation 1', 'xenstore      12 nodes of 1000',
                     'disk xvdb     2B read by 1 requests; 4B written by 3, 5 flushes',
                     'vif 0         vif5.0: 1B received, 3 packets dropped; 4B sent, 6 dropped',
                     '  it says     192.0.2.7', 'What the guest says of itself:\nsystem        A system'):
            self.assertIn('\n' + line, shown)
        self.assertTrue(shown.endswith('It has no definition: others started it.\n'), shown)
        shown = self.run_('show', 'a')
        self.assertIn('state         off\n', shown)
        self.assertIn('Definition:\n[guest]\nname = a\n', shown)
        both = json.loads(self.run_('show', 'a', '--json'))
        self.assertEqual((both['stats']['state'], both['definition']['name']), ('off', 'a'))
        self.assertIsNone(json.loads(self.run_('show', 'b', '--json'))['definition'])

    def ask_define(self, name, cmdline=''):
        definition = f'[guest]\nname = {name}\nmemory = 32M\nkernel = /boot/guest\ncmdline = {cmdline}\n'
        subprocess.run([GRIDNIX, 'define', '-', '--socket', self.path('api')], input=definition, text=True,
                       stdout=subprocess.DEVNULL, check=True)

    def test_top_batch(self):
        """What is used in a second, sorted; guests without a domain use nothing."""
        self.ask_define('off')
        self.guest(1, 'a')
        self.guest(2, 'b', 'vif 2 0 1 0 0 0 0 0')
        with subprocess.Popen([GRIDNIX, 'top', '-b', '--count', '2', '--delay', '2', '--sort', 'n', '--socket',
                               self.path('api')], text=True, stdout=subprocess.PIPE) as top:
            first = [top.stdout.readline() for _ in range(4)]
            self.tell('figure 1 cpu_ns 900000000000', 'vif 2 0 1000000000 0 0 0 0 0')
            self.assertEqual(top.stdout.readline(), '\n')
            second = [top.stdout.readline() for _ in range(4)]
            self.assertEqual(top.wait(60), 0)
        self.assertRegex(first[0], r'^Xen simulated, up .*, 2 guests; 4 processors: .*; memory: 8.0G free of 16G\n$')
        self.assertEqual([line.split()[0] for line in first[1:]], ['NAME', 'a', 'b'])
        self.assertEqual([line.split()[0] for line in second[1:]], ['NAME', 'b', 'a'])
        self.assertGreater(float(second[3].split()[2]), 1000)
        self.assertRegex(second[2].split()[5], r'^\d+(\.\d)?M$')

    def test_top_on_a_terminal(self):
        for n in range(1, 31):
            self.tell(f'domain {n} {uuid(n)} guest{n} running')
        self.guest(31, 'large', 'figure 31 cpu_ns 7')
        self.tell('look')
        screen = Screen(self.path('api'))
        lines = screen.until(lambda lines: len(lines) > 3)
        self.assertEqual(len(lines), 23)  # the last row stays free
        self.assertTrue(lines[0].startswith('Xen simulated'))
        screen.size(10, 60)
        lines = screen.until(lambda lines: len(lines) == 9)
        self.assertLessEqual(max(map(len, lines)), 60)
        os.write(screen.terminal, b'xm')  # what is no key does nothing
        screen.until(lambda lines: lines[2].startswith('guest1 '))
        self.assertEqual(screen.end(lambda: os.write(screen.terminal, b'q')), (0, True, True))

    def test_top_gives_the_terminal_back(self):
        self.guest(1, 'a')
        for how in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, None):
            screen = Screen(self.path('api'))
            screen.until(lambda lines: len(lines) > 2)
            if how:
                status = screen.end(lambda: screen.process.send_signal(how))
                self.assertEqual(status, (0, True, True), how)
        self.kill()
        status, restored, _ = screen.end(lambda: None)
        self.assertEqual((status, restored), (3, True))
        self.assertIn('\33[?25h\33[?1049l', screen.text)
        self.start()

    def test_report(self):
        self.ask_define('a', 'password=secret1 root=x')
        self.guest(2, 'b', 'says 2 os ' + text('secret2'))
        path = self.path('report')
        self.run_('report', '-o', path)
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        with open(path, encoding='utf-8') as f:
            report = f.read()
        for part in ('Left out, ', '\n== System\n', '\n== Packages\n', '\n== Daemon\ngridnixd 0.1.0',
                     '\n== Definitions\n', 'cmdline =...\n', '"kind":"started"', '\n== Logs\n', '\n== End\n'):
            self.assertIn(part, report)
        self.assertNotRegex(report, 'secret[12]')
        self.kill()
        report = self.run_('report')
        self.assertIn('\n== Daemon\nIt does not answer: ', report)
        self.assertIn('\n== End\n', report)
        self.run_('report', '-o', '/nowhere/report', code=1)
        self.start()


if __name__ == '__main__':
    unittest.main(argv=['insight.py'], verbosity=2)
