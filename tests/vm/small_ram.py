# SPDX-License-Identifier: BSD-3-Clause
"""368 MiB, XenCD's minimum: both guests go on answering, and nothing is killed for memory."""
import time

import vmtest as v

MINUTES = 10 if v.FULL else 1


def guests_go_on():
    port = v.free_port()
    with v.booted(v.media(), memory=368, forward={80: port}) as m:
        m.login()
        end = time.monotonic() + 60 * MINUTES
        while time.monotonic() < end:
            v.has(v.page(m, port), '<h1>web</h1>')
            # Asks each guest once more; fails unless all answer.
            m.check_run('/usr/lib/gridnix/boot/ready')
            time.sleep(10)
        v.has_not(m.check_run('dmesg'), '[Oo]ut of memory|oom-kill|invoked oom')
        print(m.check_run('cat /run/gridnix/boot; free -m; xl info | grep memory'))


v.main(guests_go_on)
