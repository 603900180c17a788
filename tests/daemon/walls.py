# SPDX-License-Identifier: BSD-3-Clause
"""walls.py PROGRAM...: no process of the daemon, no hotplug program and no client of ours can reach what it must not, for it is
not linked. By each program's or library's name: the libraries it may need, all of them; what may not be loaded, neither with
those; and functions that it may not take from any library.
"""
import os
import re
import subprocess
import sys

from sanitized import sanitized

WALLS = {
    'gridnixd-api': {
        'libraries': r'libc|libjansson|libevent_core-2[.]1|libseccomp',
        'loads': r'libxen\w*|libsqlite3',
        'functions': r'exec\w*|fexecve|posix_spawn\w*|fork|vfork|system|popen|socket|connect|open\w*|'
                     r'fopen\w*|unlink\w*|rename\w*|mkdir\w*|rmdir|kill|ptrace|mount|setuid|setgid|'
                     r'setgroups|chown|chmod|xs_\w*|xc_\w*|libxl_\w*|sqlite3_\w*',
    },
    # It uses what it is given.
    'gridnixd-console': {
        'libraries': r'libc|libevent_core-2[.]1|libseccomp',
        'loads': r'libxen\w*|libsqlite3|libjansson',
        'functions': r'exec\w*|fexecve|posix_spawn\w*|fork|vfork|system|popen|socket|connect|accept\w*|'
                     r'open\w*|fopen\w*|unlink\w*|rename\w*|mkdir\w*|rmdir|kill|ptrace|mount|setuid|setgid|'
                     r'setgroups|chown|chmod|ioctl|tcsetattr',
    },
    # It starts what others have written: it needs no network and none of Xen, and writes no file but the
    # kernel's of a process.
    'gridnixd-hooks': {
        'libraries': r'libc|libjansson|libevent_core-2[.]1|libseccomp',
        'loads': r'libxen\w*|libsqlite3|libcurl|libssl',
        'functions': r'system|popen|posix_spawn\w*|vfork|socket|connect|bind|listen|accept\w*|unlink\w*|'
                     r'rename\w*|mkdir\w*|rmdir|ptrace|mount|chroot|chown|chmod|xs_\w*|xc_\w*|libxl_\w*|'
                     r'sqlite3_\w*',
    },
    # It looks, and starts what acts.
    'gridnixd': {
        'libraries': r'libc|libjansson|libevent_core-2[.]1|libsqlite3|libmnl|libxenctrl|libxenstore',
        'loads': r'libxenlight|libxenguest',
        'functions': r'libxl_\w*|system|popen|posix_spawn\w*',
    },
    # It acts by libxl alone, for one that has read and checked what it is told.
    'gridnixd-worker': {
        'libraries': r'libc|libxenlight',
        'loads': r'libjansson|libevent\w*|libsqlite3',
        'functions': r'exec\w*|fexecve|posix_spawn\w*|fork|vfork|system|popen|socket|connect|bind|listen|'
                     r'accept\w*|open\w*|fopen\w*|unlink\w*|rename\w*|xs_\w*|xc_\w*',
    },
    # It is used in anybody's process: it starts nothing there, and ends nothing.
    'libgridnix': {
        'libraries': r'libc|libjansson',
        'loads': r'libxen\w*|libsqlite3|libevent\w*',
        'functions': r'exec\w*|fexecve|posix_spawn\w*|fork|vfork|system|popen|exit|_exit|abort|kill|dlopen|'
                     r'xs_\w*|xc_\w*|libxl_\w*|sqlite3_\w*',
    },
    # It knows the daemon's protocol, and nothing of Xen.
    'gridnix': {
        'libraries': r'libc|libgridnix',
        'loads': r'libxen\w*|libsqlite3|libevent\w*',
        'functions': r'posix_spawn\w*|vfork|system|popen|dlopen|ptrace|mount|'
                     r'xs_\w*|xc_\w*|libxl_\w*|sqlite3_\w*',
    },
}
# Hotplug programs are root's, and read what a guest's directories in xenstore say: they ask xenstore and the kernel, and start
# nothing.
STARTS = r'exec\w*|fexecve|posix_spawn\w*|v?fork|_Fork|clone\w*|system|popen|dlopen|dlsym'
BECOMES = r'ptrace|mount|umount\w*|unshare|setns|chroot|setuid|setgid|setre\w*|setgroups|capset|kill|syscall'
HOTPLUG = {
    'libraries': r'libc|libmnl|libxenstore',
    'loads': r'libxen(?!store|toolcore)\w*|libjansson|libevent\w*|libsqlite3|libcurl|libssl|libcrypto',
    'functions': STARTS + '|' + BECOMES + r'|accept\w*|recvmsg|sendmsg|chown|xc_\w*|libxl_\w*|sqlite3_\w*',
}
WALLS |= {
    'vif': HOTPLUG,
    'rearm': {**HOTPLUG, 'functions': HOTPLUG['functions'] + '|ioctl'},
    'block': {**HOTPLUG, 'libraries': r'libc|libxenstore', 'loads': HOTPLUG['loads'] + '|libmnl'},
}
# Their own code takes functions of all kinds: these are looked at in programs without it.
SANITIZERS = r'lib[aul]+san|libubsan|libm|libgcc_s'


def run(*args):
    return subprocess.run(args, check=True, text=True, stdout=subprocess.PIPE).stdout


def check(path):
    wall = WALLS[os.path.basename(path).partition('.so')[0]]
    libraries = wall['libraries'] + ('|' + SANITIZERS if sanitized(path) else '')
    bad = []
    for name in re.findall(r'\(NEEDED\).*\[(.+?)[.]so', run('readelf', '-dW', path)):
        if not re.fullmatch(libraries, name):
            bad.append(f'needs {name}')
    for name in re.findall(r'^\s*(\S+?)[.]so', run('ldd', path), re.M):
        if re.fullmatch(wall['loads'], name):
            bad.append(f'loads {name}')
    for name in re.findall(r' U (\w+)', run('nm', '-D', '--undefined-only', path)):
        if not sanitized(path) and re.fullmatch(wall['functions'], name):
            bad.append(f'takes {name}()')
    for what in bad:
        print(f'{path}: {what}')
    return len(bad)


def main(paths):
    assert paths
    return 1 if sum(map(check, paths)) else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
