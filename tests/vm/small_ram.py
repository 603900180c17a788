# SPDX-License-Identifier: BSD-3-Clause
"""368 MiB, XenCD's minimum: both guests go on answering, and nothing is killed for memory."""
import time

import vmtest as v

MINUTES = 10 if v.FULL else 0


def guests_go_on():
    port = v.free_port()
    with v.booted(v.media(), memory=368, forward={80: port}) as m:
        m.login()
        end = time.monotonic() + 60 * MINUTES
        while True:
            v.has(v.page(m, port), '<h1>web</h1>')
            # Asks each guest once more; fails unless all answer.
            m.check_run('/usr/lib/gridnix/boot/ready')
            if time.monotonic() >= end:
                break
            time.sleep(10)
        v.equal(m.run("dmesg | grep -i 'out of memory\\|oom-kill'"), (1, ''))
        print(m.check_run('cat /run/gridnix/boot; free -m; xl info | grep memory'))
        # Said before it asks a mirror, which there is none of.
        v.has(m.run('apt-get -o Acquire::http::Proxy=http://127.0.0.1:9 update')[1],
              r'^gridnix: .* MiB to give: apt may be ended')
        out_of_memory(m)
        v.has(v.page(m, port), '<h1>web</h1>')


def out_of_memory(m):
    """What eats all of dom0's memory is ended by the kernel; what guests hang on is not."""
    before = m.check_run('pidof oxenstored xenconsoled gridnixd')
    m.run('tail /dev/zero', patience=1800)
    # All of what the kernel says then is too much for the serial line.
    v.has(m.check_run("dmesg | grep 'Killed process'"), r' \(tail\) ')
    v.equal(m.check_run('pidof oxenstored xenconsoled gridnixd'), before)
    v.equal(v.domains(m), ['Domain-0', 'tiny', 'web'])
    m.check_run('/usr/lib/gridnix/boot/ready')


def from_the_medium():
    """With less than a copy of the image needs it runs from the medium, and says so."""
    port = v.free_port()
    with v.booted(v.media(), memory=256, forward={80: port}) as m:
        v.has(m.console.text, 'leave it in its drive')
        m.login()
        v.has(m.check_run('cat /run/gridnix/boot'), '^mode medium$')
        v.has(m.check_run('/usr/lib/gridnix/boot/greeting'), 'leave it in')
        v.has(v.page(m, port), '<h1>web</h1>')


def too_small():
    """GRUB says how much memory is needed, before anything else could fail for want of it."""
    with v.booted(v.media(), memory=176, ready=False) as m:
        m.expect(r'This machine has \d+ MiB of memory\. This entry needs \d+ MiB')


v.main(guests_go_on, from_the_medium, too_small)
