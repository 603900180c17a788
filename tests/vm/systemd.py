# SPDX-License-Identifier: BSD-3-Clause
"""The package on a plain Debian with Xen, systemd and guests of xl's: no running guest notices that it is installed,
restarted or removed, and guests of its own run beside xl's."""
import os
import sys

import aptrepo
import vmtest as v

sys.path.insert(0, os.path.join(v.TREE, 'bench'))
import debian  # noqa: E402  # bench/debian.py

MINE = r"""[guest]\nname = mine\nmemory = 32M\nkernel = /srv/guests/vmlinuz\ninitrd = /srv/guests/small.img\n
cmdline = console=hvc0 hostname=mine services=network\n[disk xvda]\npath = /root/mine.img\n[vif 0]\nbridge = guests0\n
"""


def story_of_xl(m):
    """What tells that a guest is the one that it was: its domain, and that it answers."""
    m.check_run('ready')
    return m.check_run("xl list | awk '/^(tiny|web) / { print $1, $2 }'")


def beside_xl():
    with v.booted(None, medium=None, memory=1024, direct=debian.disk_arguments(DISK), ready=False) as m, \
            aptrepo.served() as port:
        m.expect('gridnix: ready after')
        m.login()
        before = story_of_xl(m)
        aptrepo.use(m, port)
        m.check_run('apt-get install -qq gridnix-host >/tmp/said 2>&1', patience=1800)
        v.eventually(m, 'systemctl is-active gridnixd', '^active')
        v.has(m.check_run('gridnix list'), '^tiny +running(.*\n)*web +running')
        m.check_run(f"truncate -s 16M /root/mine.img; printf '{MINE}' >mine.ini".replace('\n', ''))
        # Xen was booted without dom0_mem: dom0 has it all, and only xl takes from it.
        m.check_run('xl mem-set Domain-0 600 && sleep 5')
        m.check_run('gridnix define mine.ini && gridnix start mine && gridnix reboot mine && gridnix pause mine')
        v.has(m.check_run('gridnix list'), '^mine +paused')
        m.check_run('systemctl restart gridnixd')
        v.eventually(m, 'gridnix unpause mine && gridnix list', '^mine +running')
        m.check_run('systemctl kill -s KILL gridnixd')
        v.eventually(m, 'gridnix list', '^mine +running')
        v.equal(m.run('journalctl -q -u gridnixd -p err | grep .')[0], 1)
        v.equal(story_of_xl(m), before)
        # A guest of its own goes on, too; it is xl's to look after then.
        m.check_run('apt-get purge -qq gridnix-host >/tmp/said 2>&1')
        v.has(m.check_run('xl list'), '^mine ')
        v.equal(story_of_xl(m), before)


# Before the lock is taken: it boots the disk once.
DISK, _ = debian.make(v.media().iso, print)
v.main(beside_xl)
