# SPDX-License-Identifier: BSD-3-Clause
"""Whether the lists that come with the demo image are true: the contents list, COPYRIGHT and
SHA256SUMS, held against the ISO's files; and whether the ISO has long names. Needs a demo image that
was built, in out/.
"""
import gzip
import json
import os
import re
import subprocess
import sys
import tempfile

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TREE, 'tools'))
import child  # noqa: E402

OUT = os.environ.get('GNX_OUT') or os.path.join(TREE, 'out')
IMAGE = os.path.join(OUT, 'gridnix-demo')
SECTOR = 2048


def read(*path):
    with open(os.path.join(*path), 'rb') as f:
        return f.read()


def sizes(files):
    """Of a list of the contents list."""
    found = {f['path']: f['size'] for f in files}
    assert len(found) == len(files), 'a file is listed twice'
    return found


def inside(files, path):
    return next(f for f in files if f['path'] == path)['files']


def files_below(directory):
    found = {}
    for place, _, names in os.walk(directory):
        for name in names:
            path = os.path.join(place, name)
            found[path[len(directory):]] = os.path.getsize(path)
    return found


def cpio_files(data):
    """The regular files in an initrd, with their sizes."""
    tool = {b'\xfd7zXZ\0': 'xz', b'\x28\xb5\x2f\xfd': 'zstd'}
    tool = next(t for magic, t in tool.items() if data.startswith(magic))
    data = subprocess.run([tool, '-dc'], input=data, stdout=subprocess.PIPE, check=True).stdout
    found, at = {}, 0
    while True:
        assert data[at:at + 6] == b'070701', at
        field = [int(data[at + i:at + i + 8], 16) for i in range(6, 110, 8)]
        mode, size, name_size = field[1], field[6], field[11]
        name = data[at + 110:at + 110 + name_size - 1].decode()
        if name == 'TRAILER!!!':
            return found
        if mode & 0o170000 == 0o100000:
            found['/' + name] = size
        at = (at + 110 + name_size + 3) // 4 * 4
        at = (at + size + 3) // 4 * 4


def medium_is_listed(contents, medium):
    wanted = files_below(medium)
    del wanted['/SHA256SUMS'], wanted['/CONTENTS.json.gz']
    listed = sizes(contents['medium'])
    assert listed == wanted, sorted(set(listed.items()) ^ set(wanted.items()))
    assert {'/LOCK.gz', '/boot/grub/eltorito.img', '/boot/grub/boot.cat'} < set(listed)
    assert gzip.decompress(read(medium, 'CONTENTS.json.gz')) == read(IMAGE + '.contents.json')
    assert [f['path'] for f in contents['esp']] == ['/EFI/BOOT/BOOTX64.EFI']


def inner_files_are_listed(contents, medium):
    files = contents['medium']
    for path in 'boot/initrd.img', 'gridnix/guests/small.img':
        assert sizes(inside(files, '/' + path)) == cpio_files(read(medium, path)), path
    modules = sizes(inside(files, '/gridnix/modules.sqfs'))
    boot = sizes(inside(inside(files, '/boot/initrd.img'), '/modules/boot.sqfs'))
    assert any(path.endswith('/xen-netback.ko') for path in modules), modules
    assert any(path.endswith('/overlay.ko') for path in boot), boot
    assert not set(modules) & set(boot)
    assert sizes(inside(files, '/gridnix/root.sqfs'))['/usr/lib/gridnix/boot/setup'] > 0
    assert sizes(inside(files, '/gridnix/site.sqfs'))['/etc/xen/web.cfg'] > 0


def packages_are_listed(contents, _):
    packages = contents['packages']
    assert not [p for p in packages if not all(p.values()) or
                not re.fullmatch('[0-9a-f]{64}', p['sha256'])]
    have = {(p['set'], p['name'], p['version']) for p in packages}
    with open(IMAGE + '.lock', encoding='utf-8') as f:
        wanted = {tuple(line.split()[1:4]) for line in f if line.startswith('package ')}
    own = {p[:2] for p in have - wanted}
    assert wanted < have and own == {('own', name) for name in (
        'libgridnix0', 'gridnix-host', 'gridnix-live', 'gridnix-guest')}, own


def copyright_names_sources(contents, medium):
    """Those of the loaders and of what is linked statically too."""
    lines = read(medium, 'COPYRIGHT').decode().splitlines()
    named = {' '.join(line.split()[-2:]) for line in lines}
    wanted = {f'{p["source"]} {p["source_version"]}' for p in contents['packages']
              if p['set'] != 'own'}
    assert wanted <= named, wanted - named
    assert {'grub2', 'musl', 'libsodium', 'mtools', 'xen'} <= {w.split()[0] for w in wanted}


def checksums_cover_all(_, medium):
    subprocess.run(['sha256sum', '--quiet', '--strict', '-c', 'SHA256SUMS'], cwd=medium, check=True)
    named = {'/' + line.split('  ', 1)[1] for line in read(medium, 'SHA256SUMS').decode().splitlines()}
    assert named == set(files_below(medium)) - {'/SHA256SUMS'}, named


def names_are_long(*_):
    """In the ISO's own directory, which without level 2 has no name longer than 8.3; and the names
    of Rock Ridge."""
    with open(IMAGE + '.iso', 'rb') as f:
        f.seek(16 * SECTOR)
        volume = f.read(SECTOR)
        assert volume[:6] == b'\x01CD001', volume[:6]
        root = volume[156:190]
        f.seek(int.from_bytes(root[2:6], 'little') * SECTOR)
        directory = f.read(int.from_bytes(root[10:14], 'little'))
    assert b'SP\x07\x01\xbe\xef' in directory[:directory[0]], 'the system use area is not there'
    names, at = {}, 0
    while at < len(directory):
        if not directory[at]:
            at = (at // SECTOR + 1) * SECTOR
            continue
        record = directory[at:at + directory[at]]
        at += len(record)
        long = re.search(rb'NM(.)\x01\0', record, re.DOTALL)
        if long:
            end = long.start() + long[1][0]
            names[record[33:33 + record[32]].decode()] = record[long.end():end].decode()
    assert 'CONTENTS.json.gz' in names.values(), names
    assert max(len(name.split('.')[0]) for name in names) > 8, names


def main():
    child.end_on_signals()
    contents = json.loads(read(IMAGE + '.contents.json'))
    with tempfile.TemporaryDirectory(prefix='test-', dir=OUT) as work:
        medium = os.path.join(work, 'medium')
        subprocess.run(['xorriso', '-report_about', 'WARNING', '-osirrox', 'on:auto_chmod_on', '-indev',
                        IMAGE + '.iso', '-extract', '/', medium], check=True)
        subprocess.run(['chmod', '-R', 'u+w', medium], check=True)
        for test in (medium_is_listed, inner_files_are_listed, packages_are_listed,
                     copyright_names_sources, checksums_cover_all, names_are_long):
            print(f'-- {test.__name__}', flush=True)
            test(contents, medium)


if __name__ == '__main__':
    main()
