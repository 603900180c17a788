# SPDX-License-Identifier: BSD-3-Clause
"""Events of guests' devices on a simulated host: each told once, with what is known of it, whatever its guest does
to its own end; over restarts of the daemon, and with the operations that they come from."""
import contextlib
import sqlite3
import sys
import unittest

from operate import Calls
from simhost import uuid

VIF = 'mac=00:16:3e:00:00:01 bridge=br0'
DISK = 'dev=xvda params=/dev/disk'


class Devices(Calls):
    def setUp(self):
        super().setUp()
        self.tell(f'domain 1 {uuid(1)} a running', f'domain 2 {uuid(2)} b running', 'look')
        self.last('started')
        self.since = self.events()[-1]['seq']

    def told(self, last, since=None):
        """What was told of devices and of guests that end, when the last of it is there."""
        def found():
            return [(e['kind'], e['guest']['name']) for e in self.events(since or self.since)]
        self.patiently(lambda: found() and found()[-1] == last)
        return found()

    def rows(self):
        """What is remembered."""
        with contextlib.closing(sqlite3.connect(self.path('state/state.db'))) as db:
            return sorted(db.execute('SELECT domid, type, number, attached, failed FROM devices'))

    def test_details(self):
        self.tell(f'device vif 1 0 4 {VIF}', f'device vbd 1 51712 4 {DISK}', 'device vif 1 1 4 bridge=br"1',
                  'device qdisk 2 768 4 dev=hda params=aio:/image', 'look')
        self.told(('vbd-attached', 'b'))
        self.tell('device vif 1 0 gone', 'look')
        self.told(('vif-detached', 'a'))
        events = self.events(self.since)
        self.assertEqual([(e['kind'], e['guest']['domid'], e['detail']) for e in events], [
            ('vif-attached', 1, {'number': 0, 'mac': '00:16:3e:00:00:01', 'bridge': 'br0'}),
            ('vbd-attached', 1, {'number': 51712, 'name': 'xvda', 'path': '/dev/disk'}),
            ('vif-attached', 1, {'number': 1}),
            ('vbd-attached', 2, {'number': 768, 'name': 'hda', 'path': '/image'}),
            ('vif-detached', 1, {'number': 0, 'mac': '00:16:3e:00:00:01', 'bridge': 'br0'})])
        self.assertEqual({e['known'] for e in events}, {'watched'})
        self.assertEqual({(e['before'], e['after']) for e in events}, {('running', 'running')})

    def test_what_a_guest_does_is_not_told(self):
        for _ in range(50):
            for state in (2, 4, 5, 6):
                self.tell(f'device vif 1 0 {state} {VIF}', 'look')
        self.tell('device vif 1 0 gone', 'look')
        self.assertEqual(self.told(('vif-detached', 'a')), [('vif-attached', 'a'), ('vif-detached', 'a')])

    def test_failures(self):
        self.tell('device vif 1 0 2 hotplug-status=error hotplug-error=no_"bridge"', 'look')
        self.tell('device vbd 1 51712 6', 'device vbd 1 51728 6 online=0', 'device vif 2 0 2', 'look')
        self.told(('vbd-failed', 'a'))
        self.tell('device vif 1 0 gone', 'device vif 2 0 gone', 'device vbd 1 51712 4', 'look')
        self.told(('vbd-attached', 'a'))
        self.assertEqual([(e['kind'], e.get('reason'), e['detail']) for e in self.events(self.since)], [
            ('vif-failed', 'hotplug', {'number': 0, 'error': "no_'bridge'"}),
            ('vbd-failed', 'closed', {'number': 51712}), ('vbd-attached', None, {'number': 51712})])

    def test_order(self):
        """Devices come after their guest and go before it, and a guest of the same number has its own."""
        self.tell(f'device vif 1 0 4 {VIF}', f'device vif 3 0 4 {VIF}', f'domain 3 {uuid(3)} c running', 'look')
        self.told(('vif-attached', 'c'))
        self.tell('device vif 1 0 gone', 'gone 1', 'look', f'domain 1 {uuid(4)} d running', 'device vif 1 0 4', 'gone 3',
                  'look')
        self.told(('vif-attached', 'd'))
        self.tell(f'domain 3 {uuid(5)} e running', 'device vif 3 0 1', 'look', 'device vif 3 0 4', 'look')
        self.assertEqual(self.told(('vif-attached', 'e')), [
            ('starting', 'c'), ('started', 'c'), ('vif-attached', 'a'), ('vif-attached', 'c'),
            ('vif-detached', 'a'), ('destroyed', 'a'), ('destroyed', 'c'), ('starting', 'd'), ('started', 'd'),
            ('vif-attached', 'd'), ('starting', 'e'), ('started', 'e'), ('vif-detached', 'c'), ('vif-attached', 'e')])

    def test_gap(self):
        """A restart: the simulated host is empty then."""
        self.tell(f'device vif 1 0 4 {VIF}', 'device vif 1 1 2 hotplug-status=error', f'device vbd 2 51712 4 {DISK}',
                  'device vbd 2 51728 2', 'look')
        self.told(('vbd-attached', 'b'))
        self.kill()
        self.assertEqual(self.rows(), [(1, 'vif', 0, 1, 0), (1, 'vif', 1, 0, 1), (2, 'vbd', 51712, 1, 0)])
        self.start()
        gap = self.last('gap', self.since)[-1]['detail']
        self.assertEqual(gap['devices'], [
            {'uuid': uuid(1), 'name': 'a', 'vif': {'number': 0, 'mac': '00:16:3e:00:00:01', 'bridge': 'br0'},
             'after': 'gone'},
            {'uuid': uuid(2), 'name': 'b', 'vbd': {'number': 51712, 'name': 'xvda', 'path': '/dev/disk'},
             'after': 'gone'}])
        self.assertEqual((gap['more_devices'], len(gap['guests']), gap['more']), (0, 2, 0))
        self.kill()
        self.assertEqual(self.rows(), [])

    def test_gap_of_many(self):
        """As many as fit; the rest is counted."""
        self.tell(*(f'device vif 1 {n} 4 {VIF}' for n in range(100)), 'look')
        self.patiently(lambda: len(self.events(self.since)) == 100)
        self.kill()
        self.start()
        gap = self.last('gap', self.since)[-1]['detail']
        self.assertEqual(len(gap['guests']), 2)
        self.assertGreater(len(gap['devices']), 5)
        self.assertEqual(len(gap['devices']) + gap['more_devices'], 100)

    def test_another_boot(self):
        """Nothing is remembered."""
        self.tell(f'device vif 1 0 4 {VIF}', 'look')
        self.told(('vif-attached', 'a'))
        self.kill()
        with contextlib.closing(sqlite3.connect(self.path('state/state.db'))) as db:
            db.execute("UPDATE events SET boot_id = '00000000-0000-4000-8000-000000000000'")
            db.commit()
        self.start()
        self.tell(f'domain 1 {uuid(1)} a running', f'device vif 1 0 4 {VIF}', 'look')
        self.assertEqual(self.last('vif-attached', self.since + 1)[0]['kind'], 'host-started')
        self.assertEqual([e['kind'] for e in self.events(self.since + 1)],
                         ['host-started', 'starting', 'started', 'vif-attached'])

    def test_operations(self):
        """What comes of one says so, even if the guest is slow to take its device."""
        self.define('c')
        self.do('c', 'start')
        domid = {g['name']: g for g in self.call('GET', '/v1/guests')[1]['guests']}['c']['domid']
        since = self.events()[-1]['seq']
        self.assertEqual(self.do('c', 'attach-disk', 'disk=xvdb,path=/dev/x'), ('done', ''))
        self.assertEqual(self.do('c', 'attach-vif', 'vif=bridge=br7'), ('done', ''))
        self.tell(f'device vbd {domid} 51728 4 dev=xvdb params=/dev/x', f'device vif {domid} 0 4 bridge=br7', 'look')
        self.told(('vif-attached', 'c'), since)
        self.assertEqual(self.do('c', 'detach-disk', 'disk=xvdb'), ('done', ''))
        self.assertEqual(self.do('c', 'detach-vif', 'vif=0'), ('done', ''))
        self.tell(f'device vif {domid} 0 4 bridge=br8', 'look')
        self.told(('vif-attached', 'c'), since)
        self.assertEqual([event for event in self.kinds(since) if event[0] != 'defined'], [
            ('vbd-attached', 2), ('vif-attached', 3), ('vbd-detached', 4), ('vif-detached', 5), ('vif-attached', 0)])


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1], verbosity=2)
