# SPDX-License-Identifier: BSD-3-Clause
"""A user's own entries of the boot menu: a floppy image by memdisk, an ISO image with a menu of its
own, a kernel with its initrd. Builds an image with them from the demo."""
import os
import subprocess
import tempfile

import vmtest as v

# 16-bit code at 0000:7c00 that shows what stands behind it.
FLOPPY = bytes.fromhex('31c0 8ed8 be157c ac 08c0 7406 b40e cd10 ebf5 f4 ebfd') + b'A floppy boots.\0'
MENU = "clear\necho 'The menu of another medium'\nsleep 600\n"
MANIFEST = f"""[image]
include = {v.TREE}/tests/vm/entries.ini

[menu]
; These alone: the sections below add themselves.
entries =
timeout = 60

[entry floppy]
floppy = floppy.img

[entry iso]
iso = other.iso

[entry kernel]
title = Debian's own kernel
kernel = linux-image-6*:/boot/vmlinuz-*
args = console=ttyS0,115200 panic=0
"""


def make(work):
    """The images to boot, the manifest, and what the builder makes of them."""
    with open(os.path.join(work, 'floppy.img'), 'wb') as f:
        f.write(FLOPPY.ljust(510, b'\0') + b'\x55\xaa' + bytes(1474560 - 512))
    os.makedirs(os.path.join(work, 'tree/boot/grub'))
    with open(os.path.join(work, 'tree/boot/grub/loopback.cfg'), 'w', encoding='ascii') as f:
        f.write(MENU)
    subprocess.run(['xorriso', '-report_about', 'WARNING', '-as', 'mkisofs', '-r', '-J', '-o',
                    'other.iso', 'tree'], cwd=work, check=True)
    with open(os.path.join(work, 'entries.ini'), 'w', encoding='ascii') as f:
        f.write(MANIFEST)
    v.build(work, 'entries.ini')
    return v.Media(os.path.join(work, 'gridnix-entries.iso'))


def entries():
    with tempfile.TemporaryDirectory(dir=v.OUT) as work:
        image = make(work)
        for number, (firmware, pattern) in enumerate([
                ('bios', r'A floppy boots\.'), ('bios', 'The menu of another medium'),
                ('bios', None), ('uefi', 'This entry needs a BIOS'),
                ('uefi', 'The menu of another medium'), ('uefi', None)]):
            with v.booted(image, firmware=firmware, processors=1, ready=False) as m:
                m.expect('automatically in')
                for _ in range(number % 3):
                    m.key('down')
                m.key('ret')
                if pattern and firmware == 'bios':
                    m.expect_screen(pattern)
                elif pattern:  # with a font of the firmware's, on the screen
                    m.expect(pattern)
                else:
                    m.expect('Linux version [^\n]*[Dd]ebian')


v.main(entries)
