# SPDX-License-Identifier: BSD-3-Clause
"""Operations of the whole daemon on a simulated host, with a worker that plays what Xen would do."""
import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import unittest

from connection import Connection
from simhost import Host, ended


def ini(name, **more):
    keys = {'name': name, 'memory': '32M', 'kernel': '/boot/guest', **more}
    return '[guest]\n' + ''.join(f'{key} = {value}\n' for key, value in keys.items())


class Calls(Host):
    """A daemon that is asked by HTTP."""

    def call(self, method, path, body=None):
        c = Connection(self.path('api'))
        c.request(method, path, body, {'Content-Type': 'text/plain'} if body else {})
        answer = c.getresponse()
        found = json.loads(answer.read())
        c.close()
        return answer.status, found

    def define(self, name, **more):
        status, definition = self.call('POST', '/v1/guests', ini(name, **more))
        self.assertEqual(status, 201, definition)
        return definition

    def do(self, name, verb, value=''):
        """An operation that is waited for: its state and words."""
        status, operation = self.call('POST', f'/v1/guests/{name}/{verb}?wait=60{"&" if value else ""}{value}')
        self.assertEqual(status, 200, operation)
        return operation['state'], operation.get('words', '')

    def refused(self, name, verb):
        status, answer = self.call('POST', f'/v1/guests/{name}/{verb}')
        self.assertGreaterEqual(status, 400)
        return status, answer['error']['message']

    def hold(self, **more):
        """A guest that is made, saved and restored when the test says so."""
        os.mkfifo(self.path('sim.go'))
        os.chmod(self.path('sim.go'), 0o666)
        return self.define('held', **more)

    def waits(self):
        """When its worker does: what lets it go."""
        return self.patiently(self.open_go)

    def open_go(self):
        try:
            return open(os.open(self.path('sim.go'), os.O_WRONLY | os.O_NONBLOCK), 'wb')
        except OSError:  # nobody reads yet
            return None

    @staticmethod
    def let_go(waiting):
        with waiting:
            waiting.write(b'go')

    def begin(self, verb, value=''):
        """The operation's path, which waits. What the daemon does by itself is told before it has ended."""
        def asked():
            status, answer = self.call('POST', f'/v1/guests/held/{verb}?{value}')
            return None if 'is under way' in str(answer) else (status, answer)
        status, operation = self.patiently(asked)
        self.assertEqual((status, operation.get('state')), (202, 'running'), operation)
        return f'/v1/operations/{operation["id"]}'

    def ends(self, operation):
        self.let_go(self.waits())
        self.assertEqual(self.call('GET', operation + '?wait=60')[1]['state'], 'done')

    def state(self, name):
        return {g['name']: g['state'] for g in self.call('GET', '/v1/guests')[1]['guests']}.get(name)

    def becomes(self, name, state):
        self.patiently(lambda: self.state(name) == state)

    def kinds(self, since=0):
        return [(e['kind'], e.get('operation', 0)) for e in self.events(since)]

    def host_makes(self, name, state):
        """The guest does something by itself."""
        g = {g['name']: g for g in self.call('GET', '/v1/guests')[1]['guests']}[name]
        self.tell(f'domain {g["domid"]} {g["uuid"]} {name} {state}', 'look')


class Operations(Calls):
    def test_life(self):
        self.define('a')
        self.assertEqual(self.state('a'), 'off')
        for verb, state in (('start', 'running'), ('pause', 'paused'), ('unpause', 'running'),
                            ('reboot', 'running'), ('shutdown', 'off'), ('start', 'running'),
                            ('destroy', 'off')):
            self.assertEqual(self.do('a', verb), ('done', ''), verb)
            self.assertEqual(self.state('a'), state, verb)
        self.assertEqual(self.kinds(1), [
            ('defined', 0), ('starting', 1), ('started', 1), ('paused', 2), ('unpaused', 3),
            ('rebooting', 4), ('rebooted', 4), ('started', 4), ('shutdown', 5), ('destroyed', 5),
            ('starting', 6), ('started', 6), ('destroyed', 7)])
        self.assertEqual(self.call('DELETE', '/v1/guests/a')[0], 200)
        self.assertIsNone(self.state('a'))
        self.assertEqual(self.kinds(self.events()[-2]['seq']), [('undefined', 0)])

    def test_what_cannot_be(self):
        self.define('a')
        self.assertEqual(self.refused('b', 'start'), (404, 'b: there is no such guest'))
        self.assertEqual(self.refused('a', 'pause')[1], 'a: does not run')
        self.do('a', 'start')
        self.assertEqual(self.refused('a', 'start'), (409, 'a: has a domain already, which is running'))
        self.assertEqual(self.refused('a', 'unpause')[1], 'a: is not paused')
        status, answer = self.call('DELETE', '/v1/guests/a')
        self.assertEqual((status, answer['error']['message']),
                         (409, 'a: runs: gridnix shutdown a comes first'))

    def test_one_at_a_time(self):
        self.hold()
        first = self.begin('start')
        self.assertEqual(self.refused('held', 'destroy')[0], 409)
        self.assertEqual(self.call('GET', first)[1]['state'], 'running')
        self.ends(first)

    def test_failures_leave_nothing(self):
        self.define('refused')
        self.assertEqual(self.do('refused', 'start'), ('failed', 'the host does not like it'))
        self.assertEqual(self.state('refused'), 'off')
        self.define('halfmade')
        self.assertEqual(self.do('halfmade', 'start'), ('failed', 'the worker was killed'))
        self.assertEqual(self.state('halfmade'), 'off')
        self.define('halfgone')
        for verb in ('destroy', 'shutdown'):  # both take the domain away
            self.do('halfgone', 'start')
            self.assertEqual(self.do('halfgone', verb), ('failed', 'the worker was killed'))
            self.becomes('halfgone', 'off')
            os.unlink(self.path('sim.halfgone'))
        self.define('deaf', patience=1)
        self.do('deaf', 'start')
        state, words = self.do('deaf', 'shutdown')
        self.assertEqual(state, 'failed')
        self.assertIn('within 1 seconds', words)
        self.assertEqual(self.state('deaf'), 'running')

    def test_what_follows_by_itself(self):
        self.define('a', on_crash='restart', on_poweroff='destroy', on_reboot='restart')
        self.do('a', 'start')
        since = self.events()[-1]['seq']
        self.host_makes('a', 'reboot')
        self.last('rebooted', since)
        self.becomes('a', 'running')
        self.host_makes('a', 'crash')
        self.patiently(lambda: len(self.events(since)) >= 7)
        self.becomes('a', 'running')
        self.host_makes('a', 'poweroff')
        self.becomes('a', 'off')
        self.assertEqual([kind for kind, _ in self.kinds(since)], [
            'rebooting', 'rebooted', 'started', 'crashed', 'destroyed', 'starting', 'started',
            'shutdown', 'destroyed'])

    def test_crash_loop(self):
        """The first crash is followed by a restart at once, the second one by a pause."""
        self.define('a')
        self.do('a', 'start')
        since = self.events()[-1]['seq']
        for count in (1, 2):
            self.host_makes('a', 'crash')
            self.patiently(lambda: [k for k, _ in self.kinds(since)].count('started') == count)
        at = {kind: [e['mono_ms'] for e in self.events(since) if e['kind'] == kind]
              for kind in ('crashed', 'destroyed')}
        self.assertGreaterEqual(at['destroyed'][1] - at['crashed'][1], 5000)

    def boot(self):
        """Another boot of the host, as the daemon sees it: the last event is of another one."""
        self.kill()
        with contextlib.closing(sqlite3.connect(os.path.join(self.dir, 'state', 'state.db'))) as db:
            db.execute("UPDATE events SET boot_id = '00000000-0000-4000-8000-000000000000'")
            db.commit()
        self.start()

    def test_autostart(self):
        """At the host's boot, in their order; a guest that cannot be started does not keep the others."""
        for name, order in (('c', 3), ('refused', 2), ('a', 1), ('off', None)):
            self.define(name, **({'autostart': 'yes', 'order': order} if order else {}))
        self.hold(autostart='yes', order=1)
        since = 6
        self.boot()
        self.becomes('a', 'running')
        self.let_go(self.waits())
        self.becomes('c', 'running')
        self.assertEqual([e['guest']['name'] for e in self.events(since) if e['kind'] == 'started'],
                         ['a', 'held', 'c'])
        self.assertEqual(self.state('off'), 'off')

    def test_files(self):
        """Guests of a directory are defined when they are not; what was changed later stays."""
        os.mkdir(self.path('guests'))
        for name, more in (('a', {}), ('b', {'autostart': 'yes'}), ('bad', {'memory': 'much'})):
            with open(self.path(f'guests/{name}.ini'), 'w', encoding='utf-8') as f:
                f.write(ini(name, **more))
        self.options = ['--guests', self.path('guests')]
        self.boot()
        self.becomes('b', 'running')
        self.assertEqual(self.state('a'), 'off')
        self.assertEqual(self.call('GET', '/v1/guests/bad/definition')[0], 404)
        self.assertEqual([e['guest']['name'] for e in self.events(0) if e['kind'] == 'defined'], ['a', 'b'])
        self.define('a', order=7)
        self.kill()
        self.start()
        self.assertEqual(self.call('GET', '/v1/guests/a/definition')[1]['order'], 7)
        self.assertEqual(self.call('DELETE', '/v1/guests/a')[0], 200)
        self.kill()
        self.start()
        self.assertEqual(self.state('a'), 'off')
        self.options += ['--no-autostart']
        self.boot()
        time.sleep(2)
        self.assertEqual(self.state('b'), 'off')

    def test_saved_guests_at_boot(self):
        self.define('a', autostart='yes')
        self.do('a', 'start')
        self.do('a', 'save')
        since = self.events()[-1]['seq']
        self.boot()
        self.becomes('a', 'running')
        self.assertIn('restored', [kind for kind, _ in self.kinds(since)])

    def test_save_and_restore(self):
        self.define('a')
        self.do('a', 'start')
        since = self.events()[-1]['seq']
        self.assertEqual(self.do('a', 'save'), ('done', ''))
        self.assertEqual(self.state('a'), 'saved')
        self.assertEqual(self.refused('a', 'start')[0], 409)
        self.assertEqual(self.refused('a', 'save')[1], 'a: does not run')
        self.assertEqual(self.call('DELETE', '/v1/guests/a')[0], 409)
        self.assertEqual(self.do('a', 'restore'), ('done', ''))
        self.assertEqual(self.state('a'), 'running')
        self.assertEqual(self.refused('a', 'restore')[0], 409)
        self.assertEqual(self.kinds(since), [
            ('suspended', 2), ('saved', 2), ('destroyed', 2), ('starting', 3), ('restored', 3), ('started', 3)])
        self.assertEqual(self.events()[-1]['guest']['incarnation'], 2)
        self.host_makes('a', 'poweroff')  # it is ours again
        self.becomes('a', 'off')  # before the destroy that follows has ended
        self.patiently(lambda: self.refused('a', 'restore')[1] == 'a: nothing is saved of it')

    def definition(self, name):
        return self.call('GET', f'/v1/guests/{name}/definition')[1]

    def test_rename(self):
        self.define('b')
        uuid = self.define('a')['uuid']
        self.assertEqual(self.do('a', 'rename', 'name=c'), ('done', ''))
        self.do('c', 'start')
        since = self.events()[-1]['seq']
        self.assertEqual(self.call('POST', '/v1/guests/c/rename?name=b')[0], 409)
        self.assertEqual(self.do('c', 'rename', 'name=d'), ('done', ''))
        self.assertEqual((self.state('c'), self.state('d')), (None, 'running'))
        self.assertEqual(self.definition('d')['uuid'], uuid)
        events = self.events(since)
        self.assertEqual([(e['kind'], e['operation'] if 'operation' in e else 0, e['guest']['name'])
                          for e in events], [('renamed', 3, 'd'), ('defined', 0, 'd')])
        self.assertEqual(events[0]['detail'], {'from': 'c'})
        self.tell('domain 7 00000000-0000-4000-8000-000000000007 x running', 'look')
        self.becomes('x', 'running')
        self.assertEqual(self.call('POST', '/v1/guests/x/rename?name=y')[0], 409)

    def test_names_of_xl(self):
        """A guest of such a name would be told as migrated. One that has it from former times is there all the same."""
        self.define('a')
        for name in ('a--incoming', 'a--migratedaway'):
            status, answer = self.call('POST', '/v1/guests', ini(name))
            self.assertEqual(status, 400)
            self.assertIn('migrated', answer['error']['message'])
            self.assertEqual(self.call('POST', f'/v1/guests/a/rename?name={name}')[0], 400)
        self.kill()
        with contextlib.closing(sqlite3.connect(self.path('state/state.db'))) as db:
            db.execute("UPDATE definitions SET name = 'a--incoming', text = replace(text, 'name = a', 'name = a--incoming')")
            db.commit()
        self.start()
        self.assertEqual(self.do('a--incoming', 'set-memory', 'memory=16M'), ('done', ''))
        self.assertEqual(self.do('a--incoming', 'rename', 'name=b'), ('done', ''))
        self.assertEqual(self.definition('b')['memory'], '16M')

    def test_memory_and_processors(self):
        """The definition follows, if it was done; the maxima hold."""
        self.define('a', memory_max='64M', vcpus_max='4')
        for when in ('off', 'running'):
            self.assertEqual(self.do('a', 'set-memory', 'memory=48M'), ('done', ''))
            self.assertEqual(self.do('a', 'set-vcpus', 'vcpus=3'), ('done', ''))
            self.assertEqual((self.definition('a')['memory'], self.definition('a')['vcpus']), ('48M', 3))
            for wrong in ('set-memory?memory=65M', 'set-vcpus?vcpus=5'):
                status, answer = self.call('POST', '/v1/guests/a/' + wrong)
                self.assertEqual(status, 400)
                self.assertIn('_max', answer['error']['message'])
            if when == 'off':
                self.call('POST', '/v1/guests', ini('a', memory_max='64M', vcpus_max='4'))
                self.do('a', 'start')
        self.define('halfset', memory_max='64M')
        self.do('halfset', 'start')
        self.assertEqual(self.do('halfset', 'set-memory', 'memory=48M'), ('failed', 'the worker was killed'))
        self.assertEqual(self.definition('halfset')['memory'], '32M')

    def test_what_was_saved_is_thrown_away(self):
        self.define('a')
        self.do('a', 'start')
        self.do('a', 'save')
        self.assertEqual(self.do('a', 'destroy'), ('done', ''))
        self.assertEqual(self.state('a'), 'off')
        self.assertEqual(self.kinds()[-1], ('discarded', 3))
        self.assertEqual(self.do('a', 'start'), ('done', ''))

    def saved(self):
        return os.listdir(os.path.join(self.dir, 'state', 'saved'))

    def test_killed_while_it_is_saved(self):
        """It runs on, and is ours."""
        self.define('halfsaved')
        self.do('halfsaved', 'start')
        self.assertEqual(self.do('halfsaved', 'save'), ('failed', 'the worker was killed'))
        self.becomes('halfsaved', 'running')
        self.assertEqual(os.listdir(os.path.join(self.dir, 'state', 'saved')), [])
        self.host_makes('halfsaved', 'poweroff')
        self.becomes('halfsaved', 'off')

    def test_killed_while_it_is_restored(self):
        """It is saved as before."""
        self.define('halfrestored')
        self.do('halfrestored', 'start')
        self.do('halfrestored', 'save')
        self.assertEqual(self.do('halfrestored', 'restore'), ('failed', 'the worker was killed'))
        self.becomes('halfrestored', 'saved')
        self.assertEqual(self.refused('halfrestored', 'start')[0], 409)

    def test_network_of_an_interface(self):
        """The worker gets its bridge and the address that was given."""
        self.define('a')
        self.do('a', 'start')
        self.assertEqual(self.call('POST', '/v1/guests/a/attach-vif?vif=network=blue')[0], 400)
        self.assertEqual(self.call('POST', '/v1/networks', '[network]\nname = blue\nbridge = br7\n'
                                                           'ranges = 10.0.0.0/24 fd00::/64\n')[0], 201)
        self.assertEqual(self.do('a', 'attach-vif', 'vif=network=blue'), ('done', ''))
        leases = self.call('GET', '/v1/guests/a/leases')[1]['leases']
        self.assertEqual([(one['vif'], one['address']) for one in leases], [(0, '10.0.0.1'), (0, 'fd00::1')])
        self.define('wired')
        self.assertEqual(self.do('wired', 'attach-vif', 'vif=network=blue'), ('done', ''))
        self.assertEqual(self.do('wired', 'start'), ('failed', 'br7 10.0.0.2 fd00::2'))
        self.assertEqual(set(self.definition('wired')['vifs'][0]), {'network', 'mac'})
        self.assertEqual(self.call('DELETE', '/v1/networks/blue')[0], 409)
        for name in ('a', 'wired'):
            self.assertEqual(self.do(name, 'detach-vif', 'vif=0'), ('done', ''))
        self.assertEqual(self.call('GET', '/v1/leases')[1]['leases'], [])
        self.assertEqual(self.call('DELETE', '/v1/networks/blue')[0], 200)

    def test_daemon_is_killed_while_it_saves(self):
        """Whenever that is: the guest runs or its file is there, and not both."""
        path = os.path.join(self.dir, 'state', 'saved', self.hold()['uuid'])
        self.ends(self.begin('start'))
        for verb, complete, last, state in (('save', False, 'resumed', 'running'), ('save', True, 'destroyed', 'saved'),
                                            ('restore', True, 'destroyed', 'saved'),
                                            ('restore', False, 'started', 'running')):
            self.patiently(lambda: self.call('POST', f'/v1/guests/held/{verb}')[0] == 202)
            waiting = self.waits()
            self.kill()
            since = self.stopped_at(path, complete)
            self.start()
            self.let_go(waiting)
            self.last(last, since)
            self.becomes('held', state)
            self.assertEqual(os.path.exists(path), state == 'saved', verb)
            if state == 'saved':
                self.assertEqual(self.refused('held', 'start')[0], 409)

    def test_daemon_is_killed_while_a_guest_stops(self):
        """What it was asked for counts, and not what follows when it stops by itself; whether it has heard of it, and whether
        it stops before the daemon is back."""
        guest = self.hold(on_poweroff='restart', on_reboot='destroy')
        self.ends(self.begin('start'))
        for verb in ('reboot', 'shutdown'):
            for heard in (True, False):
                self.stops_without_daemon(guest, verb, heard, 'running')
            self.stops_without_daemon(guest, verb, False, 'poweroff')

    def workers(self):
        found = subprocess.run(['pgrep', '-P', str(self.started.pid), 'worker'], stdout=subprocess.PIPE, check=False)
        return [int(pid) for pid in found.stdout.split()]

    def stops_without_daemon(self, guest, verb, heard, meanwhile):
        """Kills the daemon, and the worker that would ask the guest unless it is to hear of it."""
        operation, waiting = self.begin(verb), self.waits()
        domid = next(g['domid'] for g in self.list() if g['name'] == 'held')
        workers = self.workers()
        self.kill()
        if not heard:
            for worker in workers:
                with contextlib.suppress(ProcessLookupError):  # the one that was spare
                    os.kill(worker, signal.SIGKILL)
            waiting.close()
        self.before(f'domain {domid} {guest["uuid"]} held {meanwhile}')
        since = self.last_number()
        self.start()
        self.assertEqual(self.call('GET', operation)[1]['state'], 'unknown')
        if heard or meanwhile == 'running':
            self.let_go(waiting if heard else self.waits())
            self.last('rebooting' if verb == 'reboot' else 'shutdown', since)  # and its worker waits no more
        if verb == 'reboot':
            self.let_go(self.waits())  # it is made anew
            self.last('started', since)
            return
        self.last('destroyed', since)
        self.patiently(lambda: self.call('POST', '/v1/guests/held/start')[0] == 202)  # nobody else does
        self.let_go(self.waits())
        self.becomes('held', 'running')

    def test_a_guest_that_does_not_stop_in_time(self):
        """What it does later it does by itself."""
        self.define('deaf', patience=1, on_poweroff='restart')
        self.do('deaf', 'start')
        since = self.events()[-1]['seq']
        self.assertEqual(self.do('deaf', 'shutdown')[0], 'failed')
        self.host_makes('deaf', 'poweroff')
        self.last('started', since)

    def stopped_at(self, path, complete):
        """As the file is when it was killed before or behind the moment that counts; the last event's number."""
        if complete and os.path.exists(path + '.part'):
            os.rename(path + '.part', path)
        elif not complete and os.path.exists(path):
            os.unlink(path)
        return self.last_number()

    def last_number(self):
        """Of the events, while no daemon runs."""
        with contextlib.closing(sqlite3.connect(os.path.join(self.dir, 'state', 'state.db'))) as db:
            return db.execute('SELECT max(seq) FROM events').fetchone()[0]

    def test_attach_and_detach(self):
        """The definition follows; what is not right is refused before anything is done."""
        self.define('a')
        for when in ('off', 'running'):
            self.assertEqual(self.do('a', 'attach-disk', 'disk=xvdb,path=/dev/x,readonly=yes'), ('done', ''))
            self.assertEqual(self.do('a', 'attach-vif', 'vif=bridge=br0'), ('done', ''))
            self.assertEqual(self.do('a', 'attach-vif', 'vif=bridge=br1,mac=00:16:3e:00:00:09'), ('done', ''))
            self.assertEqual(self.definition('a')['disks'], [{'target': 'xvdb', 'path': '/dev/x', 'readonly': True}])
            self.assertEqual([vif['bridge'] for vif in self.definition('a')['vifs']], ['br0', 'br1'])
            for wrong, status in (('attach-disk?disk=xvdb,path=/dev/y', 409), ('attach-disk?disk=xvdc', 400),
                                  ('attach-disk?disk=xvdc,path=/dev/x', 400), ('detach-disk?disk=xvdc', 404),
                                  ('attach-vif?vif=mac=00:16:3e:00:00:09', 400), ('detach-vif?vif=0', 400),
                                  ('detach-vif?vif=2', 404)):
                self.assertEqual(self.call('POST', '/v1/guests/a/' + wrong)[0], status, wrong)
            for verb, value in (('detach-vif', 'vif=1'), ('detach-vif', 'vif=0'), ('detach-disk', 'disk=xvdb')):
                self.assertEqual(self.do('a', verb, value), ('done', ''))
            self.assertEqual((self.definition('a')['disks'], self.definition('a')['vifs']), ([], []))
            if when == 'off':
                self.do('a', 'start')
        self.define('halfset')
        self.do('halfset', 'start')
        self.assertEqual(self.do('halfset', 'attach-vif', 'vif=bridge=br0'), ('failed', 'the worker was killed'))
        self.assertEqual(self.definition('halfset')['vifs'], [])

    def test_daemon_is_killed_while_devices_change(self):
        """What the worker did all the same is found: the verb is done again, or undone."""
        guest = self.hold()
        self.ends(self.begin('start'))
        for verb, undo, value, number in (('attach-disk', 'detach-disk', 'disk=xvdb', 'vbd {} 51728'),
                                          ('attach-vif', 'detach-vif', 'vif=0', 'vif {} 0')):
            more = 'disk=xvdb,path=/dev/x' if verb == 'attach-disk' else 'vif=bridge=br0'
            domid = next(g['domid'] for g in self.list() if g['name'] == 'held')
            line = f'device {number.format(domid)}'
            for again in ((undo, value), (verb, more)):
                self.killed_in_the_middle(guest, domid, verb, more, [], f'{line} 4', line.split()[1] + '-attached')
                self.assertEqual((self.definition('held')['disks'], self.definition('held')['vifs']), ([], []))
                self.ends(self.begin(*again))
            self.assertEqual(len(self.definition('held')['disks'] + self.definition('held')['vifs']), 1)
            self.killed_in_the_middle(guest, domid, undo, value, [f'{line} 4'], '', line.split()[1] + '-detached')
            self.assertEqual(len(self.definition('held')['disks'] + self.definition('held')['vifs']), 1)
            self.ends(self.begin(undo, value))
            self.assertEqual((self.definition('held')['disks'], self.definition('held')['vifs']), ([], []))
            self.assertEqual(self.call('POST', f'/v1/guests/held/{undo}?{value}')[0], 404)

    def killed_in_the_middle(self, guest, domid, verb, value, devices, line, told):
        """Kills the daemon while a worker waits that changes a device, which does so then."""
        self.begin(verb, value)
        waiting, workers = self.waits(), self.workers()
        self.kill()
        self.before(f'domain {domid} {guest["uuid"]} held running', *devices)
        since = self.last_number()
        self.start()
        self.let_go(waiting)
        if line:
            self.patiently(lambda: all(map(ended, workers)))
            self.tell(line, 'look')  # the guest takes it
        self.last(told, since)

    def test_dump(self):
        path = os.path.join(self.dir, 'state', 'saved', self.define('a', on_crash='dump')['uuid'] + '.core')
        self.do('a', 'start')
        self.assertEqual(self.do('a', 'dump'), ('done', ''))
        self.assertEqual((self.state('a'), os.path.getsize(path)), ('running', 4))
        os.unlink(path)
        since = self.events()[-1]['seq']
        self.host_makes('a', 'crash')
        self.last('started', since)
        self.assertEqual([kind for kind, _ in self.kinds(since)],
                         ['crashed', 'dumped', 'destroyed', 'starting', 'started'])
        self.assertEqual(os.listdir(os.path.dirname(path)), [os.path.basename(path)])
        self.assertEqual(self.call('POST', '/v1/guests', ini('b', on_reboot='dump'))[0], 400)

    def test_dump_that_fails(self):
        """It is told to whoever asked; a guest that has crashed is restarted all the same."""
        self.define('undumped', on_crash='dump')
        self.do('undumped', 'start')
        self.assertEqual(self.do('undumped', 'dump'), ('failed', 'the disk is full'))
        since = self.events()[-1]['seq']
        self.host_makes('undumped', 'crash')
        self.last('started', since)
        self.assertEqual([kind for kind, _ in self.kinds(since)], ['crashed', 'destroyed', 'starting', 'started'])

    def test_migration(self):
        """xl migrates one of ours to this host: it is left alone, and ours again."""
        uuid = self.define('a')['uuid']
        self.do('a', 'start')
        old = self.call('GET', '/v1/guests')[1]['guests'][0]['domid']
        since = self.events()[-1]['seq']
        self.tell(f'domain 31000 {uuid} a--incoming paused', 'look')
        self.last('migrating-out', since)
        self.assertEqual(self.refused('a', 'destroy'), (409, 'a: is being migrated'))
        self.tell(f'domain {old} {uuid} a--migratedaway suspend', f'domain 31000 {uuid} a running', 'look')
        self.last('migrated', since)
        self.tell(f'gone {old}', 'look')
        self.assertEqual([(e['kind'], e['guest']['incarnation'], e.get('reason')) for e in
                          self.last('destroyed', since)],
                         [('starting', 2, None), ('migrating-in', 2, None), ('migrating-out', 1, None),
                          ('suspended', 1, None), ('migrated', 2, None), ('destroyed', 1, 'migrated')])
        self.host_makes('a', 'poweroff')
        self.becomes('a', 'off')

    def test_preserved(self):
        self.define('a', on_crash='preserve')
        self.do('a', 'start')
        self.host_makes('a', 'crash')
        self.becomes('a', 'crashed')
        self.assertEqual(self.do('a', 'destroy'), ('done', ''))

    def test_foreign(self):
        """Somebody else's guest does as it is told, and what follows is for whoever made it."""
        self.tell('domain 7 00000000-0000-4000-8000-000000000007 x running', 'look')
        self.becomes('x', 'running')
        self.assertEqual(self.do('x', 'pause'), ('done', ''))
        self.assertEqual(self.do('x', 'unpause'), ('done', ''))
        self.host_makes('x', 'crash')
        self.becomes('x', 'crashed')
        self.assertEqual(self.do('x', 'destroy'), ('done', ''))
        self.assertIsNone(self.state('x'))
        self.assertEqual(self.refused('x', 'start')[0], 404)

    def test_workers_that_are_killed(self):
        """One that waits is replaced; nobody notices."""
        self.define('a')
        for verb in ('start', 'destroy'):
            worker = self.patiently(lambda: subprocess.run(['pgrep', '-P', str(self.started.pid), 'worker'],
                                                           stdout=subprocess.PIPE, check=False).stdout)
            os.kill(int(worker), signal.SIGKILL)
            self.patiently(lambda: ended(int(worker)))
            self.assertEqual(self.do('a', verb), ('done', ''))

    def test_daemon_that_is_killed(self):
        """What it began is done all the same, and the guest is ours."""
        self.hold(on_poweroff='destroy')
        operation, waiting = self.begin('start'), self.waits()
        self.kill()
        self.start()
        self.assertEqual(self.call('GET', operation)[1]['state'], 'unknown')
        self.let_go(waiting)
        self.becomes('held', 'running')
        self.host_makes('held', 'poweroff')
        self.becomes('held', 'off')


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1], verbosity=2)
