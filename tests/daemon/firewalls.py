# SPDX-License-Identifier: BSD-3-Clause
"""Firewalls in the kernel, without the state of connections: raw frames on a bridge in a network namespace, with veth
pairs in the place of guests. The daemon's host is a simulated one. Needs root, and a kernel with bridges and nftables
for them; without, it ends with 77."""
import os
import subprocess
import sys
import threading
import time
from dataclasses import replace

RULES, ARM = (os.path.abspath(path) for path in sys.argv[4:])
del sys.argv[4:]  # the others are simhost's
import guard  # noqa: E402
import spaces  # noqa: E402
from frames import ICMP, TCP, UDP, icmp, listener, router, solicit, tcp, udp  # noqa: E402
from guard_matrix import ATTACKER, DHCP_SERVERS, LIMITED, UPLINK, VICTIM, bootp  # noqa: E402
from simhost import GRIDNIX, Host, nobody_with  # noqa: E402

OTHER = replace(UPLINK, ip4=['198.51.100.7'], ip6=['2001:db8:ff::7'])
STATELESS = '[firewall]\nname = {}\nreplies = no\n'


def nft(*words):
    return subprocess.run(['nft', *words], check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def rules(*all_rules):
    return ''.join(f'[rule {(n + 1) * 10}]\n' + ''.join(f'{key.strip("_")} = {value}\n' for key, value in r.items())
                   for n, r in enumerate(all_rules))


def accept(direction='in', action='accept', **more):
    return {'direction': direction, 'action': action, **more}


def drop(direction='in', **more):
    return accept(direction, 'drop', **more)


def to_victim(who=UPLINK):
    """What may come to a guest whatever its firewall says, and more that may be let in."""
    always = [
        ('ARP', who.arp(1)),
        ('neighbour solicitation', who.nd(solicit(VICTIM.ip6[0]))),
        ('router advertisement', who.nd(router())),
        ('packet too big', who.nd(icmp(2))),
        ('fragmentation needed', who.four(ICMP, icmp(3, code=4))),
        ('DHCP server', who.four(UDP, udp(67, 68))),
        ('DHCPv6 server', who.six(UDP, udp(547, 546), source='fe80::9')),
    ]
    return [(True, *row) for row in always]


def from_victim():
    v = VICTIM
    always = [
        ('ARP', v.arp(1)),
        ('neighbour solicitation', v.nd(solicit(UPLINK.ip6[0]))),
        ('listener report', v.six(0, bytes.fromhex('3a00050200000100') + listener(), source=v.ip6[-1])),
        ('time exceeded', v.nd(icmp(3))),
        ('DHCP discover', v.four(UDP, udp(68, 67, bootp(1, v.mac)), source='0.0.0.0', to=LIMITED)),
        ('DHCPv6 solicit', v.six(UDP, udp(546, 547), source=v.ip6[-1], to=DHCP_SERVERS)),
    ]
    return [(True, *row) for row in always]


def common(who):
    """Of several protocols and families: names by which tests say what passes."""
    return {
        'tcp 80': who.four(TCP, tcp(to=80)), 'tcp 22': who.four(TCP, tcp(to=22)),
        'tcp 8000': who.four(TCP, tcp(to=8000)), 'tcp 8079': who.four(TCP, tcp(to=8079)),
        'tcp 8081': who.four(TCP, tcp(to=8081)), 'udp 80': who.four(UDP, udp(4000, 80)),
        'tcp6 80': who.six(TCP, tcp(to=80)), 'udp6 53': who.six(UDP, udp(4000, 53)),
        'low port': who.four(TCP, tcp(source=1023, to=9000)),
        'ping': who.four(ICMP, icmp(8)), 'ping6': who.nd(icmp(128)), 'gre': who.four(47, bytes(20)),
    }


class Firewalls(Host):
    who = nobody_with('+net_admin')

    @classmethod
    def setUpClass(cls):
        cls.net = guard.Bridge()
        guard.run('ip', 'link', 'set', 'br0', 'alias', 'gridnix:test')

    @classmethod
    def tearDownClass(cls):
        for tap in cls.net.all():
            tap.close()

    def setUp(self):
        nft('delete', 'table', 'bridge', 'gridnix')
        self.armed = {}
        super().setUp()
        self.patiently(lambda: not nft('list', 'chain', 'bridge', 'gridnix', 'lets_in').returncode)
        # The daemon knows of no uplink of this bridge.
        self.arm(ATTACKER, VICTIM, replace(UPLINK, policies=('promiscuous',)))

    def command(self):
        self.rules = self.path('guard.nft')
        with open(self.rules, 'w', encoding='utf-8') as f:
            f.write(guard.rules_for_here(RULES))
        return [*super().command(), '--rearm', '/bin/true', '--rules', self.dir]

    def arm(self, *guests):
        """As the daemon would, these and no others: what rearm is for there needs xenstore."""
        self.armed.update((guest.port, guest) for guest in guests)
        words = [word for guest in self.armed.values() for word in guard.words(guest)]
        return subprocess.run([ARM, '--sync', 'br0', 'uplink', *words], text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def firewall(self, *words, text=None, status=0):
        done = self.run_gridnix('firewall', *words, text=text)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stdout or done.stderr

    def define(self, text, name='web'):
        return self.firewall('define', '-', text=STATELESS.format(name) + text)

    def expect(self, rows, port='uplink', seer='victim-guest'):
        wrong = [f'{name}: is to {"pass" if passes else "be stopped"}'
                 for (passes, name, _), seen in zip(rows, self.net.send(port, rows)) if passes != (seer in seen)]
        self.assertEqual(wrong, [])

    def passing(self, *names, who=UPLINK, **how):
        """Of what is common just these pass."""
        known = common(who)
        self.assertLessEqual(set(names), set(known))
        self.expect([(name in names, name, frame) for name, frame in known.items()], **how)

    def give(self, guest=VICTIM, name='web'):
        done = self.arm(replace(guest, firewall=name))
        self.assertEqual((done.returncode, done.stderr), (0, ''))

    def test_defaults(self):
        """Nothing is let in, everything out; what there is no network without passes both ways, always."""
        self.define('')
        self.give()
        self.passing()
        self.expect(to_victim())
        self.passing(*common(VICTIM), who=VICTIM, port='victim', seer='uplink-guest')
        self.define('in = accept\nout = drop\n')
        self.passing(*common(UPLINK))
        self.passing(who=VICTIM, port='victim', seer='uplink-guest')
        self.passing(who=VICTIM, port='victim', seer='br0')
        self.expect(from_victim(), port='victim', seer='uplink-guest')
        self.expect([(False, 'DHCP to a server of its own', VICTIM.four(
            UDP, udp(68, 67, bootp(1, VICTIM.mac)), to='203.0.113.1'))], port='victim', seer='uplink-guest')

    def test_others(self):
        """A guest without one is not concerned."""
        self.define('out = drop\n')
        self.give()
        self.passing(*common(UPLINK), seer='attacker-guest')
        self.passing(*common(ATTACKER), who=ATTACKER, port='attacker', seer='uplink-guest')
        self.passing(who=ATTACKER, port='attacker')

    def test_another(self):
        """A port that is given another one, and none again, while it is armed."""
        self.define(rules(accept(protocol='tcp', ports='80')))
        self.define(rules(accept(protocol='udp')), 'mail')
        self.give()
        self.passing('tcp 80', 'tcp6 80')
        self.give(VICTIM, 'mail')
        self.passing('udp 80', 'udp6 53')
        self.arm(VICTIM)
        self.passing(*common(UPLINK))

    def test_after_the_guard(self):
        """It lets nothing pass that the guard stops."""
        self.define('out = accept\n')
        self.give(ATTACKER)
        rows = [(False, name, frame) for verdict, name, frame in guard.matrix(ATTACKER) if verdict != guard.PASS]
        self.expect(rows, port='attacker')

    def test_host(self):
        """What dom0 itself sends, and what is sent to it."""
        self.define('out = drop\n' + rules(accept(protocol='tcp', ports=80), accept('out', protocol='udp')))
        self.give()
        self.passing('tcp 80', 'tcp6 80', port='br0')
        self.passing('udp 80', 'udp6 53', who=VICTIM, port='victim', seer='br0')

    def test_matches(self):
        for text, names in (
                (rules(accept(protocol='tcp')),
                 ['tcp 80', 'tcp 22', 'tcp 8000', 'tcp 8079', 'tcp 8081', 'tcp6 80', 'low port']),
                (rules(accept(protocol='tcp', ports='80')), ['tcp 80', 'tcp6 80']),
                (rules(accept(protocol='tcp', ports='22 8000-8080')), ['tcp 22', 'tcp 8000', 'tcp 8079']),
                (rules(accept(protocol='tcp', source_ports='1-1023')), ['low port']),
                (rules(accept(protocol='udp', ports='53')), ['udp6 53']),
                (rules(accept(protocol='icmp')), ['ping']),
                (rules(accept(protocol='icmpv6')), ['ping6']),
                (rules(accept(protocol='47')), ['gre']),
                (rules(accept(from_='192.0.2.254', protocol='udp')), ['udp 80']),
                (rules(accept(from_='2001:db8::/64', protocol='udp')), ['udp6 53']),
                (rules(accept(from_='192.0.2.254 2001:db8::fe', protocol='udp')), ['udp 80', 'udp6 53']),
                (rules(accept(from_='0.0.0.0/0', protocol='tcp', ports='80')), ['tcp 80']),
                (rules(accept(to='192.0.2.1', protocol='tcp', ports='22 80')), ['tcp 22', 'tcp 80']),
                (rules(accept(to='192.0.2.2 192.0.2.3')), []),
                (rules(drop(protocol='tcp', ports='80'), accept(protocol='tcp', ports='22 80')), ['tcp 22']),
                ('[set office]\naddresses = 192.0.2.0/24 192.0.2.9 203.0.113.0/25 2001:db8::fe\n' +
                 rules(accept(from_='@office', protocol='udp')), ['udp 80', 'udp6 53'])):
            self.define(text)
            self.give()
            with self.subTest(text):
                self.passing(*names)
        self.passing(who=OTHER)

    def test_included(self):
        """Own rules first, then those of the others in their order; only the own defaults count."""
        self.define('in = accept\n' + rules(drop(protocol='tcp', ports='80'), accept(protocol='icmp')), 'base')
        self.define('include = base\n' + rules(accept(protocol='tcp', ports='22')), 'admin')
        self.define('include = admin\n' + rules(accept(protocol='tcp', ports='80')))
        self.give()
        self.passing('tcp 80', 'tcp6 80', 'tcp 22', 'ping')
        self.define('include = admin\n')
        self.passing('tcp 22', 'ping')
        self.define(rules(accept(protocol='udp')), 'base')
        self.passing('tcp 22', 'udp 80', 'udp6 53')
        self.define(rules(accept(protocol='47')), 'admin')
        self.passing('gre')

    def test_both(self):
        """From one guest with a firewall to another: both decide."""
        self.define(rules(accept(protocol='tcp', ports='80')))
        self.define('out = drop\n' + rules(accept('out', protocol='tcp', ports='22 80'), accept('out', protocol='udp')),
                    'sender')
        self.give()
        self.give(ATTACKER, 'sender')
        self.passing('tcp 80', 'tcp6 80', who=ATTACKER, port='attacker')
        self.passing('tcp 80', 'tcp6 80', 'tcp 22', 'udp 80', 'udp6 53', who=ATTACKER, port='attacker', seer='br0')

    def test_changed(self):
        """While one is changed again and again, nothing is lost that both let in, and nothing comes that neither does."""
        texts = ['[set a]\naddresses = 192.0.2.254 10.0.0.0/8\n' + rules(accept(from_='@a', protocol='tcp', ports='80')),
                 '[set a]\naddresses = 192.0.2.128/25 10.1.0.0/16\n' +
                 rules(drop(protocol='udp'), accept(from_='@a', protocol='tcp', ports='79-81 90'))]
        self.define(texts[0])
        self.give()
        changes, end = [], threading.Event()

        def change():
            os.sched_setaffinity(0, guard.PROCESSORS)
            while not end.is_set():
                self.define(texts[(len(changes) + 1) % 2])
                changes.append(True)

        thread = threading.Thread(target=change)
        thread.start()
        known = common(UPLINK)
        try:
            while len(changes) < 30:
                self.assertTrue(thread.is_alive())
                self.expect([(True, 'tcp 80', known['tcp 80'])] * 500 + [(False, 'tcp 22', known['tcp 22'])] * 100)
        finally:
            end.set()
            thread.join()
        left = [line for line in nft('list', 'sets').stdout.splitlines() if 's-web-' in line]
        self.assertLessEqual(len(left), 2, left)

    def test_not_there(self):
        """A port whose firewall is not loaded is not armed."""
        done = self.arm(replace(VICTIM, firewall='nobody'))
        self.assertEqual((done.returncode, done.stderr), (1, "arm: the guard's rules have no firewall nobody\n"))
        done = subprocess.run([ARM, 'br0', *guard.words(replace(VICTIM, firewall='nobody'))], text=True, check=False,
                              stderr=subprocess.PIPE)
        self.assertEqual((done.returncode, done.stderr), (1, "arm: the guard's rules have no firewall nobody\n"))

    def test_in_use(self):
        """One that a port has stays, whatever definitions say; without it, nothing of it is left."""
        self.define(rules(accept(from_='10.0.0.1 10.0.0.2')))
        self.give()
        self.assertIn('web: an interface of a guest that runs has it', self.firewall('delete', 'web', status=1))
        self.assertEqual(self.firewall('list').count('\n'), 2)
        self.arm(VICTIM)
        self.firewall('delete', 'web')
        self.assertNotIn('-web', nft('list', 'table', 'bridge', 'gridnix').stdout)

    def test_thrown_away(self):
        """Rules that others change are put back, firewalls with them."""
        self.define(rules(accept(protocol='udp', from_='192.0.2.254 10.0.0.1')))
        self.give()
        for change in (['flush', 'chain', 'bridge', 'gridnix', 'in-web'], ['flush', 'table', 'bridge', 'gridnix'],
                       ['-f', self.rules], ['delete', 'table', 'bridge', 'gridnix']):
            self.assertEqual(nft(*change).returncode, 0)
            self.patiently(self.is_whole)
            self.give()
            self.passing('udp 80')

    @staticmethod
    def is_whole():
        return ('udp' in nft('list', 'chain', 'bridge', 'gridnix', 'rules-in-web').stdout and
                'drop' in nft('list', 'chain', 'bridge', 'gridnix', 'in-web').stdout)

    def test_thrown_away_behind_its_back(self):
        """Between what the daemon's own nft does and the daemon's look at that."""
        meddled = self.start_meddled('flush chain bridge gridnix in-web')
        self.define(rules(accept(protocol='udp')))
        self.assertTrue(meddled())
        self.patiently(self.is_whole)

    def test_closed(self):
        """Without the daemon: firewalls go on, and are closed when their rules are gone."""
        self.define(rules(accept(protocol='udp')))
        self.give()
        self.kill()
        self.passing('udp 80', 'udp6 53')
        self.assertEqual(nft('-f', self.rules).returncode, 0)
        self.passing()
        self.passing(who=VICTIM, port='victim', seer='uplink-guest')
        self.passing(*common(UPLINK), seer='attacker-guest')
        self.start()
        self.patiently(lambda: 'udp' in nft('list', 'chain', 'bridge', 'gridnix', 'rules-in-web').stdout)
        self.passing('udp 80', 'udp6 53')

    def test_killed(self):
        """At moments around a change: what the daemon says then is what the kernel has."""
        self.define(rules(accept(protocol='udp')))
        self.give()
        new = 0
        for n in range(20):
            other = rules(accept(protocol='tcp', ports='80', from_=f'192.0.2.254 10.0.0.{n}'))
            with subprocess.Popen([GRIDNIX, 'firewall', 'define', '-', '--socket', self.path('api')], text=True,
                                  stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as define:
                define.stdin.write(STATELESS.format('web') + other)
                define.stdin.close()
                time.sleep(n / 200)
                self.kill()
            self.start()
            is_new = 'tcp' in self.firewall('definition', 'web')
            new += is_new
            want = 'tcp' if is_new else 'udp'
            self.patiently(lambda: want in nft('list', 'chain', 'bridge', 'gridnix', 'rules-in-web').stdout)
            self.passing(*(['tcp 80'] if is_new else ['udp 80', 'udp6 53']))
            self.define(rules(accept(protocol='udp')))
        print(f'{new} of 20 changes were done when the daemon was killed', file=sys.stderr)


def main():
    if spaces.INSIDE in os.environ:
        os.sched_setaffinity(0, {min(guard.PROCESSORS)})
    return spaces.main(spaces.BRIDGE_RULES)


if __name__ == '__main__':
    sys.exit(main())
