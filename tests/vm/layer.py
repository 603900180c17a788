# SPDX-License-Identifier: BSD-3-Clause
"""The image lean: package tools are not there until gridnix-layer brings them."""
import aptrepo
import vmtest as v


def layer():
    image = v.media('lean')
    # As its menu has it, and with a password.
    arguments = v.direct(image, f'xenstored=c rootpw={v.SECRET}')
    with aptrepo.served() as port, v.booted(image, medium=None, memory=1024, direct=arguments) as m:
        m.login(password='secret')
        v.equal(m.run('command -v apt-get dpkg')[1], '')
        v.equal(m.check_run('gridnix-layer'), 'tools\tnot loaded\n')
        status, said = m.run('gridnix-layer toys')
        v.equal(status, 1)
        v.has(said, 'has no layer "toys"; it has: tools')
        m.check_run('gridnix-layer tools')
        v.equal(m.check_run('gridnix-layer'), 'tools\tloaded\n')
        v.has(m.check_run('apt-get --version'), r'^apt \d')
        v.has(m.check_run('dpkg -s apt'), '^Status: install ok installed$')
        aptrepo.use(m, port)
        m.check_run('apt-get install -q -y bc', patience=1800)
        v.equal(m.check_run('echo 6*7 | bc'), '42\n')
        v.equal(v.domains(m), ['Domain-0', 'tiny', 'web'])


v.main(layer)
