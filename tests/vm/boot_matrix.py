# SPDX-License-Identifier: BSD-3-Clause
"""boot_matrix.py IMAGE: the other ways to boot it: each firmware from CD, stick and network."""
import sys

import vmtest as v


def boot(firmware, medium):
    port = v.free_port()
    image = v.media(sys.argv[1])
    guests = v.GUESTS if sys.argv[1] in ('demo', 'demo12', 'lean') else ()
    with v.booted(image, medium=medium, firmware=firmware, memory=1024, forward={80: port},
                  ready=False) as m:
        v.wait_ready(m, guests)
        m.login()
        v.equal(v.domains(m), ['Domain-0', *guests])
        if guests:
            v.has(v.page(m, port), '<h1>web</h1>')


def every_way():
    for firmware in ('bios', 'uefi'):
        for medium in ('cd', 'usb', 'net'):
            print(f'{firmware}, {medium}', flush=True)
            boot(firmware, medium)


v.main(every_way)
