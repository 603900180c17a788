# SPDX-License-Identifier: BSD-3-Clause
"""config.py GRIDNIXD FRONT GRIDNIX: the daemon's configuration: files and drop-ins, --check, reload, and that a
bad one changes nothing. On a simulated host."""
import os
import signal
import stat
import subprocess
import unittest

from simhost import GRIDNIXD, Host, uuid


class Config(Host):
    def start(self):
        os.mkdir(self.path('g.conf.d'))
        self.write('g.conf', '[guests]\ninterval = 100\n')
        self.options = ['--config', self.path('g.conf')]
        self.errors = open(self.path('log'), 'w', encoding='utf-8')
        self.addCleanup(self.errors.close)
        super().start()

    def write(self, name, text):
        with open(self.path(name), 'w', encoding='utf-8') as f:
            f.write(text)

    def check(self):
        done = subprocess.run([GRIDNIXD, '--check', '--config', self.path('g.conf')], text=True, timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(done.stdout, '')
        return done.returncode, done.stderr

    def reload(self, words):
        """Asks for it, and waits until the daemon has said this."""
        at = os.path.getsize(self.path('log'))
        self.started.send_signal(signal.SIGHUP)

        def said():
            with open(self.path('log'), encoding='utf-8') as f:
                f.seek(at)
                return words in f.read()
        self.patiently(said)

    def mode(self):
        return stat.S_IMODE(os.stat(self.path('api')).st_mode)

    def test_reload(self):
        self.assertEqual(self.mode(), 0o660)
        self.write('g.conf.d/10-a.conf', '[socket]\nmode = 0600\n[state]\njournal = 200\n')
        self.write('g.conf.d/20-b.conf', '[state]\njournal = 100\n')
        self.write('g.conf.d/ignored', 'nonsense')
        self.assertEqual(self.check(), (0, ''))
        self.reload('the configuration was read again')
        self.assertEqual(self.mode(), 0o600)
        self.tell(*(f'domain {n} {uuid(n)} g{n} running' for n in range(1, 101)), 'look')
        self.patiently(lambda: self.events()[-1]['seq'] >= 201)
        self.assertEqual(self.events()[0]['reason'], 'journal')
        self.assertEqual(len(self.events()), 101)

    def test_memory(self):
        """It is told when it begins and when it has ended, and not in between; and never with 0."""
        for available in (500, 400, 300, 600, 999, 1000, 2000, 499):
            self.tell(f'memory 10000 {available}', 'look')
        def told():
            return [(e['reason'], e['detail']['available_kib']) for e in self.events()
                    if e['kind'] == 'memory-pressure']
        self.patiently(lambda: len(told()) >= 3)
        self.write('g.conf.d/a.conf', '[memory]\nlow = 0\n')
        self.reload('read again')
        self.tell('memory 10000 1', 'look', 'memory 10000 0', 'look', f'domain 1 {uuid(1)} a running', 'look')
        self.last('started')
        self.assertEqual(told(), [('begins', 400), ('ends', 1000), ('begins', 499), ('ends', 1)])

    def test_sweep(self):
        def told():
            return [e['detail'] for e in self.events() if e['kind'] == 'leftover-removed']
        self.write('g.conf.d/a.conf', '[xenstore]\nsweep = 1\n')
        self.reload('read again')
        for path in ('/a/vif/3', '/a/vbd/7'):
            self.tell('leftover ' + path)
            self.patiently(lambda: told() and told()[-1] == {'path': path})
        self.assertEqual(len(told()), 2)

    def test_what_is_wrong_changes_nothing(self):
        for text, words in (('[socket]\nmode = 0666\n[state]\njournal = many\n', 'a.conf:4: [state] journal: "many"'),
                            ('[socket]\nmode = 0666\ngroup = nobodys-own\n',
                             'a.conf: [socket] group: there is no group "nobodys-own"'),
                            ('mode = 0666', 'a.conf:1: []: there is no key')):
            self.write('g.conf.d/a.conf', text)
            status, said = self.check()
            self.assertEqual(status, 1)
            self.assertTrue(said.startswith(f'gridnixd: {self.path("g.conf.d/" + words)}'), said)
            self.reload(words)
            self.reload('the configuration stays as it was')
            self.assertEqual(self.mode(), 0o660)
        self.tell(f'domain 1 {uuid(1)} a running', 'look')
        self.last('started')
        os.unlink(self.path('g.conf'))
        self.assertEqual(self.check()[0], 1)

    def test_what_waits_for_a_restart(self):
        self.write('g.conf', f'[socket]\npath = {self.path("other")}\n[guests]\ndir = /nowhere\n')
        self.reload('[guests] dir: changes when gridnixd is restarted')
        self.assertTrue(self.connect('api'))

    def test_relative_paths(self):
        done = subprocess.run([GRIDNIXD, '--check', '--state', 'here'], text=True, timeout=60,
                              stderr=subprocess.PIPE)
        self.assertEqual((done.returncode, done.stderr),
                         (1, 'gridnixd: [state] dir: "here" does not begin with "/"\n'))


if __name__ == '__main__':
    unittest.main(argv=['config'])
