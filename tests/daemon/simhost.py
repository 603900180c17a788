# SPDX-License-Identifier: BSD-3-Clause
"""A gridnixd on a simulated host, for tests: its arguments are the programs GRIDNIXD FRONT GRIDNIX
[WORKER [HOOKS]]."""
import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from unittest import mock

from connection import Connection

GRIDNIXD, FRONT, GRIDNIX, *WORKER = (os.path.abspath(path) for path in sys.argv[1:])
PACKAGING = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../packaging')
NOBODY = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'] if os.geteuid() == 0 else []


def nobody_with(capabilities):
    return [*NOBODY, f'--inh-caps={capabilities}', f'--ambient-caps={capabilities}']


def ended(pid):
    """Whether a process has, waited for or not."""
    try:
        with open(f'/proc/{pid}/stat', encoding='ascii') as f:
            return f.read().rpartition(')')[2].split()[0] in 'ZX'
    except (FileNotFoundError, ProcessLookupError):
        return True


def uuid(number):
    return f'00000000-0000-4000-8000-{number:012d}'


class Host(unittest.TestCase):
    """A daemon, and the lines that steer its host."""

    who = NOBODY  # what makes the daemon somebody else

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.dir = directory.name
        os.chmod(self.dir, 0o777)
        # Nobody may not look into everybody's build directory.
        self.programs = [shutil.copy(path, self.dir) for path in (GRIDNIXD, FRONT, *WORKER)]
        self.options = []  # more of them
        self.errors = None  # where the daemon says what is wrong; None: where the test does
        self.started = None
        self.start()
        self.addCleanup(self.kill)

    def path(self, name):
        return os.path.join(self.dir, name)

    def command(self):
        return [self.programs[0], '--front', self.programs[1], '--sim', self.path('sim'), '--state', self.path('state'),
                '--socket', self.path('api'), *self.worker(), *self.hooks(), *self.options]

    def start(self, before=None):
        """Behind what makes the daemon somebody else, or shows it another host."""
        self.started = subprocess.Popen([*(before or self.who), *self.command()], stdin=subprocess.DEVNULL, stderr=self.errors)
        self.host = self.patiently(lambda: self.connect('sim'))
        # The front may still be on its way: whoever connects waits for it.
        self.patiently(lambda: self.connect('api')).close()

    def worker(self):
        """The daemon starts workers without arguments."""
        if not WORKER:
            return []
        script = self.path('work')
        with open(script, 'w', encoding='utf-8') as f:
            f.write(f'#!/bin/sh\nexec {self.programs[2]} {self.path("sim")}\n')
        os.chmod(script, 0o755)
        return ['--worker', script]

    def bridges(self):
        """For networks' bridges, real ones, and the rules between them."""
        for name in ('networks.nft', 'routed.nft'):
            shutil.copy(os.path.join(PACKAGING, name), self.dir)
        return ['--bridges', '--rules', self.dir]

    def hooks(self):
        if len(WORKER) < 2:
            return []
        return ['--hooks', self.programs[3], '--hooks-dir', self.path('hooks.d')]

    def connect(self, name):
        with socket.socket(socket.AF_UNIX) as s:
            try:
                s.connect(self.path(name))
            except OSError:
                return None
            return s.makefile('rw')

    def patiently(self, probe, killed=False):
        """Until there is something, while the daemon runs, unless it was killed. What costs is asked less often: others
        compute beside it."""
        end = time.monotonic() + 300
        while (start := time.monotonic()) < end:
            found = probe()
            if found:
                return found
            if not killed:
                self.assertIsNone(self.started.poll(), 'gridnixd has ended')
            time.sleep(max(0.02, time.monotonic() - start))
        self.fail('waited in vain')

    def kill(self):
        self.started.send_signal(signal.SIGKILL)
        self.started.wait()
        self.host.close()
        # The front ends a moment later, and is not to answer in the place of the next one.
        end = time.monotonic() + 60
        while (front := self.connect('api')) and time.monotonic() < end:
            front.close()
            time.sleep(0.01)

    def start_meddled(self, change):
        """Starts it again, with an nft behind which somebody else makes a change as soon as that can be made, once; a
        function tells whether it was made."""
        self.kill()
        nft, done = shutil.which('nft'), self.path('done')
        with open(self.path('nft'), 'w', encoding='ascii') as f:
            f.write(f'#!/bin/sh\n{nft} "$@" || exit\n[ ! -e {done} ] && {nft} {change} 2>/dev/null && mkdir {done}\nexit 0\n')
        os.chmod(self.path('nft'), 0o755)
        with mock.patch.dict(os.environ, PATH=f'{self.dir}:{os.environ["PATH"]}'):
            self.start()
        return lambda: os.path.exists(done)

    def tell(self, *lines):
        for some in (lines[i:i + 100] for i in range(0, len(lines), 100)):
            self.host.write(''.join(line + '\n' for line in some))
            self.host.flush()
            for line in some:
                self.assertEqual(self.host.readline(), 'ok\n', line)

    def before(self, *lines):
        """What is so when the daemon is started again."""
        with open(self.path('sim.before'), 'w', encoding='utf-8') as f:
            f.write(''.join(line + '\n' for line in lines))

    def run_gridnix(self, *words, text=None):
        return subprocess.run([GRIDNIX, *words, '--socket', self.path('api')], text=True, input=text,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def succeeds(self, *words, text=None):
        """What a command prints."""
        done = self.run_gridnix(*words, text=text)
        self.assertEqual((done.returncode, done.stderr), (0, ''), done.stdout)
        return done.stdout

    def refused(self, *words, text=None, status=1):
        """What a command complains of."""
        done = self.run_gridnix(*words, text=text)
        self.assertEqual((done.returncode, done.stdout), (status, ''), done.stderr)
        return done.stderr

    def define_guest(self, name, **vif):
        text = f'[guest]\nname = {name}\nmemory = 32M\nkernel = /boot/guest\n[vif 0]\n'
        return self.run_gridnix('define', '-', text=text + ''.join(f'{key} = {value}\n' for key, value in vif.items()))

    def gridnix(self, *words):
        """The objects that a command prints; none while the daemon cannot be reached."""
        done = self.run_gridnix(*words)
        self.assertIn(done.returncode, (0, 3), done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()] if done.returncode == 0 else []

    def get(self, target):
        """What the daemon answers, "" while it cannot be reached: tests that wait ask often, and a command would take
        much longer."""
        with contextlib.closing(Connection(self.path('api'))) as connection:
            try:
                connection.request('GET', target)
                answer = connection.getresponse()
                text = answer.read().decode()
            except (OSError, http.client.HTTPException):
                return ''
        self.assertEqual(answer.status, 200, text)
        return text

    def list(self):
        text = self.get('/v1/guests')
        return json.loads(text)['guests'] if text else []

    def events(self, since=0):
        return [json.loads(line) for line in self.get(f'/v1/events?since={since}').splitlines()]

    def story(self, since=0):
        return [(e['kind'], e['guest']['domid'] if 'domid' in e.get('guest', {}) else None)
                for e in self.events(since)]

    def last(self, kind, since=0):
        """Waits for an event of a kind; all since then."""
        return self.patiently(lambda: [e for e in self.events(since) if e['kind'] == kind] and
                              self.events(since))
