# SPDX-License-Identifier: BSD-3-Clause
"""kill -9 of each process of the daemon while a guest starts, shuts down, is saved, and gets a disk, on real Xen: what was
asked for is done or can be asked for again, nothing half made is left, no event is lost or told twice, and the other
guests notice nothing."""
import json
import re

import vmtest as v
from inguest import define, wait_for_shell

PROCESSES = ('gridnixd', 'gridnixd-worker', 'gridnixd-api', 'gridnixd-console', 'gridnixd-hooks')
DISK = 'xvdb,path=/tmp/more.img'


def events(m):
    said = m.check_run('gridnix events --json')
    return [json.loads(line) for line in said.splitlines() if line.startswith('{"seq"')]


def state(m):
    """The guest's, which is Xen's truth, too: asked until both agree, for a moment may lie between."""
    def agreed():
        found = re.search(r'^victim +(\S+)', m.run('gridnix list')[1], re.M)
        here = 'victim' in v.domains(m)
        return found and (found[1] if here == (found[1] not in ('off', 'saved')) else None)
    return m.until('gridnix and Xen to agree', agreed)


def reach(m, done, verb, value=''):
    """Asks again until it is done: what was killed may have been done, undone, or be under way."""
    m.until(f'{verb} to be done', lambda: done(m) or m.run(f'gridnix {verb} victim {value}')[0] == 0 and done(m))


def is_in(wanted):
    return lambda m: state(m) == wanted


def has_disk(m):
    """In its definition, and in Xen's store."""
    domid = m.check_run('xl domid victim').split()[-1]
    return ('xvdb' in m.check_run('gridnix definition victim'),
            m.run(f'xenstore-exists /local/domain/0/backend/vbd/{domid}/51728')[0] == 0)


def attached(m):
    return has_disk(m) == (True, True)


def detached(m):
    return has_disk(m) == (False, False)


def kill(m, verb, process, value=''):
    print(f'{verb}: {process}', flush=True)
    m.run(f'gridnix {verb} victim {value} --no-wait; sleep 0.3; kill -9 $(pidof {process})')
    m.until('the daemon', lambda: m.run('gridnix list')[0] == 0)
    m.check_run('sleep 2')


def start(m, process):
    kill(m, 'start', process)
    reach(m, is_in('running'), 'start')
    wait_for_shell(m, 'victim')


def attach(m, process):
    kill(m, 'attach-disk', process, DISK)
    reach(m, attached, 'attach-disk', DISK)
    kill(m, 'detach-disk', process, 'xvdb')
    reach(m, detached, 'detach-disk', 'xvdb')


def save(m, process):
    kill(m, 'save', process)
    reach(m, is_in('saved'), 'save')
    kill(m, 'restore', process)
    reach(m, is_in('running'), 'restore')
    v.equal(m.check_run('ls /var/lib/gridnix/saved | wc -l').strip(), '0')
    wait_for_shell(m, 'victim')


def shutdown(m, process):
    kill(m, 'shutdown', process)
    reach(m, is_in('off'), 'shutdown')


def nothing_left(m, before):
    """No half domain, no loop device; the journal has no hole; the others are the same."""
    v.equal(v.domains(m), ['Domain-0', 'tiny', 'web'])
    v.equal(m.check_run('xl list | grep -c null || true').strip(), '0')
    v.equal(m.check_run('losetup -a').count('more.img'), 0)
    told = events(m)
    v.equal([e['seq'] for e in told], list(range(told[0]['seq'], told[0]['seq'] + len(told))))
    mine = [e for e in told if e.get('guest', {}).get('name') == 'victim']
    for kind in ('started', 'destroyed', 'saved', 'shutdown'):  # each domain has one of these, at most
        numbers = [e['guest']['incarnation'] for e in mine if e['kind'] == kind]
        v.equal(len(numbers), len(set(numbers)))
    v.equal(m.check_run('xl domid tiny; xl domid web'), before)


def killed():
    with v.booted(v.media(), memory=1024) as m:
        m.login()
        before = m.check_run('xl domid tiny; xl domid web')
        m.check_run('truncate -s 16M /tmp/more.img')
        define(m, {'victim': 'guests0'})
        m.check_run('gridnix destroy victim')
        for process in PROCESSES:
            for part in (start, attach, save, shutdown):
                part(m, process)
        nothing_left(m, before)


v.main(killed)
