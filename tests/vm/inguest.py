# SPDX-License-Identifier: BSD-3-Clause
"""What tests do in the image's guest tiny, and what is told of guests."""
import json

import vmtest as v


def tiny(m, command):
    """The exit status of a command in it."""
    return v.in_guest(m, 'tiny', command)


def reaches(m, address, source=None):
    """Whether tiny gets an answer from an address."""
    return tiny(m, f'ping -c 2 -W 3 {f"-I {source} " if source else ""}{address} >/dev/null') == 0


def events(m, kind):
    return [json.loads(line) for line in m.check_run(f'gridnix events --kind {kind} --json').splitlines()
            if line.startswith('{"')]
