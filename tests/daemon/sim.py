# SPDX-License-Identifier: BSD-3-Clause
"""The whole daemon on a simulated host: what is told is what happened, each change once, over kills of its
processes at any moment; and with many guests."""
import json
import os
import random
import signal
import subprocess
import sys
import time
import unittest

from simhost import Host, uuid

SEED = int(os.environ.get('TEST_SEED') or random.randrange(1 << 30))


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
        # Whoever follows one guest, also one that it does not name; who follows kinds asks for it.
        for wanted, told in (('guest=a', ['gap']), (f'guest={uuid(3)}', ['gap']), ('kind=crashed', []),
                             ('kind=crashed,gap&guest=a', ['gap'])):
            lines = self.get(f'/v1/events?since={number}&{wanted}').splitlines()
            self.assertEqual([json.loads(line)['kind'] for line in lines], told, wanted)

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
        self.assertEqual(len(self.list()), guests)


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
    unittest.main(argv=sys.argv[:1], verbosity=2)
