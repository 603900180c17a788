# SPDX-License-Identifier: BSD-3-Clause
"""drivers.py [IMAGE]: the image has every driver that it is to have: of the kernel package's modules below
the places named here each one is in it, or among the exceptions. Needs the image, in out/, and the
depot that it was made from."""
import fnmatch
import lzma
import os
import re
import subprocess
import sys
import tempfile

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OUT = os.environ.get('GNX_OUT') or os.path.join(TREE, 'out')
CACHE = os.path.join(os.environ.get('XDG_CACHE_HOME') or os.path.expanduser('~/.cache'), 'gridnix')

# Wired network cards, disks of every kind, virtio, USB storage, USB keyboards, the usual file systems:
# how paths below kernel/ begin. What is built into the kernel is no module.
WANTED = """
    drivers/net/ethernet/ drivers/net/fddi/ drivers/net/hippi/ drivers/net/usb/ drivers/net/phy/
    drivers/net/mdio/ drivers/net/pcs/ drivers/net/hyperv/ drivers/net/vmxnet3/ drivers/net/virtio_net
    drivers/ata/ drivers/scsi/ drivers/message/ drivers/nvme/host/ drivers/block/virtio
    drivers/virtio/ drivers/char/hw_random/virtio drivers/usb/host/ drivers/usb/storage/
    drivers/hid/usbhid/ drivers/hid/hid-generic.ko fs/ext4/ fs/xfs/ fs/btrfs/ fs/fat/ fs/exfat/ fs/ntfs3/
    fs/isofs/ fs/udf/ fs/squashfs/ fs/overlayfs/""".split()
# hid-generic leaves devices that the kernel's table hid_have_special_driver has to their own drivers, and
# without these they are dead. Those with keyboards, or what a computer takes for one, in that table:
WANTED += [f'drivers/hid/hid-{name}.ko' for name in """
    apple asus belkin cherry chicony corsair elan ezkey holtek-kbd keytouch lenovo logitech microsoft
    monterey nti ortek primax prodikeys rmi roccat-arvo roccat-isku roccat-ryos samsung sunplus
    topseed""".split()]

# What the image goes without, and why: modules' names, and places. Bytes: docs/design/status.adoc.
EXCEPTIONS = {
    'FDDI and HIPPI': 'drivers/net/fddi/ drivers/net/hippi/',
    'cards for 16-bit PCMCIA slots': '*_cs pata_pcmcia',
    'looks for disks of the days of ISA at fixed addresses': 'pata_legacy',
    'telephones, and modems for their networks': """
        cdc-phonet cdc_mbim hso huawei_cdc_ncm ipheth kalmia lg-vl600 qmi_wwan sierra_net""",
    'an ADSL modem': 'cx82310_eth',
    'iSCSI and FCoE of cards whose Ethernet is there': 'cnic',
    'SCSI over networks: in fat': """
        mptfc mptlan iscsi_tcp libiscsi libiscsi_tcp scsi_transport_iscsi scsi_transport_srp
        drivers/scsi/be2iscsi/ drivers/scsi/bfa/ drivers/scsi/bnx2fc/ drivers/scsi/bnx2i/
        drivers/scsi/csiostor/ drivers/scsi/cxgbi/ drivers/scsi/elx/ drivers/scsi/fcoe/
        drivers/scsi/fnic/ drivers/scsi/libfc/ drivers/scsi/lpfc/ drivers/scsi/qedf/ drivers/scsi/qedi/
        drivers/scsi/qla2xxx/ drivers/scsi/qla4xxx/ drivers/scsi/snic/""",
    'NVMe over networks': 'nvme-fabrics nvme-fc nvme-rdma nvme-tcp',
    'no hardware, or for the makers of it': 'scsi_debug mptctl',
    'not in PCs': 'sl811-hcd u132-hcd xhci-plat-hcd',
    'readers of cards of old kinds, and a music player': """
        ums-alauda ums-datafab ums-eneub6250 ums-jumpshot ums-karma ums-sddr09 ums-sddr55""",
    'keyboards for games': 'hid-corsair hid-roccat-*',
    'covers of tablets': 'hid-elan hid-rmi',
    'wants modules for a notebook\'s screen': 'hid-asus',
    'a musical keyboard, wants modules for sound': 'hid-prodikeys',
}


def modules(*command):
    """The modules that a command lists, as paths below kernel/ that end in .ko."""
    listed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return set(re.findall(r'/kernel/(\S+\.ko)(?:\.\w+)?$', listed, re.M))


def of_kernel(image):
    """Those of the kernel's package."""
    with open(os.path.join(OUT, f'gridnix-{image}.lock'), encoding='utf-8') as lock:
        file = next(w[7] for w in map(str.split, lock)
                    if w[:2] == ['package', 'parts'] and re.match(r'linux-image-\d', w[2]))
    return modules('dpkg-deb', '-c', os.path.join(CACHE, 'depot/pool', file))


def boot_layer(initrd):
    """boot.sqfs, out of dom0's initrd: a cpio archive, see cpio(5) on "newc"."""
    with open(initrd, 'rb') as f:
        data = f.read()
    data = lzma.decompress(data) if data.startswith(b'\xfd7zXZ') else subprocess.run(
        ['zstd', '-dc'], input=data, check=True, stdout=subprocess.PIPE).stdout  # --dev
    head = re.search(rb'070701[0-9A-Fa-f]{48}(.{8})[0-9A-Fa-f]{48}modules/boot\.sqfs\0', data)
    start = (head.end() + 3) // 4 * 4
    return data[start:start + int(head[1], 16)]


def of_image(image, work):
    """Those that are on the ISO."""
    initrd, boot, rest = (os.path.join(work, name) for name in ('initrd', 'boot', 'rest'))
    subprocess.run(['xorriso', '-report_about', 'WARNING', '-osirrox', 'on', '-indev',
                    os.path.join(OUT, f'gridnix-{image}.iso'), '-extract', '/boot/initrd.img', initrd,
                    '-extract', '/gridnix/modules.sqfs', rest], check=True)
    with open(boot, 'wb') as f:
        f.write(boot_layer(initrd))
    return modules('unsquashfs', '-l', boot) | modules('unsquashfs', '-l', rest)


def excepted(path):
    return any(path.startswith(word) or fnmatch.fnmatchcase(path, f'*/{word}.ko')
               for words in EXCEPTIONS.values() for word in words.split())


def main(image='demo'):
    with tempfile.TemporaryDirectory() as work:
        have = of_image(image, work)
    wanted = {path for path in of_kernel(image) if path.startswith(tuple(WANTED))}
    missing = sorted(path for path in wanted - have if not excepted(path))
    print(f'{len(have)} modules in the image; {len(wanted)} are wanted, {len(wanted & have)} there, '
          f'{len(missing)} missing without a reason', *missing, sep='\n')
    sys.exit(1 if missing or not wanted & have else 0)


if __name__ == '__main__':
    main(*sys.argv[1:])
