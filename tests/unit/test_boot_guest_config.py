# SPDX-License-Identifier: BSD-3-Clause
"""guest-config, which the shell scripts of dom0's boot read guests' configurations with."""
import os
import subprocess
import tempfile
import unittest

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                      '../../packaging/live/usr/lib/gridnix/boot/guest-config')


class GuestConfig(unittest.TestCase):
    def read(self, text):
        with tempfile.NamedTemporaryFile('w', encoding='utf-8') as f:
            f.write(text)
            f.flush()
            return subprocess.run(
                ['sh', '-c', '. "$0"; guest_config "$1"; echo "$name|$type|$devices"', SCRIPT, f.name],
                check=True, text=True, stdout=subprocess.PIPE).stdout.strip()

    def test_values(self):
        for text, expect in (
                ('name = "web"\ntype="pvh"\nmemory = 32\n', 'web|pvh|'),
                ("\tname='a b=c'  # words\n", 'a b=c||'),
                ('#name = "no"\nname2 = "no"\nextra = "name=no disk=no"\n', '||'),
                ('name="x"\ndisk = [ "/dev/vg/x,raw,xvda,rw" ]\n', 'x||yes'),
                ('disk=[\n  "a",\n]\nname="y"', 'y||yes'),
                ("pci = [ '00:1f.0' ]\n", '||yes'), ('', '||')):
            self.assertEqual(self.read(text), expect, text)


unittest.main()
