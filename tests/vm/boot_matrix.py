# SPDX-License-Identifier: BSD-3-Clause
"""boot_matrix.py IMAGE: the other ways to boot it: each firmware from CD, stick and network."""

import vmtest as v


def boot(firmware, medium):
    port = v.free_port()
    image = v.media()
    guests = v.guests_of(v.IMAGE)
    with v.booted(image, medium=medium, firmware=firmware, memory=1024, forward={80: port},
                  ready=False) as m:
        v.wait_ready(m, guests)
        if guests:
            v.has(v.page(m, port), '<h1>web</h1>')
        if not v.IMAGE.startswith('demo'):
            nobody_gets_in(m)
            return
        m.login()
        v.equal(v.domains(m), ['Domain-0', *guests])


def nobody_gets_in(m):
    """Only the demo lets root in who has no password."""
    m.expect('Press Enter to log in')
    m.send('\n')
    m.expect(r'^\S+ login:')  # behind which a service may speak
    m.send('root\n')
    m.expect('Password: ?$')
    m.send('\n')
    m.expect('Login incorrect')


def every_way():
    for firmware in ('bios', 'uefi'):
        for medium in ('cd', 'usb', 'net'):
            print(f'{firmware}, {medium}', flush=True)
            boot(firmware, medium)


def installer():
    """Debian's, in the menu of fat alone; it asks its first question on the serial line, too."""
    for firmware in ('bios', 'uefi') if v.IMAGE.startswith('fat') else ():
        with v.booted(v.media(), firmware=firmware, memory=1024, processors=1,
                      ready=False) as m:
            v.choose(m, 'installer')
            m.expect('Linux version [^\n]*[Dd]ebian')
            m.expect('Select a language')


v.main(every_way, installer)
