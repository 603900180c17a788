# SPDX-License-Identifier: BSD-3-Clause
"""What tests do in the image's guest tiny, by its console, and what is told of guests."""
import json
import re


def tiny(m, command):
    """Runs a command in the guest tiny: its output, by way of the log of its console."""
    tty = m.check_run('xenstore-read /local/domain/$(xl domid tiny)/console/tty').split()[-1]
    tiny.count += 1
    mark = f'said{tiny.count}'
    m.check_run(f"echo '{command}; echo {mark[:4]}\"\"{mark[4:]}=$?' >{tty}")
    return m.until(f'tiny to have done {command!r}',
                   lambda: re.search(rf'{mark}=(\d+)', m.check_run('gridnix console --log -n 20 tiny')), patience=120)


tiny.count = 0


def reaches(m, address, source=None):
    """Whether tiny gets an answer from an address."""
    found = tiny(m, f'ping -c 2 -W 3 {f"-I {source} " if source else ""}{address} >/dev/null')
    return found[1] == '0'


def events(m, kind):
    return [json.loads(line) for line in m.check_run(f'gridnix events --kind {kind} --json').splitlines()
            if line.startswith('{"')]
