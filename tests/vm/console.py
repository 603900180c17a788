# SPDX-License-Identifier: BSD-3-Clause
"""Guests' consoles on real Xen: a log-in through gridnix console, who else may have it, the log after the
guest's end, the last lines of a crash, and restarts."""
import json

import vmtest as v

ESCAPE = '\x1d'  # Ctrl-]; Ctrl-A would be Xen's own


def events(m, guest):
    """The guest's events; services speak on this line, too."""
    return [json.loads(line) for line in m.check_run(f'gridnix events --json --guest {guest}').splitlines()
            if line.startswith('{"seq"')]


def enter(m, guest, more=''):
    m.send(f'gridnix console {guest} -n 0 {more}\n')
    m.expect(rf'\[{guest}: its console')


def leave(m, guest):
    m.send(ESCAPE)
    m.expect(rf'\[{guest}: left\]')
    m.check_run('true')


def typing(m):
    """tiny's own shell, from dom0; the terminal is as it was afterwards."""
    before = m.check_run('stty -g').strip()
    enter(m, 'tiny')
    m.send('\n')
    m.send('echo $((40 + 2)) on $(hostname)\n')
    m.expect('42 on tiny')
    leave(m, 'tiny')
    v.equal(m.check_run('stty -g').strip(), before)
    v.has(m.check_run('gridnix console tiny --log -n 5'), '^42 on tiny$')


def held(m):
    """xl console finds its lock taken, and the file says by whom; and the other way round."""
    status, said = m.run('xl console tiny')
    v.equal(status != 0, True)
    v.has(said, 'Could not lock .*xenconsole')
    v.has(m.check_run('cat /var/lock/xenconsole.$(xl domid tiny)'), "gridnixd, process .*gridnix console tiny")
    # As long as somebody else has it, gridnix says who.
    m.check_run('sv stop gridnixd; (sleep 1000 | xl console web >/dev/null 2>&1 &) ; sleep 3; sv start gridnixd')
    v.eventually(m, 'gridnix console web --read-only', 'web: its console is held by process')
    v.eventually(m, 'kill $(pidof xenconsole); sleep 3; gridnix console web --read-only </dev/null', 'web: its console')


def crash(m):
    """The event has the last lines, which the guest's kernel prints."""
    m.check_run('gridnix console tiny --log >/tmp/before')
    v.eventually(m, 'xl sysrq tiny c; sleep 1; gridnix events --guest tiny', 'crashed')
    event = [e for e in events(m, 'tiny') if e['kind'] == 'crashed'][-1]
    lines = event['detail']['console']
    v.has('\n'.join(lines), 'sysrq|Kernel panic|RIP|Call Trace|Code:')
    v.eventually(m, 'gridnix list', '^tiny +running')


def reboot(m):
    """Who reads is told of the next domain; a kill of the daemon's processes is no more than a pause."""
    enter(m, 'tiny', '--steal')
    m.send('\nreboot\n')
    m.expect(r'\[tiny: has a new domain, number \d+ of this guest\]')
    m.expect('tiny: a small Linux')
    leave(m, 'tiny')
    enter(m, 'tiny', '--steal')
    m.send('\n(sleep 20; echo still $((1 + 1)) here) &\n')
    leave(m, 'tiny')
    for process in ('gridnixd-console', 'gridnixd'):
        m.check_run(f'kill -9 $(pidof {process})')
    v.eventually(m, 'gridnix console tiny --log', 'still 2 here')


def gone(m):
    """The log outlives the guest, and costs no more than a megabyte."""
    m.check_run('gridnix shutdown tiny')
    v.has(m.check_run('gridnix console tiny --log | tail -n 300'), 'still 2 here')
    v.has(m.check_run('du -k /var/lib/gridnix/consoles | cut -f 1'), r'^\d{1,4}$')
    v.equal(m.run('ls /var/lock/ | grep -c "xenconsole"')[1].strip(), '1')


def host():
    with v.booted(v.media(), memory=512) as m:
        m.login()
        v.parts(m, typing, held, crash, reboot, gone)


v.main(host)
