# SPDX-License-Identifier: BSD-3-Clause
"""xl.py GRIDNIX XL PRELOAD: what 'gridnix import' makes of each of xl's files beside this script is what
'xl create -n' makes of it. PRELOAD lets that work without Xen: see xl.c."""
import json
import os
import subprocess
import sys
import unittest

GRIDNIX, XL, PRELOAD = map(os.path.abspath, sys.argv[1:4])
HERE = os.path.dirname(os.path.abspath(__file__))
FILES = sorted(f for f in os.listdir(HERE) if f.endswith('.cfg'))
# What xl takes, and we do not: HVM guests, and files beyond our limits. And the other way round: a guest
# that boots from its own disk without saying so, and what is wrong with one disk alone.
XL_ALONE = {'xl-hvm.cfg', 'bad-many.cfg', 'bad-depth.cfg'}
WE_ALONE = {'least.cfg', 'odd.cfg'}


def xl(name):
    done = subprocess.run([XL, 'create', '-n', '-d', name], cwd=HERE, text=True, timeout=60,
                          capture_output=True, env={**os.environ, 'LD_PRELOAD': PRELOAD})
    return json.loads(done.stdout[done.stdout.index('{'):]) if done.returncode == 0 else None


def gridnix(name):
    done = subprocess.run([GRIDNIX, 'import', '--dry-run', '--json', name], cwd=HERE, text=True,
                          timeout=60, capture_output=True)
    return json.loads(done.stdout.split('\n')[0]) if done.stdout else {'error': done.stderr, 'notes': []}


def kib(size):
    return int(size[:-1]) * {'K': 1, 'M': 1024, 'G': 1024 ** 2, 'T': 1024 ** 3}[size[-1]]


def target(vdev):
    return 'xvd' + vdev[2:] if vdev[:2] in ('sd', 'hd') else vdev


class Compare(unittest.TestCase):
    def test_files(self):
        for name in FILES:
            with self.subTest(name):
                theirs, ours = xl(name), gridnix(name)
                if 'error' in ours:
                    self.assertEqual(theirs is not None, name in XL_ALONE, ours)
                    continue
                self.assertEqual(theirs is None, name in WE_ALONE)
                if theirs is None:
                    continue
                lost = {n['key'] for n in ours['notes'] if n['fate'] == 'lost'}
                self.compare(theirs, ours['definition'], lost)

    def compare(self, theirs, ours, lost):
        created, built = theirs['c_info'], theirs['b_info']
        self.assertEqual(ours['name'], created['name'])
        self.assertEqual(ours['type'], created['type'])
        self.assertEqual(ours.get('uuid', created['uuid']), created['uuid'])
        self.assertEqual(kib(ours['memory']), built.get('target_memkb', 32768))
        self.assertEqual(kib(ours['memory_max']), built.get('max_memkb', 32768))
        self.assertEqual(ours['vcpus'], len(built.get('avail_vcpus', [0])))
        self.assertEqual(ours['vcpus_max'], built.get('max_vcpus', 1))
        if ours['kernel'] != 'grub':
            self.assertEqual(ours['kernel'], built['kernel'])
            self.assertEqual(ours.get('cmdline'), built.get('cmdline'))
            self.assertEqual(ours.get('initrd'), built.get('ramdisk'))
        for when in {'on_poweroff', 'on_reboot', 'on_crash'} - lost:
            self.assertEqual(ours[when], theirs.get(when, 'destroy'))
        self.compare_disks(theirs.get('disks', []), ours['disks'], 'disk' in lost)
        self.compare_vifs(theirs.get('nics', []), ours['vifs'], 'vif' in lost)

    def compare_disks(self, theirs, ours, lost):
        known = [(target(d['vdev']), d.get('pdev_path'), not d.get('readwrite', 0)) for d in theirs
                 if d['format'] == 'raw']
        found = [(d['target'], d['path'], d['readonly']) for d in ours]
        self.assertEqual(found, [d for d in known if d in found] if lost else known)

    def compare_vifs(self, theirs, ours, lost):
        for a, b in zip(theirs, ours):
            self.assertIn(b['bridge'], (a.get('bridge', 'xenbr0'), 'xenbr0') if lost else
                          (a.get('bridge', 'xenbr0'),))
            if 'mac' in a and not lost:
                self.assertEqual(b['mac'], a['mac'])
            self.assertIn(b.get('address'), ((a.get('ip') or '').strip() or None, None))
        if not lost:
            self.assertEqual(len(theirs), len(ours))


unittest.main(argv=sys.argv[:1])
