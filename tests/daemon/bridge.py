# SPDX-License-Identifier: BSD-3-Clause
"""Networks' bridges, real ones, in a network namespace of the test's own: made whole or not at all, nobody
else's touched, made again. The daemon's host is a simulated one. Needs root."""
import json
import os
import subprocess
import sys
import time

from simhost import GRIDNIX, Host, nobody_with
from spaces import ip, links, main

def link(name):
    """What an interface is, or None."""
    done = ip('-json', '-details', 'link', 'show', name, check=False)
    return json.loads(done.stdout)[0] if done.returncode == 0 else None


def addresses(name):
    return {f'{a["local"]}/{a["prefixlen"]}' for a in json.loads(ip('-json', 'addr', 'show', name).stdout)[0]['addr_info']
            if a['scope'] != 'link'}


class Bridges(Host):
    who = nobody_with('+net_admin')

    def setUp(self):
        # Two ends of a wire: the uplink, and what is behind it.
        ip('link', 'add', 'up0', 'type', 'veth', 'peer', 'name', 'far0')
        self.addCleanup(self.clear)
        self.before = links()
        super().setUp()

    def clear(self):
        for name in links() - {'lo', 'far0'}:
            ip('link', 'del', name, check=False)

    def command(self):
        return [*super().command(), *self.bridges()]

    def done(self, *words, text=None):
        return self.succeeds('network', *words, text=text)

    def refused(self, *words):
        """What is said; nothing has changed."""
        before = links()
        said = super().refused('network', *words)
        self.assertEqual(links(), before)
        return said

    def networks(self):
        return [(n['name'], n['state']) for n in json.loads(self.done('list', '--json'))['networks']]

    def test_private(self):
        self.done('create', 'blue', '--mtu', '9000')
        blue = link('blue')
        self.assertEqual((blue['linkinfo']['info_kind'], blue['ifalias'], blue['mtu']),
                         ('bridge', 'gridnix:blue', 9000))
        self.assertIn('UP', blue['flags'])
        self.assertEqual(blue['group'], '86')
        self.assertEqual([blue['linkinfo']['info_data'][key] for key in ('stp_state', 'no_linklocal_learn')], [0, 1])
        self.assertEqual(ip('addr', 'show', 'blue').stdout.count('inet'), 0)
        self.done('define', '-', text='[network]\nname = blue\nmtu = 1400\n')
        self.assertEqual(link('blue')['mtu'], 1400)
        self.done('delete', 'blue')
        self.assertEqual(links(), self.before)

    def test_gateways(self):
        """dom0 has them, and those of now alone."""
        text = '[network]\nname = blue\nranges = 10.9.0.0/16 fd00:9::/64\ngateways = '
        self.done('define', '-', text=text + '10.9.0.1 fd00:9::1\n')
        self.assertEqual(addresses('blue'), {'10.9.0.1/16', 'fd00:9::1/64'})
        self.done('define', '-', text=text + '10.9.0.2\n')
        self.assertEqual(addresses('blue'), {'10.9.0.2/16'})
        for key, value in (('ipv4/conf/blue/arp_ignore', '1'), ('ipv6/conf/blue/disable_ipv6', '1'),
                           ('ipv6/conf/blue/accept_ra', '0')):
            with open('/proc/sys/net/' + key, encoding='ascii') as f:
                self.assertEqual(f.read().strip(), value, key)

    def test_bridged(self):
        self.done('create', 'wire', '--uplink', 'up0', '--range', '192.0.2.0/24', '--gateway', '192.0.2.1')
        self.assertEqual(link('up0')['master'], 'wire')
        self.assertIn('UP', link('up0')['flags'])
        self.assertEqual(addresses('wire'), set())
        self.done('delete', 'wire')
        self.assertEqual(links(), self.before)
        self.assertNotIn('master', link('up0'))

    def test_vlan(self):
        if ip('link', 'add', 'link', 'up0', 'name', 'probe', 'type', 'vlan', 'id', '9', check=False).returncode:
            self.assertIn('upported', self.refused('create', 'tagged', '--uplink', 'up0', '--vlan', '5'))
            self.assertNotIn('UP', link('up0')['flags'])
            self.skipTest('the kernel has no VLANs: only that nothing is left was tested')
        ip('link', 'del', 'probe')
        ip('addr', 'add', '192.0.2.1/24', 'dev', 'up0')
        self.done('create', 'tagged', '--uplink', 'up0', '--vlan', '5', '--mtu', '1400')
        self.done('create', 'tagged6', '--uplink', 'up0', '--vlan', '6')
        vlan = link('up0.5')
        self.assertEqual((vlan['master'], vlan['ifalias'], vlan['mtu'], vlan['linkinfo']['info_data']['id']),
                         ('tagged', 'gridnix:tagged', 1400, 5))
        self.assertIn('UP', vlan['flags'])
        self.assertEqual(addresses('up0'), {'192.0.2.1/24'})
        ip('link', 'del', 'up0.5')
        self.patiently(lambda: link('up0.5') and link('up0.5').get('master') == 'tagged')
        self.done('delete', 'tagged', 'tagged6')
        self.assertEqual(links(), self.before)

    def test_refused(self):
        ip('link', 'add', 'theirs', 'type', 'bridge')
        self.assertIn('theirs: there is an interface of this name', self.refused('create', 'theirs'))
        self.assertIn('up1: there is no such interface', self.refused('create', 'a', '--uplink', 'up1'))
        self.assertIn('lo: leads nowhere', self.refused('create', 'a', '--uplink', 'lo'))
        self.assertIn('theirs: is a bridge itself', self.refused('create', 'a', '--uplink', 'theirs'))
        self.assertIn('has an MTU of 1500', self.refused('create', 'a', '--uplink', 'up0', '--mtu', '1600'))
        ip('addr', 'add', '192.0.2.1/24', 'dev', 'up0')
        self.assertIn('up0: has addresses', self.refused('create', 'a', '--uplink', 'up0'))
        ip('addr', 'flush', 'dev', 'up0')
        ip('link', 'set', 'up0', 'master', 'theirs')
        self.assertIn('up0: is a port', self.refused('create', 'a', '--uplink', 'up0'))
        self.assertEqual(link('up0')['master'], 'theirs')
        self.assertNotIn('UP', link('up0')['flags'])
        self.assertEqual(self.networks(), [])

    def test_file(self):
        """One whose uplink comes after the start; by command it is refused."""
        self.kill()
        os.mkdir(self.path('networks'))
        with open(self.path('networks/late.ini'), 'w', encoding='utf-8') as f:
            f.write('[network]\nname = late\nkind = bridged\nuplink = up1\n')
        self.options = ['--networks', self.path('networks')]
        self.start()
        self.assertEqual(self.networks(), [('late', 'down')])
        self.assertIn('up1: there is no such interface', self.done('show', 'late'))
        self.assertEqual(links(), self.before)
        ip('link', 'set', 'up0', 'name', 'up1')
        self.patiently(lambda: self.networks() == [('late', 'up')])
        self.assertEqual(link('up1')['master'], 'late')

    def test_a_port_of_somebody(self):
        self.done('create', 'blue')
        ip('link', 'set', 'up0', 'master', 'blue')
        self.assertIn('blue: up0 is on it', self.refused('delete', 'blue'))
        ip('link', 'set', 'up0', 'nomaster')
        self.done('delete', 'blue')

    def test_made_again(self):
        """After a reboot of the host, and after somebody has removed it or taken its name."""
        self.done('create', 'blue', '--range', '10.9.0.0/16', '--gateway', '10.9.0.1')
        self.done('create', 'wire', '--uplink', 'up0')
        self.kill()
        ip('link', 'del', 'blue')
        ip('link', 'del', 'wire')
        self.start()
        self.assertEqual((addresses('blue'), link('up0')['master']), ({'10.9.0.1/16'}, 'wire'))
        ip('link', 'del', 'blue')
        self.patiently(lambda: link('blue'))
        ip('addr', 'del', '10.9.0.1/16', 'dev', 'blue')
        ip('addr', 'add', '10.9.0.7/16', 'dev', 'blue')
        self.patiently(lambda: addresses('blue') == {'10.9.0.1/16'})
        self.kill()
        ip('link', 'set', 'blue', 'alias', 'mine')
        self.start()
        self.assertEqual(self.networks(), [('blue', 'down'), ('wire', 'up')])
        degraded = [e['detail'] for e in self.events() if e['kind'] == 'host-degraded']
        self.assertEqual(degraded, [{'what': 'network', 'words': 'blue: blue: there is an interface of this name, '
                                     "which is not this network's"}])
        self.assertEqual(link('blue')['ifalias'], 'mine')
        ip('link', 'del', 'blue')
        self.patiently(lambda: self.networks() == [('blue', 'up'), ('wire', 'up')])

    def test_what_a_kill_leaves(self):
        """An unfinished bridge with the uplink on it goes, and a finished one whose network was not written
        down is taken."""
        ip('link', 'add', 'gridnix-new', 'type', 'bridge')
        ip('link', 'set', 'up0', 'master', 'gridnix-new')
        ip('link', 'add', 'wire', 'type', 'bridge')
        ip('link', 'set', 'wire', 'alias', 'gridnix:wire')
        self.done('create', 'blue')
        self.assertNotIn('gridnix-new', links())
        self.done('create', 'wire', '--uplink', 'up0')
        self.assertEqual(link('up0')['master'], 'wire')

    def test_kills(self):
        """At any moment of a create: afterwards the network is there with its bridge, or can be made."""
        made = 0
        for n in range(30):
            with subprocess.Popen([GRIDNIX, 'network', 'create', 'blue', '--uplink', 'up0', '--socket',
                                   self.path('api')], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
                time.sleep(n / 5000)
                self.kill()
            made += link('blue') is not None
            self.start()
            if not self.networks():
                self.done('create', 'blue', '--uplink', 'up0')
            self.assertEqual(link('up0')['master'], 'blue', n)
            self.assertNotIn('gridnix-new', links())
            self.done('delete', 'blue')
            self.assertEqual(links(), self.before)
        print(f'{made} of 30 were there when the daemon was killed', file=sys.stderr)


if __name__ == '__main__':
    sys.exit(main())
