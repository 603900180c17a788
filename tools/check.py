# SPDX-License-Identifier: BSD-3-Clause
"""Builds everything and runs the tests: the work behind ./check."""
import argparse
import contextlib
import glob
import json
import multiprocessing
import os
import re
import subprocess
import sys
import threading
import time

import child

TREE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# Watchdogs are for what hangs, not for what is slow.
PATIENCE = 3
# So many of a failed test's last lines are said again at the end: a log may be cut above them.
LAST_LINES = 40

# What was compiled once, in whichever directory, is not compiled again.
CCACHE = {'CCACHE_DIR': os.path.join(os.environ.get('XDG_CACHE_HOME') or os.path.expanduser('~/.cache'), 'gridnix/ccache'),
          'CCACHE_BASEDIR': TREE, 'CCACHE_NOHASHDIR': '1', 'CCACHE_MAXSIZE': '1G'}

# In the order in which they run
HOST_SUITES = ['tree', 'unit', 'fuzz', 'daemon', 'docs']
# These need an image; and the build whose programs they use
IMAGE_SUITES = {'build': 'sanitizers', 'vm': 'gcc', 'full': 'gcc'}

# name: build directory, CC, meson's options, suites that it runs too
BUILDS = {
    'gcc': ('build', 'gcc', [], None),
    'clang': ('build-clang', 'clang', ['-Ddocs=disabled'], ['unit', 'fuzz']),
    'sanitizers': ('build-sanitizers', 'gcc',
                   # What has the sanitizers' own code within starts in two thirds of the time.
                   ['-Ddocs=disabled', '-Db_sanitize=address,undefined', '-Db_lundef=false',
                    '-Dc_link_args=-static-libasan -static-libubsan'],
                   ['unit', 'fuzz', 'daemon']),
}


class Tally:
    """Counts results and remembers what failed."""

    def __init__(self):
        self.passed, self.skipped, self.failed = 0, 0, {}

    def add(self, name, result, words=''):
        if result in ('OK', 'EXPECTEDFAIL'):
            self.passed += 1
        elif result == 'SKIP':
            self.skipped += 1
        else:
            self.failed[f'{name} ({result})'] = words.splitlines()[-LAST_LINES:]

    def add_all(self, other):
        self.passed += other.passed
        self.skipped += other.skipped
        self.failed.update(other.failed)

    def line(self):
        skipped = f', {self.skipped} skipped' if self.skipped else ''
        return f'{self.passed} passed, {len(self.failed)} failed{skipped}'


class Lane:
    """Work in a process of its own, beside what is done meanwhile: its lines bear its name, and its results are added to
    the tally at the end."""

    def __init__(self, name, work, tally):
        self.name, self.work, self.tally = name, work, tally

    def __enter__(self):
        context = multiprocessing.get_context('fork')
        self.results, results = context.Pipe(duplex=False)
        out, said = os.pipe()
        self.process = context.Process(target=self.run, args=(said, results))
        self.process.start()
        os.close(said)
        results.close()
        self.teller = threading.Thread(target=self.tell, args=(out,))
        self.teller.start()

    def run(self, said, results):
        os.dup2(said, 1)
        os.dup2(said, 2)
        os.close(said)
        tally = Tally()
        try:
            self.work(tally)
        except (KeyboardInterrupt, SystemExit):
            tally.add(f'{self.name}: interrupted', 'FAIL')
        results.send(tally)

    def tell(self, out):
        with os.fdopen(out, encoding='utf-8', errors='replace') as lines:
            for line in lines:
                print(f'{self.name}: {line}', end='', flush=True)

    def __exit__(self, failure, *_):
        if failure:
            self.process.terminate()
        try:
            self.tally.add_all(self.results.recv())
        except EOFError:
            self.tally.add(f'{self.name}: ended early', 'FAIL')
        finally:
            self.process.terminate()  # when the waiting for it was interrupted
            self.process.join()
            self.teller.join()


def say(words):
    print(f'== {words}', flush=True)


def run(args, **more):
    return child.run(args, cwd=TREE, stdin=subprocess.DEVNULL, **more) == 0


def build(name, tally):
    """Configures and compiles; whether that succeeded."""
    directory, compiler, options, _ = BUILDS[name]
    say(f'build with {name}')
    # What was configured before these tests' packages were there has no tests.
    again = ['--reconfigure'] if os.path.exists(os.path.join(TREE, directory, 'build.ninja')) else []
    env = {**os.environ, **CCACHE, 'CC': f'ccache {compiler}'}
    done = run(['meson', 'setup', *again, directory, *options], env=env)
    done = done and run(['ninja', '-C', directory], env=env)
    tally.add(f'build with {name}', 'OK' if done else 'FAIL')
    return done


def manifests():
    """The manifests that there are, and each one made for Debian 12, as NAME12."""
    paths = []
    for path in sorted(glob.glob(os.path.join(TREE, 'images', '*.ini'))):
        with open(path, encoding='utf-8') as f:
            name = re.search(r'^name\s*=\s*(\S+)', f.read(), re.M)
        if name:
            paths += [path, older(path, name[1] + '12')]
    return [path for path in paths if path]


def older(path, name):
    """A manifest that makes another's image for Debian 12; None if the tree has it."""
    made = os.path.join(TREE, 'out', name + '.ini')
    if path.endswith('12.ini') or os.path.exists(os.path.join(TREE, 'images', name + '.ini')):
        return None
    os.makedirs(os.path.dirname(made), exist_ok=True)
    with open(made, 'w', encoding='utf-8') as f:
        f.write(f'[image]\ninclude = {path}\nname = {name}\nsuite = bookworm\nsize_limit = 0\n')
    return made


def builder(path, *options):
    return run([os.path.join(TREE, 'build/src/build/gridnix-build'), 'image', path, '-o', 'out',
                *options])


def fetch(paths, tally):
    """The packages of all images into the depot, in the state that the mirror has now."""
    say('packages of the images')
    done = [builder(path, '--fetch') for path in paths]
    tally.add('packages of the images', 'OK' if all(done) else 'FAIL')


def image(path, tally):
    """Builds an image, which machines boot then."""
    name = os.path.splitext(os.path.basename(path))[0]
    say(f'image {name}')
    tally.add(f'image {name}', 'OK' if builder(path) else 'FAIL')


def run_suites(names, build_name, tally, full):
    """Runs suites of one build at once by meson, which prints a failed test's words itself."""
    directory = BUILDS[build_name][0]
    say(f'{", ".join(names)}: {build_name}')
    base = 'suite-' + '-'.join(names)
    log = os.path.join(TREE, directory, 'meson-logs', base + '.json')
    with contextlib.suppress(FileNotFoundError):
        os.unlink(log)
    # The daemon's tests wait longer than they compute.
    done = run(['meson', 'test', '-C', directory, '--no-rebuild', *(f'--suite={name}' for name in names), '--logbase', base,
                '--print-errorlogs', '--timeout-multiplier', str(PATIENCE), '--num-processes', str(3 * os.cpu_count())],
               env={**os.environ, 'GNX_FULL': '1' if full else '',
                    'UBSAN_OPTIONS': 'halt_on_error=1:print_stacktrace=1'})
    results, failed = 0, len(tally.failed)
    try:
        with open(log) as f:
            for line in f:
                test = json.loads(line)
                tally.add(f'{test["name"]}, {build_name}', test['result'],
                          test.get('stdout', '') + test.get('stderr', ''))
                results += 1
    except FileNotFoundError:
        pass  # meson ran none
    with open(os.path.join(TREE, directory, 'meson-info/intro-tests.json')) as f:
        there = {suite.rpartition(':')[2] for test in json.load(f) for suite in test['suite']} if results else ()
    for name in names:
        if name not in there:
            tally.add(f'suite {name}, {build_name}: no test ran', 'FAIL')
    if results and not done and len(tally.failed) == failed:
        tally.add(f'{", ".join(names)}, {build_name}: meson ended early', 'FAIL')


def images(suites, compiled, full, tally):
    """Images, and the tests that read and build some. compiled() tells what else was compiled meanwhile."""
    # A list: one image that cannot be built does not keep the others from it.
    paths = manifests() if 'full' in suites else [os.path.join(TREE, 'images', 'demo.ini')]
    if len(paths) > 1:
        # Those that the tests build, too.
        fetch(paths + sorted(glob.glob(os.path.join(TREE, 'tests/vm/*.ini'))), tally)
    for path in paths:
        image(path, tally)
    if 'build' in suites:
        image_suite('build', compiled(), tally, full)


def image_suite(name, built, tally, full):
    """A suite that needs images, unless what it tests is missing."""
    if IMAGE_SUITES[name] in built and not any(failed.startswith('image') for failed in tally.failed):
        run_suites([name], IMAGE_SUITES[name], tally, full)
    else:
        tally.add(f'suite {name}: not run, for want of what it tests', 'FAIL')


def check(args, tally):
    """All the steps; what fails in one does not keep the others from running."""
    full = args.full or 'full' in args.suite
    suites = args.suite or HOST_SUITES + ([] if args.quick else ['build', 'vm']) + (
        ['full'] if args.full else [])
    imaged = [s for s in suites if s in IMAGE_SUITES]
    if not run(['tools/deps', 'build', 'test', 'docs', 'qemu', *(['image'] if imaged else [])]):
        tally.add('packages to test with', 'FAIL')
        return
    # What each build is to run; images are made by the first one.
    host = {name: [s for s in suites if s not in imaged and (own is None or s in own)]
            for name, (_, _, _, own) in BUILDS.items()}
    needed = {'gcc', *map(IMAGE_SUITES.get, imaged)} if imaged else set()
    compiled, tell = multiprocessing.Pipe(duplex=False)
    built = []
    with contextlib.ExitStack() as beside:
        for name in BUILDS:
            if (host[name] or name in needed) and build(name, tally):
                built.append(name)
            if imaged and built and name == 'gcc':
                beside.enter_context(Lane('images', lambda own: images(imaged, compiled.recv, full, own), tally))
        tell.send(built)
        for name in built:
            if host[name]:
                run_suites(host[name], name, tally, full)
    # Machines run alone: one whose processors wait for each other, beside other work, costs more than twice the time.
    for s in imaged:
        if s != 'build':
            image_suite(s, built, tally, full)


def main():
    parser = argparse.ArgumentParser(
        prog='check', description='Builds Gridnix with gcc, clang and sanitizers and runs its tests.')
    parser.add_argument('--full', action='store_true',
                        help='every manifest, suite, firmware, medium and menu entry: takes hours')
    parser.add_argument('--quick', action='store_true', help='nothing that needs an image')
    parser.add_argument('suite', nargs='*', help='only these: ' + ', '.join(
        [*HOST_SUITES, *IMAGE_SUITES]))
    args = parser.parse_args()
    unknown = [s for s in args.suite if s not in [*HOST_SUITES, *IMAGE_SUITES]]
    if unknown:
        parser.error('no such suite: ' + ' '.join(unknown))
    if args.suite and (args.full or args.quick) or args.full and args.quick:
        parser.error('--full, --quick and names of suites exclude each other')
    child.end_on_signals()
    tally, started = Tally(), time.monotonic()
    try:
        check(args, tally)
    except (KeyboardInterrupt, SystemExit):
        tally.add('the rest: interrupted', 'FAIL')
    minutes = (time.monotonic() - started) / 60
    say(f'{minutes:.0f} minutes')
    for name, words in tally.failed.items():
        print('\n'.join([f'failed: {name}', *words]))
    print(tally.line(), flush=True)
    sys.exit(1 if tally.failed else 0)


if __name__ == '__main__':
    main()
