# SPDX-License-Identifier: BSD-3-Clause
"""Network boot with the netboot set: BIOS by its iPXE script; with GNX_FULL both firmwares by GRUB."""
import vmtest as v


def bios():
    boot('bios', 'boot.ipxe')


def bios_by_grub():
    boot('bios', 'grub.0')


def uefi():
    boot('uefi', 'grubx64.efi')


def boot(firmware, boot_file):
    port = v.free_port()
    with v.booted(v.media(), medium='net', firmware=firmware, boot_file=boot_file, memory=1024,
                  forward={80: port}) as m:
        m.login()
        v.has(m.check_run('cat /run/gridnix/boot'), '^mode initrd$')
        v.has(v.page(m, port), '<h1>web</h1>')


v.main(bios, *([bios_by_grub, uefi] if v.FULL else []))
