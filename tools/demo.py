# SPDX-License-Identifier: BSD-3-Clause
"""Builds the demo image, boots it in QEMU and leads into it: the work behind ./demo."""
import argparse
import contextlib
import os
import re
import select
import sys
import termios
import time
import tty
import urllib.error
import urllib.request

import child
from vm import kvm
from vm.machine import (
    EmulatorError, Machine, MachineError, Media, cache_dir, free_port, one_at_a_time)

TREE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILDER = 'build/src/build/gridnix-build'
GUESTS = ('tiny', 'web')
PAGE_PORT = 8080

# What the serial line says, and what that means.
PHASES = [(r'GNU GRUB|iPXE initialising|Booting from', 'the boot loader'),
          (r'\(XEN\) Xen version', 'Xen'),
          (r'Linux version', "dom0's kernel"),
          (r'gridnix: |Press Enter to log in', "dom0's services")]

ESCAPE = b'\x01'  # Ctrl-A, as in QEMU; Ctrl-] is gridnix console's

NEXT_STEPS = r"""
Both guests answer. What next:

  the page of the guest "web"   http://localhost:{port}/
  dom0                          log in {where}: press Enter
  the guests                    gridnix list; gridnix console tiny (Ctrl-] leaves it)
  a third guest                 gridnix start third
  what happens to them          gridnix watch
  software                      apt-get update && apt-get install PACKAGE
"""


def say(words):
    print(words, flush=True)


def parse():
    p = argparse.ArgumentParser(
        prog='demo', description='Builds the demo image, boots it in QEMU, waits until both '
        'guests answer, and attaches to the console of dom0.')
    p.add_argument('--check', action='store_true',
                   help='only verify that both guests answer and the page comes; exit 0 or 1')
    screen = p.add_mutually_exclusive_group()
    screen.add_argument('--gui', action='store_true', help="show the machine's screen in a window")
    screen.add_argument('--vnc', action='store_true', help="offer the machine's screen by VNC")
    p.add_argument('--memory', type=int, default=1024, metavar='MIB',
                   help='the memory of the machine (default: %(default)s)')
    p.add_argument('--firmware', choices=('bios', 'uefi'), default='bios')
    p.add_argument('--medium', choices=('cd', 'usb', 'net'), default='cd',
                   help='what the machine boots from')
    p.add_argument('--image', metavar='FILE', type=child.from_users_directory,
                   help='boot this ISO; nothing is built (its netboot directory is beside it)')
    return p.parse_args()


def run(*args):
    """Runs a program in the tree; ends with 1 when it fails, whatever its own exit status."""
    if child.run(args, cwd=TREE):
        sys.exit(1)


def build():
    """Makes the image, which takes a second when nothing has changed; its path."""
    if not os.path.exists(os.path.join(TREE, 'build/build.ninja')):
        run('meson', 'setup', 'build')
    run('ninja', '-C', 'build', '--quiet', BUILDER.removeprefix('build/'))
    run(BUILDER, 'image', 'images/demo.ini', '-o', 'out')
    return os.path.join(TREE, 'out/gridnix-demo.iso')


def display(args):
    if args.gui:
        return ['-display', 'gtk']
    if args.vnc:
        return ['-display', 'vnc=127.0.0.1:0,to=99']
    return ['-display', 'none']


def follow_boot(machine):
    """Returns when dom0 is ready, with the guests that answered; tells the phases meanwhile."""
    phases = list(PHASES)

    def tell(words):
        say(f'  {time.monotonic() - machine.started:4.0f} s  {words}')

    def look():
        for phase in [p for p in phases if re.search(p[0], machine.console.text)]:
            tell(phase[1])
            phases.remove(phase)

    return machine.until_ready(look, lambda guest: tell(f'guest {guest} answers'))


def fetch_page(machine, port):
    """The page of the guest web, as it comes through dom0."""
    def page():
        try:
            with urllib.request.urlopen(f'http://127.0.0.1:{port}/', timeout=30) as answer:
                return answer.read().decode()
        except (OSError, urllib.error.URLError):
            return None
    # The guest answers pings a little before its web server.
    return machine.until('the page of the guest web', page)


def attach(machine):
    """Connects the terminal with dom0's serial console until Ctrl-A x or the machine's end."""
    saved = termios.tcgetattr(0)
    out = sys.stdout.buffer

    def show(data):
        out.write(data)
        out.flush()

    machine.console.raw = show
    tty.setraw(0)
    escaped = False
    try:
        while not machine.console.closed:
            if not select.select([0], [], [], 0.5)[0]:
                continue
            for key in os.read(0, 1024):
                key = bytes([key])
                if escaped and key in b'xX':
                    return
                if key == ESCAPE and not escaped:
                    escaped = True
                    continue
                escaped = False
                machine.console.sock.sendall(key)
    except (BrokenPipeError, ConnectionResetError):
        pass  # switched off
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, saved)
        machine.console.raw = None


def lead_in(machine, args, port):
    """Says what can be done now and stays until the user leaves or the machine is off."""
    terminal = sys.stdin.isatty() and sys.stdout.isatty()
    where = 'here' if terminal else 'on its screen' if args.vnc or args.gui else \
        '(from a terminal, or with --vnc or --gui)'
    say(NEXT_STEPS.format(port=port, where=where))
    if args.vnc:
        vnc = machine.command('query-vnc')
        say(f'  the screen, by VNC            {vnc["host"]}:{vnc["service"]}')
    if args.vnc or args.gui:
        say('  on the screen                 Alt-F1 dom0, Alt-F2 and Alt-F3 the guests\n')
    if terminal:
        say("This terminal is dom0's console now. Ctrl-A x leaves and switches the machine off.\n")
        attach(machine)
        say('')
    else:
        say('The machine runs until this program is interrupted or dom0 switches it off.')
        while machine.process.poll() is None:
            machine.console.wait(60)
    say('The machine is off.')


def demo(args):
    deps = ['tools/deps', 'qemu', *(['gui'] if args.gui else [])]
    run(*deps, *([] if args.image else ['build', 'image']))
    media = Media(args.image or build())
    use_kvm = kvm.usable(media, say)
    try:
        boot(args, media, use_kvm)
    except EmulatorError as e:
        say(f'{e}; once more')
        boot(args, media, use_kvm)


def boot(args, media, use_kvm):
    port = free_port(PAGE_PORT)
    say(f'booting {os.path.relpath(media.iso)} ({args.medium}, {args.firmware}, {args.memory} MiB, '
        + ('KVM)' if use_kvm else 'emulated: this takes a minute or two)'))
    with Machine(media, medium=args.medium, firmware=args.firmware, memory=args.memory,
                 kvm=use_kvm, forward={80: port}, display=display(args),
                 log=os.path.join(cache_dir(), 'demo-serial.log')) as machine:
        answered = follow_boot(machine)
        if args.check:
            if not answered.issuperset(GUESTS):
                raise MachineError('of the guests only these answered: ' + ' '.join(answered))
            if '<h1>web</h1>' not in fetch_page(machine, port):
                raise MachineError('the page that came is not the one of the guest web')
            say('both guests answer, and the page of the guest web came')
        else:
            lead_in(machine, args, port)


def main():
    args = parse()
    child.end_on_signals()
    try:
        with one_at_a_time(say) if args.check else contextlib.nullcontext():
            demo(args)
    except KeyboardInterrupt:
        say('\ninterrupted; the machine is off')
        sys.exit(130)
    except (MachineError, OSError) as e:
        sys.exit(f'demo: {e}')


if __name__ == '__main__':
    main()
