# SPDX-License-Identifier: BSD-3-Clause
"""What the tests on machines share: where the image is, and how a test starts and ends.

A test is a file with functions that take no arguments; vmtest.main() runs them in order. They find
the image, which is the test's argument or the demo, in $GNX_OUT, or in out/ of the tree, where ./check has it built.
"""
import contextlib
import os
import re
import subprocess
import sys
import tempfile
import traceback
import urllib.request

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TREE, 'tools'))
import child  # noqa: E402
from vm.machine import (  # noqa: E402, F401
    EmulatorError, Machine, MachineError, Media, free_port, one_at_a_time)

OUT = os.environ.get('GNX_OUT') or os.path.join(TREE, 'out')
IMAGE = sys.argv[1] if len(sys.argv) > 1 else 'demo'
PATIENCE = int(os.environ.get('GNX_PATIENCE', 600))
ENTRIES = ['demo', 'testing', 'rescue', 'rescue-guest', 'memtest', 'installer']
FULL = bool(os.environ.get('GNX_FULL'))
GUESTS = {'tiny': '10.86.83.11', 'web': '10.86.83.12'}
SCREEN_OF = {'tiny': 2, 'web': 3}
XEN = 'console=com1 com1=115200,8n1'
LINUX = 'quiet console=tty0 console=hvc0'
# The password "secret", by openssl passwd -6 -salt gridnix
SECRET = ('$6$gridnix$8fx4wcW9NeEthCyXkKYeYBwCjqzOg5w2RKfym3jSN22fLMCvL'
          'TkP6sYLVhLF0tHSh.pstwkOp5glUZgPIWTaf0')


def media(name=IMAGE):
    iso = os.path.join(OUT, f'gridnix-{name}.iso')
    if not os.path.exists(iso):
        raise MachineError(f'{iso} is not there: gridnix-build image images/{name}.ini -o {OUT}')
    return Media(iso)


def build(work, manifest):
    """Makes an image of a test's own, in its directory."""
    dev = ['--dev'] if os.environ.get('GNX_DEV') else []
    subprocess.run([os.path.join(TREE, 'build/src/build/gridnix-build'), 'image', manifest, '-o', '.', *dev], cwd=work,
                   check=True, stdout=subprocess.DEVNULL)


def guests_of(name):
    """The guests that start with this image."""
    return tuple(GUESTS) if name.startswith(('demo', 'lean')) else ()


def main(*tests):
    """Runs the tests one after the other, each with the machine to itself."""
    child.end_on_signals()
    only = os.environ.get('GNX_ONLY', '').split()
    chosen = [test for test in tests if not only or test.__name__ in only]
    if not chosen:
        sys.exit('GNX_ONLY names none of: ' + ' '.join(test.__name__ for test in tests))
    for test in chosen:
        print(f'-- {test.__name__}', flush=True)
        try:
            with one_at_a_time():
                attempt(test)
        except Exception:  # whatever it is, the test has failed
            traceback.print_exc(file=sys.stdout)
            sys.exit(1)


def parts(machine, *tests):
    """Runs the parts of a test with one machine, and says which."""
    for test in tests:
        print(test.__name__, flush=True)
        test(machine)


def attempt(test, times=4):
    """Runs a test, and again when the emulator failed."""
    for left in reversed(range(times)):
        try:
            return test()
        except EmulatorError as e:
            if not left:
                raise
            print(f'{e.__cause__}\n{e}\n-- {test.__name__} again', flush=True)


@contextlib.contextmanager
def booted(*args, ready=True, **options):
    """A Machine whose guests have answered, with what it said on the serial line at hand."""
    os.makedirs(os.path.join(OUT, 'logs'), exist_ok=True)
    name = os.path.splitext(os.path.basename(sys.argv[0]))[0]
    options.setdefault('patience', PATIENCE)
    with Machine(*args, log=os.path.join(OUT, 'logs', name + '.log'), **options) as machine:
        try:
            if ready:
                wait_ready(machine)
            yield machine
        except BaseException:  # a signal too
            print(machine.last_words())
            if machine.process.poll() is None:
                machine.screenshot(os.path.join(OUT, 'logs', name + '.png'))
            raise


def wait_ready(machine, guests=tuple(GUESTS)):
    """Until dom0 says that all guests have answered."""
    equal(machine.until_ready(), set(guests))


def direct(image, words, initrd=None, xen=''):
    """A Machine's arguments: Xen without GRUB, with these boot parameters."""
    return image.direct(f'{XEN} dom0_mem=448M,max:448M {xen}', f'{LINUX} {words}', initrd)


def choose(machine, entry):
    """Waits for GRUB's menu and takes an entry."""
    machine.expect('automatically in')
    # Each key stops the countdown; GRUB reads them one by one.
    for _ in range(ENTRIES.index(entry)):
        machine.key('down')
    machine.key('ret')


def equal(got, wanted):
    if got != wanted:
        raise MachineError(f'got {got!r}, wanted {wanted!r}')


def has(text, pattern):
    """Fails unless the regular expression matches somewhere; the match."""
    match = re.search(pattern, text, re.M)
    if not match:
        raise MachineError(f'no /{pattern}/ in: {text}')
    return match


def has_not(text, pattern):
    match = re.search(pattern, text, re.M)
    if match:
        raise MachineError(f'there is {match[0]!r} in: {text}')


def eventually(machine, command, pattern):
    """Runs a command again and again until its output matches: for what the boot does not wait for,
    such as the uplink."""
    machine.until(f'/{pattern}/ from {command!r}',
                  lambda: re.search(pattern, machine.run(command)[1], re.M))


def of_device(event):
    """Whether an event is a device's: when these come is up to the guest's driver."""
    return event['kind'].startswith(('vif-', 'vbd-'))


def of_guard(event):
    """Whether an event is the guard's: it comes with the next look."""
    return event['kind'].startswith(('guard-', 'spoof-'))


def aside(event):
    """Whether an event is none of the guest's own story."""
    return of_device(event) or of_guard(event) or event['kind'].startswith('network-')


def domains(machine):
    """The names of all domains, sorted, by xl list."""
    lines = machine.check_run('xl list').splitlines()
    return sorted(line.split()[0] for line in lines if re.match(r'\S+ +\d+ ', line))


def fetch(url):
    """A page, or None."""
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.read().decode()
    except OSError:
        return None


def page(machine, port):
    """The page of the guest web, fetched from outside through dom0."""
    return machine.until('the page of the guest web', lambda: fetch(f'http://127.0.0.1:{port}/'))


def dead_xenstored(m, daemon):
    """Its death is a loud state, nothing is restarted blindly, and guests go on."""
    m.check_run(f'kill -9 $(pidof {daemon})')
    m.expect('gridnix: HOST DEGRADED')
    m.until('the greeting to tell of the dead xenstored', lambda: 'DEGRADED' in m.check_run(
        '/usr/lib/gridnix/boot/greeting'))
    m.check_run('sleep 5')
    equal(m.run(f'pidof {daemon}')[0], 1)
    m.check_run('/usr/lib/gridnix/boot/ready')
    # gridnixd goes on as well as it can.
    eventually(m, 'gridnix events --json --kind host-degraded', '"what": ?"boot"')
    has(m.check_run('gridnix list 2>&1'), 'this host is degraded: xenstored has ended')
    m.check_run('kill -9 $(pidof gridnixd)')
    eventually(m, 'gridnix list', '^web +running')


def create_third(machine):
    """Starts a third guest as the guide says, and finds it on the network."""
    machine.check_run('gridnix start third')
    equal(sorted(domains(machine)), ['Domain-0', 'third', 'tiny', 'web'])
    eventually(machine, "timeout 5 bash -c '</dev/tcp/10.86.83.13/9' 2>&1", 'refused')


def turn_to(machine, screen):
    """Has a screen shown, by its number, where somebody is logged in: until dom0 has turned to it, keys go elsewhere.
    Before dom0 knows the keyboard they are lost, and pressed again."""
    def turned():
        machine.key(f'alt-f{screen}')
        return machine.check_run('cat /sys/class/tty/tty0/active') == f'tty{screen}\n'
    machine.until(f'screen {screen}', turned)


def on_screen(machine, guest, command, pattern):
    """Types a command on a guest's screen and waits for what it says; the screen's lines."""
    turn_to(machine, SCREEN_OF[guest])
    # A new line first: a prompt, whatever stood there.
    machine.type('\n' + command + '\n')
    return machine.expect_screen(pattern)


@contextlib.contextmanager
def iso_part(image, path):
    """A file of the ISO, as a temporary file."""
    with tempfile.TemporaryDirectory() as directory:
        target = os.path.join(directory, os.path.basename(path))
        subprocess.run(['xorriso', '-report_about', 'WARNING', '-osirrox', 'on', '-indev',
                        image.iso, '-extract', path, target], check=True)
        yield target
