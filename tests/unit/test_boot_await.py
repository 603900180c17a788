# SPDX-License-Identifier: BSD-3-Clause
"""await: returns when all files are there, or when its time is over."""
import os
import subprocess
import sys
import tempfile
import unittest

AWAIT = sys.argv.pop()


class Await(unittest.TestCase):
    def setUp(self):
        tmp = tempfile.TemporaryDirectory()
        self.addCleanup(tmp.cleanup)
        self.first, self.second = (os.path.join(tmp.name, n) for n in ('first', 'second'))

    def test_waits_for_all(self):
        waiting = subprocess.Popen([AWAIT, self.first, self.second])
        os.mkdir(self.second)
        with self.assertRaises(subprocess.TimeoutExpired):
            waiting.wait(0.3)
        open(self.first, 'w', encoding='utf-8').close()
        self.assertEqual(waiting.wait(60), 0)

    def test_time_is_over(self):
        self.assertEqual(subprocess.call([AWAIT, '-t', '0', self.first]), 1)

    def test_there_already(self):
        self.assertEqual(subprocess.call([AWAIT, '-t', '0', '/', '/dev']), 0)

    def test_usage(self):
        for args in ([], ['-t', '5'], ['-t', 'x', '/'], ['--help']):
            done = subprocess.run([AWAIT, *args], stderr=subprocess.PIPE, text=True)
            self.assertEqual((done.returncode, done.stderr[:12]), (2, 'usage: await'))


unittest.main()
