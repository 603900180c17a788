# SPDX-License-Identifier: BSD-3-Clause
"""What guests send, and what becomes of it by packaging/guard.nft: rows of (verdict, name, frame). A verdict is
PASS, or the kind of violation that is counted. To be read as documentation."""
from dataclasses import dataclass, field
from ipaddress import ip_network

import frames
from frames import (ALL_ROUTERS, ARP, AUTH, EVERYBODY, FRAGMENT, HOPS, ICMP, ICMP6, IGMP, IP4, IP6, MOBILITY, MORE,
                    NONCE, OPTIONS, RARP, ROUTER_ALERT, ROUTING, SOURCE, SOURCE_ROUTE, TARGET, TCP, UDP, VLAN, VLAN_AD,
                    address, advertise, ask_router, bootp, ether, header, icmp, igmp, listener, listener_query, option,
                    piece, redirect, router, solicit, tagged, tcp, udp)

PASS = 'pass'
LIMITED, DHCP_SERVERS = '255.255.255.255', 'ff02::1:2'
CONTROL = 0x88cc  # an ethertype that something may listen for
UNUSED4, UNUSED6, FORGED = '192.0.2.99', '2001:db8::99', '02:00:00:00:00:99'  # nobody's


@dataclass
class Guest:
    """A port with what it may send from, and the frames that a guest there sends: as itself, unless told otherwise."""
    port: str
    mac: str
    ip4: list
    ip6: list
    prefixes: list = field(default_factory=list)
    policies: tuple = ()
    firewall: str = ''

    def ether(self, kind, payload, to=EVERYBODY, link=None):
        return ether(link or self.mac, kind, payload, to)

    def arp(self, operation, sender=None, target=None, sha=None, link=None, to=EVERYBODY, **odd):
        packet = frames.arp(operation, sha or self.mac, sender or self.ip4[0], target or '192.0.2.254', **odd)
        return self.ether(ARP, packet, to, link)

    def four(self, protocol, payload, source=None, link=None, eth=EVERYBODY, **how):
        return self.ether(IP4, frames.ip4(source or self.ip4[0], protocol, payload, **how), eth, link)

    def six(self, following, payload, source=None, link=None, eth=EVERYBODY, **how):
        return self.ether(IP6, frames.ip6(source or self.ip6[0], following, payload, **how), eth, link)

    def nd(self, payload, source=None, **how):
        return self.six(ICMP6, payload, source, **how)


ATTACKER = Guest('attacker', '00:16:3e:00:00:0a', ['192.0.2.10', '198.51.100.10'],
                 ['2001:db8::10', '2001:db8:5::10', 'fe80::216:3eff:fe00:a'])
MOVED = Guest('attacker', '00:16:3e:00:00:0b', ['192.0.2.11', '203.0.113.11'],
              ['2001:db8::11', '2001:db8:6::11', 'fe80::216:3eff:fe00:b'])
VICTIM = Guest('victim', '00:16:3e:00:00:01', ['192.0.2.1'], ['2001:db8::1', 'fe80::216:3eff:fe00:1'])
UPLINK = Guest('uplink', '00:16:3e:00:00:fe', ['192.0.2.254'], ['2001:db8::fe', 'fe80::216:3eff:fe00:fe'])


def twelve(me):
    """The legitimate frames that no filter may stop, of which others stop some."""
    own, own6, local, v = me.ip4[0], me.ip6[0], me.ip6[-1], VICTIM
    return [
        (PASS, 'ARP request', me.arp(1)),
        (PASS, 'ARP reply', me.arp(2, target=v.ip4[0], to=v.mac)),
        (PASS, 'ARP probe', me.arp(1, sender='0.0.0.0', target=own)),
        (PASS, 'own IPv4', me.four(TCP, tcp(), eth=v.mac)),
        (PASS, 'DHCPv4 discover', me.four(UDP, udp(68, 67, bootp(1, me.mac)), source='0.0.0.0', to=LIMITED)),
        (PASS, 'own IPv6', me.six(TCP, tcp(), eth=v.mac)),
        (PASS, 'DAD', me.nd(solicit(own6), source='::')),
        (PASS, 'NS', me.nd(solicit(v.ip6[0], option(SOURCE, me.mac)))),
        (PASS, 'NA from a global address', me.nd(advertise(own6, option(TARGET, me.mac)))),
        (PASS, 'NA from the link-local address', me.nd(advertise(local, option(TARGET, me.mac)), source=local)),
        (PASS, 'router solicitation', me.nd(ask_router(option(SOURCE, me.mac)), source=local, to=ALL_ROUTERS)),
        (PASS, 'MLDv2 report behind hop-by-hop options',
         me.six(HOPS, header(ICMP6, listener(), alert=True), source=local)),
    ]


def legitimate(me):
    """More that a guest needs."""
    local, v, big = me.ip6[-1], VICTIM, bytes(1400)
    # What is in later fragments is data, whatever header it looks like.
    server4, server6, redirect4, advert = udp(67, 68) + big, udp(547, 546) + big, icmp(5) + big, router() + big
    return [
        *[(PASS, f'IPv4 from {own}', me.four(UDP, udp(4000, 53), source=own)) for own in me.ip4],
        *[(PASS, f'IPv6 from {own}', me.six(UDP, udp(4000, 53), source=own)) for own in me.ip6],
        *[(PASS, f'gratuitous ARP request of {own}', me.arp(1, sender=own, target=own)) for own in me.ip4],
        *[(PASS, f'gratuitous ARP reply of {own}', me.arp(2, sender=own, target=own)) for own in me.ip4],
        *[(PASS, f'unsolicited NA of {own}', me.nd(advertise(own, option(TARGET, me.mac)), source=own))
          for own in me.ip6],
        *[(PASS, f'DAD of {own}, enhanced', me.nd(solicit(own, NONCE), source='::')) for own in me.ip6],
        (PASS, 'NS without an option, as to a neighbour that is known', me.nd(solicit(v.ip6[0]), eth=v.mac)),
        (PASS, 'NA without an option', me.nd(advertise(me.ip6[0]), eth=v.mac)),
        (PASS, 'router solicitation without an option', me.nd(ask_router(), source=local, to=ALL_ROUTERS)),
        (PASS, 'router solicitation without an address', me.nd(ask_router(), source='::', to=ALL_ROUTERS)),
        (PASS, 'MLDv2 report without an address', me.six(HOPS, header(ICMP6, listener(), alert=True), source='::')),
        (PASS, 'MLDv1 done', me.six(HOPS, header(ICMP6, icmp(132, bytes(4) + address('ff02::fb')), alert=True))),
        (PASS, 'ICMPv6: packet too big', me.nd(icmp(2))),
        (PASS, 'ICMPv6: packet too big, first fragment', me.six(FRAGMENT, piece(ICMP6, icmp(2, big)))),
        (PASS, 'ping', me.four(ICMP, icmp(8))),
        (PASS, 'IPv6 ping', me.nd(icmp(128))),
        (PASS, 'IGMPv2 report with router alert', me.four(IGMP, igmp(0x16), options=ROUTER_ALERT)),
        (PASS, 'DHCPv4 renewal', me.four(UDP, udp(68, 67, bootp(1, me.mac)), eth=UPLINK.mac)),
        (PASS, 'DHCPv6 solicit', me.six(UDP, udp(546, 547), source=local, to=DHCP_SERVERS)),
        (PASS, 'ICMP port unreachable', me.four(ICMP, icmp(3, code=3))),
        (PASS, 'jumbo frame', me.four(UDP, udp(4000, 53, bytes(8000)))),
        (PASS, 'jumbo frame, IPv6', me.six(UDP, udp(4000, 53, bytes(8000)))),
        (PASS, 'big ping, first fragment', me.four(ICMP, icmp(8, big), fragment=MORE)),
        (PASS, 'big ping, later fragment', me.four(ICMP, redirect4, fragment=MORE | 175)),
        (PASS, 'big ping, last fragment', me.four(ICMP, redirect4, fragment=350)),
        (PASS, 'big IPv6 ping, first fragment', me.six(FRAGMENT, piece(ICMP6, icmp(128, big)))),
        (PASS, 'big IPv6 ping, later fragment', me.six(FRAGMENT, piece(ICMP6, advert, 175))),
        (PASS, 'big IPv6 ping, last fragment', me.six(FRAGMENT, piece(ICMP6, advert, 350, more=False))),
        (PASS, 'UDP, first fragment', me.four(UDP, udp(4000, 53, big), fragment=MORE)),
        (PASS, 'UDP, later fragment', me.four(UDP, server4, fragment=176)),
        (PASS, 'IGMP, later fragment', me.four(IGMP, igmp(0x11), fragment=176)),
        (PASS, 'UDP over IPv6, first fragment', me.six(FRAGMENT, piece(UDP, udp(4000, 53, big)))),
        (PASS, 'UDP over IPv6, later fragment', me.six(FRAGMENT, piece(UDP, server6, 176, more=False))),
        (PASS, 'TCP over IPv6, first fragment', me.six(FRAGMENT, piece(TCP, tcp() + big))),
        (PASS, 'IPv4 of any protocol: GRE', me.four(47, bytes(40))),
        (PASS, 'IPv6 of any protocol: ESP', me.six(50, bytes(40))),
        (PASS, 'IPv4 with options', me.four(TCP, tcp(), options=SOURCE_ROUTE)),
    ]


def twenty_five(me):
    """The forged frames that were sent at others' filters."""
    own, own6, v = me.ip4[0], me.ip6[0], VICTIM
    return [
        ('ip4', "IPv4 from the victim's address", me.four(TCP, tcp(), source=v.ip4[0])),
        ('ip4', 'IPv4 from an unassigned address', me.four(TCP, tcp(), source=UNUSED4)),
        ('ip4', 'IPv4 from 0.0.0.0, not DHCP', me.four(UDP, udp(4000, 53), source='0.0.0.0')),
        ('mac', 'forged Ethernet source', me.four(TCP, tcp(), link=FORGED)),
        ('arp', 'ARP reply for the victim', me.arp(2, sender=v.ip4[0])),
        ('arp', 'ARP request from the victim', me.arp(1, sender=v.ip4[0])),
        ('arp', 'ARP reply, forged sender MAC', me.arp(2, sha=FORGED)),
        ('arp', 'ARP request, forged sender MAC', me.arp(1, sha=FORGED)),
        ('ethertype', 'RARP', me.ether(RARP, frames.arp(3, me.mac, own, own))),
        ('ethertype', 'unknown ethertype', me.ether(0x88b5, bytes(40))),
        ('ethertype', '802.1Q tag', tagged(me.four(TCP, tcp()))),
        ('ethertype', '802.1ad tag', tagged(me.four(TCP, tcp(), source=v.ip4[0]), VLAN_AD)),
        ('ip6', "IPv6 from the victim's global address", me.six(TCP, tcp(), source=v.ip6[0])),
        ('ip6', "IPv6 from the victim's link-local address", me.six(TCP, tcp(), source=v.ip6[1])),
        ('nd', 'NA for the victim', me.nd(advertise(v.ip6[0], option(TARGET, me.mac)))),
        ('nd', 'NA, forged target MAC', me.nd(advertise(own6, option(TARGET, FORGED)))),
        ('ip6', 'NS from the victim', me.nd(solicit(UNUSED6, option(SOURCE, me.mac)), source=v.ip6[0])),
        ('nd', 'NS, forged source MAC', me.nd(solicit(v.ip6[0], option(SOURCE, FORGED)))),
        ('nd', 'NA behind destination options', me.six(OPTIONS, header(ICMP6, advertise(v.ip6[0])))),
        ('nd', 'NA as a fragment', me.six(FRAGMENT, piece(ICMP6, advertise(v.ip6[0]), more=False))),
        ('ra', 'router advertisement', me.nd(router(), source=me.ip6[-1])),
        ('nd', 'router advertisement behind destination options',
         me.six(OPTIONS, header(ICMP6, router()), source=me.ip6[-1])),
        ('dhcp', 'DHCPv4 server reply', me.four(UDP, udp(67, 68, bootp(2, v.mac)))),
        ('dhcp', 'DHCPv4 request, forged chaddr',
         me.four(UDP, udp(68, 67, bootp(1, FORGED)), source='0.0.0.0', to=LIMITED)),
        ('dhcp', 'DHCPv6 server reply', me.six(UDP, udp(547, 546), source=me.ip6[-1])),
    ]


def forged_link(me):
    """More of Ethernet and ARP."""
    own, v = me.ip4[0], VICTIM
    inside = me.four(TCP, tcp())
    snap = bytes.fromhex('aaaa03000000')
    return [
        ('mac', "the victim's MAC, ARP", me.arp(1, link=v.mac)),
        ('mac', "the victim's MAC, IPv6", me.six(TCP, tcp(), link=v.mac)),
        ('mac', "the victim's MAC, LLC", me.ether(None, bytes(40), link=v.mac)),
        ('ethertype', '802.1Q twice', tagged(tagged(inside))),
        ('ethertype', '802.1ad and 802.1Q', tagged(tagged(inside), VLAN_AD)),
        ('ethertype', '802.1ad twice', tagged(tagged(inside, VLAN_AD), VLAN_AD)),
        ('ethertype', '802.1Q of VLAN 0, a priority', tagged(inside, VLAN, 0xe000)),
        ('ethertype', 'a tag of the old kind', tagged(inside, 0x9100)),
        ('ethertype', 'a tag around ARP for the victim', tagged(me.arp(2, sender=v.ip4[0]))),
        ('ethertype', 'a tag around a router advertisement', tagged(me.nd(router()))),
        ('ethertype', '802.3 with LLC', me.ether(None, bytes.fromhex('fefe03') + bytes(40))),
        ('ethertype', '802.3 without, of Novell', me.ether(None, b'\xff\xff' + bytes(40))),
        ('ethertype', 'IPv4 in SNAP', me.ether(None, snap + b'\x08\0' + inside[14:])),
        ('ethertype', 'ARP in SNAP', me.ether(None, snap + b'\x08\x06' + me.arp(2, sender=v.ip4[0])[14:])),
        ('ethertype', 'a length of more than 1500', me.ether(1530, bytes(1530))),
        ('ethertype', 'LLC in a jumbo frame', me.ether(0x8870, bytes.fromhex('fefe03') + bytes(8000))),
        ('ip4', 'a jumbo frame, forged', me.four(UDP, udp(4000, 53, bytes(8000)), source=v.ip4[0])),
        ('ethertype', 'spanning tree', me.ether(None, bytes.fromhex('424203') + bytes(35), to='01:80:c2:00:00:00')),
        ('ethertype', 'PPPoE', me.ether(0x8863, bytes(40))),
        ('ethertype', 'MPLS', me.ether(0x8847, bytes(40))),
        ('arp', 'gratuitous ARP request of the victim', me.arp(1, sender=v.ip4[0], target=v.ip4[0])),
        ('arp', 'gratuitous ARP reply of the victim', me.arp(2, sender=v.ip4[0], target=v.ip4[0])),
        ('arp', 'ARP reply for the victim, unicast', me.arp(2, sender=UPLINK.ip4[0], to=v.mac)),
        ('arp', "ARP probe of the victim's address", me.arp(1, sender='0.0.0.0', target=v.ip4[0])),
        ('arp', 'ARP probe, forged sender MAC', me.arp(1, sender='0.0.0.0', target=own, sha=FORGED)),
        ('arp', 'ARP reply from 0.0.0.0', me.arp(2, sender='0.0.0.0', target=own)),
        ('arp', 'ARP of hardware type 6', me.arp(1, hardware=6)),
        ('arp', 'ARP of hardware type 0', me.arp(2, hardware=0)),
        ('arp', 'ARP of IPv6', me.arp(1, protocol=IP6)),
        ('arp', 'ARP of long hardware addresses', me.arp(2, hlen=8)),
        ('arp', 'ARP of no hardware addresses', me.arp(2, hlen=0)),
        ('arp', 'ARP of long addresses', me.arp(2, plen=16)),
        ('arp', 'ARP of no addresses', me.arp(2, plen=0)),
        ('arp', 'ARP, cut short', me.ether(ARP, frames.arp(2, me.mac, own, own)[:8])),
        ('arp', 'reverse ARP in ARP', me.arp(4)),
        ('arp', 'inverse ARP', me.arp(9)),
    ]


def forged4(me):
    """More of IPv4."""
    own, v = me.ip4[0], VICTIM
    dhcp = udp(68, 67, bootp(1, me.mac))
    other = udp(68, 67, bootp(1, v.mac))
    return [
        *[('ip4', f'IPv4 from {source}', me.four(UDP, udp(4000, 53), source=source))
          for source in ('127.0.0.1', '169.254.1.1', '224.0.0.1', LIMITED, UPLINK.ip4[0])],
        ('ip4', 'options, forged source', me.four(TCP, tcp(), source=v.ip4[0], options=SOURCE_ROUTE)),
        ('ip4', 'router alert, forged source', me.four(IGMP, igmp(0x16), source=v.ip4[0], options=ROUTER_ALERT)),
        ('ip4', 'first fragment, forged source', me.four(UDP, udp(4000, 53), source=v.ip4[0], fragment=MORE)),
        ('ip4', 'later fragment, forged source', me.four(UDP, bytes(40), source=v.ip4[0], fragment=100)),
        ('ip4', 'IPv6 as IPv4', me.four(TCP, tcp(), version=6)),
        ('ip4', 'a header that is too short', me.four(TCP, tcp(), words=4)),
        ('ip4', 'longer than its frame', me.four(TCP, tcp(), length=1000)),
        ('ip4', 'DHCP from 0.0.0.0 to a unicast address', me.four(UDP, dhcp, source='0.0.0.0')),
        ('ip4', 'DHCP server at 0.0.0.0', me.four(UDP, udp(67, 68, bootp(2, v.mac)), source='0.0.0.0', to=LIMITED)),
        ('dhcp', 'DHCP server on another port', me.four(UDP, udp(4000, 68, bootp(2, v.mac)))),
        ('dhcp', 'DHCP server to another port', me.four(UDP, udp(67, 4000))),
        ('dhcp', 'DHCP relay', me.four(UDP, udp(67, 67, bootp(1, me.mac)))),
        ('dhcp', 'DHCP server, first fragment', me.four(UDP, udp(67, 68, bootp(2, v.mac)), fragment=MORE)),
        ('dhcp', 'DHCP server behind options', me.four(UDP, udp(67, 68, bootp(2, v.mac)), options=ROUTER_ALERT)),
        ('dhcp', 'DHCP, fragment', me.four(UDP, dhcp, source='0.0.0.0', to=LIMITED, fragment=MORE)),
        ('dhcp', 'DHCP, forged chaddr, own address', me.four(UDP, other)),
        ('dhcp', 'DHCP, forged chaddr, behind options', me.four(UDP, other, options=ROUTER_ALERT)),
        ('dhcp', 'DHCP, forged chaddr, other source port', me.four(UDP, udp(4000, 67, bootp(1, v.mac)))),
        ('dhcp', 'DHCP reply to a server', me.four(UDP, udp(68, 67, bootp(2, me.mac)))),
        ('dhcp', 'DHCP, hardware type 6', me.four(UDP, udp(68, 67, bootp(1, me.mac, hardware=6)))),
        ('dhcp', 'DHCP, no chaddr', me.four(UDP, udp(68, 67, bootp(1, me.mac, hlen=0)))),
        ('dhcp', 'DHCP by a relay', me.four(UDP, udp(68, 67, bootp(1, me.mac, relay=own)))),
        ('dhcp', 'DHCP, cut short', me.four(UDP, dhcp[:20])),
        ('ra', 'ICMP redirect', me.four(ICMP, icmp(5, address(own) + bytes(28)))),
        ('ra', 'ICMP router advertisement', me.four(ICMP, icmp(9, b'\1\2\0\x10' + address(own) + bytes(4)))),
        ('ra', 'IGMP query', me.four(IGMP, igmp(0x11), options=ROUTER_ALERT)),
    ]


def forged6(me):
    """More of IPv6."""
    own, local, v = me.ip6[0], me.ip6[-1], VICTIM
    na, ra, ns = advertise(v.ip6[0], option(TARGET, me.mac)), router(), solicit(v.ip6[0], option(SOURCE, FORGED))
    hiding = [('hop-by-hop options', HOPS), ('a routing header', ROUTING), ('destination options', OPTIONS),
              ('an authentication header', AUTH), ('a mobility header', MOBILITY)]
    one = [('one', v.mac, v.ip6[1]), ('one by broadcast', EVERYBODY, v.ip6[1])]
    said = [('NA', na), ('NS', ns), ('router advertisement', ra), ('redirect', redirect(UNUSED6, v.ip6[1]))]
    return [
        *[('ip6', f'IPv6 from {source}', me.six(UDP, udp(4000, 53), source=source))
          for source in ('::', '::1', 'ff02::1', 'fc00::1', '::ffff:192.0.2.1', UNUSED6, UPLINK.ip6[1])],
        *[('nd', f'{what} behind {where}', me.six(kind, header(ICMP6, packet), source=local))
          for where, kind in hiding for what, packet in said],
        *[('nd', f'{what} behind {where} from ::', me.six(kind, header(ICMP6, packet), source='::'))
          for where, kind in hiding[:1] for what, packet in said],
        *[('nd', f'{what} behind hop-by-hop options and {where}',
           me.six(HOPS, header(kind, header(ICMP6, packet)), source=local))
          for where, kind in hiding[1:3] for what, packet in said],
        *[('nd', f'{what}, first fragment', me.six(FRAGMENT, piece(ICMP6, packet), source=local))
          for what, packet in said],
        *[('nd', f'{what}, only fragment', me.six(FRAGMENT, piece(ICMP6, packet, more=False), source=local))
          for what, packet in said],
        *[('nd', f'{what} in a fragment behind {where}',
           me.six(FRAGMENT, piece(kind, header(ICMP6, packet), more=False)))
          for where, kind in hiding for what, packet in said],
        *[('nd', f'later fragment behind {where}', me.six(FRAGMENT, piece(kind, bytes(40), 100)))
          for where, kind in hiding],
        ('nd', 'a fragment that is cut short', me.six(FRAGMENT, piece(OPTIONS, b''))),
        ('nd', 'a fragment in a fragment', me.six(FRAGMENT, piece(FRAGMENT, piece(ICMP6, na, more=False), more=False))),
        ('nd', 'a fragment behind hop-by-hop options', me.six(HOPS, header(FRAGMENT, piece(ICMP6, na, more=False)))),
        ('nd', 'TCP behind destination options', me.six(OPTIONS, header(TCP, tcp()))),
        *[('ra', f'{what} to {who}', me.nd(packet, source=local, eth=link, to=to))
          for what, packet in (('router advertisement', ra), ('redirect', redirect(UNUSED6, local)))
          for who, link, to in (('all', EVERYBODY, 'ff02::1'), *one)],
        ('ra', 'router advertisement from a global address', me.nd(ra)),
        ('ra', 'router renumbering', me.nd(icmp(138, bytes(40)))),
        ('ra', 'MLD query', me.nd(listener_query(), source=local)),
        ('ra', 'MLD query behind hop-by-hop options',
         me.six(HOPS, header(ICMP6, listener_query(), alert=True), source=local)),
        ('nd', 'MLD report without hop-by-hop options', me.nd(listener(), source=local)),
        ('nd', 'MLD report without hop-by-hop options or an address', me.nd(listener(), source='::')),
        ('ip6', "router advertisement from the router's address", me.nd(ra, source=UPLINK.ip6[1])),
        ('ip6', "MLD report from the victim's address",
         me.six(HOPS, header(ICMP6, listener(), alert=True), source=v.ip6[1])),
        *[('nd', f'NA for the victim to {who}', me.nd(na, source=local, eth=link, to=to)) for who, link, to in one],
        ('nd', 'NA from ::', me.nd(advertise(own), source='::')),
        ('nd', "DAD of the victim's address", me.nd(solicit(v.ip6[0]), source='::')),
        ('nd', "DAD of the victim's address, enhanced", me.nd(solicit(v.ip6[0], NONCE), source='::')),
        ('nd', 'DAD with a source MAC', me.nd(solicit(own, option(SOURCE, me.mac)), source='::')),
        ('nd', 'NS, a forged MAC behind the own one',
         me.nd(solicit(own, option(SOURCE, me.mac), option(SOURCE, FORGED)))),
        ('nd', 'NS, a forged MAC behind a nonce', me.nd(solicit(own, NONCE, option(SOURCE, FORGED)))),
        ('nd', 'NS, an option of another length', me.nd(solicit(own, option(SOURCE, FORGED, 2) + bytes(8)))),
        ('nd', 'NS, a target MAC', me.nd(solicit(own, option(TARGET, FORGED)))),
        ('nd', 'NS, an option of no length', me.nd(solicit(own, option(SOURCE, FORGED, 0)))),
        ('nd', 'NA, a forged MAC behind the own one',
         me.nd(advertise(own, option(TARGET, me.mac), option(TARGET, FORGED)))),
        ('nd', 'NA, a source MAC', me.nd(advertise(own, option(SOURCE, FORGED)))),
        ('nd', 'NA, cut short', me.nd(advertise(own)[:20])),
        ('nd', 'NA, longer than its frame', me.nd(advertise(v.ip6[0]), length=32)),
        ('nd', 'NA of length 0', me.nd(advertise(v.ip6[0], option(TARGET, me.mac)), length=0)),
        ('nd', 'router solicitation, forged source MAC', me.nd(ask_router(option(SOURCE, FORGED)), source=local)),
        ('nd', 'router solicitation with a MAC from ::', me.nd(ask_router(option(SOURCE, FORGED)), source='::')),
        *[('nd', f'ICMPv6 type {kind}', me.nd(icmp(kind))) for kind in (141, 142, 149, 151, 157)],
        ('dhcp', 'DHCPv6 server on another port', me.six(UDP, udp(4000, 546))),
        ('dhcp', 'DHCPv6 server to another port', me.six(UDP, udp(547, 4000))),
        ('dhcp', 'DHCPv6 relay', me.six(UDP, udp(547, 547))),
        ('dhcp', 'DHCPv6 server, first fragment', me.six(FRAGMENT, piece(UDP, udp(547, 546)))),
        ('dhcp', 'DHCPv6 server, longer than its frame', me.six(UDP, udp(547, 546), length=1000)),
    ]


def matrix(me):
    return [*twelve(me), *legitimate(me), *twenty_five(me), *forged_link(me), *forged4(me), *forged6(me)]


def control(me):
    """Frames that a bridge takes for its host's, and does not pass on. (Those of LLDP reach the host by no hook.)"""
    return [('ethertype', what, me.ether(CONTROL, bytes(40), to=f'01:80:c2:00:00:{n:02x}'))
            for what, n in (('as LACP', 2), ('as 802.1X', 3), ('to bridges of providers', 8))]


def storm(me, count=1000):
    """Gratuitous ARP, again and again."""
    own, other = me.arp(2, target=me.ip4[0]), me.arp(2, sender=VICTIM.ip4[0], target=VICTIM.ip4[0])
    return [(PASS, 'own', own), ('arp', "the victim's", other)] * count


def after_move(me):
    """Of a guest with its new MAC, but addresses that are no longer its own: only DHCP and what comes from ::."""
    verdicts = ('arp', 'arp', 'arp', 'ip4', PASS, 'ip6', 'nd', 'ip6', 'ip6', 'ip6', 'ip6', 'ip6')
    return [(verdict, name, frame) for verdict, (_, name, frame) in zip(verdicts, twelve(me))]


def loose(me):
    """Of a port whose addresses nobody knows."""
    return [
        *twelve(me),
        (PASS, 'IPv4 of any address', me.four(TCP, tcp(), source=UNUSED4)),
        (PASS, 'IPv6 of any address', me.six(TCP, tcp(), source=UNUSED6)),
        (PASS, 'ARP of any address', me.arp(2, sender=UNUSED4)),
        (PASS, 'ARP probe of any address', me.arp(1, sender='0.0.0.0', target=UNUSED4)),
        (PASS, 'NA of any address', me.nd(advertise(UNUSED6, option(TARGET, me.mac)), source=UNUSED6)),
        (PASS, 'DAD of any address', me.nd(solicit(UNUSED6), source='::')),
        ('mac', 'forged Ethernet source', me.four(TCP, tcp(), link=FORGED)),
        ('arp', 'ARP, forged sender MAC', me.arp(2, sender=UNUSED4, sha=FORGED)),
        ('nd', 'NA, forged target MAC', me.nd(advertise(UNUSED6, option(TARGET, FORGED)))),
        ('nd', 'NA behind destination options', me.six(OPTIONS, header(ICMP6, advertise(UNUSED6)))),
        ('ra', 'router advertisement', me.nd(router(), source=me.ip6[-1])),
        ('ip4', 'IPv4 from 0.0.0.0, not DHCP', me.four(TCP, tcp(), source='0.0.0.0')),
        ('ip6', 'IPv6 from ::', me.six(TCP, tcp(), source='::')),
        ('dhcp', 'DHCPv4 server', me.four(UDP, udp(67, 68, bootp(2, me.mac)))),
        ('dhcp', 'DHCPv6 server', me.six(UDP, udp(547, 546))),
        ('dhcp', 'DHCPv4, forged chaddr', me.four(UDP, udp(68, 67, bootp(1, FORGED)), source='0.0.0.0', to=LIMITED)),
        ('ethertype', '802.1Q tag', tagged(me.four(TCP, tcp()))),
    ]


def routing(me):
    """Of a guest that is a router."""
    local = me.ip6[-1]
    return [
        *twelve(me),
        (PASS, 'IPv4 of others', me.four(TCP, tcp(), source=UNUSED4)),
        (PASS, 'IPv6 of others', me.six(TCP, tcp(), source=UNUSED6)),
        (PASS, 'router advertisement', me.nd(router(option(SOURCE, me.mac)), source=local)),
        (PASS, 'redirect', me.nd(redirect(UNUSED6, local), source=local)),
        (PASS, 'MLD query', me.six(HOPS, header(ICMP6, listener_query(), alert=True), source=local)),
        (PASS, 'IGMP query', me.four(IGMP, igmp(0x11), options=ROUTER_ALERT)),
        (PASS, 'ICMP redirect', me.four(ICMP, icmp(5, bytes(32)))),
        ('ip6', "router advertisement from another router's address", me.nd(router(), source=UPLINK.ip6[1])),
        ('ra', 'router renumbering', me.nd(icmp(138, bytes(40)))),
        ('nd', 'router advertisement behind destination options',
         me.six(OPTIONS, header(ICMP6, router()), source=local)),
        ('mac', 'forged Ethernet source', me.four(TCP, tcp(), link=FORGED)),
        ('arp', 'ARP for others', me.arp(2, sender=UNUSED4)),
        ('nd', 'NA for others', me.nd(advertise(UNUSED6, option(TARGET, me.mac)))),
        ('ip4', 'IPv4 from 0.0.0.0, not DHCP', me.four(TCP, tcp(), source='0.0.0.0')),
        ('dhcp', 'DHCPv4 server', me.four(UDP, udp(67, 68, bootp(2, me.mac)))),
        ('ethertype', '802.1Q tag', tagged(me.four(TCP, tcp()))),
    ]


PREFIXES = [ip_network(net, strict=False) for net in (
    *[f'10.{n}.7.170/{n}' for n in (24, 25, 26, 27, 28, 29, 30, 31)],
    *[f'2001:db8:{n}:a5a5:a5a5:a5a5:a5a5:a5a5/{n}' for n in (48, 52, 56, 60, 62, 63, 64, 80, 96, 112, 120, 124)])]


def prefixes(me):
    """Of a guest with prefixes of all lengths: the last address within, and those before and behind."""
    rows = []
    for net in me.prefixes:
        for verdict, a in ((PASS, net[-1]), (None, net[0] - 1), (None, net[-1] + 1)):
            rows += [
                (verdict or 'ip4', f'IPv4 from {a} with {net}', me.four(TCP, tcp(), source=str(a))),
                (verdict or 'arp', f'ARP of {a} with {net}', me.arp(2, sender=str(a))),
                (verdict or 'arp', f'ARP probe of {a} with {net}', me.arp(1, sender='0.0.0.0', target=str(a))),
            ] if net.version == 4 else [
                (verdict or 'ip6', f'IPv6 from {a} with {net}', me.six(TCP, tcp(), source=str(a))),
                (verdict or 'nd', f'NA of {a} with {net}', me.nd(advertise(str(a), option(TARGET, me.mac)))),
                (verdict or 'nd', f'DAD of {a} with {net}', me.nd(solicit(str(a)), source='::')),
            ]
    return rows
