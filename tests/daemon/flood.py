# SPDX-License-Identifier: BSD-3-Clause
"""Guests that have much of xenstore, on a simulated host: what is told of them, once, and how they are answered,
step by step."""
import os
import signal
import subprocess
import time
import unittest

from simhost import GRIDNIX, Host, uuid

DEFINITION = '[guest]\nname = ours\nmemory = 32M\nkernel = /boot/guest\non_poweroff = restart\n'


class Flood(Host):
    def start(self, **how):
        self.options = ['--config', self.path('g.conf')]
        if not os.path.exists(self.path('g.conf')):
            self.configure()
        super().start(**how)

    def configure(self, text=''):
        with open(self.path('g.conf'), 'w', encoding='utf-8') as f:
            f.write(f'[guests]\ninterval = 50\ndir =\n[xenstore]\npatience = 1\n{text}\n')

    def reload(self, text):
        self.configure(text)
        self.started.send_signal(signal.SIGHUP)

    def run_(self, *words, **how):
        subprocess.run([GRIDNIX, *words, '--socket', self.path('api')], check=True, stdout=subprocess.DEVNULL, **how)

    def ours(self):
        """A guest that the daemon has started: its domain."""
        self.run_('define', '-', input=DEFINITION, text=True)
        self.run_('start', 'ours')
        return self.guest('ours')['domid']

    def guest(self, name):
        return {g['name']: g for g in self.list()}[name]

    def state(self, name):
        return {g['name']: g['state'] for g in self.list()}.get(name)

    def told(self, since=0):
        """What was told of guests, without what they had: (name, reason, limit, answer, skipped)."""
        return [(e['guest']['name'], e['reason'], e['detail']['limit'], e['detail'].get('answer'),
                 e['detail'].get('skipped')) for e in self.events(since) if e['kind'] == 'xenstore-quota']

    def becomes(self, *wanted, since=0):
        self.patiently(lambda: len(self.told(since)) >= len(wanted))
        self.assertEqual(self.told(since), list(wanted))

    def has(self, domid, **limits):
        self.tell(*(f'quota {domid} {limit} {used} {most}' for limit, (used, most) in limits.items()))

    def looks(self, count=6):
        """Waits for so many looks: something happens that none of them can miss."""
        for n in range(count):
            state = 'paused' if n % 2 else 'running'
            self.tell(f'domain 999 {uuid(999)} other {state}')
            self.patiently(lambda: state == self.state('other'))

    def test_levels(self):
        self.tell(f'domain 1 {uuid(1)} a running', f'domain 2 {uuid(2)} b running')
        self.has(1, nodes=(799, 1000), watches=(101, 128), transactions=(7, 10), requests=(15, 20))
        self.has(2, memory=(2097152, 2621440))
        self.becomes(('b', 'soft', 'memory', None, None))
        self.looks()
        self.has(1, nodes=(800, 1000), transactions=(10, 10))
        self.becomes(('b', 'soft', 'memory', None, None), ('a', 'soft', 'nodes', None, None),
                     ('a', 'hard', 'transactions', 'event', None))
        (event,) = [e for e in self.events() if e.get('detail', {}).get('limit') == 'transactions']
        self.assertEqual(event['detail'], {'limit': 'transactions', 'used': 10, 'max': 10, 'answer': 'event'})
        self.assertEqual((event['guest']['domid'], event['guest']['state'], event['known']), (1, 'running', 'polled'))
        self.looks()
        self.assertEqual(len(self.told()), 3)

    def test_flapping(self):
        self.tell(f'domain 1 {uuid(1)} a running')
        self.has(1, nodes=(1000, 1000))
        self.becomes(('a', 'hard', 'nodes', 'event', None))
        for n in range(10):
            self.has(1, nodes=(1000 if n % 2 else 0, 1000))
            self.looks(4)
        self.has(1, nodes=(0, 1000))
        self.becomes(('a', 'hard', 'nodes', 'event', None), ('a', 'ends', 'nodes', None, None))
        self.has(1, nodes=(1000, 1000))
        self.becomes(('a', 'hard', 'nodes', 'event', None), ('a', 'ends', 'nodes', None, None),
                     ('a', 'hard', 'nodes', 'event', None))

    def test_ladder(self):
        """To the top, for a guest that would otherwise be restarted: it stays off."""
        domid = self.ours()
        self.reload('answer = destroy')
        self.has(domid, nodes=(1000, 1000))
        self.becomes(('ours', 'hard', 'nodes', 'event', None), ('ours', 'hard', 'nodes', 'pause', ['quota']),
                     ('ours', 'hard', 'nodes', 'destroy', None))
        self.patiently(lambda: self.guest('ours')['state'] == 'off')
        self.looks()
        self.assertEqual([e['kind'] for e in self.events() if e.get('guest', {}).get('name') == 'ours'],
                         ['defined', 'starting', 'started', 'xenstore-quota', 'xenstore-quota', 'paused',
                          'xenstore-quota', 'destroyed'])
        self.assertEqual({e.get('operation') for e in self.events() if e['kind'] == 'xenstore-quota'}, {None})
        self.run_('start', 'ours')
        self.looks()
        self.assertEqual(self.guest('ours')['state'], 'running')

    def test_ladder_of_a_foreign_guest(self):
        """It stops where the configuration says; what was paused stays so."""
        self.reload('answer = pause')
        self.tell(f'domain 7 {uuid(7)} foreign running')
        self.has(7, watches=(128, 128))
        self.becomes(('foreign', 'hard', 'watches', 'event', None), ('foreign', 'hard', 'watches', 'pause', ['quota']))
        self.patiently(lambda: self.guest('foreign')['state'] == 'paused')
        self.has(7, watches=(0, 128))
        self.becomes(('foreign', 'hard', 'watches', 'event', None), ('foreign', 'hard', 'watches', 'pause', ['quota']),
                     ('foreign', 'ends', 'watches', None, None))
        self.assertEqual(self.guest('foreign')['state'], 'paused')

    def test_tighter(self):
        """A store that has limits for each guest; the guest gives way."""
        self.tell('store each', f'domain 1 {uuid(1)} a running')
        self.reload('answer = pause')
        self.has(1, nodes=(950, 1000))
        self.becomes(('a', 'hard', 'nodes', 'event', None), ('a', 'hard', 'nodes', 'quota', None),
                     ('a', 'hard', 'nodes', 'pause', None))
        (paused,) = [e for e in self.events() if e.get('detail', {}).get('answer') == 'pause']
        self.assertEqual(paused['detail']['max'], 800)

    def test_restarts(self):
        """After a kill it is told again, and answers begin anew; what is paused is destroyed."""
        self.reload('answer = pause')
        self.tell(f'domain 7 {uuid(7)} a running')
        self.has(7, nodes=(1000, 1000))
        hard = ('a', 'hard', 'nodes', 'event', None)
        self.becomes(hard, ('a', 'hard', 'nodes', 'pause', ['quota']))
        self.patiently(lambda: self.guest('a')['state'] == 'paused')
        since = self.events()[-1]['seq']
        self.kill()
        self.configure('answer = destroy')
        self.start()
        self.tell(f'domain 7 {uuid(7)} a running', 'look', f'domain 7 {uuid(7)} a paused', 'look')
        self.has(7, nodes=(1000, 1000))
        self.becomes(hard, ('a', 'hard', 'nodes', 'destroy', ['quota', 'pause']), since=since)
        self.patiently(lambda: self.events()[-1]['kind'] == 'destroyed')

    def test_another_domain(self):
        """What a guest did is not its next domain's."""
        self.tell(f'domain 1 {uuid(1)} a running')
        self.has(1, nodes=(1000, 1000))
        hard = ('a', 'hard', 'nodes', 'event', None)
        self.becomes(hard)
        self.tell(f'domain 1 {uuid(1)} a reboot', 'look', 'gone 1', 'look', f'domain 2 {uuid(1)} a running', 'look')
        self.last('rebooted')
        self.has(2, nodes=(1000, 1000))
        self.becomes(hard, hard)

    def writes(self, domid, rate, busy=80, every=1):
        self.tell(f'writes {busy} {domid} {rate} /local/domain/{domid}/data/x {every}')

    def windows(self, count=3):
        """Waits for so many looks at how busy the store is, one a second."""
        time.sleep(count)
        self.looks(2)

    def test_writes(self):
        """Whoever does not stop is told, with where it writes."""
        self.tell(f'domain 1 {uuid(1)} a running', f'domain 2 {uuid(2)} b running')
        self.writes(2, 100)
        self.writes(1, 5000)
        hard = ('a', 'hard', 'writes', 'event', None)
        self.becomes(hard)
        (event,) = [e for e in self.events() if e['kind'] == 'xenstore-quota']
        self.assertEqual((event['detail']['path'], event['detail']['max']), ('/local/domain/1/data/x', 1000))
        self.assertTrue(2000 < event['detail']['used'] <= 5000, event)
        self.windows()
        self.assertEqual(self.told(), [hard])
        self.writes(1, 0, busy=0)
        ends = ('a', 'ends', 'writes', None, None)
        self.becomes(hard, ends)
        self.assertNotIn('path', self.events()[-1]['detail'])
        self.writes(1, 5000)
        self.becomes(hard, ends, hard)

    def test_writes_to_a_store_that_is_not_busy(self):
        """Then nobody looks, unless that is wanted."""
        self.tell(f'domain 1 {uuid(1)} a running')
        self.writes(1, 5000, busy=10)
        self.windows()
        self.assertEqual(self.told(), [])
        self.reload('busy = 0')
        self.becomes(('a', 'hard', 'writes', 'event', None))

    def test_writes_of_others(self):
        """Those of back ends, and what happens once, are no flood."""
        self.tell(f'domain 1 {uuid(1)} a running', 'writes 80 1 9000 /local/domain/0/backend/vif/1/0/state')
        self.windows(4)
        self.writes(1, 5000, every=2)
        self.windows(6)
        self.assertEqual(self.told(), [])

    def test_ladder_of_writes(self):
        """What is paused writes no more; when it goes on, so does the ladder. No store limits this."""
        domid = self.ours()
        self.reload('answer = destroy')
        self.tell('store each')
        self.writes(domid, 5000)
        wanted = [('ours', 'hard', 'writes', 'event', None), ('ours', 'hard', 'writes', 'pause', ['quota'])]
        self.becomes(*wanted)
        self.patiently(lambda: self.guest('ours')['state'] == 'paused')
        self.windows()
        self.assertEqual(self.told(), wanted)
        self.run_('unpause', 'ours')
        self.becomes(*wanted, ('ours', 'hard', 'writes', 'destroy', None))
        self.patiently(lambda: self.guest('ours')['state'] == 'off')

    def test_ladder_beside_operations(self):
        """Whoever has operations done with a guest does not put the answer off."""
        domid = self.ours()
        self.reload('answer = pause')
        self.has(domid, nodes=(1000, 1000))
        self.patiently(self.told)
        self.patiently(lambda: self.run_('set-memory', 'ours', '32M') or time.sleep(0.3) or len(self.told()) > 1)
        self.assertEqual(self.told()[1:], [('ours', 'hard', 'nodes', 'pause', ['quota'])])

    def test_writes_switched_off(self):
        self.reload('writes = 0')
        self.tell(f'domain 1 {uuid(1)} a running')
        self.writes(1, 5000)
        self.windows()
        self.assertEqual(self.told(), [])

    def test_switched_off(self):
        self.reload('soft = 0\nhard = 0')
        self.tell(f'domain 1 {uuid(1)} a running')
        self.looks()
        self.has(1, nodes=(1000, 1000))
        self.looks()
        self.assertEqual(self.told(), [])

    def test_many(self):
        """All get their turn; those that are told are looked at each time."""
        self.tell(*(f'domain {n} {uuid(n)} g{n} running' for n in range(1, 301)))
        self.looks(1)
        self.has(300, nodes=(900, 1000))
        self.becomes(('g300', 'soft', 'nodes', None, None))
        self.tell(*(f'quota {n} nodes 900 1000' for n in range(1, 301)))
        self.patiently(lambda: len(self.told()) == 300)


if __name__ == '__main__':
    unittest.main(argv=['flood'], verbosity=2)
