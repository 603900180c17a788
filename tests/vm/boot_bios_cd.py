# SPDX-License-Identifier: BSD-3-Clause
"""The main road: CD, BIOS; both guests, their screens, their page; then the CD is taken out, and a
third guest is started: dom0 runs from RAM."""
import re
import socket

import vmtest as v
from inguest import answered


def demo():
    port = v.free_port()
    with v.booted(v.media(), forward={80: port}) as m:
        m.login()
        v.equal(v.domains(m), ['Domain-0', 'tiny', 'web'])
        small_guests(m)
        v.has(m.check_run('cat /run/gridnix/boot'), '^mode ram$')
        v.has(m.check_run('cat /proc/mounts'), r' /media/cdrom \S+ ro[, ]')
        v.has(m.check_run('ps -o comm= -p 1'), '^runit$')
        at_hand(m)
        hardened(m)
        screens(m)
        dead_guest(m)
        # The uplink comes some seconds behind the guests.
        page = v.page(m, port)
        v.has(page, '<h1>web</h1>')
        v.has(page, r'Running for</th><td>0 h \d+ min \d+ s<')
        v.has(page, r'Addresses</th><td>.*<code>10\.86\.83\.12</code>')
        network(m)
        without_the_medium(m)
        v.has(v.page(m, port), '<h1>web</h1>')
        dead_xenstored(m)


def small_guests(m):
    for name, mib in re.findall(r'^(tiny|web) +\d+ +(\d+) ', m.check_run('xl list'), re.M):
        if int(mib) > 32:
            raise v.MachineError(f'{name} has {mib} MiB')


def at_hand(m):
    """Programs that a person looks for, our own man pages, the system log."""
    m.check_run('command -v nano vi less lsof lspci ip tc ss nft ssh')
    v.has(m.check_run('man gridnix | grep -m1 GRIDNIX'), r'GRIDNIX\(1\)')
    v.has(m.check_run('man 7 gridnix | grep -m1 Alt-F2'), 'Alt-F2 ')
    status, said = m.run('man chmod')
    v.equal(status, 16)
    v.has(said, r'(?s)install man-db.*gridnix-boot\.7\s')
    v.has_not(m.console.text, r'dnsmasq\[')
    v.eventually(m, "grep -m1 'dnsmasq.* started' /var/log/gridnix/current", 'host: dnsmasq')
    m.check_run('logger -t test "a word for the log"')
    v.eventually(m, 'cat /var/log/gridnix/current', 'test: a word for the log')


def hardened(m):
    """What the manual says of the boot line and of sysctl."""
    v.has(m.check_run('cat /proc/cmdline'), 'slab_nomerge page_alloc.shuffle=1 init_on_free=1')
    v.has(m.check_run('xl info xen_commandline'), 'gnttab=no-transitive.* scrub-domheap')
    v.equal(m.check_run('sysctl -n kernel.dmesg_restrict kernel.kptr_restrict '
                        'kernel.unprivileged_bpf_disabled').split(), ['1', '2', '1'])


def screens(m):
    v.turn_to(m, 1)
    m.expect_screen('Gridnix demo')
    m.expect_screen('Press Enter to log in')
    v.on_screen(m, 'tiny', 'hostname', '^tiny$')
    v.on_screen(m, 'web', 'hostname', '^web$')
    v.turn_to(m, 1)
    m.expect_screen('Gridnix demo')


def network(m):
    """Guests reach each other, dom0 and the outside, by number and by name, and by TCP."""
    wanted = ['10.86.83.12', 'web', '10.86.83.1', '10.0.2.2']
    v.equal(answered(m, {'tiny': wanted}), {'tiny': wanted})
    v.turn_to(m, v.SCREEN_OF['tiny'])
    with socket.create_server(('127.0.0.1', 0)) as server:
        server.settimeout(v.PATIENCE)
        m.type(f'nc 10.0.2.2 {server.getsockname()[1]}\n')
        with server.accept()[0] as guest:
            guest.sendall(b'a word from outside\n')
    m.expect_screen('^a word from outside$')


def dead_guest(m):
    """The screen of a guest that is gone says so, and comes back with the guest."""
    m.check_run('xl destroy tiny')
    v.turn_to(m, v.SCREEN_OF['tiny'])
    m.expect_screen(r'\[tiny: has no console')
    m.check_run('gridnix start tiny')
    m.expect_screen('tiny: a small Linux')
    v.on_screen(m, 'tiny', 'hostname; cut -d. -f1 /proc/uptime', r'^tiny\n\d{1,3}$')
    # It restarts by itself.
    before = m.check_run('xl domid tiny').strip()
    m.type('reboot\n')
    v.eventually(m, f'xl domid tiny | grep -vx {before}', r'^\d+$')
    m.expect_screen('tiny: a small Linux')
    v.on_screen(m, 'tiny', 'cut -d. -f1 /proc/uptime', r'^\d{1,2}$')
    # With a disk this time.
    m.check_run("""truncate -s 1M /tmp/disk; printf '[disk xvda]\\npath = /tmp/disk\\n' >>/etc/gridnix/guests/tiny.ini""")
    v.eventually(m, 'gridnix destroy tiny && echo gone', '^gone')  # its start may not have ended yet
    m.check_run('gridnix define /etc/gridnix/guests/tiny.ini; gridnix start tiny')
    v.equal(v.domains(m), ['Domain-0', 'tiny', 'web'])
    v.on_screen(m, 'tiny', 'cat /sys/block/xvda/size', '^2048$')


def without_the_medium(m):
    m.eject()
    # Every file of the root is read again, with nothing of it cached.
    m.check_run('sync; echo 3 >/proc/sys/vm/drop_caches')
    m.check_run('(find /usr /etc -type f -exec cat {} + >/dev/null; echo $? >/tmp/read) & true')
    v.create_third(m)
    v.eventually(m, 'cat /tmp/read', '^0$')
    v.equal(m.run("dmesg | grep 'SQUASHFS error\\|I/O error, dev loop'"), (1, ''))


def dead_xenstored(m):
    v.dead_xenstored(m, 'oxenstored')
    v.turn_to(m, 1)
    m.expect_screen('DEGRADED')


v.main(demo)
