# SPDX-License-Identifier: BSD-3-Clause
"""The medium is pulled out when dom0's kernel has started: stage 1 says what it looked for and what
it found, offers a shell, and goes on once the medium is back."""
import vmtest as v

MENU = r'What now, and Enter\? \Z'


def no_medium():
    with v.booted(v.media(), ready=False) as m:
        m.expect('Xen version')
        m.eject()
        m.expect('THE BOOT STOPPED: (.*)')
        found = m.expect(r'(?s)The disks, sticks and drives of this machine:(.*)' + MENU)[1]
        v.has(found, 'sr0')
        m.expect_screen('THE BOOT STOPPED')
        m.send('s\n')
        m.expect(r'rescue# \Z')
        m.send('cat /proc/version; ls /modules; dmesg | while read -r l; do :; done; echo do""ne\n')
        said = m.expect(r'(?s)cat /proc.*^done$')[0]
        v.has(said, r'^Linux version \d')
        v.has(said, r'\blist\b')
        m.send('exit\n')
        m.expect(MENU)
        m.insert()
        m.send('\n')
        v.wait_ready(m)


v.main(no_medium)
