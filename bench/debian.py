# SPDX-License-Identifier: BSD-3-Clause
"""A plain Debian with Xen and the demo's two guests, installed on a raw disk image.

The packages are made into an archive by mmdebstrap, which is kept; so is the disk. Nothing is
mounted: mkfs.ext4 fills the file system, and GRUB's core image stands where its boot sector looks.
"""
import configparser
import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import struct
import subprocess
import tempfile

from vm.machine import Machine, MachineError, cache_dir, one_at_a_time

HERE = os.path.dirname(os.path.abspath(__file__))
FILES = os.path.join(HERE, 'debian-root')
# What the installer's base system has (priority important), and what the Xen wiki's page for
# Debian wants besides. Without recommended packages.
VARIANT = 'important'
PACKAGES = ['linux-image-amd64', 'xen-system-amd64', 'systemd-sysv', 'grub-pc-bin', 'grub2-common',
            'bridge-utils', 'dnsmasq']
GRUB_MODULES = ['biosdisk', 'part_msdos', 'ext2', 'normal', 'echo', 'multiboot2']
UUID = '5b7c2f7e-8c1d-4d0e-9a53-6772696e6978'
KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'
# The settings of the host's apt that say how to reach a mirror, as in src/build/apt.c.
CARRIED = ('Acquire::http', 'Acquire::https', 'Acquire::Retries', 'Acquire::Check-Valid-Until',
           'Acquire::Check-Date', 'Acquire::Max-FutureTime')
MIB = 1 << 20
SIZE_MIB = 4096
START = 2048  # the partition's first sector


def bench_dir():
    path = os.path.join(cache_dir(), 'bench')
    os.makedirs(path, exist_ok=True)
    return path


def as_root(*args, **more):
    """Runs a program as root, or as root of a user namespace."""
    prefix = [] if os.geteuid() == 0 else ['unshare', '--map-auto', '--map-root-user']
    return subprocess.run([*prefix, *args], check=True, **more)


def extract(iso, *paths, to):
    """Files and directories of an ISO, below `to`."""
    args = ['xorriso', '-report_about', 'WARNING', '-osirrox', 'on:auto_chmod_on', '-indev', iso]
    for path in paths:
        args += ['-extract', path, os.path.join(to, os.path.basename(path))]
    done = subprocess.run(args, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise MachineError(f'{iso}: {done.stderr}')
    subprocess.run(['chmod', '-R', 'u+w', to], check=True)


def lock_of(iso):
    """The lines of the lock file beside the ISO, each a list of words."""
    with open(iso.removesuffix('.iso') + '.lock', encoding='utf-8') as f:
        return [line.split() for line in f]


def digest(*parts):
    h = hashlib.blake2b(digest_size=10)
    for part in parts:
        data = part if isinstance(part, bytes) else part.encode()
        h.update(b'%d:' % len(data) + data)
    return h.hexdigest()


def tree_digest(top):
    parts = []
    for where, directories, names in os.walk(top):
        directories.sort()
        for path in sorted(os.path.join(where, n) for n in names):
            parts.append(os.path.relpath(path, top))
            if os.path.islink(path):
                parts.append(os.readlink(path))
            else:
                with open(path, 'rb') as f:
                    parts.append(f.read())
    return digest(*parts)


@contextlib.contextmanager
def scratch_directory():
    """A directory in the cache, on a disk with room."""
    work = tempfile.mkdtemp(prefix='new-', dir=bench_dir())
    try:
        yield work
    finally:
        as_root('rm', '-rf', work)


@contextlib.contextmanager
def new_directory(path):
    """A directory that appears under its name when it is complete."""
    with scratch_directory() as work:
        yield work
        os.rename(work, path)


def packages(lock, say):
    """The directory with root.tar: Debian's packages, from mirror and suite of the ISO's lock."""
    at = {line[0]: line[1] for line in lock if len(line) == 2}
    sources = [f'deb [signed-by={KEYRING}] {at["mirror"]} {at["suite"]}{more} main'
               for more in ('', '-updates')]
    sources.append(f'deb [signed-by={KEYRING}] {at["security"]} {at["suite"]}-security main')
    # grub-mkimage is Debian's own, and so is all that it puts together.
    grub = ('chroot "$1" grub-mkimage -O i386-pc -o /boot/grub/core.img '
            '-p "(hd0,msdos1)/boot/grub" ' + ' '.join(GRUB_MODULES))
    hooks = ['mkdir -p "$1"/boot/grub', grub, 'cp -r "$1"/usr/lib/grub/i386-pc "$1"/boot/grub/',
             'chroot "$1" passwd -q -d root',
             'chroot "$1" dpkg-query -W >"$1"/boot/packages']
    path = os.path.join(bench_dir(), 'packages-' + digest(
        VARIANT, *PACKAGES, *sources, *hooks, at['date']))
    if os.path.exists(path):
        return path
    say('installing the packages of a plain Debian with Xen, some minutes')
    apt = subprocess.run(['apt-config', 'dump'], check=True, text=True,
                         stdout=subprocess.PIPE).stdout
    with new_directory(path) as work:
        config = os.path.join(work, 'apt.conf')
        with open(config, 'w', encoding='utf-8') as f:
            f.writelines(line + '\n' for line in apt.splitlines() if line.startswith(CARRIED))
        subprocess.run(['mmdebstrap', '--quiet', f'--variant={VARIANT}', f'--aptopt={config}',
                        '--include=' + ','.join(PACKAGES),
                        *(f'--customize-hook={h}' for h in hooks), at['suite'],
                        os.path.join(work, 'root.tar'), *sources], check=True)
    return path


def start_at_boot(guests, auto):
    """Links to the xl.cfg files of those guests that their definitions start at boot."""
    os.makedirs(auto)
    for name in os.listdir(guests):
        definition = configparser.ConfigParser(interpolation=None)
        definition.read(os.path.join(guests, name), encoding='utf-8')
        guest = definition['guest']
        if guest.getboolean('autostart', False):
            os.symlink(f'../{guest["name"]}.cfg', os.path.join(auto, f'{guest.getint("order"):02}-{guest["name"]}.cfg'))


def guest_files(iso, to):
    """Puts the image's guests below the root `to`: kernel, initrd, xl.cfg with what has another
    place here, and the program `ready`."""
    with tempfile.TemporaryDirectory() as work:
        extract(iso, '/gridnix', to=work)
        medium = os.path.join(work, 'gridnix')
        for layer, path in (('site', '/etc'), ('root', '/usr/lib/gridnix/boot/ready')):
            subprocess.run(['unsquashfs', '-no-progress', '-force', '-dest',
                            os.path.join(work, 'layers'),
                            os.path.join(medium, layer + '.sqfs'), path], check=True,
                           stdout=subprocess.DEVNULL)
        shutil.copytree(os.path.join(medium, 'guests'), os.path.join(to, 'srv/guests'))
        xen = os.path.join(to, 'etc/xen')
        shutil.copytree(os.path.join(work, 'layers/etc/xen'), xen)
        guests = os.path.join(to, 'etc/gridnix/guests')
        shutil.copytree(os.path.join(work, 'layers/etc/gridnix/guests'), guests)
        start_at_boot(guests, os.path.join(xen, 'auto'))
        for name in os.listdir(xen):
            cfg = os.path.join(xen, name)
            if not name.endswith('.cfg'):
                continue
            with open(cfg, encoding='utf-8') as f:
                text = f.read()
            # PV as in the demo where there is no hardware virtualisation.
            for old, new in (('"pvh"', '"pv"'), ('/run/gridnix/medium/guests', '/srv/guests'),
                             (',script=/usr/lib/gridnix/hotplug/vif', '')):
                if old not in text:
                    raise MachineError(f'{name} in the image has no {old}')
                text = text.replace(old, new)
            with open(cfg, 'w', encoding='utf-8') as f:
                f.write(text)
        for source, target in (('etc/gridnix/guests.hosts', 'etc/gridnix/guests.hosts'),
                               ('usr/lib/gridnix/boot/ready', 'usr/local/sbin/ready')):
            target = os.path.join(to, target)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy(os.path.join(work, 'layers', source), target)


# As root, in a directory of its own: unpacks the packages, adds our files, fills the file system.
# The disk's bytes in use are those of the files, without the file system's own tables.
FILL = r"""
set -eu
mkdir root
tar -xpf "$1" -C root --xattrs --xattrs-include='*' --exclude='./dev/*'
cp -rPp --no-preserve=ownership "$2"/. root/
echo 5b7c2f7e8c1d4d0e9a536772696e6978 >root/etc/machine-id
sed -i "s|@UUID@|$3|; s|@XEN@|/$(cd root && echo boot/xen-*-amd64.gz)|" root/boot/grub/grub.cfg root/etc/fstab
chown -R 0:0 root/etc/xen root/etc/gridnix root/srv root/usr/local/sbin
mv root/boot/packages .
cp root/boot/grub/core.img root/usr/lib/grub/i386-pc/boot.img .
du -sx --block-size=1 root | cut -f 1 >used
truncate -s "$4" disk
mkfs.ext4 -q -U "$3" -d root -E offset="$5" disk "$6"
rm -rf root
"""


def boot_sectors(work):
    """The partition table, GRUB's boot sector, and its core image in the sectors behind it, where
    the boot sector looks when nobody tells it otherwise."""
    with open(os.path.join(work, 'boot.img'), 'rb') as f:
        sector = bytearray(f.read().ljust(512, b'\0'))
    with open(os.path.join(work, 'core.img'), 'rb') as f:
        core = f.read()
    if len(core) > (START - 1) * 512:
        raise MachineError('GRUB does not fit in front of the first partition')
    sector[440:510] = bytes(70)
    sector[446:462] = struct.pack('<B3sB3sII', 0x80, b'\xfe\xff\xff', 0x83, b'\xfe\xff\xff', START,
                                  SIZE_MIB * MIB // 512 - START)
    sector[510:512] = b'\x55\xaa'
    with open(os.path.join(work, 'disk'), 'r+b') as f:
        f.write(sector + core)


def first_boot(disk, say):
    """Boots the new disk once, so that what a system does only once is not measured."""
    say('booting Debian for the first time')
    log = os.path.join(bench_dir(), 'first-boot.log')
    with one_at_a_time(), Machine(None, medium=None, memory=1024, log=log, patience=1800,
                                  direct=disk_arguments(disk, keep=True)) as m:
        m.expect('gridnix: ready after')
        m.login()
        # Debian would save running guests to the disk and resume them at the next boot.
        m.run('xl destroy tiny; xl destroy web; sync')
        m.send('systemctl poweroff\n')
        m.until('Debian to switch off', lambda: m.process.poll() is not None or m.console.closed)


def disk_arguments(disk, keep=False):
    """QEMU's arguments for the disk, the fastest there is; what is written is forgotten."""
    more = '' if keep else ',snapshot=on'
    return ['-drive', f'if=none,id=disk,format=raw,file={disk}{more}',
            '-device', 'virtio-blk-pci,drive=disk,bootindex=0']


def make(iso, say):
    """(path of the disk, facts: bytes used and versions by package)"""
    base = bench_dir()
    with open(os.path.join(base, 'lock'), 'w') as lock, tempfile.TemporaryDirectory() as add:
        fcntl.flock(lock, fcntl.LOCK_EX)
        root = packages(lock_of(iso), say)
        shutil.copytree(FILES, add, symlinks=True, dirs_exist_ok=True)
        guest_files(iso, add)
        path = os.path.join(base, 'disk-' + digest(root, tree_digest(add), FILL, UUID))
        if not os.path.exists(path):
            say('making the disk of a plain Debian with Xen')
            with new_directory(path) as work:
                as_root('sh', '-c', FILL, 'fill', os.path.join(root, 'root.tar'), add, UUID,
                        f'{SIZE_MIB}M', str(START * 512),
                        f'{SIZE_MIB * 1024 - START // 2}k', cwd=work)
                boot_sectors(work)
                first_boot(os.path.join(work, 'disk'), say)
                facts = {'versions': {}}
                with open(os.path.join(work, 'used'), encoding='utf-8') as f:
                    facts['used'] = int(f.read())
                with open(os.path.join(work, 'packages'), encoding='utf-8') as f:
                    facts['versions'] = dict(line.rstrip('\n').split('\t') for line in f)
                with open(os.path.join(work, 'facts.json'), 'w', encoding='utf-8') as f:
                    json.dump(facts, f)
    with open(os.path.join(path, 'facts.json'), encoding='utf-8') as f:
        return os.path.join(path, 'disk'), json.load(f)
