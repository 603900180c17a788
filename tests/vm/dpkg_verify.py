# SPDX-License-Identifier: BSD-3-Clause
"""dpkg's database is true: dpkg --verify names only what the recorded path-excludes name."""
import fnmatch

import vmtest as v


def excluded(path, rules):
    """dpkg's rule: the last pattern that matches decides."""
    verdict = False
    for kind, pattern in rules:
        if fnmatch.fnmatchcase(path, pattern):
            verdict = kind == 'path-exclude'
    return verdict


def verify_names_what_was_excluded():
    with v.booted(v.media()) as m:
        m.login()
        lines = m.check_run('cat /etc/dpkg/dpkg.cfg.d/*').splitlines()
        rules = [line.strip().split('=', 1) for line in lines if line.startswith('path-')]
        if not rules:
            raise v.MachineError('the image records no path-exclude')
        _, said = m.run('dpkg --verify', patience=1800)
        problems = said.splitlines()
        if not problems:
            raise v.MachineError('dpkg --verify names nothing, though files were excluded')
        for line in problems:
            kind, path = line.split(None, 1)
            path = path.removeprefix('c ')
            if kind != 'missing' or not excluded(path, rules):
                raise v.MachineError(f'dpkg --verify: {line}')
        print(f'{len(problems)} files, all excluded by the image\'s rules')


v.main(verify_names_what_was_excluded)
