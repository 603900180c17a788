# SPDX-License-Identifier: BSD-3-Clause
"""The entries of GRUB's menu, chosen by keys, on BIOS and, with GNX_FULL, on UEFI."""
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
        v.choose(m, 'testing')
        v.wait_ready(m)
        v.has(m.console.text, r'^\(XEN\) .*')
        v.has(m.console.text, r'^\[ *\d+\.\d+\] ')  # the kernel's messages
        m.login()
        v.has(m.check_run('cat /proc/cmdline'), r'\bverbose=')


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
