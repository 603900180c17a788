# SPDX-License-Identifier: BSD-3-Clause
"""UEFI, from a USB stick: guests, page, and text screens on the frame buffer."""
import vmtest as v


def demo():
    port = v.free_port()
    with v.booted(v.media(), medium='usb', firmware='uefi', forward={80: port}) as m:
        m.login()
        v.equal(v.domains(m), ['Domain-0', 'tiny', 'web'])
        v.has(v.page(m, port), '<h1>web</h1>')
        v.turn_to(m, 1)
        m.expect_screen('Gridnix demo')
        v.on_screen(m, 'tiny', 'hostname', '^tiny$')
        v.on_screen(m, 'web', 'hostname', '^web$')
        m.eject()
        m.check_run('xl list; find /usr -type f -exec cat {} + >/dev/null')
        switched_off(m)


def switched_off(m):
    """Guests first, then the host, and nobody takes the end of xenstored for a fault."""
    m.send('poweroff\n')
    m.process.wait(v.PATIENCE)
    print(m.last_words())
    v.has_not(m.console.text, 'HOST DEGRADED')


v.main(demo)
