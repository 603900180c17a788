# SPDX-License-Identifier: BSD-3-Clause
"""Boot parameters, several per boot. Xen is started directly, mostly with the netboot set."""
import os
import subprocess
import tempfile

import vmtest as v

KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGUpxnkHZ8dn0JzJ0wRk5Ub6Yc3Zf1zv0Tg1gkq0JmYv me@home'


def param(m, name):
    return m.check_run(f'/usr/lib/gridnix/boot/param {name}').strip()


def good_values():
    image = v.media()
    words = ('hostname=node1.example.org timezone=Europe/Berlin keyboard=de address=10.0.2.77/24 '
             f'gateway=10.0.2.2 dns=10.0.2.3 ssh=off guests=0 verbose=YES rootpw={v.SECRET} '
             'network="blue mtu=1400" "network=red mtu=many"')
    arguments = v.direct(image, words, xen='vga=text-80x50')
    with v.booted(image, medium=None, memory=1024, direct=arguments, ready=False) as m:
        v.wait_ready(m, guests=())
        m.login(password='secret')
        v.equal(m.check_run('stty -F /dev/tty1 size'), '50 80\n')
        v.equal(m.check_run('hostname; hostname -f'), 'node1\nnode1.example.org\n')
        v.has(m.check_run('date +%Z'), '^CES?T$')
        # A screen that nobody else reads; "z" is where a US keyboard has "y".
        m.check_run('(head -n 1 </dev/tty6 >/tmp/typed &)')
        v.turn_to(m, 6)
        m.type('yes\n')
        v.eventually(m, 'cat /tmp/typed', '^zes$')
        v.has(m.console.text, '^gridnix: setup: keyboard')
        v.equal(m.check_run('cd /etc/gridnix/networks; cat blue.ini; [ ! -e red.ini ]'), '[network]\nname = blue\nmtu = 1400\n')
        v.has(m.check_run('cat /run/gridnix/boot'), r'^note networks: network=red: \[network\] mtu: "many" is not a number')
        v.eventually(m, 'gridnix network list', r'^blue\s+private\s+blue\s+up\b')
        v.eventually(m, 'cat /etc/resolv.conf', r'^nameserver 10\.0\.2\.3$')
        v.has(m.check_run('ip -4 -o addr'), r'\b10\.0\.2\.77/24\b')
        v.has(m.check_run('ip route'), r'^default via 10\.0\.2\.2 ')
        v.equal(v.domains(m), ['Domain-0'])
        v.eventually(m, 'sv status gridnix-ssh', '^down: ')
        v.equal(m.run('pidof sshd')[0], 1)
        v.has(m.check_run('grep ^root: /etc/shadow'), r'^root:\$6\$gridnix\$')


def other_values():
    """From the medium, which stays in its drive."""
    image = v.media()
    words = (f'vlan=12 address=192.0.2.10/24 "sshkey={KEY}" xenstored=c aptupdate=no '
             'run=medium medium=/dev/sr0')
    with v.iso_part(image, '/boot/initrd.img') as initrd:
        arguments = v.direct(image, words, initrd)
        with v.booted(image, memory=1024, direct=arguments) as m:
            m.login()
            v.has(m.check_run('cat /run/gridnix/boot'), '^mode medium\ndevice /dev/sr0$')
            v.eventually(m, 'ip -4 -o addr', r'lan0\b.*192\.0\.2\.10/24')
            v.has(m.check_run('ip -d link show vlan12'), r'master lan0 (.|\n)*vlan protocol 802\.1Q id 12\b')
            v.has(m.check_run('cat /root/.ssh/authorized_keys'), f'^{KEY}$')
            v.eventually(m, 'pidof sshd', r'^\d+')
            v.has(m.check_run('ls -l /proc/[0-9]*/exe 2>/dev/null || true'), r'/xenstored$')
            v.equal(v.domains(m), ['Domain-0', 'tiny', 'web'])
            v.dead_xenstored(m, 'xenstored')


def more_values():
    """Stopped before the root is entered; from RAM; and an IPv6 address that leads nowhere."""
    image = v.media()
    with v.iso_part(image, '/gridnix/image') as path, open(path, encoding='utf-8') as f:
        label = v.has(f.read(), r'^label (\S+)$')[1]
    words = (f'rescue=1 run=ram medium={label} card=eth0 address=fd00:7::2/64 gateway=fd00:7::1 '
             'aptupdate=on guests=no net.ifnames=0')
    with v.iso_part(image, '/boot/initrd.img') as initrd:
        arguments = v.direct(image, words, initrd)
        with v.booted(image, memory=1024, direct=arguments, ready=False) as m:
            m.expect('rescue: the root is mounted')
            m.expect('What now, and Enter')
            m.send('s\n')
            m.expect('A shell on')
            m.send('echo shell=$((6 * 7)); exit\n')
            m.expect('shell=42')
            m.expect('What now, and Enter')
            m.send('c\n')
            v.wait_ready(m, guests=())
            m.login()
            v.has(m.check_run('cat /run/gridnix/boot'), '^mode ram$')
            v.eventually(m, 'ip -6 -o addr show dev lan0', r'fd00:7::2/64')
            v.eventually(m, 'ip -6 route', r'^default via fd00:7::1 ')
            v.has_not(m.check_run('ip -4 -o addr'), r'eth0|lan0')
            m.expect('gridnix: apt-get update failed')


def bad_values():
    """They are named, and the defaults hold; and who has the key comes in by ssh, nobody else."""
    image, port = v.media(), v.free_port()
    bad = {'hostname': '-node', 'timezone': 'Nowhere/Else', 'keyboard': 'no/such', 'ssh': 'perhaps',
           'address': '300.1.1.1/24', 'card': '../eth0', 'vlan': '9999', 'xenstored': 'rust', 'guests': 'some'}
    words = ' '.join(f'{name}={value}' for name, value in bad.items())
    with tempfile.TemporaryDirectory() as home:
        key = os.path.join(home, 'key')
        subprocess.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', key], check=True)
        with open(key + '.pub', encoding='ascii') as f:
            words += f' "sshkey={f.read().strip()}"'
        with v.booted(image, medium=None, memory=1024, direct=v.direct(image, words),
                      forward={22: port}) as m:
            defaults_hold(m, bad)
            v.eventually(m, 'ss -H -l -n -t', r'0\.0\.0\.0:22\b')
            v.equal(ssh(port, '-i', key), 0)
            v.equal(ssh(port, '-o', 'PubkeyAuthentication=no'), 255)


def ssh(port, *options):
    """Tries to come in as root; ssh's exit status."""
    command = ['ssh', '-F', 'none', '-o', 'BatchMode=yes', '-o', 'StrictHostKeyChecking=no',
               '-o', 'UserKnownHostsFile=/dev/null', '-o', 'IdentitiesOnly=yes',
               '-p', str(port), *options, 'root@127.0.0.1', 'test -e /run/gridnix/boot']
    return subprocess.run(command, stdin=subprocess.DEVNULL, timeout=v.PATIENCE).returncode


def defaults_hold(m, bad):
    for name, value in bad.items():
        v.has(m.console.text, rf'gridnix: .*{name}.*{value}')
    m.login()
    # Told once each
    notes = [line for line in m.check_run('cat /run/gridnix/boot').splitlines()
             if line.startswith('note ')]
    v.equal(len(notes), len(bad))
    v.equal(v.domains(m), ['Domain-0', 'tiny', 'web'])
    v.equal(param(m, 'address'), 'dhcp')
    v.equal(param(m, 'guests'), 'yes')
    v.eventually(m, 'ip -4 -o addr', r'\b10\.0\.2\.15/24\b')


v.main(good_values, other_values, more_values, bad_values)
