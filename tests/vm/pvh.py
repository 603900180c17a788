# SPDX-License-Identifier: BSD-3-Clause
"""With hardware virtualisation (here emulated too) the guests are PVH, as their files say."""
import json

import vmtest as v


def guests_are_pvh():
    port = v.free_port()
    with v.booted(v.media(), svm=True, patience=1500, forward={80: port}) as m:
        m.login()
        v.has(m.check_run('xl info'), '^virt_caps.*hvm')
        for guest in v.GUESTS:
            config = json.loads(m.check_run(f'xl list -l {guest}'))[0]
            v.equal(config['config']['c_info']['type'], 'pvh')
        v.has(v.page(m, port), '<h1>web</h1>')


v.main(guests_are_pvh)
