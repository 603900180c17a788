# SPDX-License-Identifier: BSD-3-Clause
"""What tests do in guests like the image's guest tiny, by their consoles, and what is told of guests."""
import json
import re


def shell(m, guest, command):
    """The exit status of a command in a guest's shell, by way of the log of its console."""
    tty = m.check_run(f'xenstore-read /local/domain/$(xl domid {guest})/console/tty').split()[-1]
    shell.count += 1
    mark = f'said{shell.count}'
    m.check_run(f"echo '{command}; echo {mark[:4]}\"\"{mark[4:]}=$?' >{tty}")
    return int(m.until(f'{guest} to have done {command!r}', lambda: re.search(
        rf'{mark}=(\d+)', m.check_run(f'gridnix console --log -n 20 {guest}')), patience=120)[1])


shell.count = 0


def tiny(m, command):
    return shell(m, 'tiny', command)


def reaches(m, address, source=None):
    """Whether tiny gets an answer from an address."""
    return tiny(m, f'ping -c 2 -W 3 {f"-I {source} " if source else ""}{address} >/dev/null') == 0


def connects(m, address):
    """Whether dom0, which has no ping, gets at a guest's page."""
    return m.run(f"timeout 5 bash -c '</dev/tcp/{address}/80'")[0] == 0


def events(m, kind):
    return [json.loads(line) for line in m.check_run(f'gridnix events --kind {kind} --json').splitlines()
            if line.startswith('{"')]
