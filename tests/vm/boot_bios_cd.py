# SPDX-License-Identifier: BSD-3-Clause
"""The main road: CD, BIOS; both guests, their screens, their page; then the CD is taken out, and a
third guest is started: dom0 runs from RAM."""
import vmtest as v


def demo():
    port = v.free_port()
    with v.booted(v.media(), forward={80: port}) as m:
        m.login()
        v.equal(v.domains(m), ['Domain-0', 'tiny', 'web'])
        v.has(v.page(m, port), '<h1>web</h1>')
        v.has(m.check_run('cat /run/gridnix/boot'), '^mode ram$')
        v.has(m.check_run('cat /proc/mounts'), r' /media/cdrom \S+ ro[, ]')
        v.has(m.check_run('ps -o comm= -p 1'), '^runit$')
        screens(m)
        network(m)
        dead_guest(m)
        without_the_medium(m)
        v.has(v.page(m, port), '<h1>web</h1>')


def screens(m):
    m.key('alt-f1')
    m.expect_screen('Gridnix demo')
    m.expect_screen('Press Enter to log in')
    v.on_screen(m, 'tiny', 'hostname', '^tiny$')
    v.on_screen(m, 'web', 'hostname', '^web$')
    m.key('alt-f1')
    m.expect_screen('Gridnix demo')


def network(m):
    """Guests reach each other, dom0 and the outside, by number and by name."""
    for number, target in enumerate(('10.86.83.12', 'web', '10.86.83.1', '10.0.2.2')):
        v.on_screen(m, 'tiny', f'ping -c 1 {target} | grep -c ttl; echo done{number}',
                    rf'^1\ndone{number}$')


def dead_guest(m):
    """The screen of a guest that is gone says so, and comes back with the guest."""
    m.check_run('xl destroy tiny')
    m.key(v.SCREEN_OF['tiny'])
    m.expect_screen(r'\[guest tiny is not running')
    m.check_run("""xl create /etc/xen/tiny.cfg 'type="pv"'""")
    m.expect_screen('tiny: a small Linux')
    v.on_screen(m, 'tiny', 'hostname; cut -d. -f1 /proc/uptime', r'^tiny\n\d{1,3}$')
    # With a disk this time: the guest waits for the host's devices.
    m.check_run('truncate -s 1M /tmp/disk; '
                """echo "disk = [ '/tmp/disk,raw,xvda,rw' ]" >>/etc/xen/tiny.cfg""")
    m.check_run('xl destroy tiny; /usr/lib/gridnix/boot/start-guests')
    v.equal(v.domains(m), ['Domain-0', 'tiny', 'web'])
    v.on_screen(m, 'tiny', 'cat /sys/block/xvda/size', '^2048$')


def without_the_medium(m):
    m.eject()
    # Every file of the root is read again, with nothing of it cached.
    m.check_run('sync; echo 3 >/proc/sys/vm/drop_caches')
    m.check_run('find /usr /etc -type f -exec cat {} + >/dev/null')
    v.create_third(m)
    v.has_not(m.check_run('dmesg'), r'SQUASHFS error|I/O error, dev loop')


v.main(demo)
