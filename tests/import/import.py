# SPDX-License-Identifier: BSD-3-Clause
"""import.py GRIDNIX: what is made of each of xl's files beside this script is what NAME.out says, and
exits with 1 when the file's name begins with bad-; as JSON it says the same. --write writes the
NAME.out anew, to be read before they are committed."""
import json
import os
import subprocess
import sys
import unittest

GRIDNIX = os.path.abspath(sys.argv[1])
HERE = os.path.dirname(os.path.abspath(__file__))
FILES = sorted(f[:-4] for f in os.listdir(HERE) if f.endswith('.cfg'))


def run(name, *options):
    return subprocess.run([GRIDNIX, 'import', '--dry-run', *options, name + '.cfg'], cwd=HERE,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)


def refused(name):
    return name.startswith('bad-') or name == 'xl-hvm'


class Import(unittest.TestCase):
    maxDiff = None

    def test_text(self):
        for name in FILES:
            with self.subTest(name), open(os.path.join(HERE, name + '.out')) as f:
                done = run(name)
                self.assertEqual(done.stdout, f.read())
                self.assertEqual(done.returncode, 1 if refused(name) else 0)

    def test_json(self):
        for name in FILES:
            with self.subTest(name):
                text, found = run(name).stdout, json.loads(run(name, '--json').stdout.split('\n')[0])
                notes = [line for line in text.split('\n') if line.startswith('# ')]
                self.assertEqual(notes, [f"# {name}.cfg:{n['line'] or ''}{':' if n['line'] else ''} "
                                         f"{n['key']}: {n['fate']}: {n['words']}"
                                         for n in found['notes']])
                self.assertEqual('error' in found, refused(name))
                self.assertEqual('definition' in found, not refused(name))

    def test_definitions(self):
        """The notes are comments: the whole output is a definition."""
        for name in FILES:
            if not refused(name):
                with self.subTest(name):
                    lines = run(name).stdout.split('\n')
                    self.assertIn('[guest]', lines)
                    self.assertTrue(all(not x or x[0] in '#[' or ' = ' in x for x in lines))


if sys.argv[2:] == ['--write']:
    for each in FILES:
        with open(os.path.join(HERE, each + '.out'), 'w') as out:
            out.write(run(each).stdout)
else:
    unittest.main(argv=sys.argv[:1])
