# SPDX-License-Identifier: BSD-3-Clause
"""Ethernet frames, built by hand. Nobody between two ports of a bridge looks at checksums: they are 0."""
import socket
import struct

IP4, ARP, RARP, VLAN, IP6, VLAN_AD = 0x0800, 0x0806, 0x8035, 0x8100, 0x86dd, 0x88a8
ICMP, IGMP, TCP, UDP, ICMP6 = 1, 2, 6, 17, 58
HOPS, ROUTING, FRAGMENT, AUTH, OPTIONS, MOBILITY = 0, 43, 44, 51, 60, 135
SOURCE, TARGET = 1, 2  # link-layer address options of neighbour discovery
EVERYBODY, NOBODY = 'ff:ff:ff:ff:ff:ff', '00:00:00:00:00:00'
ALL_NODES, ALL_ROUTERS = 'ff02::1', 'ff02::2'


def mac(text):
    return bytes.fromhex(text.replace(':', ''))


def address(text):
    return socket.inet_pton(socket.AF_INET6 if ':' in text else socket.AF_INET, text)


def ether(source, kind, payload, to=EVERYBODY):
    """Of a length instead of a type, if kind is None."""
    return mac(to) + mac(source) + struct.pack('!H', len(payload) if kind is None else kind) + payload


def tagged(frame, kind=VLAN, vlan=7):
    return frame[:12] + struct.pack('!HH', kind, vlan) + frame[12:]


def arp(operation, source, sender, target, to=NOBODY, hardware=1, protocol=IP4, hlen=6, plen=4):
    return (struct.pack('!HHBBH', hardware, protocol, hlen, plen, operation) + mac(source) + address(sender) +
            mac(to) + address(target))


def ip4(source, protocol, payload, to='192.0.2.1', options=b'', fragment=0, version=4, words=None, length=None):
    """fragment: the field, with the flag MORE and the offset in units of 8 bytes."""
    words = 5 + len(options) // 4 if words is None else words
    length = 20 + len(options) + len(payload) if length is None else length
    return (struct.pack('!BBHHHBBH', version << 4 | words, 0, length, 9, fragment, 64, protocol, 0) +
            address(source) + address(to) + options + payload)


MORE = 0x2000
ROUTER_ALERT = bytes.fromhex('94040000')
SOURCE_ROUTE = bytes.fromhex('830704c0000201') + b'\0'


def udp(source, to, payload=b'abcdefgh'):
    return struct.pack('!HHHH', source, to, 8 + len(payload), 0) + payload


def tcp(source=40000, to=80):
    return struct.pack('!HHIIBBHHH', source, to, 1, 0, 0x50, 2, 1000, 0, 0)


def icmp(kind, body=b'\0\0\0\0pingping', code=0):
    """Of both families."""
    return struct.pack('!BBH', kind, code, 0) + body


def igmp(kind):
    return struct.pack('!BBH', kind, 0, 0) + address('224.0.0.251')


def bootp(operation, client, hardware=1, hlen=6, relay='0.0.0.0'):
    return (struct.pack('!BBBBIHH', operation, hardware, hlen, 0, 99, 0, 0) + bytes(12) + address(relay) +
            mac(client) + bytes(10 + 64 + 128) + bytes.fromhex('63825363350101ff'))


def ip6(source, following, payload, to=ALL_NODES, length=None):
    return (struct.pack('!IHBB', 6 << 28, len(payload) if length is None else length, following, 255) +
            address(source) + address(to) + payload)


def header(following, payload, alert=False):
    """An extension header of 8 bytes in front: options to pad it, or MLD's router alert."""
    return bytes([following, 0]) + (b'\5\2\0\0\1\0' if alert else b'\1\4\0\0\0\0') + payload


def piece(following, payload, offset=0, more=True):
    """A fragment, its offset in units of 8 bytes."""
    return struct.pack('!BBHI', following, 0, offset << 3 | more, 77) + payload


def option(kind, link, length=1):
    return bytes([kind, length]) + mac(link)


NONCE = bytes([14, 1]) + b'random'


def solicit(target, *options):
    return icmp(135, bytes(4) + address(target) + b''.join(options))


def advertise(target, *options):
    return icmp(136, b'\x60\0\0\0' + address(target) + b''.join(options))


def ask_router(*options):
    return icmp(133, bytes(4) + b''.join(options))


def router(*options):
    return icmp(134, struct.pack('!BBHII', 64, 0, 1800, 0, 0) + b''.join(options))


def redirect(target, to):
    return icmp(137, bytes(4) + address(target) + address(to))


def listener():
    """A report of MLDv2, of one group."""
    return icmp(143, struct.pack('!HHBBH', 0, 1, 4, 0, 0) + address('ff02::1:ff00:10'))


def listener_query():
    return icmp(130, bytes(4) + address('::') + b'\2\x7d\0\0')
