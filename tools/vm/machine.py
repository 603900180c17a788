# SPDX-License-Identifier: BSD-3-Clause
"""A PC in QEMU that boots one of our images: serial line, keyboard, screen, network."""
import contextlib
import fcntl
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time

from vm import screen
from vm.console import Console

OVMF = '/usr/share/OVMF'
# Xen and a PV dom0 run on this model in emulation; "max" crashes dom0. svm and npt make PVH and
# HVM guests possible, which are much slower to start.
# The least that Xen runs on, and a source of random numbers: without it dom0's pool takes most of
# a minute to fill, and everything that wants a number waits.
EMULATED_CPU = 'qemu64,+rdrand'
# UEFI and GRUB take the largest mode. With the usual 16 MiB that is 2048x2048, for which Linux takes
# its large font, and which fits on few screens of a host.
VIDEO_MEMORY = 'VGA.vgamem_mb=4'
# Patience, not a measure: emulation on a busy host takes its time.
PATIENCE = 600
# QEMU before 8.1 may run old code that one processor translated while another one changed it; a Linux
# that patches itself dies of it, now and then. QEMU's commit deba78709ae8 ended that. It patches itself
# most in its first second, and may die a little later of what it then runs.
MENDED_IN = (8, 1)
SELF_PATCHING = r'int3: 0000 \[#|RIP: \w+:(_*text_poke|apply_(alternatives|retpolines|returns|paravirt)|'\
                r'__static_call|arch_jump_label)|\[ *[01]\.\d+\] (Kernel panic|BUG: |Oops: )'

# What an image, and what its boot loader and kernel, say on the serial line about their boot.
EVENT = (r'gridnix: guest (?P<guest>\S+) answered|gridnix: (?P<ready>ready) after|'
         r'(?P<small>This machine has \d+ MiB of memory.*|THE BOOT STOPPED: not enough memory.*)|'
         r'(?P<bad>gridnix: not ready: .*|THE BOOT STOPPED.*|Kernel panic.*|.*Panic on CPU.*)')


class MachineError(Exception):
    """The machine did not do what was waited for."""


class EmulatorError(MachineError):
    """The same, and the emulator is to blame: to be tried once more."""


def cache_dir():
    """Gridnix's cache, made if need be."""
    base = os.environ.get('XDG_CACHE_HOME') or os.path.expanduser('~/.cache')
    path = os.path.join(base, 'gridnix')
    os.makedirs(path, exist_ok=True)
    return path


@contextlib.contextmanager
def one_at_a_time(say=print):
    """Holds the lock that keeps tests from running two machines at once; says if it has to wait."""
    with open(os.path.join(cache_dir(), 'qemu.lock'), 'w') as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f'another test runs a machine: waiting for {lock.name}')
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def free_port(wanted=0):
    """A TCP port on this host that nobody listens on: the wanted one when it is free."""
    for port in (wanted, 0):
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind(('127.0.0.1', port))
            except OSError:
                continue
            return s.getsockname()[1]
    raise MachineError('no free TCP port')


class Media:
    """What gridnix-build made: the ISO and the netboot directory beside it."""

    def __init__(self, iso):
        self.iso = os.path.abspath(iso)
        name = os.path.basename(self.iso).removeprefix('gridnix-').removesuffix('.iso')
        self.name = name
        self.netboot = os.path.join(os.path.dirname(self.iso), 'netboot-' + name)

    def part(self, name):
        return os.path.join(self.netboot, name)

    def direct(self, xen='', linux='', initrd=None):
        """QEMU's arguments that start Xen and dom0 without firmware menus and boot loaders."""
        modules = [f'{self.part("vmlinuz")} {linux}', initrd or self.part('initrd.img')]
        return ['-kernel', self.part('xen'), '-append', xen,
                '-initrd', ','.join(m.replace(',', ',,') for m in modules)]


class Machine:
    """Use as a context manager: QEMU ends with the block, whatever happens.

    medium    'cd', 'usb', 'net', or None for `direct` (arguments from Media.direct)
    firmware  'bios' or 'uefi'
    memory    MiB
    processors  how many; without Xen, QEMU's old fault (SELF_PATCHING) kills a Linux on two of them
              in one boot of eight, under Xen in about one of a hundred
    kvm, svm  hardware virtualisation for the machine; emulated SVM inside it
    forward   {guest port: host port}
    display   arguments instead of `-display none`
    boot_file the program that the network's boot server names, for medium 'net'
    wire      a bound UDP socket that becomes one more station on the network, a frame a packet;
              it sends to port `wire_port`
    log       a path for what the serial line says, besides `console.text`
    """

    def __init__(self, media, medium='cd', firmware='bios', memory=768, kvm=False, svm=False,
                 processors=2,
                 forward=None, display=('-display', 'none'), direct=(), boot_file=None,
                 wire=None, log=os.devnull, patience=PATIENCE):
        self.media, self.medium, self.firmware = media, medium, firmware
        self.memory, self.kvm, self.svm = memory, kvm, svm
        self.processors = processors
        self.forward, self.display, self.direct = forward or {}, display, direct
        self.boot_file, self.log_path, self.patience = boot_file, log, patience
        self.wire, self.wire_port = wire, free_port() if wire else None
        self.reader = None
        self.marker = 0

    # Starting and ending

    def __enter__(self):
        self.stack = contextlib.ExitStack()
        with self.stack:
            self.dir = self.stack.enter_context(tempfile.TemporaryDirectory(prefix='gnx-vm-'))
            serial, monitor = self._listen('serial'), self._listen('monitor')
            log = self.stack.enter_context(open(self.log_path, 'w'))
            self._errors = self.stack.enter_context(open(os.path.join(self.dir, 'errors'), 'w+'))
            # setpriv: even if we are killed, QEMU does not outlive us. A session of its own:
            # Ctrl-C is for us alone.
            self.process = subprocess.Popen(
                ['setpriv', '--pdeathsig', 'KILL', *self.arguments()], stdin=subprocess.DEVNULL,
                stdout=self._errors, stderr=self._errors, start_new_session=True)
            self.stack.callback(self._end)
            self.started = time.monotonic()
            self.console = Console(self._accept(serial), log)
            self.stack.callback(self.console.close)
            self.monitor = self.stack.enter_context(self._accept(monitor).makefile('rw'))
            self._monitor_line()
            self.command('qmp_capabilities')
            self.stack = self.stack.pop_all()
        return self

    def __exit__(self, kind, error, _):
        with self.stack:
            if isinstance(error, MachineError) and self._emulator_failed():
                raise EmulatorError('a kernel died while it patched itself, which the emulation of '
                                    'several processors by QEMU before 8.1 may cause: try again, '
                                    'or take a newer QEMU') from error

    def _listen(self, name):
        s = self.stack.enter_context(socket.socket(socket.AF_UNIX))
        s.bind(os.path.join(self.dir, name))
        s.listen(1)
        s.settimeout(1)
        return s

    def _accept(self, listener):
        while True:
            try:
                s, _ = listener.accept()
            except TimeoutError:
                self.check_alive()
                continue
            s.settimeout(None)
            return self.stack.enter_context(s)

    def _end(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def check_alive(self):
        if self.process.poll() is not None:
            self._errors.seek(0)
            raise MachineError(f'QEMU ended ({self.process.returncode}): {self._errors.read()}')

    def _emulator_failed(self):
        if self.kvm or self.processors == 1 or self.process.poll() is not None or \
                not re.search(SELF_PATCHING, self.console.text):
            return False
        version = self.command('query-version')['qemu']
        return (version['major'], version['minor']) < MENDED_IN

    def arguments(self):
        """QEMU's command line."""
        cpu = 'host' if self.kvm else EMULATED_CPU + (',+svm,+npt' if self.svm else '')
        accel = 'kvm' if self.kvm else 'tcg,thread=multi'
        args = ['qemu-system-x86_64', '-accel', accel, '-cpu', cpu, '-smp', str(self.processors),
                '-M', 'q35' if self.firmware == 'uefi' else 'pc', '-m', str(self.memory),
                '-nodefaults', '-no-user-config', '-vga', 'std', '-global', VIDEO_MEMORY,
                *self.display,
                '-chardev', f'socket,id=serial,path={self.dir}/serial', '-serial', 'chardev:serial',
                '-chardev', f'socket,id=qmp,path={self.dir}/monitor', '-mon', 'qmp,mode=control']
        if self.firmware == 'uefi':
            variables = os.path.join(self.dir, 'vars.fd')
            shutil.copyfile(f'{OVMF}/OVMF_VARS_4M.fd', variables)
            flash = 'if=pflash,format=raw,unit='
            args += ['-drive', f'{flash}0,readonly=on,file={OVMF}/OVMF_CODE_4M.fd',
                     '-drive', f'{flash}1,file={variables}']
        return args + self._network() + self._medium() + list(self.direct)

    def _network(self):
        net = 'user,id=net'
        for inside, outside in self.forward.items():
            net += f',hostfwd=tcp:127.0.0.1:{outside}-:{inside}'
        # A hub joins the card, QEMU's network and the socket.
        card, more = f'virtio-net-pci,netdev={"card" if self.wire else "net"}', []
        if self.medium == 'net':
            net += f',tftp={self.media.netboot},bootfile={self.boot_file or self._boot_file()}'
            card += ',bootindex=0'
        if self.wire:
            more = ['-netdev', f'socket,id=wire,udp=127.0.0.1:{self.wire.getsockname()[1]},'
                    f'localaddr=127.0.0.1:{self.wire_port}',
                    '-netdev', 'hubport,id=card,hubid=0', '-netdev', 'hubport,id=h1,hubid=0,netdev=net',
                    '-netdev', 'hubport,id=h2,hubid=0,netdev=wire']
        return ['-netdev', net, *more, '-device', card]

    def _boot_file(self):
        return 'grubx64.efi' if self.firmware == 'uefi' else 'boot.ipxe'

    def _medium(self):
        if self.medium not in ('cd', 'usb'):
            return []
        # With a kernel given, QEMU's loader for it has the first place.
        first = '' if self.direct else ',bootindex=0'
        drive = f'if=none,id=medium,format=raw,readonly=on,file={self.media.iso}'
        if self.medium == 'cd':
            return ['-drive', drive + ',media=cdrom', '-device',
                    'ide-cd,drive=medium,id=cd' + first]
        return ['-drive', drive, '-device', 'qemu-xhci', '-device',
                'usb-storage,drive=medium,id=stick,removable=on' + first]

    # The monitor

    def _monitor_line(self):
        try:
            line = self.monitor.readline()
        except ConnectionError:
            line = ''
        if not line:
            self.process.wait(10)  # nothing else ends the connection
            self.check_alive()
        return json.loads(line)

    def command(self, name, **arguments):
        """One QMP command; its return value."""
        self.monitor.write(json.dumps({'execute': name, 'arguments': arguments}) + '\n')
        self.monitor.flush()
        while True:
            answer = self._monitor_line()
            if 'error' in answer:
                raise MachineError(f'QEMU: {name}: {answer["error"]["desc"]}')
            if 'return' in answer:
                return answer['return']

    def key(self, keys):
        """Presses keys together on the PC's keyboard: 'alt-f2', 'ret'."""
        self.command('send-key', keys=[{'type': 'qcode', 'data': k} for k in keys.split('-')])

    KEYS = {'\n': 'ret', ' ': 'spc', '-': 'minus', '.': 'dot', '/': 'slash', '=': 'equal',
            ',': 'comma', ';': 'semicolon', "'": 'apostrophe', '\t': 'tab', '_': 'shift-minus',
            ':': 'shift-semicolon', '|': 'shift-backslash', '>': 'shift-dot', '&': 'shift-7'}

    def type(self, text):
        """Types text on the PC's keyboard (US layout)."""
        for c in text:
            keys = 'shift-' + c.lower() if c.isupper() else self.KEYS.get(c, c)
            if keys == c and not c.isalnum():
                raise ValueError(f'no key known for {c!r}')
            self.key(keys)
            time.sleep(0.1)  # send-key holds each key for a while and queues little

    def eject(self):
        """Takes the medium out, whatever the machine thinks of it."""
        if self.medium == 'cd':
            self.command('eject', id='cd', force=True)
        else:
            self.command('device_del', id='stick')

    def insert(self):
        """Puts the CD back that eject() took."""
        self.command('blockdev-change-medium', id='cd', filename=self.media.iso, format='raw')

    def picture(self):
        """The screen, as a screen.Picture."""
        path = os.path.join(self.dir, 'screen.ppm')
        self.command('screendump', filename=path)
        with open(path, 'rb') as f:
            return screen.Picture(f.read())

    def screen(self):
        """The lines of text on the screen."""
        if not self.reader:
            fonts = [screen.vga_font()]
            kernel = self.media and self.media.part('vmlinuz')
            if self.firmware == 'uefi' and kernel and os.path.exists(kernel):
                fonts.insert(0, screen.kernel_font(kernel))
            self.reader = screen.Reader(*fonts)
        return self.reader.lines(self.picture())

    def screenshot(self, path):
        """Writes the screen as a PNG file."""
        with open(path, 'wb') as f:
            f.write(self.picture().png())

    # Waiting and talking

    def until(self, what, probe, patience=None):
        """Calls probe again and again until it returns something true, which is returned. A probe that takes its time, which
        is the machine's too, is called less often."""
        end = time.monotonic() + (patience or self.patience)
        while True:
            start = time.monotonic()
            found = probe()
            if found:
                return found
            self.check_alive()
            now = time.monotonic()
            if now > end:
                raise MachineError(f'waited in vain for {what}; {self.last_words()}')
            if now - start < 0.1:
                self.console.wait(1)
            else:
                time.sleep(min(now - start, 1))

    def last_words(self):
        lines = self.console.text.splitlines()[-25:]
        return 'the last lines on the serial line:\n  ' + '\n  '.join(lines)

    def expect(self, pattern, patience=None):
        """Waits until the serial line says something that matches; the match."""
        return self.until(f'/{pattern}/', lambda: self.console.find(pattern), patience)

    def expect_screen(self, pattern, patience=None):
        """Waits until the screen shows something that matches; all its lines."""
        def probe():
            lines = self.screen()
            return lines if re.search(pattern, '\n'.join(lines), re.M) else None
        try:
            return self.until(f'/{pattern}/ on the screen', probe, patience)
        except MachineError as e:
            raise MachineError(f'{e}\nthe screen:\n' + '\n'.join(self.screen())) from None

    def until_ready(self, look=lambda: None, heard=lambda guest: None, patience=None, bold=False):
        """Waits until dom0 says that the guests which start at boot have answered; their names. Calls
        look() all the time and heard(name) for each guest. A boot that says it failed ends the wait; of
        one that wants more memory, bold tries it all the same."""
        answered = set()

        def ready():
            look()
            while event := self.console.find(EVENT):
                if event['small'] and bold:
                    # Esc for GRUB, and "continue" for stage 1
                    self.send('\x1b' if event['small'].startswith('This') else 'c\n')
                    continue
                if event['bad'] or event['small']:
                    raise MachineError(f'{event[0]}; {self.last_words()}')
                if event['ready']:
                    return True
                answered.add(event['guest'])
                heard(event['guest'])
            return False

        self.until('the guests to answer', ready, patience)
        return answered

    def send(self, text):
        self.console.send(text)

    def login(self, user='root', password=None):
        """Logs in on the serial line; an image may let root in without asking."""
        # No bare "#": the kernel's version, which is shown before the prompt, has one too.
        prompt = r'^\S+@\S+[#$] ?\Z'
        knocked = 0

        def answer():
            nonlocal knocked
            # What is typed before the console is open is lost.
            if time.monotonic() - knocked > 10:
                knocked = time.monotonic()
                self.send('\n')
            return self.console.find(rf'login: ?$|{prompt}')

        if self.until('a log-in', answer)[0].startswith('login'):
            self.send(user + '\n')
            if password is not None:
                self.expect('Password: ?$')
                self.send(password + '\n')
            self.expect(prompt)

    def type_line(self, line):
        """Types a line for a shell on the serial line and presses Enter. The echo is read first: Xen
        counts a byte of input before it stores it, so that dom0 on another processor may read the one
        that stood there 128 bytes ago."""
        for _ in range(3):
            start = len(self.console.text)
            self.send(line)
            end = time.monotonic() + 5
            while not (right := self.console.echoed(line, start)) and time.monotonic() < end:
                self.console.wait(0.2)
            if right:
                break
            self.send('\x15')  # Ctrl-U: the line goes away. After three: somebody speaks in between.
        else:
            self.send(line)
        self.send('\n')

    def run(self, command, patience=None):
        """Runs a line of shell on the serial line after login; (exit status, output)."""
        self.marker += 1
        # Quotes keep the echo of the line from looking like the markers. All is one line: what is
        # typed ahead would be echoed into the output.
        # The kernel may speak behind the last marker, on the same line.
        self.type_line(f'echo "<<<""{self.marker}"; {command}; echo ">>>""{self.marker}" $? .')
        match = self.expect(rf'(?s)^<<<{self.marker}\n(.*?)>>>{self.marker} (\d+) \.', patience)
        # Xen speaks on the same wire, in the middle of other lines.
        return int(match[2]), re.sub(r'\(XEN\) [^\n]*\n', '', match[1])

    def check_run(self, command, patience=None):
        """The same, but fails unless the command succeeds; its output."""
        status, output = self.run(command, patience)
        if status:
            raise MachineError(f'{command!r} failed with {status}: {output}')
        return output
