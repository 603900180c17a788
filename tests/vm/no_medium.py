# SPDX-License-Identifier: BSD-3-Clause
"""The medium is pulled out when dom0's kernel has started: stage 1 says what it looked for and what
it found, offers a shell, and goes on once the medium is back. And a medium of another kind, which is
damaged then."""
import os
import subprocess
import tempfile

import vmtest as v

MENU = r'What now, and Enter\? \Z'


def no_medium():
    with v.booted(v.media(), ready=False) as m:
        m.expect('Xen version')
        m.eject()
        m.expect('THE BOOT STOPPED: (.*)')
        found = m.expect(r'(?s)The disks, sticks and drives of this machine:(.*)' + MENU)[1]
        v.has(found, 'sr0')
        m.expect_screen('THE BOOT STOPPED')
        m.send('s\n')
        m.expect(r'rescue# \Z')
        m.send('cat /proc/version; ls /modules; dmesg | while read -r l; do :; done; echo do""ne\n')
        said = m.expect(r'(?s)cat /proc.*^done$')[0]
        v.has(said, r'^Linux version \d')
        v.has(said, r'\blist\b')
        m.send('exit\n')
        m.expect(MENU)
        m.insert()
        m.send('\n')
        v.wait_ready(m)


def on_fat():
    """A stick that the medium's files were copied onto, as some programs make sticks."""
    image = v.media()
    with tempfile.TemporaryDirectory(dir=v.OUT) as work:
        files, stick = os.path.join(work, 'files'), os.path.join(work, 'stick')
        subprocess.run(['xorriso', '-report_about', 'WARNING', '-osirrox', 'on:auto_chmod_on',
                        '-indev', image.iso, '-extract', '/', files], check=True)
        subprocess.run(['truncate', '-s', '80M', stick], check=True)
        subprocess.run(['/usr/sbin/mkfs.vfat', '-F', '32', stick], check=True)
        subprocess.run(['mcopy', '-s', '-i', stick,
                        *(os.path.join(files, name) for name in os.listdir(files)), '::'], check=True)
        arguments = v.direct(image, '', os.path.join(files, 'boot/initrd.img')) + [
            '-drive', f'if=none,id=stick,format=raw,readonly=on,file={stick}',
            '-device', 'virtio-blk-pci,drive=stick']
        with v.booted(image, medium=None, memory=1024, direct=arguments) as m:
            m.login()
            v.has(m.check_run('cat /run/gridnix/boot'), '^mode ram\ndevice /dev/vda$')
        # One byte of the root changes.
        root = os.path.join(files, 'gridnix/root.sqfs')
        with open(root, 'r+b') as f:
            f.seek(os.path.getsize(root) // 2)
            byte = f.read(1)
            f.seek(-1, os.SEEK_CUR)
            f.write(bytes([byte[0] ^ 1]))
        subprocess.run(['mcopy', '-o', '-i', stick, root, '::gridnix/'], check=True)
        with v.booted(image, medium=None, memory=1024, direct=arguments, ready=False) as m:
            m.expect(r'THE BOOT STOPPED: .*root\.sqfs.*checksum is wrong')
            m.expect(MENU)


v.main(no_medium, on_fat)
