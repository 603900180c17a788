# SPDX-License-Identifier: BSD-3-Clause
"""The checkers of tools/ find what they are for: fixtures with one thing wrong."""
import os
import subprocess
import sys
import tempfile
import unittest

TOOLS = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../tools')


def run(tool, *args):
    """(exit status, everything that it said)"""
    done = subprocess.run([sys.executable, os.path.join(TOOLS, tool), *args], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout


class Fixture(unittest.TestCase):
    def setUp(self):
        tmp = tempfile.TemporaryDirectory()
        self.addCleanup(tmp.cleanup)
        self.dir = tmp.name

    def write(self, name, text):
        path = os.path.join(self.dir, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w', encoding='utf-8') as f:
            f.write(text)
        return path


class Rooms(Fixture):
    def setUp(self):
        super().setUp()
        self.write('src/ROOMS', 'low:\nhigh/up: low # words\n<danger*>: high/up\n')
        self.write('src/low/l.h', '#include <stdio.h>\n')
        self.write('src/high/up/h.h', '#include "low/l.h"\n#include <danger.h>\n')
        self.write('src/high/up/h.c', '#include "h.h"\n#include "generated.h"\n')

    def test_right(self):
        status, said = run('check-rooms', self.dir)
        self.assertEqual(status, 0, said)
        self.assertIn('3 files, 2 rooms, 0 wrong includes', said)

    def test_wrong_room(self):
        self.write('src/low/l.c', '\n#\tinclude "high/up/h.h"\n')
        status, said = run('check-rooms', self.dir)
        self.assertEqual(status, 1)
        self.assertIn('src/low/l.c:2: room low may not include high/up/h.h', said)

    def test_wrong_room_by_relative_path(self):
        self.write('src/low/l.c', '#include "../high/up/h.h"\n')
        status, said = run('check-rooms', self.dir)
        self.assertEqual(status, 1)
        self.assertIn('of room high/up', said)

    def test_wrong_system_header(self):
        self.write('src/low/l.c', '#include <danger/x.h>\n')
        status, said = run('check-rooms', self.dir)
        self.assertEqual(status, 1)
        self.assertIn('room low may not include <danger/x.h>', said)

    def test_no_room(self):
        self.write('src/new/n.c', '')
        status, said = run('check-rooms', self.dir)
        self.assertEqual(status, 1)
        self.assertIn('src/new/n.c:1: this directory is no room', said)

    def test_table_names_unknown_room(self):
        self.write('src/ROOMS', 'low: cellar\n')
        status, said = run('check-rooms', self.dir)
        self.assertEqual(status, 1)
        self.assertIn('no room cellar', said)


class Licences(Fixture):
    LIST = 'libc.so.6 libc6 LGPL-2.1+ reason\nlibreadline.so.8 x GPL-3 a list may be wrong\n'

    def setUp(self):
        super().setUp()
        self.list = self.write('list', self.LIST)
        self.write('build.ninja', '')
        self.source = self.write('main.c', 'int main(void) { return 0; }\n')

    def compile(self, *args):
        os.makedirs(os.path.join(self.dir, 'src'), exist_ok=True)
        subprocess.run(['gcc', *args], cwd=self.dir, check=True)

    def program(self, soname):
        """Builds src/prog, which needs a library of the given soname."""
        self.compile('-shared', f'-Wl,-soname,{soname}', '-o', 'lib.so', 'main.c')
        self.compile('-Wl,--no-as-needed', '-o', 'src/prog', 'main.c', './lib.so')

    def test_listed(self):
        self.compile('-o', 'src/prog', 'main.c')
        status, said = run('check-licences', self.list, self.dir)
        self.assertEqual(status, 0, said)
        self.assertIn('src/prog: libc.so.6', said)

    def test_unlisted(self):
        self.program('libstrange.so.1')
        status, said = run('check-licences', self.list, self.dir)
        self.assertEqual(status, 1)
        self.assertIn('src/prog: libstrange.so.1 is not in list', said)

    def test_gpl_even_when_listed(self):
        self.program('libreadline.so.8')
        status, said = run('check-licences', self.list, self.dir)
        self.assertEqual(status, 1)
        self.assertIn('libreadline.so.8 is under the GPL', said)

    def test_static_unlisted(self):
        self.compile('-static', '-o', 'src/prog', 'main.c')
        status, said = run('check-licences', self.list, self.dir)
        self.assertEqual(status, 1)
        self.assertIn('no "static" line', said)

    def test_static_glibc_even_when_listed(self):
        self.compile('-static', '-o', 'src/prog', 'main.c')
        self.write('list', self.LIST + 'static prog musl MIT reason\n')
        status, said = run('check-licences', self.list, self.dir)
        self.assertEqual(status, 1)
        self.assertIn('contains glibc', said)

    def test_foreign_archive(self):
        self.compile('-o', 'src/prog', 'main.c')
        self.write('build.ninja', 'rule link\n  command = gcc -o out /usr/lib/libother.a\n'
                                  'build out: link\n')
        status, said = run('check-licences', self.list, self.dir)
        self.assertEqual(status, 1)
        self.assertIn('/usr/lib/libother.a: a static archive', said)
        self.write('list', self.LIST + 'archive libother.a x-dev ISC reason\n')
        self.assertEqual(run('check-licences', self.list, self.dir)[0], 0)

    def test_nothing_built(self):
        status, said = run('check-licences', self.list, self.dir)
        self.assertEqual(status, 1)
        self.assertIn('0 files', said)


if __name__ == '__main__':
    unittest.main()
