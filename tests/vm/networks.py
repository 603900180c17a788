#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Networks on real Xen: guests on private, routed and bridged ones and behind NAT get their addresses, and reach each
other and outside as policy says, with IPv4 and IPv6; strangers on the uplink hear nothing of them. Without GNX_FULL a part
of it, and a part of guarded.py's at the end. Booted over the network.

The wire is QEMU's user network with one more station on it, this test, which speaks with VLAN 5.
"""
import json
import re
import socket
import struct

import guarded
import vmtest as v
from inguest import answered, connects, define, pings, put, shell, shells
from uplink import strangers_hear_nothing

NETWORKS = {
    'inside': 'kind = nat\nranges = 10.20.0.0/24 fd20::/64\ngateways = 10.20.0.1 fd20::1\n'
              'forward = tcp 8088 10.20.0.2:80\ndhcp = yes\ndns = self\ndomain = inside.example\n',
    'routes': 'kind = routed\nranges = 192.0.2.0/24 2001:db8:7::/64\ngateways = 192.0.2.1 2001:db8:7::1\ndhcp = yes\n',
    'alone': 'ranges = 10.30.0.0/24 fd30::/64\ngateways = 10.30.0.1 fd30::1\ndhcp = yes\n',
}
# Guests: their network, and the addresses that they are given.
GUESTS = {'alpha': ('inside', '10.20.0.2', 'fd20::2'), 'beta': ('inside', '10.20.0.3', 'fd20::3'),
          'gamma': ('routes', '192.0.2.2', '2001:db8:7::2'), 'delta': ('alone', '10.30.0.2', 'fd30::2')}
GATEWAYS = {'inside': ('10.20.0.1', 'fd20::1'), 'routes': ('192.0.2.1', '2001:db8:7::1'),
            'alone': ('10.30.0.1', 'fd30::1')}
OUTSIDE = '10.0.2.2'  # QEMU's, which answers itself
DOM0 = '10.0.2.15'
STRANGER = bytes.fromhex('020000000005')
OMEGA = bytes.fromhex('00163e530099')


def made(m):
    for name, text in NETWORKS.items():
        put(m, f'/tmp/{name}.net', f'[network]\nname = {name}\n{text}')
        m.check_run(f'gridnix network define /tmp/{name}.net')
    said = m.check_run('gridnix network list')
    v.equal(len(re.findall(r' up ', said)), len(NETWORKS) + 2)  # and the image's own
    define(m, {name: network for name, (network, *_) in GUESTS.items()})


def told(m):
    """IPv4 by DHCP; the guests' small system has no DHCP for IPv6, and takes its address by hand."""
    statuses = shells(m, {
        name: f'until ip -4 address show dev eth0 | grep -q "inet {four}/"; do sleep 1; done; '
              f'ip -6 address add {six}/64 dev eth0; ip -6 route replace default via {GATEWAYS[network][1]}; '
              'while ip -6 address show dev eth0 | grep -q tentative; do sleep 1; done; '
              f'ip route | grep -q "default via {GATEWAYS[network][0]} "'
        for name, (network, four, six) in GUESTS.items()})
    v.equal(statuses, dict.fromkeys(GUESTS, 0))
    v.equal(shell(m, 'alpha', 'nslookup beta.inside.example 10.20.0.1 | grep -q 10.20.0.3'), 0)
    v.eventually(m, 'pgrep -c -f conf-file=/run/gridnix/dnsmasq/', '^4')


def who_reaches_whom(m):
    # By guest: who answers, and who does not.
    wanted = {'alpha': ['10.20.0.3', 'fd20::3', '192.0.2.2', '2001:db8:7::2', '10.20.0.1', 'fd20::1', OUTSIDE],
              'gamma': ['192.0.2.1'], 'delta': ['10.30.0.1', 'fd30::1'], 'tiny': [OUTSIDE]}
    walled = {'alpha': ['10.30.0.2'], 'gamma': ['10.20.0.2', 'fd20::2', '10.30.0.2'],
              'delta': [OUTSIDE, '192.0.2.2', '2001:db8:7::2'], 'tiny': ['10.20.0.2']}
    v.equal(answered(m, {guest: wanted[guest] + walled[guest] for guest in wanted}), wanted)
    for name, (_, four, six) in GUESTS.items():
        v.equal((connects(m, four), connects(m, six)), (True, True))
    v.equal(pings(m, 'alpha', v.GUESTS['web']), False)


def killed(m):
    """Rules and guests stay; dnsmasq is there once for each network."""
    m.check_run('sv down gridnixd; pkill -9 gridnixd; true')
    v.equal(m.run('pgrep -f conf-file=/run/gridnix/dnsmasq/')[0], 1)
    v.has(m.check_run('nft list table inet gridnix_networks'), 'masquerade')
    m.check_run('sv up gridnixd')
    v.eventually(m, 'gridnix list', 'alpha')
    v.eventually(m, 'pgrep -c -f conf-file=/run/gridnix/dnsmasq/', '^4')
    v.equal(pings(m, 'alpha', OUTSIDE), True)


def on_the_lan(m):
    """A guest on the bridge that the boot has put the uplink into: the wire's DHCP server gives it an address."""
    v.has(m.check_run('gridnix network list'), r'lan0 .* up ')
    define(m, {'lambda': 'lan0'})
    m.until('its address', lambda: shell(m, 'lambda', 'ip -4 address show dev eth0 | grep -q "inet 10.0.2."') == 0)
    v.equal([pings(m, 'lambda', address) for address in (OUTSIDE, DOM0)], [True, True])
    v.equal(shell(m, 'lambda', f'ip route add {v.GUESTS["web"]}/32 via {DOM0}'), 0)
    v.equal(pings(m, 'lambda', v.GUESTS['web']), False)
    m.check_run('kill -9 $(pidof gridnixd); sleep 3')
    v.eventually(m, 'gridnix network list', r'lan0 .* up ')
    v.equal([pings(m, 'lambda', address) for address in (OUTSIDE, DOM0)], [True, True])
    m.check_run('gridnix destroy lambda && gridnix undefine lambda')


def tagged(kind, payload, target=OMEGA):
    return target + STRANGER + struct.pack('!HHH', 0x8100, 5, kind) + payload


def shown(m, card):
    """The host's cards, VLANs and bridges, and the guests' ports."""
    net = json.loads(m.check_run('gridnix net --all --json'))
    links = {link['name']: link for link in net['net']['links']}
    port = [name for name, link in links.items() if link.get('guest') == 'omega']
    v.equal([(links[name].get('master'), links[name].get('guard')) for name in (card, *port)],
            [('lan0', 'uplink'), ('tagged', 'armed')])
    vlan = links[f'{card}.5']
    v.equal((vlan['on'], vlan['vlan'], vlan['master'], vlan['guard']), (card, 5, 'tagged', 'uplink'))
    v.equal(links[card]['addresses'], [])  # not even one that a router told of before it was joined
    v.has(m.check_run('gridnix net'), f'(?s)lan0 +bridge of lan0.*{DOM0}/24 +lan0.*ipv4 +{OUTSIDE} +lan0')


def on_a_vlan(m, wire):
    """A guest on a VLAN of the uplink, whose own address stays where it is."""
    card = m.check_run('ls /sys/class/net/lan0/brif').split()[-1]
    m.check_run(f'gridnix network create tagged --uplink {card} --vlan 5 --range 192.168.5.0/24')
    define(m, {'omega': 'tagged'}, f'mac = {OMEGA.hex(":")}\n')
    shell(m, 'omega', 'killall udhcpc; ip address add 192.168.5.1/24 dev eth0')
    shell(m, 'omega', '(ping -c 60 192.168.5.9 >/dev/null; echo $? >/pinged) & true')
    wire.settimeout(v.PATIENCE)
    while True:
        frame = wire.recv(65536)
        if frame[6:12] != OMEGA or frame[12:14] != b'\x81\x00':
            continue
        v.equal(struct.unpack('!H', frame[14:16])[0] & 0xfff, 5)
        if frame[16:18] == b'\x08\x06' and frame[42:46] == socket.inet_aton('192.168.5.9'):
            wire.sendto(tagged(0x806, frame[18:24] + b'\0\2' + STRANGER + frame[42:46] + OMEGA + frame[32:36]),
                        ('127.0.0.1', m.wire_port))
        elif frame[16:18] == b'\x08\x00' and frame[27] == socket.IPPROTO_ICMP and frame[38] == 8:
            break
    shown(m, card)
    # Its echo request came, to the address that it was told; and the host is where it was.
    v.has(m.check_run('ip -o route show default'), ' dev lan0 ')
    m.check_run('gridnix destroy omega && gridnix undefine omega && gridnix network delete tagged')
    v.equal(m.run(f'ip link show {card}.5')[0], 1)


def put_back(m):
    v.has(m.check_run('cat /run/gridnix/forwarding'), '^ipv6/conf/all/forwarding 0$')
    for name in GUESTS:
        m.check_run(f'gridnix destroy {name} && gridnix undefine {name}')
    m.until('their ports to be taken away', lambda: guarded.armed(m) == len(v.GUESTS))
    m.check_run(f'gridnix network delete {" ".join(NETWORKS)}')
    rules = m.check_run('nft list table inet gridnix_networks')
    v.equal(('"guests0"' in rules, '"inside"' in rules), (True, False))
    v.eventually(m, 'pgrep -c -f conf-file=/run/gridnix/dnsmasq/', '^1$')
    v.has(m.check_run('cat /proc/sys/net/ipv6/conf/all/forwarding'), '^0')


def networks():
    port = v.free_port()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.bind(('127.0.0.1', 0))
        with v.booted(v.media(), medium='net', boot_file='boot.ipxe', memory=1024, wire=wire, forward={8088: port}) as m:
            m.login()
            v.has(m.check_run('cat /run/gridnix/boot'), '^mode initrd$')
            made(m)
            v.eventually(m, 'ip route', '^default ')
            strangers_hear_nothing(m, wire, {**GATEWAYS, 'guests0': ('10.86.83.1',)}, DOM0)
            v.parts(m, told, who_reaches_whom, killed)
            v.has(v.page(m, port), 'alpha')
            if v.FULL:
                on_the_lan(m)
                on_a_vlan(m, wire)
            put_back(m)
            if not v.FULL:  # in full it has a machine of its own
                v.parts(m, *guarded.SOME)


v.main(networks)
