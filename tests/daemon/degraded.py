# SPDX-License-Identifier: BSD-3-Clause
"""A host that is degraded, on a simulated one: it is told when that begins and ends, and shown meanwhile."""
import contextlib
import os
import signal
import subprocess
import unittest

from simhost import FRONT, GRIDNIX, NOBODY, Host, uuid


class Degraded(Host):
    def start(self):
        """With a front that can be broken, and tells its processes."""
        front = self.path('front')
        with open(front, 'w', encoding='utf-8') as f:
            f.write(f'#!/bin/sh\necho $$ >>{self.path("fronts")}\n[ ! -e {self.path("broken")} ] || exit 1\n'
                    f'exec {self.path(os.path.basename(FRONT))}\n')
        os.chmod(front, 0o755)
        self.programs[1] = front
        # What is too large is an error, and no signal.
        super().start([*NOBODY, 'env', '--ignore-signal=XFSZ'])

    def fronts(self):
        try:
            with open(self.path('fronts'), encoding='utf-8') as f:
                return f.read().split()
        except FileNotFoundError:
            return []

    def told(self):
        return [(e['reason'], e['detail']) for e in self.events() if e['kind'] == 'host-degraded']

    def becomes(self, *wanted):
        self.patiently(lambda: len(self.told()) >= len(wanted))
        self.assertEqual(self.told(), list(wanted))

    def boot(self, text):
        with open(self.path('new'), 'w', encoding='utf-8') as f:
            f.write(text)
        os.rename(self.path('new'), self.path('degraded'))

    def said(self, *words):
        done = subprocess.run([GRIDNIX, *words, '--socket', self.path('api')], text=True, check=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        return done.stdout, done.stderr

    def test_boot(self):
        self.assertEqual(self.said('list')[1], '')
        self.boot('xenstored has\33[2J ended.\n')
        begins = ('begins', {'what': 'boot', 'words': 'xenstored has [2J ended.'})
        self.becomes(begins)
        self.assertEqual(self.said('list')[1], 'gridnix: this host is degraded: xenstored has [2J ended.\n')
        self.assertIn('\ndegraded: xenstored has [2J ended.\n', self.said('report')[0])
        self.tell(f'domain 1 {uuid(1)} a running', 'look')
        self.last('started')
        self.boot('No network.')
        self.becomes(begins, ('begins', {'what': 'boot', 'words': 'No network.'}))
        os.unlink(self.path('degraded'))
        self.becomes(begins, ('begins', {'what': 'boot', 'words': 'No network.'}), ('ends', {'what': 'boot'}))
        self.assertEqual(self.said('list')[1], '')

    def test_before_the_start(self):
        """It is told when the daemon starts, and again after a restart, since it lasts."""
        self.boot('One thing.')
        begins = ('begins', {'what': 'boot', 'words': 'One thing.'})
        self.becomes(begins)
        self.kill()
        self.start()
        self.becomes(begins, begins)

    def test_watch(self):
        """It is lost; looks go on, and it is set again."""
        self.tell('store lost')
        self.tell(f'domain 1 {uuid(1)} a running', 'look')
        self.last('started')
        self.assertEqual(self.told(), [])

    def test_store(self):
        self.tell('store silent')
        begins = ('begins', {'what': 'xenstore', 'words': 'xenstored does not answer'})
        self.becomes(begins)
        self.tell('store answers')
        self.becomes(begins, ('ends', {'what': 'xenstore'}))

    def limit(self, size):
        """As a disk that is full: no file gets larger."""
        subprocess.run([*NOBODY, 'prlimit', f'--pid={self.started.pid}', f'--fsize={size}:'], check=True)

    def test_journal(self):
        """What can't be written is shown, and told as soon as it can."""
        self.last('host-started')
        self.limit('1')
        self.tell(f'domain 1 {uuid(1)} a running', 'look')
        self.patiently(lambda: 'this host is degraded: ' in self.said('list')[1])
        self.limit('unlimited')
        self.patiently(lambda: len(self.told()) >= 2)
        (begins, ends) = self.told()
        self.assertEqual((begins[0], begins[1]['what'], ends), ('begins', 'journal', ('ends', {'what': 'journal'})))
        self.last('started')

    def test_process(self):
        """The front ends each time it is started, until that is mended."""
        with open(self.path('broken'), 'w', encoding='utf-8'):
            pass
        # It has ended already when it saw that by itself, just begun.
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(self.patiently(self.fronts)[-1]), signal.SIGKILL)
        self.patiently(lambda: len(self.fronts()) >= 5)
        os.unlink(self.path('broken'))
        begins = ('begins', {'what': 'process', 'words': "the front ends again and again; the daemon's log says why"})
        self.becomes(begins)
        self.becomes(begins, ('ends', {'what': 'process'}))


if __name__ == '__main__':
    unittest.main(argv=['degraded'], verbosity=2)
