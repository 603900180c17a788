# SPDX-License-Identifier: BSD-3-Clause
"""Whether the ISO in out/ can be built again, byte for byte, from what it carries: from another
directory, by another user, without root, with another umask, time zone and locale.

As root it makes a user for this, gridnix-test, and removes it again.
"""
import os
import shutil
import subprocess
import sys
import tempfile

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TREE, 'tools'))
import child  # noqa: E402

OUT = os.environ.get('GNX_OUT') or os.path.join(TREE, 'out')
USER = 'gridnix-test'
LOCALE = 'tr_TR.UTF-8'


def cache_dir():
    return os.path.join(os.environ.get('XDG_CACHE_HOME') or os.path.expanduser('~/.cache'), 'gridnix')


def run(*args, **more):
    subprocess.run(args, check=True, **more)


def foreign(work):
    """An environment of another time zone, and of a locale whose letters, order and numbers differ from C's.
    Few hosts have it."""
    env = {'PATH': os.environ['PATH'], 'TZ': 'Asia/Kolkata', 'LC_ALL': LOCALE,
           'LOCPATH': os.path.join(work, 'locale')}
    os.mkdir(env['LOCPATH'])
    run('localedef', '-i', 'tr_TR', '-f', 'UTF-8', os.path.join(env['LOCPATH'], LOCALE))
    comma = subprocess.run(['locale', 'decimal_point'], env=env, check=True, stdout=subprocess.PIPE)
    assert comma.stdout == b',\n', comma.stdout
    return env


def main(builder, image):
    child.end_on_signals()
    iso = os.path.join(OUT, f'gridnix-{image}.iso')
    root = os.geteuid() == 0
    # Not below /tmp, which may be memory: this takes some gigabytes.
    with tempfile.TemporaryDirectory(prefix='gridnix-again-', dir='/var/tmp') as work:
        source, depot = os.path.join(work, 'a source'), os.path.join(work, 'depot')
        os.mkdir(source)
        files = subprocess.run(['git', '-C', TREE, 'ls-files', '-z'], check=True,
                               stdout=subprocess.PIPE).stdout
        run('rsync', '-a', '--from0', '--files-from=-', TREE + '/', source, input=files)
        run('cp', '-R', '--reflink=auto', os.path.join(cache_dir(), 'depot'), depot)
        shutil.copy(builder, os.path.join(work, 'gridnix-build'))
        shutil.copy(iso, os.path.join(work, 'image.iso'))
        home = os.path.join(work, 'home')
        os.mkdir(home)
        env = {**foreign(work), 'HOME': home, 'XDG_CACHE_HOME': os.path.join(work, 'cache')}
        command = ['./gridnix-build', 'verify', 'image.iso', '--source', source, '--depot', depot]
        if os.environ.get('GNX_DEV'):
            command.append('--dev')
        if root:
            # Of a run that was killed.
            subprocess.run(['userdel', USER], stderr=subprocess.DEVNULL)
            run('useradd', '--home-dir', home, '--shell', '/bin/sh', USER)
            command = ['runuser', '-u', USER, '--', *command]
        try:
            if root:
                run('chown', '-R', f'{USER}:{USER}', work)
            run(*command, cwd=work, umask=0o077, env=env)
        finally:
            if root:
                run('userdel', USER)
            else:
                # Files of the name space belong to numbers that are not the user's own.
                run('unshare', '--map-root-user', '--map-auto', 'rm', '-rf',
                    os.path.join(work, 'cache'))


if __name__ == '__main__':
    main(*sys.argv[1:])
