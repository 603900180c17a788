# SPDX-License-Identifier: BSD-3-Clause
"""fat.py [IMAGE]: the tools of the image fat: each one runs, and some do their work."""
import sys

import vmtest as v
from uplink import listeners

IMAGE = sys.argv[1] if len(sys.argv) > 1 else 'fat'

# What says its version, or how it is used, and ends well.
VERSIONS = """
lsusb --version; systool -h; sg_inq --version; hdparm -V; smartctl --version
parted --version; gpart -V; testdisk /version; photorec /version; lvm version
e2fsck -V; xfs_repair -V; btrfs --version; fsck.vfat --help; ntfsfix --version
strace -V; iostat -V; sar -V; tmux -V; vi --version
nft --version; iptables --version; ip6tables --version; ethtool --version; tshark --version
dhcpcd --version; dnsmasq --version; curl --version; rsync --version; iperf3 --version
ipcalc --version; nfsiostat --version; mount.nfs4 -V; iscsiadm --version; iscsid --version
mailq
"""


def listen(m):
    """None of the tools that could serve others does so by itself."""
    v.eventually(m, 'pidof sshd', r'^\d+')
    v.eventually(m, 'ip route', '^default ')
    listeners(m, {'guests0': ('10.86.83.1',)}, [('sshd', '22')])


def versions(m):
    for line in VERSIONS.split('\n')[1:-1]:
        m.check_run(' && '.join(f'{tool} >/dev/null </dev/null' for tool in line.split('; ')))
    # Its version is what it says to those that do not know it.
    v.has(m.run('hexedit --help')[1], '^usage: hexedit')


def hardware(m):
    v.has(m.check_run('sg_inq /dev/sda'), 'QEMU')
    v.has(m.check_run('systool -b usb'), '^Bus = "usb"')
    v.has(m.check_run('lsusb'), 'Linux Foundation .* root hub$')


def file_systems(m):
    """Each on a file of its own: made, mounted, written, checked."""
    for kind, make, check in (('ext4', 'mkfs.ext4 -q', 'fsck.ext4 -fn'),
                              ('xfs', 'mkfs.xfs -q', 'xfs_repair -n'),
                              ('btrfs', 'mkfs.btrfs -q', 'btrfs check'),
                              ('vfat', 'mkfs.vfat', 'fsck.vfat -n'),
                              ('exfat', 'mkfs.exfat', 'fsck.exfat -n'),
                              ('ntfs-3g', 'mkfs.ntfs -FQ', 'ntfsfix -n')):
        m.check_run(f'truncate -s 320M /tmp/fs && {make} /tmp/fs && mount -o loop -t {kind} /tmp/fs /mnt')
        m.check_run('cp /etc/services /mnt && umount /mnt')
        m.check_run(f'{check} /tmp/fs && rm /tmp/fs')


def volume(m):
    """A volume group on a partition of a loop device."""
    m.check_run('truncate -s 64M /tmp/disk && parted -s /tmp/disk mklabel gpt mkpart data 1MiB 100%')
    disk = m.check_run('losetup -fP --show /tmp/disk').strip()
    v.eventually(m, f'ls {disk}p1', '^/dev')
    m.check_run(f'vgcreate -q test {disk}p1 && lvcreate -q -y -n data -l 100%FREE test')
    m.check_run('mkfs.ext4 -q /dev/test/data && mount /dev/test/data /mnt && umount /mnt')
    v.has(m.check_run('lvs --noheadings'), r'^ *data +test ')
    m.check_run(f'vgchange -q -an test && losetup -d {disk}')
    v.has(m.check_run('testdisk /list /tmp/disk'), r'\[data\]')
    m.check_run('rm /tmp/disk')


def network(m):
    """Between programs of dom0 itself."""
    m.check_run('iptables -A INPUT -p tcp -m conntrack --ctstate INVALID -j DROP && iptables -F')
    for capture in ('tcpdump -n', 'tshark'):
        m.check_run(f'(timeout 300 {capture} -i lo -c 1 tcp port 5001 >/tmp/seen 2>/tmp/said &)')
        v.eventually(m, 'cat /tmp/said', '(listening|Capturing) on')
        v.eventually(m, 'nc -z 127.0.0.1 5001; cat /tmp/seen', r'127\.0\.0\.1.*5001')
    m.check_run('(echo hello | nc -lN 127.0.0.1 5002 >/dev/null &)')
    v.eventually(m, 'curl -s --http0.9 http://127.0.0.1:5002/', '^hello$')
    m.check_run('iperf3 -s -D -1')
    v.eventually(m, 'iperf3 -c 127.0.0.1 -n 1M', 'receiver$')
    v.has(m.run('dig +time=1 +tries=1 @127.0.0.1 localhost')[1], 'connection refused|no servers')
    v.has(m.check_run('ipcalc 10.86.83.1/24'), r'^Network: +10\.86\.83\.0/24')
    m.check_run('rsync -a /etc/ssh/ /tmp/ssh && diff -r /etc/ssh /tmp/ssh')
    m.check_run("printf 'Subject: x\\n\\nIt came.\\n' | sendmail root")
    v.eventually(m, 'cat /var/mail/root', '^It came.$')


def processes(m):
    m.check_run('strace -o /tmp/trace true && grep -q ^execve /tmp/trace')
    v.has(m.check_run('iostat'), '^avg-cpu')
    v.has(m.check_run('tmux new -d && tmux ls && tmux kill-server'), '1 windows')


def no_server(m):
    """Where no server is, it is the network that says so."""
    said = m.run('mount -t nfs4 -o retry=0 127.0.0.1:/ /mnt')[1]
    v.has(said, 'Connection refused')
    said = m.run('iscsiadm -m discovery -t sendtargets -p 127.0.0.1')[1]
    v.has(said, 'Connection refused')
    v.has_not(said, 'systemctl|daemon')


def iscsi_disk(m):
    """The kernel's own server, set up by hand: found, logged in, written."""
    m.check_run('modprobe -a target_core_file iscsi_target_mod && { mountpoint -q /sys/kernel/config || '
                'mount -t configfs none /sys/kernel/config; }')
    store = '/sys/kernel/config/target/core/fileio_0/disk'
    m.check_run(f'mkdir -p {store} && echo fd_dev_name=/tmp/target,fd_dev_size=67108864 >{store}/control '
                f'&& echo 1 >{store}/enable')
    group = '/sys/kernel/config/target/iscsi/iqn.2026-01.test:disk/tpgt_1'
    m.check_run(f'mkdir -p {group}/np/127.0.0.1:3260 {group}/lun/lun_0 && ln -s {store} {group}/lun/lun_0')
    m.check_run(f'echo 0 >{group}/attrib/authentication && echo 1 >{group}/attrib/generate_node_acls && '
                f'echo 0 >{group}/attrib/demo_mode_write_protect && echo 1 >{group}/enable')
    v.has(m.check_run('iscsiadm -m discovery -t sendtargets -p 127.0.0.1'), '^127.0.0.1:3260,1 iqn')
    m.check_run('iscsiadm -m node --login')
    disk = '/dev/disk/by-path/ip-127.0.0.1:3260-iscsi-iqn.2026-01.test:disk-lun-0'
    v.eventually(m, f'ls {disk}', '^/dev')
    m.check_run(f'mkfs.ext4 -q {disk} && mount {disk} /mnt && umount /mnt')
    m.check_run('iscsiadm -m node --logout')
    # A name of this host, not one that all have who have the image.
    v.has(m.check_run('cat /etc/iscsi/initiatorname.iscsi'), r'^InitiatorName=iqn\.1993-08\.org\.debian:')


def grub_guest(m):
    """A guest without a kernel in its definition: GRUB finds menu and kernel on the guest's own disk. For PV guests it
    unpacks gzip and xz, no zstd, which Debian 13's own kernel is packed by; this one is not packed."""
    m.check_run('truncate -s 128M /tmp/own.img && mkfs.ext4 -q /tmp/own.img && mount -o loop /tmp/own.img /mnt && '
                'mkdir -p /mnt/boot/grub && cp /run/gridnix/medium/guests/small.img /mnt/boot/')
    m.check_run('xz -dc --single-stream /media/cdrom/boot/vmlinux.xz >/mnt/boot/vmlinux')
    m.check_run("printf 'linux /boot/vmlinux console=hvc0 hostname=own\\ninitrd /boot/small.img\\nboot\\n' "
                '>/mnt/boot/grub/grub.cfg && umount /mnt')
    m.check_run("printf '[guest]\\nname = own\\nmemory = 256M\\n[disk xvda]\\npath = /tmp/own.img\\n' >/tmp/own.ini && "
                'gridnix define /tmp/own.ini && gridnix start own')
    v.eventually(m, 'gridnix console own --log | grep -c "Linux version"', '^1')
    m.check_run('gridnix destroy own && gridnix undefine own')


def fat():
    image = v.media(IMAGE)
    with v.iso_part(image, '/boot/initrd.img') as initrd:
        arguments = v.direct(image, f'rootpw={v.SECRET} run=medium', initrd)
        with v.booted(image, medium='usb', memory=1024, direct=arguments, ready=False) as m:
            v.wait_ready(m, guests=())
            m.login(password='secret')
            v.parts(m, listen, versions, hardware, file_systems, volume, network, processes, no_server, iscsi_disk, grub_guest)


v.main(fat)
