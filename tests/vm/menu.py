# SPDX-License-Identifier: BSD-3-Clause
"""menu.py [IMAGE]: the entries of GRUB's menu, chosen by keys, on BIOS and, with GNX_FULL, on UEFI."""
import re

import vmtest as v

FIRMWARES = ('bios', 'uefi') if v.FULL else ('bios',)


def on_each_firmware(test):
    def run():
        for firmware in FIRMWARES:
            print(firmware, flush=True)
            test(firmware)
    run.__name__ = test.__name__
    return run


@on_each_firmware
def testing(firmware):
    with v.booted(v.media(), firmware=firmware, ready=False) as m:
        # By the serial line's keys this time; the screen shows the same menu.
        m.expect('automatically in')
        m.send('\x1b[B')
        if firmware == 'bios':
            m.expect_screen('Gridnix, with all messages')
        m.send('\r')
        v.wait_ready(m, v.guests_of(v.IMAGE))
        v.has(m.console.text, r'^\(XEN\) .*Std\. Loglevel: All')
        v.has(m.console.text, r'^\[ *\d+\.\d+\] ')  # the kernel's messages
        v.has(m.console.text, r'gridnix: module \S+ \(\d+ ms\)')  # stage 1's


def small_linux(entry, firmware):
    with v.booted(v.media(), firmware=firmware, processors=1, ready=False) as m:
        v.choose(m, entry)
        m.expect('This is the machine itself, without Xen')
        m.expect(r'[#$] ?\Z')
        v.equal(m.run('test -e /sys/hypervisor/type')[0], 1)
        release = m.check_run('uname -r').strip()
        # The same on the screen, with the PC's keyboard.
        m.type('\necho screen; uname -r\n')
        m.expect_screen(rf'^screen\n{re.escape(release)}$')
        # What the greeting tells to do with a disk.
        for make, kind in (('mke2fs -F', 'ext'), ('mkdosfs', 'vfat')):
            m.check_run(f'dd if=/dev/zero of=/disk bs=1M count=4 && {make} /disk && mount -o loop '
                        f'/disk /mnt && grep " /mnt {kind}" /proc/mounts && umount /mnt')
        # Either kernel's drivers have found the CD that this came from.
        v.has(m.check_run('hardware'), r'^ *disk sr0 ')
        return release


@on_each_firmware
def rescue(firmware):
    v.has(small_linux('rescue', firmware), 'amd64')


@on_each_firmware
def rescue_on_the_guest_kernel(firmware):
    v.has_not(small_linux('rescue-guest', firmware), 'amd64')


@on_each_firmware
def memtest(firmware):
    with v.booted(v.media(), firmware=firmware, ready=False) as m:
        v.choose(m, 'memtest')
        # Its own title, with a version; on UEFI it draws with a font of its own.
        if firmware == 'bios':
            m.expect_screen(r'Memtest86\+ .*v\d')
        else:
            m.expect(r'Memtest86\+ .*v\d')


v.main(testing, rescue, rescue_on_the_guest_kernel, memtest)
