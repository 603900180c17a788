# SPDX-License-Identifier: BSD-3-Clause
"""The image server: no guests, a password by boot parameter, AppArmor; nobody else listens than the guide says."""
import vmtest as v
from uplink import listeners


def server():
    image = v.media('server')
    arguments = v.direct(image, f'rootpw={v.SECRET}')
    with v.booted(image, medium=None, memory=1024, direct=arguments, ready=False) as m:
        v.wait_ready(m, guests=())
        m.login(password='secret')
        v.equal(v.domains(m), ['Domain-0'])
        v.eventually(m, 'cat /proc/$(pidof -s chronyd)/attr/current', r'chronyd.* \(enforce\)$')
        # Debian's other profiles come later, and what loads them ends.
        v.eventually(m, 'sv status gridnix-apparmor', '^down')
        v.has(m.check_run('cat /sys/kernel/security/apparmor/profiles'), r'^busybox ')
        v.eventually(m, 'pidof sshd', r'^\d+')
        v.eventually(m, 'ip route', '^default ')
        listeners(m, {'guests0': ('10.86.83.1',)}, [('sshd', '22')])


v.main(server)
