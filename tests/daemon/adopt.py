# SPDX-License-Identifier: BSD-3-Clause
"""Guests of xl's that become gridnix's own, on a simulated host: a process is played that acts for each, as xl's
would, and it is the daemon that ends it."""
import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
import unittest

from operate import Calls, ini
from simhost import NOBODY, ended, uuid

DOMID = 31007


def name(process):
    """Of its program."""
    with open(f'/proc/{process.pid}/comm', encoding='ascii') as f:
        return f.read().strip()


class Adoption(Calls):
    def setUp(self):
        super().setUp()
        self.tell(f'domain {DOMID} {uuid(7)} x running', 'look')
        self.becomes('x', 'running')

    def keeper(self, state='running'):
        """A process of the daemon's own user, which is told to act for the domain; and what that is when the process
        is looked for."""
        process = subprocess.Popen([*NOBODY, 'sleep', '300'])
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.patiently(lambda: name(process) == 'sleep')  # the daemon's own user by then
        self.tell(f'keeper {DOMID} {process.pid} {state}')
        return process

    def adopt(self, keeper=None):
        """Its end is waited for here, or the daemon still sees it."""
        status, operation = self.call('POST', '/v1/guests/x/adopt')
        self.assertEqual(status, 202, operation)
        if keeper:
            self.assertEqual(keeper.wait(60), -signal.SIGKILL)
        operation = self.call('GET', f'/v1/operations/{operation["id"]}?wait=60')[1]
        return operation['state'], operation.get('words', '')

    def guest(self):
        return {g['name']: g for g in self.call('GET', '/v1/guests')[1]['guests']}['x']

    def test_adopted(self):
        """It is the guest that it was, and what follows is ours, told as of any of our guests."""
        other = self.keeper()
        self.tell(f'domain 31008 {uuid(8)} y running', f'keeper 31008 {other.pid} running', 'look')
        keeper = self.keeper()
        before = self.guest()
        self.assertEqual(self.define('x', on_crash='restart')['uuid'], uuid(7))
        since = self.events()[-1]['seq']
        self.assertEqual(self.adopt(keeper), ('done', ''))
        self.assertEqual(self.guest(), {**before, 'foreign': False})
        self.assertEqual(self.kinds(since), [('adopted', 1)])
        self.assertIsNone(other.poll())
        self.assertEqual(self.do('x', 'reboot'), ('done', ''))
        self.host_makes('x', 'crash')
        self.patiently(lambda: len(self.events(since)) >= 8)
        self.becomes('x', 'running')
        self.assertEqual(self.do('x', 'destroy'), ('done', ''))
        self.assertEqual([kind for kind, _ in self.kinds(since)], [
            'adopted', 'rebooting', 'rebooted', 'started', 'crashed', 'destroyed', 'starting', 'started', 'destroyed'])

    def test_nothing_to_end(self):
        """As behind xl create -e; also while it is paused."""
        self.define('x', on_crash='destroy')
        self.do('x', 'pause')
        self.assertEqual(self.adopt(), ('done', ''))
        self.do('x', 'unpause')
        self.host_makes('x', 'crash')
        self.becomes('x', 'off')

    def test_refused(self):
        keeper = self.keeper()
        self.assertEqual(self.refused('x', 'adopt')[0], 404)
        self.assertIs(self.guest()['foreign'], True)
        self.define('x')
        self.assertIs(self.guest()['foreign'], False)
        self.define('off')
        self.assertEqual(self.refused('off', 'adopt'), (409, 'off: does not run'))
        self.host_makes('x', 'crash')
        self.becomes('x', 'crashed')
        self.assertEqual(self.refused('x', 'adopt'), (409, 'x: is crashed'))
        self.assertIsNone(keeper.poll())
        self.host_makes('x', 'running')
        self.assertEqual(self.adopt(keeper), ('done', ''))
        self.assertEqual(self.refused('x', 'adopt'), (409, "x: is gridnix's already"))

    def test_it_stops_meanwhile(self):
        """Whoever acted for it is at that, and is not disturbed."""
        self.define('x')
        for state in ('crash', 'dying'):
            keeper = self.keeper(state)
            self.assertEqual(self.adopt(), ('failed', 'it has stopped meanwhile'))
            self.assertIsNone(keeper.poll())
            self.tell(f'domain {DOMID} {uuid(7)} x running', 'look')
            self.becomes('x', 'running')

    def test_one_that_cannot_be_ended(self):
        """It stays as it was: what follows is not ours."""
        self.define('x', on_crash='destroy')
        self.tell(f'keeper {DOMID} 1 running')
        state, words = self.adopt()
        self.assertEqual(state, 'failed')
        self.assertIn('cannot be ended', words)
        self.host_makes('x', 'crash')
        self.becomes('x', 'crashed')
        self.assertNotIn('adopted', [kind for kind, _ in self.kinds()])

    def begin(self, keeper):
        """An adoption that waits for xl's process: that has been told to end, and is not waited for here."""
        self.before(f'domain {DOMID} {uuid(7)} x running', f'keeper {DOMID} {keeper.pid} running')
        status, operation = self.call('POST', '/v1/guests/x/adopt')
        self.assertEqual(status, 202, operation)
        self.patiently(lambda: ended(keeper.pid))
        return f'/v1/operations/{operation["id"]}'

    def adopted(self, since):
        """It is ours, told once, and we act for it."""
        self.last('adopted', since)
        self.host_makes('x', 'crash')
        self.becomes('x', 'off')
        self.assertEqual([kind for kind, _ in self.kinds(since)].count('adopted'), 1)

    def test_daemon_is_killed_while_xl_ends(self):
        """As often as may be: in the end it is ours."""
        self.define('x', on_crash='destroy')
        keeper, since = self.keeper(), self.events()[-1]['seq']
        operation = self.begin(keeper)
        for _ in range(3):
            self.kill()
            self.start()
            self.assertEqual(self.call('GET', operation)[1]['state'], 'unknown')
        self.assertEqual(self.state('x'), 'running')
        self.assertNotIn('adopted', [kind for kind, _ in self.kinds(since)])
        keeper.wait()
        self.adopted(since)

    def test_daemon_is_killed_when_xl_has_ended(self):
        """What the guest did meanwhile is answered."""
        for state, what in (('running', []), ('crash', ['destroyed']), ('poweroff', ['destroyed', 'starting', 'started'])):
            self.define('x', on_crash='destroy', on_poweroff='restart')
            keeper, since = self.keeper(), self.events()[-1]['seq']
            self.begin(keeper)
            self.kill()
            keeper.wait()
            self.before(f'domain {DOMID} {uuid(7)} x {state}', f'keeper {DOMID} {keeper.pid} {state}')
            self.start()
            wanted = ['daemon-started', *(['gap'] if what else []), 'adopted', *what]
            self.patiently(lambda: len(self.kinds(since)) >= len(wanted))
            self.assertEqual([kind for kind, _ in self.kinds(since)], wanted, state)
            if self.state('x') == 'running':
                self.assertEqual(self.do('x', 'destroy'), ('done', ''))
            self.becomes('x', 'off')
            self.tell(f'domain {DOMID} {uuid(7)} x running', 'look')
            self.becomes('x', 'running')

    def test_daemon_is_killed_before_xl_is(self):
        """Then the next one ends it."""
        self.define('x', on_crash='destroy')
        keeper, since = self.keeper(), self.events()[-1]['seq']
        self.before(f'domain {DOMID} {uuid(7)} x running', f'keeper {DOMID} {keeper.pid} running')
        self.kill()
        with contextlib.closing(sqlite3.connect(os.path.join(self.dir, 'state', 'state.db'))) as db:
            db.execute("UPDATE definitions SET want = 'adopt'")
            db.commit()
        self.start()
        self.assertEqual(keeper.wait(60), -signal.SIGKILL)
        self.adopted(since)

    def test_xl_is_slow_to_end(self):
        """Whoever has asked is told so, and it is ours later."""
        self.define('x', on_crash='destroy', patience=1)
        keeper, since = self.keeper(), self.events()[-1]['seq']
        operation = self.call('GET', self.begin(keeper) + '?wait=60')[1]
        self.assertEqual(operation['state'], 'failed')
        self.assertIn("within 1 seconds: the guest is gridnix's as soon as it has", operation['words'])
        keeper.wait()
        self.adopted(since)

    def test_domain_goes_while_the_daemon_is_killed(self):
        """What xl makes of the guest later is xl's."""
        self.define('x', on_crash='destroy')
        keeper, since = self.keeper(), self.events()[-1]['seq']
        self.begin(keeper)
        self.kill()
        keeper.wait()
        self.before()
        self.start()
        self.last('gap', since)
        self.tell(f'domain {DOMID} {uuid(7)} x running', 'look')
        self.host_makes('x', 'crash')
        self.becomes('x', 'crashed')
        self.assertNotIn('adopted', [kind for kind, _ in self.kinds(since)])

    def test_daemon_is_killed_at_any_moment(self):
        self.define('x', on_crash='destroy')
        for number in range(12):
            keeper, since = self.keeper(), self.events()[-1]['seq']
            self.before(f'domain {DOMID} {uuid(7)} x running', f'keeper {DOMID} {keeper.pid} running')
            self.call('POST', '/v1/guests/x/adopt')
            time.sleep(number * 0.002)
            self.kill()
            ours = ended(keeper.pid)
            if ours:
                keeper.wait()
            self.start()
            # What was not begun is asked for again.
            if not ours:
                self.patiently(lambda: ended(keeper.pid) or self.call('POST', '/v1/guests/x/adopt')[0] == 202)
                keeper.wait()
            self.adopted(since)
            self.tell(f'domain {DOMID} {uuid(7)} x running', 'look')
            self.becomes('x', 'running')

    def test_names_that_several_have(self):
        self.tell(f'domain 31008 {uuid(8)} x running', 'look')
        status, answer = self.call('POST', '/v1/guests', ini('x'))
        self.assertEqual(status, 400)
        self.assertIn('several guests have this name', answer['error']['message'])
        self.assertEqual(self.define('x', uuid=uuid(8))['uuid'], uuid(8))


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1], verbosity=2)
