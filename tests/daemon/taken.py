# SPDX-License-Identifier: BSD-3-Clause
"""taken.py ... RULES VIF REARM: bridges that others have made, guarded and left again, and what guests may do whose
definitions change while they run. The whole daemon on a simulated host, behind the arguments of simhost.py, with real
bridges and rules in a network namespace, and the store of store.py. Needs root, as guard.py does."""
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time

import frames
import guard
import openapi
import spaces
from spaces import ip

RULES, VIF, REARM = (os.path.abspath(path) for path in sys.argv[-3:])
del sys.argv[-3:]
from simhost import GRIDNIX, Host, nobody_with, uuid  # noqa: E402
from store import Store  # noqa: E402

TREE = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../..')
DOC = openapi.read(os.path.join(TREE, 'docs/api/openapi.yaml'))
MARK, XENS = 'gridnix:+guard', '/etc/xen/scripts/vif-bridge'


def alias(bridge):
    return json.loads(ip('-json', 'link', 'show', bridge).stdout)[0].get('ifalias', '')


def members(name):
    """Of a set; none when there are no rules."""
    done = subprocess.run(['nft', '-j', 'list', 'set', 'bridge', 'gridnix', name], text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    if done.returncode:
        return None
    return [one['elem']['val'] if 'elem' in one else one
            for one in json.loads(done.stdout)['nftables'][-1]['set'].get('elem', [])]


class Taken(Host):
    who = nobody_with('+net_admin')

    def setUp(self):
        for name in ('br1', 'br2'):
            ip('link', 'add', name, 'up', 'type', 'bridge')
            self.addCleanup(ip, 'link', 'del', name)
        for name in ('blue', 'green'):
            self.addCleanup(self.unplug, name)  # a network's, which a daemon that runs would make again
        ip('link', 'set', 'br1', 'alias', 'mine')
        self.plug('up0')
        subprocess.run(['nft', 'table bridge gridnix {}; delete table bridge gridnix'], check=True)
        super().setUp()

    def command(self):
        """What is there before the daemon starts."""
        store, rearm = self.path('store'), self.path('rearm')
        if not os.path.exists(store):
            shutil.copy(REARM, rearm)
            with open(self.path('guard.nft'), 'w', encoding='utf-8') as f:
                f.write(guard.rules_for_here(RULES))
            self.store = Store(store)
            self.addCleanup(self.store.close)
            os.environ['XENSTORED_PATH'] = store
        return [*super().command(), *self.bridges(), '--rearm', rearm]

    def plug(self, name, bridge='br1'):
        """A port, and what is behind it."""
        ip('link', 'add', name, 'up', 'master', bridge, 'type', 'veth', 'peer', 'name', name + '-far')
        self.addCleanup(self.unplug, name)

    @staticmethod
    def unplug(name):
        ip('link', 'del', name, check=False)

    def backend(self, domid, words, bridge='br1', script=XENS, mac='00:16:3e:00:00:01'):
        directory = f'/local/domain/0/backend/vif/{domid}/0'
        self.store.put(directory, mac=mac, ip=words, bridge=bridge, script=script, handle='0',
                       **{'frontend-id': str(domid)})
        self.store.put(f'/local/domain/{domid}', vm='/vm/' + uuid(domid))
        return directory

    def guard(self, *words, status=0):
        done = self.run_gridnix('guard', *words)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def ports(self, *words):
        answer = json.loads(self.guard('list', *words, '--json'))
        openapi.check(DOC, {'$ref': '#/components/schemas/Ports'}, answer)
        return answer['ports']

    def states(self, *words):
        return {one['port']: (one['state'], one.get('guest', '')) for one in self.ports(*words) if 'port' in one}

    def told(self, kind):
        return [e for e in self.events() if e['kind'] == kind]

    def two_guests(self):
        """One with addresses, one without, as xl starts them; and a port that is nobody's."""
        for domid, name, words in ((1, 'web', '192.0.2.1'), (2, 'db', '')):
            self.plug(f'vif{domid}.0')
            self.backend(domid, words, mac=f'00:16:3e:00:00:0{domid}')
            self.tell(f'domain {domid} {uuid(domid)} {name} running')
        self.plug('stray')
        self.tell('look')

    def test_life(self):
        self.two_guests()
        self.assertEqual(self.ports(), [])
        expected = {'vif1.0': ('armed', 'web'), 'vif2.0': ('armed', 'db'), 'stray': ('unarmed', ''),
                    'up0': ('unarmed', '')}
        self.assertEqual(self.states('br1'), expected)
        self.assertEqual(self.states('br1', '--uplink', 'up0'), {**expected, 'up0': ('uplink', '')})
        said = self.guard('enable', 'br1', '--uplink', 'up0')
        for words in ('would be armed', 'its IP addresses are not checked', 'neither a guest', 'Nothing was changed'):
            self.assertIn(words, said)
        self.assertIn('br1: would be cut off: stray',
                      self.guard('enable', 'br1', '--uplink', 'up0', '--yes', status=1))
        self.assertEqual((alias('br1'), self.told('guard-enabled'), members('bridges')), ('mine', [], None))

        self.guard('enable', 'br1', '--uplink', 'up0', '--yes', '--force')
        self.check_guarded()
        self.assertIn('no_linklocal_learn 1', ip('-details', 'link', 'show', 'br1').stdout)
        self.assertEqual([e['detail'] for e in self.told('guard-enabled')], [{'bridge': 'br1', 'uplinks': 'up0'}])
        loose = self.last('guard-loose')[-1]
        self.assertEqual((loose['guest']['name'], loose['reason'], loose['detail']['port']), ('db', 'loose', 'vif2.0'))
        self.assertEqual({one['guarded'] for one in self.ports()}, {True})

        self.kill()
        subprocess.run(['nft', 'delete table bridge gridnix'], check=True)
        ip('link', 'set', 'br1', 'alias', '')
        self.start()
        self.tell(*(f'domain {n} {uuid(n)} {name} running' for n, name in ((1, 'web'), (2, 'db'))), 'look')
        self.patiently(lambda: members('bridges') == ['br1'])
        self.check_guarded()

        self.assertIn('br2: is not guarded', self.guard('disable', 'br2', status=1))
        self.guard('disable', 'br1')
        self.assertEqual((alias('br1'), members('bridges'), members('uplinks'), members('ports'), self.ports()),
                         ('mine', [], [], [], []))
        self.assertEqual(len(self.told('guard-disabled')), 1)
        self.kill()
        self.start()
        self.assertEqual(alias('br1'), 'mine')

    def check_guarded(self):
        self.assertEqual((alias('br1'), members('bridges'), members('uplinks'), sorted(members('ports'))),
                         (MARK, ['br1'], ['up0'], ['vif1.0', 'vif2.0']))
        self.assertEqual(members('loose'), ['vif2.0'])
        self.assertEqual(self.states(), {'vif1.0': ('armed', 'web'), 'vif2.0': ('armed', 'db'),
                                         'stray': ('unarmed', ''), 'up0': ('uplink', '')})

    def test_blocked(self):
        """What is stopped of a port is told of that one."""
        self.two_guests()
        self.guard('enable', 'br1', '--uplink', 'up0', '--yes', '--force')
        ip('link', 'set', 'stray-far', 'up')
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as wire:
            wire.bind(('stray-far', 0))
            self.patiently(lambda: wire.send(frames.ether('02:00:00:00:00:01', frames.IP4, bytes(46))) and
                           {one['port'] for one in self.ports('br1') if one['blocked']} == {'stray'})

    def test_later(self):
        """A guest that xl starts when the bridge is guarded already, and a bridge that comes back."""
        self.guard('enable', 'br1', '--uplink', 'up0', '--yes')
        self.plug('vif7.0')
        self.backend(7, '192.0.2.7')
        self.tell(f'domain 7 {uuid(7)} late running', 'device vif 7 0 4 mac=00:16:3e:00:00:01 bridge=br1 online=1', 'look')
        self.patiently(lambda: members('ports') == ['vif7.0'])
        self.unplug('vif7.0')
        ip('link', 'del', 'br1')
        ip('link', 'add', 'br1', 'up', 'type', 'bridge')
        self.patiently(lambda: alias('br1') == MARK)

    def wrap_rearm(self, lines):
        """It does this first, in a shell. To the kernel its name stays."""
        os.mkdir(self.path('real'))
        os.rename(self.path('rearm'), self.path('real/rearm'))
        with open(self.path('rearm'), 'w', encoding='ascii') as f:
            f.write(f'#!/bin/sh\ncd {self.dir}\n{lines}\nexec real/rearm "$@"\n')
        os.chmod(self.path('rearm'), 0o755)

    def break_rearm(self):
        self.wrap_rearm('[ "$1" = --tell ] || exit 1')

    def hang_rearm(self, what):
        """Until there is the file go, when it is run for this; begun tells what for, once for each run."""
        self.wrap_rearm('echo $$ >pid\necho "${1:---all}" >>begun\n'
                        f'[ "${{1:---all}}" != {what} ] || while [ ! -e go ]; do sleep 0.1; done')

    def test_said_once(self):
        """What rearm says of the host is in the log once, however often it runs."""
        said = "connections go on: the kernel can't forget them"
        self.wrap_rearm(f'[ $# != 0 ] || {{ echo "{said}"; echo >>runs; }}')
        self.kill()
        with open(self.path('log'), 'w+', encoding='utf-8') as self.errors:
            self.start()
            runs = lambda: os.path.exists(self.path('runs')) and os.path.getsize(self.path('runs'))
            for n in range(3):
                ip('link', 'add', f'new{n}', 'type', 'bridge')
                self.addCleanup(ip, 'link', 'del', f'new{n}')
                self.guard('enable', f'new{n}', '--yes')
                self.patiently(lambda n=n: runs() > n)
            self.kill()
            with open(self.path('log'), encoding='utf-8') as f:
                self.assertEqual(f.read().count(said), 1)
        self.errors = None

    def process(self):
        """What is there as long as the last one runs."""
        with open(self.path('pid'), encoding='ascii') as f:
            return '/proc/' + f.read().strip()

    def begun(self, what):
        """How often."""
        try:
            with open(self.path('begun'), encoding='ascii') as f:
                return f.read().split().count(what)
        except FileNotFoundError:
            return 0

    def go(self):
        with open(self.path('go'), 'w', encoding='ascii'):
            pass

    def told_meanwhile(self, domid):
        """An event comes, though somebody waits for rearm."""
        self.tell(f'domain {domid} {uuid(domid)} g{domid} running', 'look')
        self.patiently(lambda: [e for e in self.told('started') if e['guest']['domid'] == domid])

    def asks(self, *words):
        asker = subprocess.Popen([GRIDNIX, *words, '--socket', self.path('api')], text=True, stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT)
        self.addCleanup(asker.stdout.close)
        self.addCleanup(asker.wait)
        return asker

    def test_hangs(self):
        """While rearm takes its time nobody else waits; whoever asked has the answer when it has ended, also when the
        front was killed meanwhile and another one asks."""
        self.guard('enable', 'br1', '--uplink', 'up0', '--yes')
        self.hang_rearm('--tell')
        lost = self.asks('guard', 'list')
        self.patiently(lambda: self.begun('--tell') == 1)
        self.kill_front(lost)
        asker = self.asks('guard', 'list')
        self.told_meanwhile(5)
        self.assertIsNone(asker.poll())
        self.go()
        self.assertIn('up0', asker.communicate()[0])
        self.assertEqual((asker.returncode, self.begun('--tell')), (0, 2))

    def kill_front(self, asker):
        subprocess.run(['pkill', '-KILL', '-P', str(self.started.pid), 'gridnixd-api'], check=True)
        self.assertNotEqual(asker.wait(), 0)

    def test_hangs_for_ever(self):
        self.hang_rearm('--tell')
        asker = self.asks('guard', 'enable', 'br1', '--yes')
        self.patiently(lambda: self.begun('--tell'))
        self.told_meanwhile(5)
        self.assertIn('did not end within', asker.communicate()[0])
        self.assertEqual((asker.returncode, alias('br1')), (1, 'mine'))
        self.assertFalse(os.path.exists(self.process()))

    def test_ends_with_the_daemon(self):
        self.hang_rearm('--tell')
        self.asks('guard', 'list', 'br1')
        self.patiently(lambda: self.begun('--tell'))
        process = self.process()
        self.assertTrue(os.path.exists(process))
        self.kill()
        self.start()
        self.patiently(lambda: not os.path.exists(process))

    def asks_for_load(self, *words):
        """Somebody for whom a bridge comes under guard, while rearm hangs."""
        before = self.begun('--all')
        asker = self.asks(*words)
        self.patiently(lambda: self.begun('--all') > before)
        return asker

    def has_answer(self, asker):
        """Success, now that rearm goes on."""
        self.go()
        said = asker.communicate()[0]
        self.assertEqual(asker.returncode, 0, said)

    def test_comes_under_guard(self):
        """While rearm works at it events are told and other questions answered; whoever asked has the answer when the
        bridge is guarded, and those that were before stay so."""
        self.two_guests()
        self.hang_rearm('--all')
        asker = self.asks_for_load('guard', 'enable', 'br1', '--uplink', 'up0', '--yes', '--force')
        self.told_meanwhile(5)
        self.assertIn('g5', self.succeeds('list'))
        self.assertEqual((asker.poll(), alias('br1'), members('bridges'), members('ports')), (None, MARK, [], []))
        self.has_answer(asker)
        self.check_guarded()
        os.unlink(self.path('go'))
        asker = self.asks('network', 'create', 'blue')
        self.patiently(lambda: 'blue' in spaces.links())
        self.told_meanwhile(6)
        self.assertEqual((asker.poll(), members('bridges')), (None, ['br1']))
        self.has_answer(asker)
        self.assertEqual(sorted(members('bridges')), ['blue', 'br1'])
        os.unlink(self.path('go'))
        asker = self.asks('guard', 'disable', 'br1')
        self.patiently(lambda: (alias('br1'), members('bridges')) == ('mine', ['blue']))
        self.told_meanwhile(7)
        self.assertEqual((asker.poll(), sorted(members('ports'))), (None, ['vif1.0', 'vif2.0']))
        self.has_answer(asker)
        self.assertEqual((members('bridges'), members('ports'), members('uplinks')), (['blue'], [], []))

    def test_comes_meanwhile(self):
        """What another front asks, when the first one was killed: a bridge that came behind rearm's look is watched by
        the next run, and one that is to be open is not watched before by this one."""
        self.hang_rearm('--all')
        self.kill_front(self.asks_for_load('network', 'create', 'blue'))
        asker = self.asks('network', 'create', 'green')
        self.patiently(lambda: 'green' in spaces.links() or asker.poll() is not None)
        self.assertEqual((asker.poll(), members('bridges')), (None, []))
        self.has_answer(asker)
        self.assertEqual(sorted(members('bridges')), ['blue', 'green'])
        os.unlink(self.path('go'))
        self.kill_front(self.asks_for_load('guard', 'enable', 'br1', '--yes', '--uplink', 'up0'))
        asker = self.asks('guard', 'disable', 'br1')
        self.told_meanwhile(5)
        self.assertEqual((asker.poll(), alias('br1')), (None, MARK))
        self.has_answer(asker)
        self.assertEqual((alias('br1'), sorted(members('bridges'))), ('mine', ['blue', 'green']))

    def test_comes_and_fails(self):
        """Nobody waits any more for a bridge that can't be guarded: it is as it was nonetheless."""
        self.hang_rearm('--all')
        self.kill_front(self.asks_for_load('guard', 'enable', 'br1', '--yes', '--uplink', 'up0'))
        self.assertEqual(alias('br1'), MARK)
        os.unlink(self.path('real/rearm'))
        self.go()
        self.patiently(lambda: alias('br1') == 'mine')
        self.patiently(lambda: self.told('guard-disabled'))

    def test_comes_for_ever(self):
        """A network's bridge is watched, though rearm hangs, and what is wrong is told; one of others is as it was."""
        self.hang_rearm('--all')
        asker = self.asks_for_load('network', 'create', 'blue')
        self.assertEqual((asker.wait(), members('bridges')), (0, ['blue']), asker.stdout.read())
        self.patiently(lambda: [e for e in self.told('host-degraded') if e['detail']['what'] == 'guard' and
                                'did not end within' in e['detail']['words']])
        asker = self.asks('guard', 'enable', 'br1', '--yes', '--uplink', 'up0')
        self.assertIn('did not end within', asker.communicate()[0])
        self.assertEqual((asker.returncode, alias('br1'), members('bridges')), (1, 'mine', ['blue']))

    def test_comes_and_kills(self):
        """The next daemon does it all, and starts no guest before."""
        self.define(address='192.0.2.9')
        self.two_guests()
        self.hang_rearm('--all')
        self.asks_for_load('guard', 'enable', 'br1', '--uplink', 'up0', '--yes', '--force')
        self.kill()
        self.before(*(f'domain {n} {uuid(n)} {name} running' for n, name in ((1, 'web'), (2, 'db'))))
        before = self.begun('--all')
        self.start()
        self.patiently(lambda: self.begun('--all') > before)
        asker = self.asks('start', 'own')
        self.told_meanwhile(5)
        self.assertEqual((asker.poll(), members('bridges')), (None, []))
        self.assertEqual([e for e in self.told('started') if e['guest']['name'] == 'own'], [])
        self.has_answer(asker)
        self.check_guarded()

    def test_fails(self):
        """Ports that can't be armed: the bridge is as it was, and the daemon goes on."""
        self.break_rearm()
        self.assertIn("the guard's ports", self.guard('enable', 'br1', '--uplink', 'up0', '--yes', status=1))
        self.assertEqual((alias('br1'), members('bridges'), self.ports()), ('mine', [], []))
        self.assertEqual((len(self.told('guard-enabled')), len(self.told('guard-disabled'))), (1, 1))

    def test_changes_nothing(self):
        """Other uplinks than before, while ports can't be armed: those from before stay."""
        self.guard('enable', 'br1', '--uplink', 'up0', '--yes')
        self.plug('up1')
        self.break_rearm()
        subprocess.run(['nft', 'delete table bridge gridnix'], check=True)
        self.patiently(lambda: members('uplinks') == ['up0'])
        self.guard('enable', 'br1', '--uplink', 'up0,up1', '--yes', status=1)
        self.assertEqual((alias('br1'), members('bridges'), members('uplinks')), (MARK, ['br1'], ['up0']))

    def test_kills(self):
        """At any moment of a disable: the bridge is guarded with its uplinks, or as it was."""
        left = 0
        for n in range(8):
            self.guard('enable', 'br1', '--uplink', 'up0', '--yes')
            with subprocess.Popen([GRIDNIX, 'guard', 'disable', 'br1', '--socket', self.path('api')],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
                time.sleep(n / 1000)
                self.kill()
            self.start()
            self.patiently(lambda: alias('br1') == 'mine' or (members('bridges'), members('uplinks')) == (['br1'], ['up0']))
            left += alias('br1') == 'mine'
            self.assertEqual(self.states(), {} if alias('br1') == 'mine' else {'up0': ('uplink', '')}, n)
        print(f'{left} of 8 were left when the daemon was killed', file=sys.stderr)

    def test_busy(self):
        """Rules that somebody changes while the daemon has not ended what it does, and then loads a firewall's."""
        self.succeeds('firewall', 'create', '-', text='[firewall]\nname = web\nreplies = no\n')
        self.guard('enable', 'br1', '--uplink', 'up0', '--yes')
        self.assertEqual(self.told('guard-restored'), [])
        self.wrap_rearm('mkdir once 2>/dev/null && nft flush chain bridge gridnix postrouting')
        before = self.rules()
        self.succeeds('network', 'create', 'blue')
        self.assertTrue(os.path.exists(self.path('once')))
        self.patiently(lambda: self.told('guard-restored'))
        self.assertEqual(self.rules(), before)

    @staticmethod
    def rules():
        return subprocess.run(['nft', 'list', 'chain', 'bridge', 'gridnix', 'postrouting'], check=True, text=True,
                              stdout=subprocess.PIPE).stdout

    def test_told(self):
        """Guests' ports that would not be armed: on another bridge than xenstore says, and with words that are none; and one
        that would, whose name begins another one's."""
        for domid, name, words, bridge in ((3, 'web22', '192.0.2.3', 'br2'), (4, 'web', 'nonsense', 'br1'),
                                           (33, 'web2', '192.0.2.33', 'br1')):
            self.plug(name)
            self.store.put(self.backend(domid, words, bridge), vifname=name)
            self.tell(f'domain {domid} {uuid(domid)} g{domid} running')
        self.tell('look')
        self.assertEqual({one['port']: (one['state'], one.get('guest'), one.get('why')) for one in self.ports('br1')}, {
            'up0': ('unarmed', None, "neither a guest's nor an uplink: it passes nothing"),
            'web22': ('unarmed', 'g3', 'to Xen it is on the bridge br2'),
            'web': ('unarmed', 'g4', "what it may do can't be read"),
            'web2': ('armed', 'g33', None)})
        self.assertIn('would be cut off: up0 web22 web\n', self.guard('enable', 'br1', '--yes', status=1))

    def test_refused(self):
        for words, said in ((('list', 'br9'), 'br9: there is no such bridge'), (('list', 'up0'), 'no such bridge'),
                            (('enable', 'br9', '--yes'), 'no such bridge'), (('disable', 'br1'), 'is not guarded')):
            self.assertIn(said, self.guard(*words, status=1))
        self.assertIn('uplinks:', self.guard('list', 'br1', '--uplink', 'a b/c', status=2))
        for words in (('enable',), ('disable',), ('paint', 'br1'), ('list', '--yes'), ('disable', 'br1', '--force')):
            self.guard(*words, status=2)
        self.succeeds('network', 'create', 'blue')
        self.assertIn('blue: is guarded already', self.guard('enable', 'blue', '--yes', status=1))
        self.assertEqual([(one['bridge'], one['network'], one['guarded']) for one in self.ports()], [('blue', 'blue', True)])

    def define(self, **vif):
        text = f'[guest]\nname = own\nuuid = {uuid(9)}\nmemory = 32M\nkernel = /boot/guest\n[vif 0]\nbridge = br1\n'
        text += 'mac = 00:16:3e:00:00:09\n' + ''.join(f'{key} = {value}\n' for key, value in vif.items())
        self.succeeds('define', '-', text=text)

    def addresses(self):
        return sorted(one['concat'][1] for one in members('addr4'))

    def test_live(self):
        """A definition that changes while its guest runs; and one of which the back end was not told: a kill between."""
        self.guard('enable', 'br1', '--uplink', 'up0', '--yes')
        self.define(address='192.0.2.9')
        self.gridnix('start', 'own', '--json')
        domid = next(g['domid'] for g in self.list() if g['name'] == 'own')
        name = f'vif{domid}.0'
        self.plug(name)
        directory = self.backend(domid, '192.0.2.9', script='/usr/lib/gridnix/hotplug/vif', mac='00:16:3e:00:00:09')
        subprocess.run([VIF, 'online', 'type_if=vif'], check=True,
                       env={**os.environ, 'vif': name, 'XENBUS_PATH': directory})
        self.assertEqual(self.addresses(), ['192.0.2.9'])
        self.define(address='192.0.2.9 192.0.2.10')
        self.assertEqual(self.addresses(), ['192.0.2.10', '192.0.2.9'])
        self.define(address='192.0.2.10', policy='router')
        self.assertEqual((self.addresses(), members('routers')), (['192.0.2.10'], [name]))
        self.assertEqual([(one['may'], one['guest']) for one in self.ports() if one['port'] == name],
                         [('192.0.2.10 policy=router', 'own')])
        self.assertEqual(self.last('guard-loose')[-1]['reason'], 'router')
        self.change_while_it_hangs(name)
        self.kill()
        del self.store.nodes[directory + '/gridnix-ip']
        self.tell_before(domid)
        self.start()
        self.patiently(lambda: self.store.nodes.get(directory + '/gridnix-ip') == '192.0.2.10 policy=router')
        self.patiently(lambda: self.addresses() == ['192.0.2.10'])

    def change_while_it_hangs(self, name):
        """Whoever changes a definition waits until the guest may do what it says, and nobody else does; a run that is
        interrupted, as the rules are put back, begins again."""
        self.hang_rearm('--only')
        done = []
        changer = threading.Thread(target=lambda: done.append(self.define(address='192.0.2.11', policy='router')))
        changer.start()
        self.patiently(lambda: self.begun('--only') == 1)
        subprocess.run(['nft', 'delete table bridge gridnix'], check=True)
        self.patiently(lambda: self.begun('--only') == 2)
        self.assertEqual((done, members('bridges'), self.addresses()), ([], ['br1'], ['192.0.2.11']))
        self.told_meanwhile(5)
        self.go()
        changer.join()
        self.assertEqual((done, self.addresses(), members('routers')), ([None], ['192.0.2.11'], [name]))
        self.define(address='192.0.2.10', policy='router')
        os.rename(self.path('real/rearm'), self.path('rearm'))

    def tell_before(self, domid):
        self.before(f'domain {domid} {uuid(9)} own running')


if __name__ == '__main__':
    sys.exit(spaces.main(spaces.BRIDGE_RULES))
