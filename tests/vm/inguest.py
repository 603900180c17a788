# SPDX-License-Identifier: BSD-3-Clause
"""What tests do in guests like the image's guest tiny, by their consoles, and what is told of guests."""
import json
import re

import vmtest as v


def types(m, guest, command):
    """Types a command at a guest's console. There are no single quotes in it."""
    m.check_run(f"printf '%s\\n' '{command}' >$(xenstore-read /local/domain/$(xl domid {guest})/console/tty)")


def wait_for_shell(m, guest, last='', lines=3):
    """It takes what was typed once it is there. Before the prompt comes what is said last, in so many lines of the log.
    Debian 12's shell does not shorten the directory."""
    v.eventually(m, f'sleep 3; gridnix console --log -n {lines} {guest}', f'{last}{guest}:(~|/root)#')


def shell(m, guest, command):
    """The exit status of a command in a guest's shell, by way of the log of its console."""
    shell.count += 1
    mark = f'said{shell.count}'
    types(m, guest, f'{command}; echo {mark[:4]}""{mark[4:]}=$?')
    return int(m.until(f'{guest} to have done {command!r}', lambda: re.search(
        rf'{mark}=(\d+)', m.check_run(f'gridnix console --log -n 20 {guest}')), patience=120)[1])


shell.count = 0


def tiny(m, command):
    return shell(m, 'tiny', command)


def pings(m, guest, address, source=None):
    """Whether a guest gets an answer from an address."""
    six, own = '6' if ':' in address else '', f'-I {source} ' if source else ''
    return shell(m, guest, f'ping{six} -c 2 -W 3 {own}{address} >/dev/null') == 0


def reaches(m, address, source=None):
    return pings(m, 'tiny', address, source)


def connects(m, address):
    """Whether dom0, which has no ping, gets at a guest's page."""
    return m.run(f"timeout 5 bash -c '</dev/tcp/{address}/80'")[0] == 0


def events(m, kind):
    return [json.loads(line) for line in m.check_run(f'gridnix events --kind {kind} --json').splitlines()
            if line.startswith('{"')]


def reboot(m, guest='tiny'):
    """It has another domain then."""
    before = len(events(m, 'rebooted'))
    m.check_run(f'gridnix reboot {guest}')
    m.until(f'{guest} to have another domain', lambda: len(events(m, 'rebooted')) > before)
    wait_for_shell(m, guest)
