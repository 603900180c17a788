# SPDX-License-Identifier: BSD-3-Clause
"""setup_network.py GRIDNIX VIF: xl's configuration, looked at, changed and changed back, and nothing else of it touched."""
import os
import subprocess
import sys
import tempfile
import unittest

GRIDNIX, VIF = os.path.abspath(sys.argv[1]), sys.argv[2]
LINE = f'vif.default.script="{VIF}"\n'
DEBIANS = '# default vif script\n#vif.default.script="vif-bridge"\nautoballoon="off"\n'


class SetupNetwork(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.file = os.path.realpath(os.path.join(directory.name, 'xl.conf'))

    def write(self, text):
        with open(self.file, 'w', encoding='ascii') as f:
            f.write(text)

    def read(self, suffix=''):
        with open(self.file + suffix, encoding='ascii') as f:
            return f.read()

    def run_it(self, *words, status=0, file=None):
        done = subprocess.run([GRIDNIX, 'setup-network', *words, file or self.file], text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def test_there_and_back(self):
        for text in (DEBIANS, '', 'vif.default.script="vif-route"', DEBIANS + 'vif.default.script = "vif-openvswitch"\n'):
            self.write(text)
            self.assertIn(LINE, self.run_it(status=1))
            self.assertEqual((self.read(), os.listdir(os.path.dirname(self.file)) == ['xl.conf']), (text, text == DEBIANS))
            self.run_it('--yes')
            self.assertIn(LINE, self.read())
            self.assertTrue(self.read().startswith(text))
            self.assertEqual(self.read('.before-gridnix'), text)
            changed = self.read()
            self.assertIn('xl takes Gridnix', self.run_it())
            self.assertIn('xl takes Gridnix', self.run_it('--yes'))
            self.assertEqual(self.read(), changed)
            self.run_it('--undo')
            self.assertEqual(self.read().rstrip('\n'), text.rstrip('\n'))
            self.assertIn('changed nothing', self.run_it('--undo'))
            self.run_it(status=1)

    def test_what_counts(self):
        """The administrator's own line, and one that comes behind ours."""
        self.write(DEBIANS + LINE)
        self.run_it()
        self.assertIn('changed nothing', self.run_it('--undo'))
        self.write(DEBIANS)
        self.run_it('--yes')
        self.write(self.read() + 'vif.default.script="vif-route"\n')
        self.run_it(status=1)

    def test_link(self):
        """It stays one."""
        self.write(DEBIANS)
        link = self.file + '.link'
        os.symlink('xl.conf', link)
        self.run_it('--yes', file=link)
        self.assertEqual(os.readlink(link), 'xl.conf')
        self.assertIn(LINE, self.read())

    def test_wrong(self):
        self.write('a = [\n')
        self.assertIn('xl.conf:', self.run_it('--yes', status=1))
        self.assertEqual(self.read(), 'a = [\n')
        self.run_it(file=self.file + '.none', status=1)


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1], verbosity=2)
