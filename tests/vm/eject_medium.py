# SPDX-License-Identifier: BSD-3-Clause
"""dom0 runs from RAM: the CD is taken out, and work goes on."""
import vmtest as v


def work_goes_on():
    port = v.free_port()
    with v.booted(v.media(), forward={80: port}) as m:
        m.login()
        v.has(m.check_run('cat /run/gridnix/boot'), '^mode ram$')
        m.eject()
        # Every file of the root is read again, with nothing of it cached.
        m.check_run('sync; echo 3 >/proc/sys/vm/drop_caches')
        m.check_run('find /usr /etc -type f -exec cat {} + >/dev/null')
        v.create_third(m)
        v.has(v.page(m, port), '<h1>web</h1>')
        v.has_not(m.check_run('dmesg'), r'SQUASHFS error|I/O error, dev loop')


v.main(work_goes_on)
