# SPDX-License-Identifier: BSD-3-Clause
"""Hooks on real Xen: they are told of what happens to guests, as the users that they have; a veto; kill -9 of
each of their processes; what hangs is ended, and guests go on."""
import json

import vmtest as v
from verbs import lines, told


def hook(m, name, script):
    """An executable below the hooks' directory."""
    path = f'/etc/gridnix/hooks.d/{name}'
    m.check_run(f"mkdir -p $(dirname {path}) && printf '#!/bin/sh\\n{script}\\n' >{path} && chmod 755 {path}")


def declare(m, name, script, **keys):
    m.check_run(f"printf '#!/bin/sh\\n{script}\\n' >/usr/local/{name} && chmod 755 /usr/local/{name}")
    text = ''.join(f'{key} = {value}\\n' for key, value in keys.items())
    m.check_run(f"printf '[hook]\\nprogram = /usr/local/{name}\\n{text}' >/etc/gridnix/hooks.d/{name}.hook")


def after(m):
    """Each event of a guest comes to its hook, once and in order, as they are in the journal."""
    declare(m, 'log', 'cat >>/tmp/told', user='root', guest='third')
    hook(m, 'started/50-who', 'id -un >/tmp/who-$GRIDNIX_SEQ')
    m.check_run('gridnix start third && gridnix pause third && gridnix unpause third && gridnix destroy third')
    seqs = [e['seq'] for e in lines(m, 'gridnix events --json --guest third')]
    m.until('the last event to be told', lambda: f'"seq":{seqs[-1]},' in m.run('tail -n 1 /tmp/told')[1])
    found = [json.loads(line)['seq'] for line in m.check_run('cat /tmp/told').splitlines()
             if line.startswith('{"seq"')]
    v.equal(found, [seq for seq in seqs if seq >= found[0]])
    v.equal(m.check_run('cat /tmp/who-*').split(), ['nobody'])


def before(m):
    hook(m, 'before-start/10-no', 'echo not today; [ -e /tmp/may ]')
    status, said = m.run('gridnix start third')
    v.equal(status, 1)
    v.has(said, 'before-start/10-no: not today')
    v.equal(told(m, 'third')['state'], 'off')
    m.check_run('touch /tmp/may && gridnix start third && rm /etc/gridnix/hooks.d/before-start/10-no')


def hangs(m):
    """A hook that hangs, with a child that has left it, is ended; the guest runs on."""
    declare(m, 'hang', 'setsid -f sleep 4001; sleep 4001', kinds='paused', timeout=2, tries=1)
    m.check_run('gridnix pause third && gridnix unpause third')
    m.until('hook-failed', lambda: 'not done within 2 seconds' in m.run('gridnix hook dead')[1])
    v.equal(m.check_run('pgrep -f "[s]leep 4001" || true').strip(), '')
    v.equal(told(m, 'third')['state'], 'running')
    m.check_run('rm /etc/gridnix/hooks.d/hang.hook && gridnix hook replay --all')


def killed(m):
    """kill -9 of each process while hooks run: each event comes at least once."""
    declare(m, 'log', 'sleep 1; echo $GRIDNIX_SEQ >>/tmp/again', user='root', kinds='paused unpaused')
    since = lines(m, 'gridnix events --json')[-1]['seq']
    for process in ('hooks-keep', 'hooks-start', 'gridnixd-hooks', 'gridnixd'):
        print(f'kill {process}', flush=True)
        m.check_run('gridnix pause third && gridnix unpause third')
        m.check_run(f'pkill -KILL -x {process} || true')
        m.until('the daemon', lambda: m.run('gridnix list')[0] == 0)
    wanted = {str(e['seq']) for e in lines(m, f'gridnix events --json --since {since}')
              if e['kind'] in ('paused', 'unpaused')}
    v.equal(len(wanted) >= 8, True)
    m.until('all to be told', lambda: wanted <= set(m.run('cat /tmp/again')[1].split()))
    v.equal(told(m, 'third')['state'], 'running')
    m.check_run('rm /etc/gridnix/hooks.d/log.hook && gridnix destroy third')


def hooks():
    with v.booted(v.media(), memory=512) as m:
        m.login()
        v.parts(m, after, before, hangs, killed)


if __name__ == '__main__':
    v.main(hooks)
