# SPDX-License-Identifier: BSD-3-Clause
"""./check counts what happened and says so: in a small tree with a good, a bad and a skipped test."""
import argparse
import contextlib
import io
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from unittest import mock

TOOLS = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../tools')
sys.path.insert(0, TOOLS)
import check  # noqa: E402

MESON = """
project('small', 'c')
executable('small', 'small.c')
test('good', find_program('true'), suite: 'unit')
test('skipped', find_program('sh'), args: ['-c', 'exit 77'], suite: 'unit')
"""
BAD = """
test('bad', find_program('sh'), args: ['-c', 'echo the words of the failed test; exit 1'],
  suite: 'unit')
"""
OVERFLOW = """
test('overflow', executable('overflow', 'overflow.c'), suite: 'unit')
"""


class Check(unittest.TestCase):
    def setUp(self):
        tmp = tempfile.TemporaryDirectory()
        self.addCleanup(tmp.cleanup)
        self.tree = tmp.name
        os.mkdir(os.path.join(self.tree, 'tools'))
        for name in ('check.py', 'child.py'):
            shutil.copy(os.path.join(TOOLS, name), os.path.join(self.tree, 'tools'))
        self.write('small.c', 'int main(void)\n{\n\treturn 0;\n}\n')
        self.write('meson_options.txt', "option('docs', type: 'feature')\n")
        self.write('tools/deps', '#!/bin/sh\n')
        os.chmod(os.path.join(self.tree, 'tools/deps'), 0o755)

    def write(self, name, text):
        with open(os.path.join(self.tree, name), 'w', encoding='utf-8') as f:
            f.write(text)

    def check(self, *args):
        """(exit status, all output, its last line)"""
        env = {k: v for k, v in os.environ.items() if not k.startswith('MESON')}
        done = subprocess.run([sys.executable, 'tools/check.py', *args], cwd=self.tree, env=env,
                              text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode, done.stdout, done.stdout.splitlines()[-1]

    def test_all_good(self):
        self.write('meson.build', MESON.replace('unit', 'tree'))
        status, said, last = self.check('tree')
        self.assertEqual(last, '2 passed, 0 failed, 1 skipped', said)
        self.assertEqual(status, 0)

    def test_failing_tests(self):
        """One that fails with each build, and one in which only a sanitizer sees something."""
        self.write('meson.build', MESON + BAD + OVERFLOW)
        self.write('overflow.c', '#include <limits.h>\n'
                   'int main(int n, char **v) { n += INT_MAX; return v == 0 && n; }\n')
        status, said, last = self.check('unit')
        self.assertEqual(last, '8 passed, 4 failed, 3 skipped', said)
        self.assertEqual(status, 1)
        self.assertIn('the words of the failed test', said)
        for build in check.BUILDS:
            self.assertIn(f'failed: bad, {build} (FAIL)', said)
        self.assertIn('failed: overflow, sanitizers', said)

    def test_what_does_not_compile(self):
        self.write('meson.build', MESON)
        self.write('small.c', 'int main(void) { return nothing; }\n')
        status, said, last = self.check('unit')
        self.assertEqual(last, '0 passed, 3 failed', said)
        self.assertEqual(status, 1)

    def test_tools_that_came_after_the_configuration(self):
        """As after ./demo, which needs fewer packages."""
        tool = os.path.join(self.tree, 'late')
        self.write('meson.build', "project('small', 'c')\n"
                   f"tool = find_program('{tool}', required: false)\n"
                   "if tool.found()\n  test('late', tool, suite: 'unit')\nendif\n")
        self.assertEqual(self.check('unit')[2], '3 passed, 3 failed')
        self.write('late', '#!/bin/sh\n')
        os.chmod(tool, 0o755)
        status, said, last = self.check('unit')
        self.assertEqual(last, '6 passed, 0 failed', said)
        self.assertEqual(status, 0)

    def test_a_name_of_no_suite(self):
        self.assertEqual(self.check('units')[0], 2)
        self.assertEqual(self.check('--quick', 'unit')[0], 2)

    def test_a_signal(self):
        """What is running is told, and has the time to clean up."""
        self.write('tools/deps', "#!/bin/sh\ntrap 'sleep 1; touch cleaned; exit 1' TERM\n"
                   'touch running\nwhile :; do sleep 0.1; done\n')
        path = lambda name: os.path.join(self.tree, name)  # noqa: E731
        process = subprocess.Popen([sys.executable, 'tools/check.py', 'unit'], cwd=self.tree,
                                   stdout=subprocess.PIPE, text=True)
        while not os.path.exists(path('running')):
            time.sleep(0.05)
        process.terminate()
        said = process.communicate()[0]
        self.assertTrue(os.path.exists(path('cleaned')))
        self.assertEqual(process.returncode, 1)
        self.assertIn('failed: the rest: interrupted', said)

    def test_a_suite_without_tests(self):
        """Also when another one has some."""
        self.write('meson.build', MESON.replace('unit', 'docs'))
        for suites, wanted in ((['tree'], '1 passed, 1 failed'), (['tree', 'docs'], '2 passed, 1 failed, 1 skipped')):
            status, said, last = self.check(*suites)
            self.assertEqual((status, last), (1, wanted), said)
            self.assertIn('failed: suite tree, gcc: no test ran', said)


class Lanes(unittest.TestCase):
    def lane(self, work, meanwhile=lambda: None):
        """What a lane says, and the tally."""
        said, tally = io.StringIO(), check.Tally()
        with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit), check.Lane('images', work, tally):
            meanwhile()
        return said.getvalue(), tally

    def test_its_words_and_results(self):
        def work(tally):
            check.run(['echo', 'of a program'])
            tally.add('good', 'OK')
            tally.add('bad', 'FAIL', 'why')
        said, tally = self.lane(work)
        self.assertEqual(said, 'images: of a program\n')
        self.assertEqual((tally.line(), tally.failed), ('1 passed, 1 failed', {'bad (FAIL)': ['why']}))

    def test_one_that_is_killed(self):
        _, tally = self.lane(lambda _: os.kill(os.getpid(), signal.SIGKILL))
        self.assertEqual(list(tally.failed), ['images: ended early (FAIL)'])

    def test_it_ends_with_the_rest(self):
        begun = time.monotonic()
        self.lane(lambda _: time.sleep(1000), lambda: sys.exit(1))
        self.assertLess(time.monotonic() - begun, 900)


class Here(check.Lane):
    """A lane's work in this process, at the end."""

    def __enter__(self):
        pass

    def __exit__(self, *_):
        self.work(self.tally)


class Images(unittest.TestCase):
    def ran(self, *suites):
        """What is run for suites, of the images' names and options."""
        calls = []
        with mock.patch.multiple(
                check, Lane=Here, run=lambda args: calls.append(args) or True, build=lambda *_: True,
                run_suites=lambda *_: None, say=lambda _: None, manifests=lambda: ['a.ini', 'b.ini']):
            check.check(argparse.Namespace(full=False, quick=False, suite=suites), check.Tally())
        return [(os.path.basename(args[2]), *args[5:]) for args in calls if args[1] == 'image']

    def test_all_packages_are_fetched_before_the_first_image(self):
        self.assertEqual(self.ran('full'), [
            ('a.ini', '--fetch'), ('b.ini', '--fetch'), ('entries.ini', '--fetch'),
            ('a.ini',), ('b.ini',)])
        self.assertEqual(self.ran('vm'), [('demo.ini',)])


if __name__ == '__main__':
    unittest.main()
