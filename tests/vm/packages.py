# SPDX-License-Identifier: BSD-3-Clause
"""packages.py [IMAGE]: packages in dom0: dpkg's database is true, and apt-get installs, from a
repository that this test serves out of the depot. With 768 MiB."""
import fnmatch
import os
import socket

import aptrepo
import vmtest as v

XEN, PYTHON = ('4.17', '3.11') if v.IMAGE.endswith('12') else ('4.20', '3.13')


def excluded(path, rules):
    """dpkg's rule: the last pattern that matches decides."""
    verdict = False
    for kind, pattern in rules:
        if fnmatch.fnmatchcase(path, pattern):
            verdict = kind == 'path-exclude'
    return verdict


def content(m, path):
    """A file of the machine's that is too long for its serial line, over the network."""
    with socket.create_server(('127.0.0.1', 0)) as server:
        server.settimeout(600)
        port = server.getsockname()[1]
        m.check_run(f"(bash -c 'cat {path} >/dev/tcp/{aptrepo.HOST}/{port}' &)")
        connection = server.accept()[0]
        with connection, connection.makefile(encoding='utf-8') as stream:
            return stream.read()


def missing(m):
    """What is in dpkg's lists of files and not there, without directories."""
    m.check_run('cat /var/lib/dpkg/info/*.list | sort -u | while read -r path; do '
                '[ -e "$path" ] || [ -L "$path" ] || echo "$path"; done >/tmp/missing', patience=1800)
    paths = content(m, '/tmp/missing').splitlines()
    return set(paths) - {os.path.dirname(path) for path in paths}


def verify(m, *names):
    """dpkg --verify, of these packages or of all, names only what the path-excludes in force name, and of all what is not
    there."""
    lines = m.check_run('cat /etc/dpkg/dpkg.cfg.d/*').splitlines()
    rules = [line.strip().split('=', 1) for line in lines if line.startswith('path-')]
    if not rules:
        raise v.MachineError('the image records no path-exclude')
    m.run(f'dpkg --verify {" ".join(names)} >/tmp/verify', patience=1800)
    problems = content(m, '/tmp/verify').splitlines()
    if not problems:
        raise v.MachineError('dpkg --verify names nothing, though files were excluded')
    named = set()
    for line in problems:
        kind, path = line.split(None, 1)
        path = path.removeprefix('c ')
        named.add(path)
        if kind != 'missing' or not excluded(path, rules):
            raise v.MachineError(f'dpkg --verify: {line}')
    if not names:
        v.equal(missing(m) - named, set())
    print(f'{len(problems)} files, all excluded by the image\'s rules')


def dpkg_alone(m):
    """Where ldconfig is left out dpkg refuses to work, and it is said what brings it."""
    if m.run('command -v ldconfig')[0]:
        status, said = m.run('dpkg -i /tmp/none.deb')
        v.equal(status, 2)
        v.has(said, '^gridnix: this image left out .*: apt-get install ./NAME.deb')


def small_package(m):
    """Also when the first try is killed while files come back: half ones do not stay."""
    v.equal(m.run('command -v bc')[1], '')
    m.check_run("bash -c 'setsid apt-get install -q -y --no-install-recommends bc </dev/null "
                '>/tmp/apt 2>&1 & until [ -s /var/lib/gridnix/restoring ]; do '
                "[ -d /proc/$! ] || break; sleep 0.1; done; "
                "kill -9 -- -$! && truncate -s 100 /usr/bin/perl'", patience=1800)
    m.check_run('apt-get install -q -y --no-install-recommends bc', patience=1800)
    v.equal(m.check_run('echo 6*7 | bc').strip(), '42')
    m.check_run('command -v ldconfig && perl -e 1')
    v.equal(m.run('test -e /var/lib/gridnix/restoring')[0], 1)


def package_that_needs_excluded_files(m):
    """Python is left out until something needs it: it comes back with a program in Python."""
    v.equal(m.run('command -v python3')[1], '')
    m.check_run('apt-get install -q -y --no-install-recommends meson', patience=1800)
    v.has(m.check_run('meson --version'), r'^\d+\.')
    # The rules that kept Python out are gone; xen-utils has a file of the same kind.
    v.has_not(m.check_run('cat /etc/dpkg/dpkg.cfg.d/gridnix-deferred'), '=/usr/lib/python3')
    verify(m, 'python3-minimal', f'python{PYTHON}-minimal', f'libpython{PYTHON}-stdlib',
           f'xen-utils-{XEN}')


def too_little_memory(m):
    """apt-get says what is missing, and an installation changes nothing; guests are not touched."""
    # All but 64 MiB of what is free is taken, by what zram cannot pack, and dom0 keeps 32.
    m.check_run("mount -t tmpfs -o size=100% none /mnt && head -c $(awk '/^MemAvailable/ "
                "{ print ($2 - 65536) * 1024 }' /proc/meminfo) /dev/urandom >/mnt/taken")
    v.has(m.run('apt-get update', patience=1800)[1], r'^gridnix: .* MiB to give: apt may be ended')
    status, said = m.run('apt-get install -y --no-install-recommends meson', patience=1800)
    v.equal(status, 100)
    v.has(said, r'^gridnix: .* MiB to give: nothing was changed.$')
    v.equal(m.run("dmesg | grep 'Out of memory'"), (1, ''))
    v.equal(v.domains(m), ['Domain-0', 'tiny', 'web'])
    m.check_run('umount /mnt')


def packages():
    with aptrepo.served(v.IMAGE) as port, v.booted(v.media(), memory=768) as m:
        m.login()
        verify(m)
        # Out of the box apt asks mirrors, and believes only what is signed.
        targets = m.check_run('apt-get update --print-uris')
        v.has(targets, "^'http")
        v.has_not(targets, "^(?!'http).")
        v.equal(m.run('grep -ri trusted /etc/apt/sources.list*')[0], 1)
        aptrepo.use(m, port)
        dpkg_alone(m)
        small_package(m)
        too_little_memory(m)
        package_that_needs_excluded_files(m)


v.main(packages)
