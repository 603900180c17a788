# SPDX-License-Identifier: BSD-3-Clause
"""The whole daemon on a simulated host: what is told is what happened, each change once, over kills of its
processes at any moment; and with many guests."""
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

GRIDNIXD, FRONT, GRIDNIX = (os.path.abspath(path) for path in sys.argv[1:4])
SEED = int(os.environ.get('TEST_SEED') or random.randrange(1 << 30))
NOBODY = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'] if os.geteuid() == 0 else []


def uuid(number):
    return f'00000000-0000-4000-8000-{number:012d}'


class Host(unittest.TestCase):
    """A daemon, and the lines that steer its host."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.dir = directory.name
        os.chmod(self.dir, 0o777)
        # Nobody may not look into everybody's build directory.
        self.programs = [shutil.copy(path, self.dir) for path in (GRIDNIXD, FRONT)]
        self.started = None
        self.start()
        self.addCleanup(self.kill)

    def path(self, name):
        return os.path.join(self.dir, name)

    def start(self):
        self.started = subprocess.Popen([
            *NOBODY, self.programs[0], '--front', self.programs[1], '--sim', self.path('sim'), '--state',
            self.path('state'), '--socket', self.path('api')], stdin=subprocess.DEVNULL)
        self.host = self.patiently(self.connect)

    def connect(self):
        with socket.socket(socket.AF_UNIX) as s:
            try:
                s.connect(self.path('sim'))
            except OSError:
                return None
            return s.makefile('rw')

    def patiently(self, probe):
        end = time.monotonic() + 300
        while time.monotonic() < end:
            found = probe()
            if found:
                return found
            self.assertIsNone(self.started.poll(), 'gridnixd has ended')
            time.sleep(0.02)
        self.fail('waited in vain')

    def kill(self):
        self.started.send_signal(signal.SIGKILL)
        self.started.wait()
        self.host.close()

    def tell(self, *lines):
        for some in (lines[i:i + 100] for i in range(0, len(lines), 100)):
            self.host.write(''.join(line + '\n' for line in some))
            self.host.flush()
            for line in some:
                self.assertEqual(self.host.readline(), 'ok\n', line)

    def gridnix(self, *words):
        """The objects that a command prints; none while the daemon cannot be reached."""
        done = subprocess.run([GRIDNIX, *words, '--socket', self.path('api')], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertIn(done.returncode, (0, 3), done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()] if done.returncode == 0 else []

    def events(self, since=0):
        return self.gridnix('events', '--json', '--since', str(since))

    def story(self, since=0):
        return [(e['kind'], e['guest']['domid'] if 'domid' in e.get('guest', {}) else None)
                for e in self.events(since)]

    def last(self, kind, since=0):
        """Waits for an event of a kind; all since then."""
        return self.patiently(lambda: [e for e in self.events(since) if e['kind'] == kind] and
                              self.events(since))


class Stories(Host):
    def test_reboot_is_one_story(self):
        self.tell(f'domain 1 {uuid(1)} a running', 'look', f'domain 1 {uuid(1)} a reboot', 'look',
                  'gone 1', 'look', f'domain 2 {uuid(1)} a running', 'look')
        self.last('rebooted')
        self.assertEqual([k for k, _ in self.story()], [
            'host-started', 'starting', 'started', 'rebooting', 'rebooted', 'started'])
        self.assertEqual(self.events()[-1]['guest']['incarnation'], 2)

    def test_gap(self):
        self.tell(f'domain 1 {uuid(1)} a running', f'domain 2 {uuid(2)} b running', 'look')
        self.last('started')
        number = self.events()[-1]['seq']
        self.kill()
        self.start()
        gap = self.last('gap', number)
        self.assertEqual([e['kind'] for e in gap], ['daemon-started', 'gap'])
        self.assertEqual(gap[-1]['detail'], {'more': 0, 'guests': [
            {'uuid': uuid(n), 'name': name, 'before': 'running', 'after': 'gone'}
            for n, name in ((1, 'a'), (2, 'b'))]})

    def test_front_that_is_killed(self):
        front = self.patiently(lambda: subprocess.run(
            ['pgrep', '-P', str(self.started.pid)], stdout=subprocess.PIPE, text=True).stdout.split())
        os.kill(int(front[0]), signal.SIGKILL)
        self.tell(f'domain 1 {uuid(1)} a running', 'look')
        self.last('started')

    def test_many(self):
        guests = 10000
        self.tell(*(f'domain {n} {uuid(n)} guest{n} running' for n in range(1, guests + 1)), 'look')
        self.patiently(lambda: self.events(2 * guests))
        self.assertEqual(len(self.gridnix('list', '--json')[0]['guests']), guests)


class Kills(Host):
    def test_nothing_is_lost_or_told_twice(self):
        """Guests pause and go on; the daemon is killed now and then. A change that was seen is told once, and
        what happened without the daemon is a gap."""
        print(f'seed {SEED}', file=sys.stderr)
        chance = random.Random(SEED)
        for _ in range(8):
            end = time.monotonic() + chance.uniform(0, 1)
            while time.monotonic() < end:
                self.tell(f'domain 1 {uuid(1)} a {chance.choice(("running", "paused"))}', 'look')
            self.kill()
            self.start()
            self.tell(f'domain 1 {uuid(1)} a running', 'look')
        self.last('started', self.events()[-1]['seq'] - 4)
        events = self.events()
        self.assertEqual([e['seq'] for e in events], list(range(1, len(events) + 1)))
        state = 'gone'
        for e in events:
            if e['kind'] == 'gap':
                state = e['detail']['guests'][0]['after']
            elif 'guest' in e:
                self.assertEqual(e['before'], state, e)
                self.assertNotEqual(e['after'], state, e)
                state = e['after']
        self.assertEqual(state, 'running')


if __name__ == '__main__':
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]], verbosity=2)
