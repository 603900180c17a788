# SPDX-License-Identifier: BSD-3-Clause
"""Measures the demo image and a plain Debian with Xen side by side: the work behind bench/run."""
import argparse
import contextlib
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

TREE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TREE, 'tools'))
import child  # noqa: E402
import debian  # noqa: E402
from vm.machine import (  # noqa: E402
    EMULATED_CPU, Machine, MachineError, Media, cache_dir, one_at_a_time)

BUILDER = os.path.join(TREE, 'build/src/build/gridnix-build')
MANIFEST = 'images/demo.ini'
GUESTS = {'tiny', 'web'}
SETTLE = 30  # seconds between the guests' answers and a look at the memory
STEP = 8  # MiB, for the smallest machine
FLOOR = 64  # MiB on which nothing boots
PATIENCE = 1800
BUSY = 0.25  # processors in use by others from which times are worth nothing

# What both sides say on the serial line, in this order.
PHASES = (('xen', r'\(XEN\) Xen version'), ('dom0', r'Serial input to DOM0'))
NOTES = """\
Both guests answered: the program `ready`, the same on both sides, pings both from dom0 every 250 ms
and prints a line on the serial console; the host takes the time from QEMU's start to that line.
Both boot menus wait 5 s, which is included. Debian has booted once before; its disk is virtio, our
medium a CD on IDE. Debian starts the guests by its own xendomains, when the network is up."""


def say(words):
    print(f'-- {words}', file=sys.stderr, flush=True)


class Gridnix:
    name = 'Gridnix'

    def __init__(self, iso, kvm):
        self.iso, self.media, self.kvm = iso, Media(iso), kvm
        self.size = os.path.getsize(iso)
        self.versions = {line[2]: line[3] for line in debian.lock_of(iso)
                         if line[:2] in (['package', 'root'], ['package', 'parts'])}

    def machine(self, memory, log):
        return Machine(self.media, memory=memory, kvm=self.kvm, log=log, patience=PATIENCE)


class Debian:
    name = 'Debian'

    def __init__(self, iso, kvm):
        self.kvm = kvm
        self.disk, facts = debian.make(iso, say)
        self.size, self.versions = facts['used'], facts['versions']

    def machine(self, memory, log):
        return Machine(None, medium=None, memory=memory, kvm=self.kvm, log=log, patience=PATIENCE,
                       direct=debian.disk_arguments(self.disk))


def processor_seconds(pid=None):
    """What all programs of this host have used of its processors, or one of them has."""
    with open(f'/proc/{pid}/stat' if pid else '/proc/stat', encoding='utf-8') as f:
        words = f.readline().rpartition(')')[2].split()
    if pid:
        ticks = int(words[11]) + int(words[12])
    else:
        user, nice, system, _, _, *interrupts = (int(w) for w in words[1:9])
        ticks = user + nice + system + sum(interrupts)
    return ticks / os.sysconf('SC_CLK_TCK')


@contextlib.contextmanager
def booted(side, memory, patience=None, bold=False):
    """A machine of that side whose guests have answered, and the times of that: seconds from QEMU's
    start by phase, 'first' for the first guest's answer, 'both', and 'others': how many processors
    other programs kept busy meanwhile."""
    log = os.path.join(debian.bench_dir(), side.name.lower() + '.log')
    with side.machine(memory, log) as machine:
        before = processor_seconds()
        times, phases = {}, dict(PHASES)

        def now():
            return time.monotonic() - machine.started

        def look():
            for name in [n for n, p in phases.items() if re.search(p, machine.console.text)]:
                times[name] = now()
                del phases[name]

        missing = GUESTS - machine.until_ready(
            look, lambda guest: times.setdefault('first', now()), patience, bold)
        times['both'] = now()
        times['others'] = max(0, processor_seconds() - before - processor_seconds(
            machine.process.pid)) / times['both']
        if missing:
            raise MachineError('ready, but these did not answer: ' + ' '.join(missing))
        yield machine, times


def memory_use(machine):
    """MiB by kind, of a machine whose guests have answered."""
    time.sleep(SETTLE)
    machine.login()
    kib = {k: int(v) for k, v in re.findall(r'^(\w+): +(\d+)', machine.check_run(
        'cat /proc/meminfo'), re.M)}
    info = {k: int(v) for k, v in re.findall(r'^(\w+_memory) *: (\d+)', machine.check_run(
        'xl info'), re.M)}
    domains = {n: int(m) for n, m in re.findall(r'^(\S+) +\d+ +(\d+) ', machine.check_run(
        'xl list'), re.M)}
    xen = info['total_memory'] - info['free_memory'] - sum(domains.values())
    available = kib['MemAvailable'] // 1024
    return {'dom0_used': kib['MemTotal'] // 1024 - available, 'xen': xen,
            'all': xen + domains['Domain-0'] - available}


class Results:
    """The lines of the table."""

    def __init__(self):
        self.lines = []
        self.busy = 0  # the most that others took of the processors during a boot that counts

    def add(self, key, title, unit, values):
        """values: {side's name: the runs' values}"""
        middle = {name: statistics.median(v) for name, v in values.items()}
        ratio = middle['Gridnix'] / middle['Debian'] if len(middle) == 2 else None
        self.lines.append({'measure': key, 'title': title, 'unit': unit, 'median': middle,
                           'ratio': ratio, 'runs': values})

    def add_all(self, titles, unit, measured):
        """titles: {key: title}; measured: {side's name: [{key: value}, …]}"""
        for key, title in titles.items():
            self.add(key, title, unit, {n: [r[key] for r in runs] for n, runs in measured.items()})

    def table(self):
        def number(line, name):
            value = line['median'].get(name)
            return '' if value is None else f'{value:.{1 if line["unit"] == "s" else 0}f}'

        yield f'{"":46}{"Gridnix":>10}{"Debian":>10}{"ratio":>8}'
        for line in self.lines:
            ratio = '' if line['ratio'] is None else f'{line["ratio"]:.2f}'
            yield (f'{line["title"] + ", " + line["unit"]:46}{number(line, "Gridnix"):>10}'
                   f'{number(line, "Debian"):>10}{ratio:>8}').rstrip()
        for line in self.lines:
            for name, runs in line['runs'].items() if line['measure'] == 'both' else ():
                yield f'{name}, to both guests: ' + ' '.join(f'{r:.1f}' for r in runs)


def measure_time_and_memory(sides, args, results):
    """Boots the sides in turn; the memory is read in each first run."""
    times, memory = {s.name: [] for s in sides}, {s.name: [] for s in sides}
    for n in range(args.runs if 'time' in args.measures else 1):
        for side in sides:
            with booted(side, args.memory) as (machine, took):
                say(f'{side.name}, run {n + 1}: both guests after {took["both"]:.1f} s; '
                    f'others kept {took["others"]:.2f} processors busy')
                times[side.name].append(took)
                if n == 0 and 'ram' in args.measures:
                    memory[side.name].append(memory_use(machine))
    if 'time' in args.measures:
        results.add_all({'both': 'power-on to both guests answered', 'xen': '  of these, until Xen',
                         'dom0': "  until dom0's kernel",
                         'first': '  until the first guest answered'}, 's', times)
        results.busy = max(r['others'] for runs in times.values() for r in runs)
    if 'ram' in args.measures:
        results.add_all({'dom0_used': "dom0's memory in use", 'xen': "Xen's own memory",
                         'all': 'all but the guests and what is available'}, 'MiB', memory)


def smallest(side, memory, bold):
    """The least memory, in steps, on which both guests answer."""
    with booted(side, memory) as (_, took):
        patience = 120 + 3 * took['both']
    low, high = FLOOR // STEP, memory // STEP
    while high - low > 1:
        middle = (low + high) // 2
        try:
            with booted(side, middle * STEP, patience, bold):
                high = middle
        except MachineError as e:
            low = middle
            say(f'{side.name}, {middle * STEP} MiB: no: {str(e).splitlines()[0]}')
        else:
            say(f'{side.name}, {middle * STEP} MiB: both guests answered')
    return high * STEP


def measure_smallest(sides, args, results):
    results.add('smallest', 'smallest machine for both guests', 'MiB',
                {side.name: [smallest(side, args.memory, True)] for side in sides})
    results.add('advised', '  and the least that its menu takes unasked', 'MiB',
                {'Gridnix': [smallest(sides[0], args.memory, False)]})


def measure_bytes(sides, _, results):
    results.add('bytes', 'ISO against files on the disk', 'MB',
                {side.name: [side.size / 1e6] for side in sides})


def build(*options):
    """Builds the image; seconds."""
    started = time.monotonic()
    subprocess.run([BUILDER, 'image', MANIFEST, *options], cwd=TREE, check=True, stdout=sys.stderr)
    return time.monotonic() - started


def measure_build(_, args, results):
    with debian.scratch_directory() as work:
        options = ['--cache', os.path.join(work, 'cache'), '--out', os.path.join(work, 'out'),
                   '--depot', args.depot]
        results.add('cold', 'gridnix-build, packages there, no steps', 's',
                    {'Gridnix': [build(*options)]})
        results.add('warm', 'gridnix-build, nothing changed', 's', {'Gridnix': [build(*options)]})


# In the order in which they run: what each one does, and whether it runs unless named.
MEASURES = {
    'time': ('from power-on until both guests answer', measure_time_and_memory, True),
    'ram': ('memory in use after the boot', measure_time_and_memory, True),
    'bytes': ("the ISO against Debian's disk", measure_bytes, True),
    'smallest': ('the smallest machine on which both guests answer; long', measure_smallest, False),
    'build': ('gridnix-build with and without its cache; long', measure_build, False),
}


def parse():
    p = argparse.ArgumentParser(
        prog='bench/run', formatter_class=argparse.RawDescriptionHelpFormatter,
        description='Measures the demo image and a plain Debian 13 with Xen and the same two\n'
        'guests, side by side in QEMU, and prints a table. bench/README.adoc tells more.',
        epilog='measures:\n' + '\n'.join(
            f'  {name:10}{about}' + ('' if usual else ' (not by default)')
            for name, (about, _, usual) in MEASURES.items()))
    p.add_argument('measures', nargs='*', metavar='MEASURE', help='only these')
    p.add_argument('--all', action='store_true', help='all measures')
    p.add_argument('--runs', type=int, default=3, metavar='N',
                   help='boots of each side for the time, alternating (default: %(default)s)')
    p.add_argument('--memory', type=int, default=1024, metavar='MIB',
                   help="the machines' memory (default: %(default)s)")
    p.add_argument('--image', metavar='FILE', type=child.from_users_directory,
                   help='measure this ISO, with its lock file beside it; no image is built')
    p.add_argument('--depot', metavar='DIR', default=os.path.join(cache_dir(), 'depot'),
                   help="the builder's packages, for measure build (default: its own)")
    p.add_argument('--kvm', action='store_true',
                   help='hardware virtualisation instead of emulation')
    p.add_argument('--json', action='store_true', help='JSON instead of a table')
    args = p.parse_args()
    unknown = set(args.measures) - set(MEASURES)
    if unknown:
        p.error('no such measure: ' + ' '.join(sorted(unknown)))
    if args.runs < 1:
        p.error('--runs wants 1 or more')
    if not args.measures:
        args.measures = [n for n, (_, _, usual) in MEASURES.items() if usual or args.all]
    return args


def first_match(path, pattern):
    with open(path, encoding='utf-8') as f:
        match = re.search(pattern, f.read(), re.M)
    return match[1] if match else 'unknown'


def this_machine(args):
    """What the numbers were taken on."""
    qemu = subprocess.run(['qemu-system-x86_64', '--version'], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    return {'cpu': first_match('/proc/cpuinfo', r'^model name\s*: (.*)'), 'cores': os.cpu_count(),
            'ram_mib': int(first_match('/proc/meminfo', r'^MemTotal: +(\d+)')) // 1024,
            'kernel': os.uname().release, 'qemu': qemu.split()[3],
            'accelerator': 'KVM' if args.kvm else 'emulation (TCG)', 'load': os.getloadavg()[0]}


def versions(side):
    """The packages that matter most."""
    return {n: v for n, v in sorted(side.versions.items()) if re.fullmatch(
        r'base-files|linux-image-amd64|xen-hypervisor-[\d.]+-amd64|gridnix-live', n)}


def report(args, machine, sides, results):
    if args.json:
        print(json.dumps({'machine': machine, 'memory_mib': args.memory,
                          'versions': {s.name: versions(s) for s in sides}, 'busy': results.busy,
                          'results': results.lines}, indent=2))
        return
    m = machine
    print(f'{m["cpu"]}, {m["cores"]} cores, {m["ram_mib"]} MiB, Linux {m["kernel"]}, '
          f'load {m["load"]:.1f}')
    print(f'QEMU {m["qemu"]}, {m["accelerator"]}, pc, -cpu {"host" if args.kvm else EMULATED_CPU}, '
          f'-smp 2, -m {args.memory}')
    for side in sides:
        print(f'{side.name}: ' + ', '.join(f'{n} {v}' for n, v in versions(side).items()))
    print()
    for line in results.table():
        print(line)
    if 'time' in args.measures:
        print('\n' + NOTES)
    if results.busy > BUSY:
        print(f'\nOther programs kept {results.busy:.2f} processors busy: '
              'do not publish the times.')


def run(args):
    machine, results = this_machine(args), Results()
    subprocess.run(['tools/deps', 'build', 'image', 'qemu', 'bench'], cwd=TREE, check=True,
                   stdout=sys.stderr)
    if not args.image or 'build' in args.measures:
        if not os.path.exists(os.path.join(TREE, 'build/build.ninja')):
            subprocess.run(['meson', 'setup', 'build'], cwd=TREE, check=True, stdout=sys.stderr)
        subprocess.run(['ninja', '-C', 'build', '--quiet', 'src/build/gridnix-build'], cwd=TREE,
                       check=True, stdout=sys.stderr)
    if not args.image:
        build('--out', 'out')
    iso = args.image or os.path.join(TREE, 'out/gridnix-demo.iso')
    sides = [Gridnix(iso, args.kvm)]
    if set(args.measures) - {'build'}:
        sides.append(Debian(iso, args.kvm))
    done = set()
    for name, (_, measure, _) in MEASURES.items():
        if name in args.measures and measure not in done:
            done.add(measure)
            with one_at_a_time():
                measure(sides, args, results)
    report(args, machine, sides, results)


def main():
    args = parse()
    child.end_on_signals()
    try:
        run(args)
    except KeyboardInterrupt:
        sys.exit(130)
    except (MachineError, OSError, subprocess.CalledProcessError) as e:
        sys.exit(f'bench: {e}')


if __name__ == '__main__':
    main()
