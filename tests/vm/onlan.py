# SPDX-License-Identifier: BSD-3-Clause
"""An image of one's own: a guest that starts with the host, on the wire that dom0 is reached by; a file; words on dom0's boot
line with blanks in them; a screen of another size. Builds it."""
import os
import tempfile

import vmtest as v
from inguest import events, pings, reboot, shell, wait_for_shell

ADDRESS, ROUTER, OTHER = '10.0.2.77', '10.0.2.2', '10.0.2.78'
MANIFEST = f"""[image]
include = {v.TREE}/images/demo.ini
name = onlan
size_limit = 0

[guests]
recipes = onlan-guest.ini

[menu]
xen = vga=gfx-800x600x24
dom0 = network="second kind=nat mtu=1400" hostname=mine dns=10.0.2.9

[files]
add = onlan.ini /root/mine/manifest
"""
RECIPE = f"""[guest]
name = alone
about = a guest on the wire
initrd = {v.TREE}/images/guests/small.ini
services = network
cmdline = quiet
order = 1

[network]
mode = static
name = lan0
mac = 00:16:3e:53:00:21
address = {ADDRESS}/24
gateway = {ROUTER}
"""


def make(work):
    for name, text in (('onlan.ini', MANIFEST), ('onlan-guest.ini', RECIPE)):
        with open(os.path.join(work, name), 'w', encoding='ascii') as f:
            f.write(text)
    v.build(work, 'onlan.ini')
    return v.Media(os.path.join(work, 'gridnix-onlan.iso'))


def of_the_manifest(m):
    """Words of dom0's line, and the file, whose directory is as it was for others."""
    v.equal(m.check_run('hostname'), 'mine\n')
    v.equal(m.check_run('cat /sys/class/graphics/fb0/virtual_size'), '800,600\n')
    v.has(m.check_run('gridnix network list'), r'^second +nat ')
    v.equal(m.check_run("stat -c '%a %U' /root /root/mine/manifest").split(), ['700', 'root', '644', 'root'])
    v.has(m.check_run('grep mine/manifest /root/mine/manifest'), '^add = onlan.ini')


def onlan():
    with tempfile.TemporaryDirectory(dir=v.OUT) as work, v.booted(make(work), firmware='uefi', ready=False) as m:
        v.wait_ready(m, guests=('alone',))
        m.login()
        of_the_manifest(m)
        wait_for_shell(m, 'alone')
        m.until('the wire to be there', lambda: pings(m, 'alone', ROUTER))
        v.has(m.check_run('gridnix list'), rf'^alone +running.*{ADDRESS}')
        v.has(m.check_run('ip -4 -o address show dev lan0'), r'inet 10\.0\.2\.15/24')
        v.eventually(m, 'cat /etc/resolv.conf', r'^nameserver 10\.0\.2\.9$')
        shell(m, 'alone', f'ip address add {OTHER}/32 dev eth0')
        v.equal(pings(m, 'alone', ROUTER, OTHER), False)
        m.until('that to be told', lambda: any(e['reason'] in ('arp', 'ip4') for e in events(m, 'spoof-blocked')))
        reboot(m, 'alone')
        m.until('the guest to be back', lambda: pings(m, 'alone', ROUTER))


v.main(onlan)
