# SPDX-License-Identifier: BSD-3-Clause
"""./demo's exit status."""
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../tools'))
import demo  # noqa: E402


class Status(unittest.TestCase):
    def test_a_program_that_fails(self):
        """gridnix-build's own statuses mean something; here there are 0 and 1."""
        demo.run('true')
        for command in ('exit 7', 'kill -9 $$'):
            with self.assertRaises(SystemExit) as end:
                demo.run('sh', '-c', command)
            self.assertEqual(end.exception.code, 1)


if __name__ == '__main__':
    unittest.main()
