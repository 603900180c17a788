# SPDX-License-Identifier: BSD-3-Clause
"""What strangers on the uplink's wire get: no DHCP offer, no answer to questions about names, and no
port that the manual does not name.

The wire is QEMU's user network with one more station on it, the test, which sends raw frames.
"""
import socket
import struct
import time

import vmtest as v

BROADCAST = b'\xff' * 6
QEMU = bytes.fromhex('52550a000202')  # its user network, at 10.0.2.2
STRANGER = bytes.fromhex('020000000001')


def udp_frame(source_port, target_port, payload, source='0.0.0.0', target='255.255.255.255',
              card=BROADCAST):
    """An Ethernet frame from the stranger, to everybody or a card; UDP without a checksum is allowed."""
    udp = struct.pack('!HHHH', source_port, target_port, 8 + len(payload), 0) + payload
    ip = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0,
                     socket.inet_aton(source), socket.inet_aton(target))
    total = sum(struct.unpack('!10H', ip))
    total = (total & 0xffff) + (total >> 16)
    ip = ip[:10] + struct.pack('!H', ~(total + (total >> 16)) & 0xffff) + ip[12:]
    return card + STRANGER + b'\x08\x00' + ip + udp


def discover():
    """A DHCPDISCOVER."""
    bootp = struct.pack('!BBBBIHH4s4s4s4s16s64s128s', 1, 1, 6, 0, 0x12345678, 0, 0x8000, b'', b'',
                        b'', b'', STRANGER, b'', b'')
    return udp_frame(68, 67, bootp + bytes.fromhex('63825363 350101 ff'))


def frames(wire, seconds):
    """What comes over the wire in that time."""
    end = time.monotonic() + seconds
    wire.settimeout(1)
    while time.monotonic() < end:
        try:
            yield wire.recv(65536)
        except TimeoutError:
            pass


def heard(m, wire, card, strangers, seconds):
    """The hardware addresses that answer as DHCP servers, and the IP protocols of what a card sends to each of these
    addresses, which the stranger says are his."""
    servers, found = set(), {}
    for frame in frames(wire, seconds):
        if frame[12:14] == b'\x08\x00' and frame[23] == socket.IPPROTO_UDP and frame[34:36] == b'\x00\x43':
            servers.add(frame[6:12])
        if frame[6:12] != card:
            continue  # QEMU's network forwards what it sees
        if frame[12:14] == b'\x08\x00':
            target = socket.inet_ntoa(frame[30:34])
            if target in strangers:
                found.setdefault(target, set()).add(frame[23])
        elif frame[12:14] == b'\x08\x06' and socket.inet_ntoa(frame[38:42]) in strangers:
            arp = frame[14:20] + b'\0\2' + STRANGER + frame[38:42] + frame[22:32]
            wire.sendto(frame[6:12] + STRANGER + b'\x08\x06' + arp, ('127.0.0.1', m.wire_port))
    return servers, found


def strangers_hear_nothing(m, wire, networks, dom0):
    """networks: what serves guests, as {name: dom0's addresses on it}. The first is reached from the uplink, too; its DNS
    must not be. dom0: the address on the uplink."""
    listeners(m, networks)
    card = bytes.fromhex(m.check_run(
        "cat /sys/class/net/$(ip -o route show default | sed 's/.* dev //; s/ .*//')/address").strip().replace(':', ''))
    question = bytes.fromhex('1234 0100 0001 0000 0000 0000 03776562 00 0001 0001')  # web
    for _ in frames(wire, 1):
        pass  # what came before
    asked = {f'10.0.2.{last}': target for last, target in enumerate((dom0, *(a[0] for a in networks.values())), 77)}
    for _ in range(5):
        wire.sendto(discover(), ('127.0.0.1', m.wire_port))
        for source, target in asked.items():
            wire.sendto(udp_frame(5353, 53, question, source, target, card), ('127.0.0.1', m.wire_port))
        time.sleep(1)
    servers, found = heard(m, wire, card, asked, 10)
    print('DHCP servers heard:', ' '.join(a.hex(':') for a in servers) or 'none', 'replies:', found)
    # QEMU's own network answers: so the question was heard.
    v.equal(servers, {QEMU})
    # At dom0's own address is no DNS, which it says by ICMP: so questions arrive.
    v.equal(found, {'10.0.2.77': {socket.IPPROTO_ICMP}})


def sockets(m):
    """What ss says of each socket that listens. None when one has no owner, for ss looks at processes first, and dhcpcd's
    sockets come and go; or when another's words came between, on the serial line."""
    said = m.check_run('ss -H -l -n -t -u -p | tee /tmp/listeners; wc -l </tmp/listeners')
    count = int(v.has(said, r'^\d+$')[0])
    said = [line for line in said.splitlines() if line.startswith(('tcp ', 'udp '))]
    return said if len(said) == count and all('users:' in line for line in said) else None


def listeners(m, networks, more=()):
    """Who listens where: DNS and DHCP on the guests' bridges only, the DHCP client, and more, as (program, port). sshd does
    not even run when there is no key and no password."""
    v.eventually(m, 'cat /proc/net/udp', ':0043 ')
    said = m.until('each socket with its owner', lambda: sockets(m))
    print(*said, sep='\n')
    bridges = tuple(f'%{name}' for name in networks)
    inside = [address for addresses in networks.values() for address in addresses]
    for line in said:
        _, _, _, _, local, _, *who = line.split()
        address, _, port = local.rpartition(':')
        who = ' '.join(who)
        allowed = (address.strip('[]') in inside or address.endswith(bridges) or
                   address.startswith(('127.', '[::1]')) or
                   any(f'"{program}"' in who and port == which
                       for program, which in (('dhcpcd', '68'), ('dhcpcd', '546'), *more)))
        if not allowed:
            raise v.MachineError(f'this listens on the uplink: {line}')
