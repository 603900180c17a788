# SPDX-License-Identifier: BSD-3-Clause
"""Hooks of the whole daemon on a simulated host: they are told everything, in order, over kills; what they do
wrong harms nothing; what they veto is not done."""
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import openapi
from operate import Calls
from sanitized import sanitized
from simhost import GRIDNIX, Host, uuid

TREE = os.path.abspath(os.path.join(os.path.dirname(__file__), '../..'))
DOC = openapi.read(os.path.join(TREE, 'docs/api/openapi.yaml'))

SEED = int(os.environ.get('TEST_SEED') or random.randrange(1 << 30))


class Hooks(Host):
    """A daemon with an empty directory of hooks."""

    def setUp(self):
        super().setUp()
        os.mkdir(self.path('hooks.d'), 0o755)
        self.told = 0

    def hook(self, name, script):
        """An executable: KIND/NAME, or a program elsewhere for a declared hook."""
        path = self.path(name if name.startswith('/') else f'hooks.d/{name}')
        os.makedirs(os.path.dirname(path), 0o755, exist_ok=True)
        with open(path + '.new', 'w', encoding='utf-8') as f:
            f.write(f'#!/bin/sh\ncd {self.dir}\n{script}\n')
        os.chmod(path + '.new', 0o755)
        os.rename(path + '.new', path)
        return path

    def declare(self, name, script, **keys):
        keys['program'] = self.hook(f'{self.dir}/{name}.program', script)
        self.write(f'hooks.d/{name}.hook', '[hook]\n' + ''.join(f'{k} = {v}\n' for k, v in keys.items()))

    def write(self, name, text):
        with open(self.path(name + '.new'), 'w', encoding='utf-8') as f:
            f.write(text)
        os.chmod(self.path(name + '.new'), 0o644)
        os.rename(self.path(name + '.new'), self.path(name))

    def lines(self, name):
        try:
            with open(self.path(name), encoding='utf-8') as f:
                return f.read().splitlines()
        except FileNotFoundError:
            return []

    def grows(self, name, count):
        """Waits until a file has so many lines."""
        return self.patiently(lambda: len(self.lines(name)) >= count and self.lines(name))

    def guests(self, *names):
        for number, name in enumerate(names, 1):
            self.tell(f'domain {number} {uuid(number)} {name} running')
        self.tell('look')


class After(Hooks):
    def test_contract(self):
        """What a hook gets, and nothing else."""
        self.hook('started/50-all', '''
cat >input; env | sort >env; ls /proc/self/fd >fds; pwd -P >cwd; ulimit -c >core
cut -d ' ' -f 5,6 /proc/self/stat >ids; echo $$ >pid; : >done''')
        self.hook('started/60-cwd', 'readlink /proc/self/cwd; pwd')
        self.guests('web')
        self.patiently(lambda: os.path.exists(self.path('done')))
        event = next(e for e in self.events() if e['kind'] == 'started')
        self.assertEqual([json.loads(line) for line in self.lines('input')], [event])
        env = dict(line.split('=', 1) for line in self.lines('env'))
        for name in ('PWD', 'OLDPWD', '_', 'SHLVL'):  # the shell's own
            env.pop(name, None)
        self.assertEqual(env, {
            'GRIDNIX_HOOKS': '1', 'GRIDNIX_HOOK': 'started/50-all', 'GRIDNIX_MODE': 'after',
            'GRIDNIX_KIND': 'started', 'GRIDNIX_SEQ': str(event['seq']), 'GRIDNIX_TRY': '1',
            'GRIDNIX_GUEST_UUID': uuid(1), 'GRIDNIX_GUEST_NAME': 'web', 'GRIDNIX_GUEST_STATE': 'running',
            'GRIDNIX_GUEST_DOMID': '1', 'LANG': 'C.UTF-8',
            'PATH': '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'})
        self.assertEqual(self.lines('fds'), ['0', '1', '2', '3'])  # 3 is of ls itself
        self.assertEqual(self.lines('core'), ['0'])
        group, session = self.lines('ids')[0].split()
        self.assertEqual([group, session], [self.lines('pid')[0]] * 2)

    def test_order(self):
        """Of one guest one after the other; a slow guest holds up no other."""
        self.declare('slow', 'echo "$GRIDNIX_GUEST_NAME $GRIDNIX_SEQ" >>begun\n'
                     '[ "$GRIDNIX_GUEST_NAME" = a ] && sleep 0.3\necho "$GRIDNIX_GUEST_NAME $GRIDNIX_SEQ" >>ended',
                     kinds='paused unpaused')
        self.guests('a', 'b')
        for state in ('paused', 'running') * 3:
            self.tell(f'domain 1 {uuid(1)} a {state}', f'domain 2 {uuid(2)} b {state}', 'look')
        ended = self.grows('ended', 12)
        for name in 'ab':
            seqs = [int(line.split()[1]) for line in ended if line[0] == name]
            self.assertEqual(len(seqs), 6)
            self.assertEqual(seqs, sorted(seqs))
        self.assertEqual([line[0] for line in ended[:6]].count('b'), 6 - [line[0] for line in ended[:6]].count('a'))
        self.assertGreater([line[0] for line in ended].index('a'), 0)

    def test_changed_directory(self):
        """What is dropped in, changed or taken away counts from the next event on."""
        self.guests('a')
        self.last('started')
        pause, go = f'domain 1 {uuid(1)} a paused', f'domain 1 {uuid(1)} a running'
        self.hook('paused/50-x', 'echo one >>out')
        self.tell(pause, 'look', go, 'look')
        self.grows('out', 1)
        self.hook('paused/50-x', 'echo two >>out')
        self.tell(pause, 'look', go, 'look')
        self.assertEqual(self.grows('out', 2), ['one', 'two'])
        os.unlink(self.path('hooks.d/paused/50-x'))
        self.hook('paused/60-y', 'echo three >>out')
        self.tell(pause, 'look')
        self.assertEqual(self.grows('out', 3), ['one', 'two', 'three'])

    def test_devices(self):
        """Their kinds have directories as all others."""
        self.hook('vbd-attached/50-x', 'cat >>out')
        self.hook('vif-detached/50-x', 'cat >>out')
        self.guests('a')
        self.tell('device vif 1 0 4', 'device vbd 1 51712 4 dev=xvda', 'look', 'device vif 1 0 gone', 'look')
        told = [json.loads(line) for line in self.grows('out', 2)]  # by two hooks, which do not wait for each other
        self.assertEqual({e['kind']: e['detail'] for e in told}, {
            'vbd-attached': {'number': 51712, 'name': 'xvda'}, 'vif-detached': {'number': 0}})

    def test_distrust(self):
        """What others could have written, or names a user without right, is passed over."""
        os.chmod(self.hook('started/10-open', 'echo open >>out'), 0o777)
        self.hook('started/20-no-program', 'echo data >>out')
        os.chmod(self.path('hooks.d/started/20-no-program'), 0o644)
        self.hook('started/30~', 'echo backup >>out')
        self.write('hooks.d/bad.hook', '[hook]\nprogram = /bin/true\nkind = started\n')
        self.hook('started/90-good', 'echo good >>out')
        self.guests('a')
        self.grows('out', 1)
        time.sleep(0.5)
        self.assertEqual(self.lines('out'), ['good'])

    def test_guest_filter(self):
        self.declare('some', 'echo "$GRIDNIX_KIND $GRIDNIX_GUEST_NAME" >>out', guest='web-*', kinds='started')
        self.declare('all', 'echo "$GRIDNIX_KIND" >>all')
        self.guests('web-1', 'db-1', 'web-2')
        self.grows('out', 2)
        self.grows('all', 6)
        self.assertEqual(sorted(self.lines('out')), ['started web-1', 'started web-2'])
        self.declare('gaps', 'echo "$GRIDNIX_KIND" >>gaps', guest='nobody')
        self.kill()
        self.start()
        self.assertEqual(self.grows('gaps', 1), ['gap'])


def may_mount():
    """Root, and where it may hide files from others: not in a chroot."""
    return os.geteuid() == 0 and subprocess.run(['unshare', '-m', 'true'], check=False).returncode == 0


@unittest.skipUnless(may_mount(), 'starting a program as another user takes root')
class Rights(Hooks):
    """The daemon as it is on a host: root, and users for its processes, which here only it sees."""

    def start(self, before=None):
        with open('/etc/passwd', encoding='utf-8') as f:
            users = f.read() + '_gridnix:x:64001:64001::/:/bin/false\n_gnxhook:x:64002:64002::/:/bin/false\n'
        with open(self.path('passwd'), 'w', encoding='utf-8') as f:
            f.write(users)
        super().start(before or ['unshare', '-m', 'sh', '-c', 'mount --bind "$0" /etc/passwd && exec "$@"',
                                 self.path('passwd')])

    def status(self, text):
        """What a process's status says of its rights."""
        keys = dict(line.split(':\t', 1) for line in text if ':\t' in line)
        return {k: keys[k].split()[0] for k in ('Uid', 'Gid', 'CapPrm', 'CapEff', 'CapAmb', 'NoNewPrivs', 'Seccomp')}

    def test_users(self):
        """Each hook has its user's rights: no more, and no less."""
        for user in ('root', 'daemon', None):
            keys = {'user': user} if user else {}
            path = f'/tmp/gnx-{os.getpid()}-{user}'
            self.declare(f'as-{user}', f'cat /proc/self/status >{path}; id -G >>{path}', kinds='started', **keys)
            self.addCleanup(lambda path=path: os.path.exists(path) and os.unlink(path))
        self.guests('a')
        for user, uid in (('root', '0'), ('daemon', '1'), (None, '65534')):
            lines = self.grows(f'/tmp/gnx-{os.getpid()}-{user}', 50)
            found = self.status(lines)
            self.assertEqual((found['Uid'], found['NoNewPrivs'], found['Seccomp'], int(found['CapAmb'], 16)),
                             (uid, '0', '0', 0), user)
            self.assertEqual(int(found['CapPrm'], 16) != 0, user == 'root', user)

    def test_processes(self):
        """The half that decides has nothing; the one that starts has three capabilities."""
        filtered = '0' if sanitized(self.programs[3]) else '2'
        for name, rights in (('gridnixd-hooks', ('64002', '64002', 0, '1', filtered)),
                             ('hooks-start', ('64002', '64002', 1 << 5 | 1 << 6 | 1 << 7, '0', '0'))):
            self.patiently(lambda name=name, rights=rights: self.rights(name) == rights)  # it begins with more

    def rights(self, name):
        for pid in Kills.processes(self, name):
            with open(f'/proc/{pid}/status', encoding='utf-8') as f:
                found = self.status(f.read().splitlines())
            return (found['Uid'], found['Gid'], int(found['CapPrm'], 16), found['NoNewPrivs'], found['Seccomp'])
        return None

    def test_only_root_names_a_user(self):
        self.declare('theirs', 'echo theirs >>/tmp/never', kinds='started', user='root')
        os.chown(self.path('hooks.d/theirs.hook'), 1, 1)
        out = f'/tmp/gnx-{os.getpid()}-delegated'
        self.addCleanup(lambda: os.path.exists(out) and os.unlink(out))
        self.declare('delegated', f'id -un >>{out}', kinds='started')
        for name in ('hooks.d/delegated.hook', 'delegated.program'):
            os.chown(self.path(name), 1, 1)
        self.guests('a')
        self.assertEqual(self.grows(out, 1), ['nobody'])
        self.assertEqual([h['name'] for h in self.gridnix('hook', 'list', '--json')[0]['hooks']], ['delegated.hook'])

    def test_hangs(self):
        """A hook of another user is ended, too, with what it has left."""
        marker = f'3603.{os.getpid()}'
        self.declare('bad', f'setsid -f sleep {marker}; sleep {marker}', kinds='started', tries=1, timeout=1,
                     user='daemon')
        self.guests('a')
        self.last('hook-failed')
        Failures.nobody_is_left(self, f'sleep {marker}')


class Failures(Hooks):
    def test_dead_letter_and_replay(self):
        self.declare('bad', 'echo "$GRIDNIX_SEQ $GRIDNIX_TRY" >>tries\necho not\necho so >&2\n'
                     '[ -e good ] || exit 3', kinds='started', tries=2)
        self.guests('a')
        failed = self.last('hook-failed')[-1]
        seq = next(e['seq'] for e in self.events() if e['kind'] == 'started')
        self.assertEqual(failed['detail'], {'hook': 'bad.hook', 'event': seq, 'guest': uuid(1),
                                            'words': 'exit status 3: so'})
        report = self.succeeds('report')
        self.assertIn('"words":"..."', report)
        self.assertNotIn('exit status 3', report)
        self.assertEqual(self.lines('tries'), [f'{seq} 1', f'{seq} 2'])
        self.write('good', '')
        self.dead(1)
        self.replay(seq)
        self.assertEqual(self.grows('tries', 3)[2], f'{seq} 1')
        self.dead(0)

    def dead(self, count):
        found = self.patiently(lambda: [d for d in [self.gridnix('hook', 'dead', '--json')] if d and
                                        len(d[0]['dead']) == count])[0][0]['dead']
        for letter in found:
            self.assertEqual((letter['hook'], letter['tries'], letter['words'], letter['kind'],
                              letter['guest']), ('bad.hook', 2, 'exit status 3: so', 'started', {
                                  'uuid': uuid(1), 'name': 'a'}))

    def replay(self, seq):
        self.assertEqual(self.gridnix('hook', 'replay', str(seq), '--json'), [{'replayed': 1}])

    def bad(self, script, words, **keys):
        """A hook that does this is ended, and its words are told; another one goes on meanwhile."""
        self.declare('bad', script, kinds='started', tries=1, **{'timeout': 20, **keys})
        self.hook('started/50-good', 'echo good >>out')
        self.guests('a')
        self.grows('out', 1)
        failed = self.last('hook-failed')[-1]
        self.assertRegex(failed['detail']['words'], words)
        return failed

    def nobody_is_left(self, marker):
        def left():
            found = subprocess.run(['pgrep', '-f', marker], stdout=subprocess.PIPE, text=True).stdout
            return not found.split()
        self.patiently(left)

    def test_hangs(self):
        self.bad(f'trap "" TERM; exec sleep 3600.{os.getpid()}', '^not done within 1 seconds', timeout=1)
        self.nobody_is_left(f'sleep 3600.{os.getpid()}')

    def test_leaves_children(self):
        """Also those that have left its group and session, and whose parents have gone."""
        marker = f'3601.{os.getpid()}'
        self.bad(f'sleep {marker} & setsid -f sleep {marker}; (setsid sh -c "setsid -f sleep {marker}; '
                 f'sleep {marker}" &)\nsleep 0.3; exit 1', '^exit status 1$')
        self.nobody_is_left(f'sleep {marker}')

    def test_floods(self):
        failed = self.bad('yes "$(printf %0300d 7)" | head -c 200000000; echo; echo the end; exit 1', 'the end$')
        self.assertLess(len(failed['detail']['words']), 256)

    def test_output_is_no_text(self):
        self.bad(r'printf "a\033[31m\377\001b\n"; exit 1', r'^exit status 1: a\?\[31m\?\?b$')

    def test_closes_everything(self):
        self.bad('exec <&- >&- 2>&-; exit 1', '^exit status 1$')

    def test_kills_itself(self):
        self.bad('kill -9 $$', '^killed by signal 9')

    def test_kills_its_group(self):
        self.bad('kill -9 0; sleep 5', '^killed by signal 9')

    def test_is_no_program(self):
        self.bad('exit 0', '^exit status 127: cannot be started as .*: No such file')

    def bad_program(self):
        with open(self.path('bad.program'), 'w', encoding='utf-8') as f:
            f.write('#!/nonexistent\n')

    def declare(self, name, script, **keys):
        super().declare(name, script, **keys)
        if self._testMethodName == 'test_is_no_program':
            self.bad_program()

    def test_calls_back(self):
        """It asks the daemon, and waits for it."""
        self.hook('started/50-call', f'''python3 - <<END >>out
import socket
s = socket.socket(socket.AF_UNIX)
s.connect("{self.path('api')}")
s.send(b"GET /v1/events?since=0 HTTP/1.0\\r\\n\\r\\n")
data = b""
while True:
    more = s.recv(65536)
    if not more:
        break
    data += more
print(data.split()[1].decode(), b'"started"' in data)
END''')
        self.guests('a')
        self.assertEqual(self.grows('out', 1), ['200 True'])

    def test_own_failure_is_told_once(self):
        """A hook that fails for everything is not told of its own failures for ever."""
        self.declare('bad', 'echo "$GRIDNIX_KIND" >>tries; exit 1', tries=1)
        self.guests('a')
        self.last('hook-failed')
        self.patiently(lambda: 'hook-failed' in self.lines('tries') and
                       self.lines('tries').count('hook-failed') == len(self.lines('tries')) // 2)
        time.sleep(0.5)
        tries = self.lines('tries')
        self.assertEqual(tries.count('hook-failed'), len(tries) // 2)
        self.assertEqual(len([e for e in self.events() if e['kind'] == 'hook-failed']), len(tries) // 2)


class Kills(Hooks):
    def processes(self, name):
        """Those of the daemon under test only."""
        found = []
        for pid in filter(str.isdigit, os.listdir('/proc')):
            try:
                with open(f'/proc/{pid}/environ', 'rb') as f, open(f'/proc/{pid}/comm', encoding='utf-8') as g:
                    link = os.readlink(f'/proc/{pid}/exe')
                    if link.startswith(self.dir) and g.read().strip() == name and f is not None:
                        found.append(int(pid))
            except OSError:
                continue
        return found

    def test_at_least_once(self):
        """Processes are killed at random moments. In the end every event was delivered, for each guest in order
        when repetitions are left aside."""
        print(f'seed {SEED}', file=sys.stderr)
        chance = random.Random(SEED)
        self.declare('log', 'echo "$GRIDNIX_GUEST_NAME $GRIDNIX_SEQ" >>out; sleep 0.02',
                     kinds='starting started paused unpaused', tries=20, concurrency=4)
        guests = 4
        self.guests(*(f'g{n}' for n in range(1, guests + 1)))
        for _ in range(12):
            end = time.monotonic() + chance.uniform(0, 0.6)
            while time.monotonic() < end:
                number = chance.randint(1, guests)
                self.tell(f'domain {number} {uuid(number)} g{number} {chance.choice(("running", "paused"))}', 'look')
                time.sleep(0.01)
            what = chance.choice(('gridnixd', 'gridnixd-hooks', 'hooks-start', 'hooks-keep'))
            if what == 'gridnixd':
                self.kill()
                self.start()
                self.tell(*(f'domain {n} {uuid(n)} g{n} running' for n in range(1, guests + 1)), 'look')
            else:
                for pid in self.processes(what)[:1]:
                    with contextlib.suppress(ProcessLookupError):  # a keeper ends with its hook
                        os.kill(pid, signal.SIGKILL)
        wanted = {e['seq']: e['guest']['name'] for e in self.events()
                  if e['kind'] in ('starting', 'started', 'paused', 'unpaused')}
        self.assertGreater(len(wanted), 10)
        self.patiently(lambda: set(wanted) <= {int(line.split()[1]) for line in self.lines('out')})
        self.assertFalse([e for e in self.events() if e['kind'] == 'hook-failed'])
        first = {}
        for line in self.lines('out'):
            name, seq = line.split()
            self.assertEqual(wanted[int(seq)], name)
            if int(seq) not in first.setdefault(name, []):
                first[name].append(int(seq))
        for seqs in first.values():
            self.assertEqual(seqs, sorted(seqs))

    def test_nothing_is_left(self):
        """With the deciding half, or the one that starts programs, hooks end; the delivery comes again."""
        for what in ('gridnixd-hooks', 'hooks-start'):
            marker = f'3602.{os.getpid()}'
            out = what + '.out'
            self.hook('started/50-long', f'echo "$GRIDNIX_SEQ" >>{out}; [ "$(wc -l <{out})" = 2 ] || sleep {marker}')
            self.guests('a')
            first = self.grows(out, 1)
            self.patiently(lambda: self.processes(what))
            os.kill(self.processes(what)[0], signal.SIGKILL)
            self.assertEqual(self.grows(out, 2), first * 2)
            self.tell('gone 1', 'look')


class Answers(Hooks, Calls):
    def described(self, method, path, status=200):
        """An answer that is as its description says."""
        found, answer = self.call(method, path)
        self.assertEqual(found, status, answer)
        call, _ = openapi.find(DOC, method, path)
        schema = {'$ref': '#/components/schemas/Error'} if status >= 400 else openapi.resolve(
            DOC, call['responses']['200'])['content']['application/json']['schema']
        openapi.check(DOC, schema, answer)
        return answer

    def test_calls(self):
        self.hook('before-start/10-x', 'exit 0')
        self.declare('bad', '[ -e good ]', kinds='started crashed', tries=1)
        self.guests('a')
        self.last('hook-failed')
        hooks = self.described('GET', '/v1/hooks')['hooks']
        self.assertEqual([(h['name'], h['mode'], h['kinds'], h['guest'], h['user']) for h in hooks], [
            ('bad.hook', 'after', 'started crashed', '*', 'nobody'),
            ('before-start/10-x', 'before', 'start', '*', 'nobody')])
        (dead,) = self.described('GET', '/v1/hooks/dead')['dead']
        self.described('POST', f'/v1/hooks/dead/{dead["event"] + 1}/replay', 404)
        for path in ('/v1/hooks/dead/0/replay', '/v1/hooks/dead/x/replay'):
            self.described('POST', path, 404)
        self.assertEqual(self.described('POST', '/v1/hooks/dead/replay'), {'replayed': 1})
        self.patiently(lambda: self.described('GET', '/v1/hooks/dead')['dead'])  # it fails again
        self.write('good', '')
        self.assertEqual(self.described('POST', f'/v1/hooks/dead/{dead["event"]}/replay'), {'replayed': 1})
        self.assertEqual(self.described('GET', '/v1/hooks/dead'), {'dead': []})

    def test_command(self):
        def gridnix(*words):
            done = subprocess.run([GRIDNIX, '--socket', self.path('api'), *words], text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            return done.returncode, done.stdout
        self.hook('started/10-x', 'exit 4')
        self.patiently(lambda: 'started/10-x' in gridnix('hook', 'list')[1])
        self.assertRegex(gridnix('hook', 'list')[1],
                         r'^HOOK +MODE +KINDS +GUEST +USER +PROGRAM\nstarted/10-x +after +started +[*] +nobody +/')
        self.assertEqual(gridnix('hook', 'dead'), (0, 'HOOK  EVENT  KIND  GUEST  TRIES  WORDS\n'))
        self.assertEqual(gridnix('hook', 'replay', '--all'), (0, '0 to be tried again\n'))
        status, words = gridnix('hook', 'replay', '7')
        self.assertEqual((status, words), (
            1, 'gridnix: of event 7 there is no delivery that is given up\n'))
        for wrong in (['hook'], ['hook', 'x'], ['hook', 'list', '1'], ['hook', 'dead', '--all'], ['hook', 'replay'],
                      ['hook', 'replay', '1', '--all'], ['hook', 'replay', 'x']):
            self.assertEqual(gridnix(*wrong)[0], 2, wrong)


class Examples(unittest.TestCase):
    """docs/examples/hooks, with programs that play those that they call."""
    EVENT = {'seq': 7, 'kind': 'crashed', 'guest': {'name': 'web'}}

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.dir = directory.name
        for name in ('sendmail', 'nsupdate', 'logger'):
            path = os.path.join(self.dir, name)
            with open(path, 'w', encoding='utf-8') as f:
                f.write(f'#!/bin/sh\necho {name} "$@"\n[ {name} = logger ] || cat\n')
            os.chmod(path, 0o755)

    def example(self, name, **env):
        done = subprocess.run(
            [os.path.join(TREE, 'docs/examples/hooks', name)], input=json.dumps(self.EVENT), text=True, check=True,
            stdout=subprocess.PIPE, env={'PATH': f'{self.dir}:{os.environ["PATH"]}', 'GRIDNIX_KIND': 'crashed',
                                         'GRIDNIX_GUEST_UUID': uuid(1), 'GRIDNIX_GUEST_NAME': 'web', **env})
        return done.stdout.splitlines()

    def test_mail(self):
        said = self.example('mail-on-crash', GRIDNIX_GUEST_NAME='we\nBcc: b', GRIDNIX_REASON='watchdog')
        self.assertEqual(said[:4], ['sendmail -t', 'To: root', 'Subject: guest weBccb has crashed', ''])
        self.assertEqual(said[4:], [f'The guest weBccb ({uuid(1)}) has crashed: watchdog.', '', json.dumps(self.EVENT)])

    def test_dns(self):
        self.assertRegex('\n'.join(self.example('dns-update', GRIDNIX_KIND='started')), (
            r'^nsupdate -k \S+\nserver \S+\nupdate delete web[.]guests[.]\S+ CNAME\n'
            r'update add web[.]guests[.]\S+ 60 CNAME \S+\nsend$'))
        self.assertNotIn('add', '\n'.join(self.example('dns-update', GRIDNIX_KIND='destroyed')))
        self.assertEqual(self.example('dns-update', GRIDNIX_GUEST_NAME='a\nsend'), [])

    def test_syslog(self):
        self.assertEqual(self.example('syslog'), [
            f'logger -t gridnix -p daemon.warning -- {json.dumps(self.EVENT)}'])
        self.assertIn('daemon.info', self.example('syslog', GRIDNIX_KIND='started')[0])


class Before(Hooks, Calls):
    def test_veto(self):
        self.hook('before-start/10-ok', 'cat >asked')
        self.hook('before-start/20-no', 'echo "the disk is being copied"; [ -e good ]')
        self.hook('before-start/30-never', '[ -e good ] || echo asked >>never')
        self.define('a')
        self.assertEqual(self.do('a', 'start'), ('failed', 'before-start/20-no: the disk is being copied'))
        self.assertEqual(self.state('a'), 'off')
        self.assertEqual(self.lines('never'), [])
        asked = json.loads(self.lines('asked')[0])
        self.assertEqual((asked['kind'], asked['operation'], asked['guest']['name'], asked['guest']['state']),
                         ('before-start', 1, 'a', 'off'))
        self.write('good', '')
        self.assertEqual(self.do('a', 'start'), ('done', ''))
        self.assertEqual(self.do('a', 'destroy'), ('done', ''))

    def test_slow(self):
        """A hook that does not answer in time is a veto, and other guests do not wait for it."""
        self.declare('slow', 'sleep 3600', mode='before', kinds='start', guest='a', timeout=2)
        for name in 'ab':
            self.define(name)
        began = time.monotonic()
        self.call('POST', '/v1/guests/a/start')
        self.assertEqual(self.do('b', 'start'), ('done', ''))
        self.assertEqual(self.refused('a', 'start')[0], 409)
        self.patiently(lambda: self.call('GET', '/v1/operations/1')[1]['state'] == 'failed')
        self.assertEqual(self.call('GET', '/v1/operations/1')[1]['words'],
                         'slow.hook: not done within 2 seconds')
        self.assertLess(time.monotonic() - began, 60)

    def test_process_is_killed(self):
        """The next one is asked again."""
        self.hook('before-start/10-x', 'echo asked >>asked; [ "$(wc -l <asked)" = 2 ] || sleep 3600')
        self.define('a')
        self.call('POST', '/v1/guests/a/start')
        self.grows('asked', 1)
        os.kill(Kills.processes(self, 'gridnixd-hooks')[0], signal.SIGKILL)
        self.assertEqual(self.call('GET', '/v1/operations/1?wait=60')[1]['state'], 'done')
        self.assertEqual(len(self.lines('asked')), 2)

    def test_process_is_stopped(self):
        """An operation that would hang fails in time; without a hook to be asked it goes on."""
        self.declare('short', 'exit 0', mode='before', kinds='start', timeout=1)
        self.define('a')
        self.assertEqual(self.do('a', 'start'), ('done', ''))
        pid = Kills.processes(self, 'gridnixd-hooks')[0]
        os.kill(pid, signal.SIGSTOP)
        self.assertEqual(self.do('a', 'destroy'), ('done', ''))
        state, words = self.do('a', 'start')
        self.assertEqual(state, 'failed')
        self.assertIn('do not answer', words)
        os.kill(pid, signal.SIGCONT)
        self.assertEqual(self.do('a', 'start'), ('done', ''))


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1], verbosity=2)
