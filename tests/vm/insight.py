# SPDX-License-Identifier: BSD-3-Clause
"""Figures of guests on real Xen: what a guest uses shows, and agrees with what Xen and its tools say."""
import json
import re

import vmtest as v
from inguest import types

DEFINITION = """[guest]
name = three
memory = 32M
kernel = {kernel}
initrd = {ramdisk}
cmdline = {extra}
[disk xvda]
path = /tmp/three.img
[vif 0]
network = guests0
"""
MIB = 1 << 20


def define(m):
    """A guest made as tiny is, with a disk."""
    cfg = dict(re.findall(r'^(\w+) *= *"(.*)"$', m.check_run('cat /etc/xen/tiny.cfg'), re.M))
    text = DEFINITION.format(**{'ramdisk': '', 'extra': '', **cfg})
    quoted = text.replace('\n', '\\n').replace("'", "'\\''")
    m.check_run(f"truncate -s 16M /tmp/three.img && printf '{quoted}' >/tmp/three.ini && "
                'gridnix define /tmp/three.ini && gridnix start three')


def answer(m, command):
    """The JSON that a command prints; services speak on this line, too."""
    return [json.loads(line) for line in m.check_run(command).splitlines() if line.startswith('{"')][0]


def stats(m):
    return answer(m, 'gridnix stats three --json')


def grows(m, probe, by, command):
    """Runs a command in the guest and waits until a figure has grown so much."""
    before = probe(stats(m))
    types(m, 'three', command)
    m.until(f'{command!r} to be seen', lambda: probe(stats(m)) >= before + by)


def up(m):
    v.eventually(m, 'xenstore-read /local/domain/$(xl domid three)/device/vif/0/state', '^4$')


def at_rest(m):
    """Figures of a guest that does nothing much are Xen's own."""
    g = stats(m)
    v.equal((g['state'], g['vcpus'], len(g['vifs']), [d['name'] for d in g['vbds']]), ('running', 1, 1, ['xvda']))
    mib = int(v.has(m.check_run('xl list'), r'^three +\d+ +(\d+) ')[1])
    v.equal(abs(g['memory_kib'] // 1024 - mib) <= 1, True)
    v.equal(g['xenstore_nodes'] > 10 and g['xenstore_nodes_max'] >= 1000, True)
    v.equal((g['reboots'], g['crashes'], 'reported' in g), (0, 0, False))
    host = answer(m, 'gridnix stats --json')['host']
    v.equal(host['xen'], v.has(m.check_run('xl info'), r'^xen_version +: (\S+)')[1])
    v.equal(host['memory_free_kib'] < host['memory_kib'], True)
    v.equal(host['domains'], len(v.domains(m)) - 1)


def used(m):
    """Processor, disk and network, each when the guest uses it."""
    grows(m, lambda g: g['cpu_ns'], 3 * 10**9, 'while :; do :; done & sleep 30; kill $!')
    m.until('top to show it', lambda: float(v.has(m.check_run(
        'gridnix top -b --count 1 --delay 1'), r'^three +running +([\d.]+)')[1]) > 20)
    m.check_run('sleep 30')
    grows(m, lambda g: g['vbds'][0]['read_bytes'], 8 * MIB, 'dd if=/dev/xvda of=/dev/null bs=1M count=8')
    grows(m, lambda g: g['vbds'][0]['write_bytes'], 4 * MIB,
          'dd if=/dev/zero of=/dev/xvda bs=1M count=4; sync')
    grows(m, lambda g: min(g['vifs'][0]['rx_packets'], g['vifs'][0]['tx_packets']), 5,
          'wget -qO /dev/null http://10.86.83.12/; ping -c 5 10.86.83.12')
    g = stats(m)
    v.equal(g['vifs'][0]['name'], f"vif{g['domid']}.0")


def reported(m):
    """What an agent in the guest would write, and what nobody should."""
    node = '/local/domain/$(xl domid three)/data/os_name'
    m.check_run(f"xenstore-write {node} 'A system'")
    v.equal(stats(m)['reported'], {'os': 'A system'})
    m.check_run(f"xenstore-write {node} $(printf 'a\\033[2J')")
    v.equal('reported' in stats(m), False)


def counted(m):
    m.check_run('gridnix reboot three')
    up(m)
    m.check_run('kill -9 $(pidof gridnixd)')
    m.until('the daemon', lambda: m.run('gridnix list')[0] == 0)
    v.equal((stats(m)['reboots'], stats(m)['up_ms'] > 0), (1, True))


def for_everybody(m):
    """Metrics' socket lets anybody in; the calls' socket does not."""
    v.equal(m.run('chpst -u nobody gridnix stats')[0], 3)
    status, said = m.run('chpst -u nobody gridnix stats --socket /run/gridnix/metrics.sock')
    v.equal(status, 1)
    v.has(said, 'there is no /v1/stats here: /metrics is all')


def report(m):
    m.check_run('gridnix report -o /tmp/report')
    # All of it is too much for the serial line.
    for part in ('^== Definitions', r'^cmdline =\.\.\.', '^/local/domain/[0-9]+/device/vbd', '^== End'):
        m.check_run(f"grep -E -m 1 '{part}' /tmp/report")
    v.equal(m.run('grep -E "console=hvc0|did not go on" /tmp/report')[0], 1)


def insight():
    with v.booted(v.media(), memory=512) as m:
        m.login()
        define(m)
        up(m)
        v.parts(m, at_rest, used, reported, counted, for_everybody, report)
        m.check_run('gridnix destroy three && gridnix undefine three')


v.main(insight)
