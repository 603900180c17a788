# SPDX-License-Identifier: BSD-3-Clause
"""What tests do in guests like the image's guest tiny, by their consoles, and what is told of guests."""
import json
import re

import vmtest as v


def types(m, guest, command):
    """Types a command at a guest's console. There are no single quotes in it."""
    m.check_run(f"printf '%s\\n' '{command}' >$(xenstore-read /local/domain/$(xl domid {guest})/console/tty)")


def wait_for_shell(m, guest, last='', lines=3):
    """It takes what was typed once it is there. Before the prompt comes what is said last, in so many lines of the log.
    Debian 12's shell does not shorten the directory."""
    v.eventually(m, f'gridnix console --log -n {lines} {guest}', f'{last}{guest}:(~|/root)#')


def shells(m, commands):
    """The exit statuses of commands in guests' shells, {guest: command}, by way of the logs of their consoles. They are done
    at once."""
    marks = {}
    for guest, command in commands.items():
        shells.count += 1
        marks[guest] = f'said{shells.count}'
        types(m, guest, f'{command}; echo {marks[guest][:4]}""{marks[guest][4:]}=$?')
    return {guest: int(m.until(f'{guest} to have done {commands[guest]!r}', lambda g=guest, mark=mark: re.search(
        rf'{mark}=(\d+)', m.check_run(f'gridnix console --log -n 20 {g}')), patience=120)[1])
            for guest, mark in marks.items()}


shells.count = 0


def shell(m, guest, command):
    return shells(m, {guest: command})[guest]


def put(m, path, text):
    quoted = text.replace('\n', '\\n').replace("'", "'\\''")
    m.check_run(f"printf '{quoted}' >{path}")


def define(m, guests, more='', memory='32M'):
    """Guests made as tiny is, with a web server: {name: network}."""
    cfg = dict(re.findall(r'^(\w+) *= *"(.*)"$', m.check_run('cat /etc/xen/tiny.cfg'), re.M))
    for name, network in guests.items():
        words = cfg['extra'].replace('hostname=tiny', f'hostname={name}').replace(
            'services=network', 'services=network,httpd')
        put(m, f'/tmp/{name}.ini', f'[guest]\nname = {name}\nmemory = {memory}\nkernel = {cfg["kernel"]}\n'
            f'initrd = {cfg["ramdisk"]}\ncmdline = {words}\n[vif 0]\nnetwork = {network}\n{more}')
    m.check_run(f'cd /tmp; gridnix define {" ".join(name + ".ini" for name in guests)} && gridnix start {" ".join(guests)}')
    for name in guests:
        wait_for_shell(m, name)


def tiny(m, command):
    return shell(m, 'tiny', command)


def answered(m, asked):
    """Which addresses answer guests, asked all at once: {guest: up to eight addresses}."""
    statuses = shells(m, {guest: f'p=; for a in {" ".join(addresses)}; do case $a in *:*) s=6 ;; *) s= ;; esac; '
                                 'ping$s -c 2 -W 3 $a >/dev/null & p="$p $!"; done; r=0 b=1; '
                                 'for i in $p; do wait $i && r=$((r|b)); b=$((b*2)); done; (exit $r)'
                          for guest, addresses in asked.items()})
    return {guest: [address for bit, address in enumerate(asked[guest]) if status >> bit & 1]
            for guest, status in statuses.items()}


def pings(m, guest, address, source=None):
    """Whether a guest gets an answer from an address."""
    six, own = '6' if ':' in address else '', f'-I {source} ' if source else ''
    return shell(m, guest, f'ping{six} -c 2 -W 3 {own}{address} >/dev/null') == 0


def reaches(m, address, source=None):
    return pings(m, 'tiny', address, source)


def connects(m, address):
    """Whether dom0, which has no ping, gets at a guest's page."""
    return m.run(f"timeout 5 bash -c '</dev/tcp/{address}/80'")[0] == 0


def events(m, kind):
    return [json.loads(line) for line in m.check_run(f'gridnix events --kind {kind} --json').splitlines()
            if line.startswith('{"')]


def reboot(m, guest='tiny'):
    """It has another domain then."""
    before = len(events(m, 'rebooted'))
    m.check_run(f'gridnix reboot {guest}')
    m.until(f'{guest} to have another domain', lambda: len(events(m, 'rebooted')) > before)
    wait_for_shell(m, guest)
