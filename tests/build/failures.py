# SPDX-License-Identifier: BSD-3-Clause
"""What gridnix-build does when something goes wrong: one clear message, the exit status that its man
page names, nothing half done under a final name; that a run which was killed at any moment is
taken up again; and signatures. Needs a demo image that was built, in out/ and the cache; works on
copies. Without GNX_FULL a part of it.
"""
import glob
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TREE, 'tools'))
import child  # noqa: E402

OUT = os.environ.get('GNX_OUT') or os.path.join(TREE, 'out')
CACHE = os.path.join(os.environ.get('XDG_CACHE_HOME') or os.path.expanduser('~/.cache'), 'gridnix')
DEV = ['--dev'] if os.environ.get('GNX_DEV') else []
# What the cache holds belongs to root, the host's or that of a user's name space.
AS_ROOT = [] if os.geteuid() == 0 else ['unshare', '--map-root-user', '--map-auto']


class Builder:
    """gridnix-build with a directory of its own for manifests and results."""

    def __init__(self, program, work):
        self.program, self.work, self.out = program, work, os.path.join(work, 'out')
        os.makedirs(self.out, exist_ok=True)

    def manifest(self, text):
        path = os.path.join(self.work, 'x.ini')
        with open(path, 'w', encoding='utf-8') as f:
            f.write(f'[image]\ninclude = {TREE}/images/demo.ini\n{text}')
        return path

    def command(self, manifest, *options):
        return [self.program, 'image', manifest, '-o', self.out, *DEV, *options]

    def fails(self, status, words, command):
        """Runs it; checks how it fails and that no result is there."""
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        last = done.stderr.strip().splitlines()[-1:]
        assert done.returncode == status, (done.returncode, status, done.stderr)
        assert last and last[0].startswith('gridnix-build: ') and words in last[0], done.stderr
        assert not glob.glob(os.path.join(self.out, 'gridnix-*')), os.listdir(self.out)
        return done.stdout


def bad_manifests(b):
    b.fails(2, 'x.ini:3: unknown key "nmae"', b.command(b.manifest('nmae = x\n')))
    b.fails(2, 'x.ini:3: suite: "woody"', b.command(b.manifest('suite = woody\n')))
    b.fails(5, 'x.ini:3: ', b.command(b.manifest('include = none.ini\n')))
    b.fails(2, 'x.ini:4: entries: "tesing"', b.command(b.manifest('[menu]\nentries += tesing\n')))
    for key in ('[hooks]\nroot', '[guests]\nkernel', '[guests]\nrecipes', '[entry x]\nfloppy'):
        b.fails(5, 'x.ini:4: ', b.command(b.manifest(f'{key} = none\n')))
    b.fails(5, 'apt finds no way to install the packages of "root"',
            b.command(b.manifest('[packages]\ninstall += no-such-package\n')))
    b.fails(5, 'step fetch: no package "no-such-package" among',
            b.command(b.manifest('[entry x]\nkernel = no-such-package:/x\n')))


def dead_mirror(b):
    b.fails(3, '127.0.0.1:9', b.command(
        b.manifest('[mirror]\nurl = http://127.0.0.1:9/debian\n'),
        '--cache', os.path.join(b.work, 'empty')))


def full_disk(b):
    b.fails(4, 'is full', [*(AS_ROOT or ['unshare']), '--mount', 'sh', '-c',
                           'mount -t tmpfs -o size=4m none "$1" && shift && exec "$@"', 'sh', b.out,
                           *b.command(f'{TREE}/images/demo.ini')])


def full_cache(b):
    """apt looks for room before it begins. The first two steps' results are small."""
    cache = os.path.join(b.work, 'small')
    b.fails(4, 'enough free space in', [
        *(AS_ROOT or ['unshare']), '--mount', 'sh', '-c',
        'mkdir "$1" && mount -t tmpfs -o size=16m none "$1" && mkdir "$1/step" && '
        'cp -a "$2"/step/plan-* "$2"/step/fetch-* "$1/step" && shift 2 && exec "$@"', 'sh', cache,
        CACHE, *b.command(f'{TREE}/images/demo.ini', '--cache', cache, '--depot',
                          os.path.join(CACHE, 'depot'))])


def too_big(b):
    """For a small machine, and for the medium; how large --dev makes that is not looked at."""
    b.fails(7, 'step initramfs: the image needs a machine with',
            b.command(b.manifest('machine_limit = 64\n')))
    if not DEV:
        b.fails(7, 'step verify: the ISO has', b.command(b.manifest('size_limit = 1000000\n')))


def events(b):
    """One JSON object a line, whatever happens."""
    said = b.fails(1, 'gpg', b.command(f'{TREE}/images/demo.ini', '--json', '--sign', 'nobody'))
    seen = [json.loads(line) for line in said.splitlines()]
    assert [e['step'] for e in seen if e['event'] == 'step'][-1] == 'verify', said
    assert [e['number'] for e in seen] == sorted(e['number'] for e in seen), said
    assert seen[-1]['event'] == 'error' and seen[-1]['step'] == 'verify', said
    assert 'gpg' in seen[-1]['text'] and seen[-2]['event'] != 'error', said
    said = b.fails(2, 'nmae', b.command(b.manifest('nmae = x\n'), '--json'))
    assert json.loads(said)['event'] == 'error', said


def steps(cache):
    return set(os.listdir(os.path.join(cache, 'step')))


def dry_run(b):
    """Another title makes other media of the same parts."""
    before, out = steps(CACHE), os.path.join(b.work, 'nowhere')
    said = subprocess.run([*b.command(b.manifest('title = Another\n'), '--dry-run'), '-o', out],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True).stdout
    lines = [line.split() for line in said.splitlines()]
    assert ['media', 'would', 'run'] in lines, said
    assert [line[1:] for line in lines if line[-1] == 'cached'][-1] == ['initramfs', 'cached'], said
    assert not os.path.exists(out) and steps(CACHE) == before, (os.listdir(b.work), steps(CACHE))


def same_image(b):
    subprocess.run(['cmp', os.path.join(OUT, 'gridnix-demo.iso'),
                    os.path.join(b.out, 'gridnix-demo.iso')], check=True)


def damaged_package(b):
    """Other bytes than those that were chosen are removed; with the good ones the work goes on."""
    before, depot = steps(CACHE), os.path.join(b.work, 'depot')
    subprocess.run([*AS_ROOT, 'cp', '-al', os.path.join(CACHE, 'depot'), depot], check=True)
    command = b.command(f'{TREE}/images/demo.ini', '--depot', depot)
    with open(os.path.join(OUT, 'gridnix-demo.lock'), encoding='utf-8') as f:
        name, = {line.split()[7] for line in f if line.startswith('package parts memtest86+ ')}
    paths = [os.path.join(directory, 'depot/pool', name) for directory in (CACHE, b.work)]
    subprocess.run([*AS_ROOT, 'sh', '-c', 'rm "$2" && tr a b <"$1" >"$2"', 'sh', *paths], check=True)
    try:
        b.fails(6, name + ': damaged', command)
        assert not os.path.exists(paths[1])
        subprocess.run([*AS_ROOT, 'ln', *paths], check=True)
        subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
        same_image(b)
    finally:  # what leads to this depot
        new = [os.path.join(CACHE, 'step', step) for step in steps(CACHE) - before]
        subprocess.run([*AS_ROOT, 'rm', '-rf', *new], check=True)


def interrupted_and_killed(b):
    """From a copy of the cache without the last steps: stopped, killed again and again, and in the
    end the same image as before."""
    cache = os.path.join(b.work, 'cache')
    os.mkdir(cache)
    subprocess.run([*AS_ROOT, 'cp', '-al', os.path.join(CACHE, 'step'), cache], check=True)
    for path in glob.glob(os.path.join(cache, 'step', '*')):
        if os.path.basename(path).split('-')[0] in ('guests', 'initramfs', 'media', 'verify'):
            subprocess.run([*AS_ROOT, 'rm', '-rf', path], check=True)
    command = b.command(f'{TREE}/images/demo.ini', '--cache', cache, '--depot',
                        os.path.join(CACHE, 'depot'))

    def start():
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE, text=True)
    seed = random.randrange(1 << 30)
    print(f'seed {seed}')
    chance = random.Random(seed)
    before = steps(cache)
    builder = start()
    while steps(cache) == before and builder.poll() is None:
        time.sleep(0.05)
    builder.send_signal(signal.SIGINT)
    said = builder.communicate()[1]
    assert builder.returncode == 130, (builder.returncode, said)
    assert not [s for s in steps(cache) if s.endswith('.part')], steps(cache)
    for _ in range(8):
        builder = start()
        time.sleep(chance.uniform(0, 3))
        builder.kill()
        builder.communicate()
    builder = start()
    said = builder.communicate()[1]
    assert builder.returncode == 0, said
    same_image(b)


def signed(b):
    """The signature is a file of its own, and the image the same as without."""
    home = os.path.join(b.work, 'gnupg')
    os.mkdir(home, 0o700)
    gpg = {'env': {**os.environ, 'GNUPGHOME': home}, 'check': True, 'stderr': subprocess.DEVNULL}
    iso = os.path.join(b.out, 'gridnix-demo.iso')
    try:
        subprocess.run(['gpg', '--batch', '--passphrase', '', '--quick-generate-key', 'tester'], **gpg)
        subprocess.run(b.command(f'{TREE}/images/demo.ini', '--sign', 'tester'),
                       stdout=subprocess.DEVNULL, **gpg)
        subprocess.run(['gpg', '--verify', iso + '.asc', iso], **gpg)
        netboot = os.path.join(b.out, 'netboot-demo')
        subprocess.run(['gpg', '--verify', netboot + '.SHA256SUMS.asc', netboot + '/SHA256SUMS'], **gpg)
        subprocess.run(['sha256sum', '--quiet', '--strict', '-c', 'SHA256SUMS'], cwd=netboot, check=True)
    finally:
        subprocess.run(['gpgconf', '--kill', 'all'], **gpg)
    same_image(b)
    for path in glob.glob(os.path.join(b.out, '*')):
        subprocess.run(['rm', '-r', path], check=True)
    b.fails(1, 'gpg', b.command(f'{TREE}/images/demo.ini', '--sign', 'nobody'))


def other_source(b):
    """An image that another source tree made is not built anew to find that out."""
    tree = os.path.join(b.work, 'tree')
    for part in ('src', 'images', 'packaging', 'docs', 'tools/docs', 'include'):
        if os.path.exists(os.path.join(TREE, part)):
            shutil.copytree(os.path.join(TREE, part), os.path.join(tree, part), symlinks=True)
    for part in ('meson.build', 'meson_options.txt', 'LICENSE'):
        shutil.copy(os.path.join(TREE, part), tree)
    with open(os.path.join(tree, 'src/guest/init.c'), 'a', encoding='utf-8') as f:
        f.write('\n')
    b.fails(6, 'another source tree', [b.program, 'verify', os.path.join(OUT, 'gridnix-demo.iso'),
                                       '--source', tree])


def other_manifest(b):
    """Nor does verify build another image than the one that it is to compare."""
    b.fails(6, 'makes "other"', [b.program, 'verify', os.path.join(OUT, 'gridnix-demo.iso'),
                                 '--source', TREE, '--manifest', b.manifest('name = other\n')])


def main(program):
    child.end_on_signals()
    for test in (bad_manifests, dead_mirror, full_disk, full_cache, too_big, events, dry_run,
                 *([damaged_package] if os.environ.get('GNX_FULL') else []), interrupted_and_killed, signed,
                 other_source, other_manifest):
        print(f'-- {test.__name__}', flush=True)
        # Beside the cache, for the sake of hard links.
        with tempfile.TemporaryDirectory(prefix='test-', dir=CACHE) as work:
            try:
                test(Builder(os.path.abspath(program), work))
            finally:
                subprocess.run([*AS_ROOT, 'sh', '-c', 'rm -rf "$1"/*', 'sh', work], check=True)


if __name__ == '__main__':
    main(*sys.argv[1:])
