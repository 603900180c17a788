# SPDX-License-Identifier: BSD-3-Clause
"""dom0.py ... RULES REARM: a bridge by which dom0 is reached, made by the boot as gridnix-network(5) says: what is sent
to dom0 through the uplink is answered at every moment of the daemon's. Simulated host, real bridges and rules in
network namespaces. Needs root, as guard.py does."""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

import guard
import spaces
from spaces import Surrounded, ip, run

RULES, REARM = (os.path.abspath(path) for path in sys.argv[-2:])
del sys.argv[-2:]
from simhost import Host, nobody_with  # noqa: E402
from store import Store  # noqa: E402

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../docs/man/gridnix-network.5.adoc')
PORT = 4000
BLUE = '''[network]
name = blue
kind = nat
ranges = 10.9.0.0/24
gateways = 10.9.0.1
forward = udp 53 10.9.0.2:4001
'''


def rules_for_here():
    """The guard's. Where they can't ask for a bridge's name, they ask for the port's, which is among those of the bridges
    when it bears the mark."""
    with open(RULES, encoding='utf-8') as f:
        return f.read() if guard.knows_bridges() else re.sub('([io])brname', '\\1ifname', f.read())


def blocks():
    """Of the page: how the bridge is made, and its file."""
    with open(PAGE, encoding='utf-8') as f:
        part = f.read().split('=== A bridge by which dom0 is reached')[1]
    return part.split('----\n')[1:4:2]


class Questions:
    """Each is asked of an address from a space, and answered by dom0. One every two milliseconds, until done()."""

    def __init__(self, space, address):
        kind = (socket.AF_INET6 if ':' in address else socket.AF_INET), socket.SOCK_DGRAM
        self.server, self.client = socket.socket(*kind), space.socket(*kind)
        self.server.bind((address, PORT))
        self.client.connect((address, PORT))
        self.ends, self.asked, self.answered = False, 0, set()
        self.threads = [threading.Thread(target=one, daemon=True) for one in (self.ask, self.answer, self.hear)]
        for one in self.threads:
            one.start()

    def ask(self):
        while not self.ends:
            self.client.send(str(self.asked).encode())
            self.asked += 1
            time.sleep(0.002)

    def answer(self):
        while (question := self.server.recvfrom(100))[0] != b'end':
            self.server.sendto(*question)

    def hear(self):
        """Ten seconds longer than questions are asked, if there is need."""
        self.client.settimeout(0.1)
        end = float('inf')
        while not self.ends or (len(self.answered) < self.asked and time.monotonic() < end):
            end = min(end, time.monotonic() + 10) if self.ends else end
            try:
                self.answered.add(int(self.client.recv(100)))
            except TimeoutError:
                pass

    def done(self):
        """Those that were not answered."""
        self.ends = True
        self.threads[0].join()
        self.threads[2].join()
        self.client.send(b'end')
        self.threads[1].join(10)
        self.client.close()
        self.server.close()
        return sorted(set(range(self.asked)) - self.answered)


class Dom0(Surrounded, Host):
    who = nobody_with('+net_admin')

    def surround(self):
        self.outside = self.space('eno1', '192.0.2.2/24', '2001:db8::2/64')
        with open('/sys/class/net/eno1/address', encoding='ascii') as f:
            mac = f.read().strip()
        recipe, self.ini = blocks()
        for line in recipe.replace('MAC_OF_eno1', mac).splitlines():
            run(*line.split())
        ip('addr', 'add', '192.0.2.1/24', 'dev', 'lan0')
        ip('addr', 'add', '2001:db8::1/64', 'dev', 'lan0', 'nodad')
        ip('route', 'add', 'default', 'via', '192.0.2.2')
        self.errors = None

    def start(self, before=None):
        """What is sent is counted from before it starts."""
        if self.errors is None:
            os.mkdir(self.path('networks'))
            self.file('lan0', self.ini)
            shutil.copy(REARM, self.path('rearm'))
            with open(self.path('guard.nft'), 'w', encoding='utf-8') as f:
                f.write(rules_for_here())
            self.store = Store(self.path('store'))
            self.addCleanup(self.store.close)
            os.environ['XENSTORED_PATH'] = self.path('store')
            self.errors = open(self.path('log'), 'w+', encoding='utf-8')
            self.addCleanup(self.errors.close)
            self.questions = [Questions(self.outside, address) for address in ('192.0.2.1', '2001:db8::1')]
            self.addCleanup(self.end)
            self.was = self.seen()
            time.sleep(0.1)
        super().start(before)

    def end(self):
        for one in self.questions:
            one.done()

    def file(self, name, text):
        with open(self.path(f'networks/{name}.ini'), 'w', encoding='utf-8') as f:
            f.write(text)

    def command(self):
        return [*super().command(), *self.bridges(), '--rearm', self.path('rearm'), '--networks', self.path('networks')]

    def seen(self):
        """What is not to change of the bridge and its uplink."""
        state = []
        for name in ('lan0', 'eno1'):
            one = json.loads(ip('-json', 'addr', 'show', name).stdout)[0]
            state.append({key: one.get(key) for key in ('ifindex', 'flags', 'mtu', 'address', 'master', 'group')})
            state += [(a['local'], a['prefixlen']) for a in one['addr_info'] if a['scope'] != 'link']
            state += [[r for r in json.loads(ip('-json', version, 'route', 'show', 'dev', name).stdout) if 'fe80::/64' != r['dst']]
                      for version in ('-4', '-6')]
            with open(f'/sys/class/net/{name}/carrier_changes', encoding='ascii') as f:
                state.append(f.read())
        return state

    def members(self, name):
        done = json.loads(run('nft', '-j', 'list', 'set', 'bridge', 'gridnix', name).stdout)
        return done['nftables'][-1]['set'].get('elem', [])

    def guarded(self):
        """The rules are there, know the uplink, and watch the bridge."""
        return all(member in subprocess.run(['nft', 'list', 'set', 'bridge', 'gridnix', name], text=True, check=False,
                                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
                   for name, member in (('uplinks', 'eno1'), ('bridges', 'lan0')))

    def networks(self):
        return {n['name']: n['state'] for n in json.loads(self.succeeds('network', 'list', '--json'))['networks']}

    def ports(self):
        return [(one['bridge'], one['port'], one['state'])
                for one in json.loads(self.succeeds('guard', 'list', '--json'))['ports']]

    def log(self):
        with open(self.path('log'), encoding='utf-8') as f:
            return f.read()

    def all_answered(self):
        """What was asked so far, and the bridge is what it was."""
        for one in self.questions:
            self.assertEqual(one.done(), [], f'of {one.asked}')
            self.assertGreater(one.asked, 100)
        print(f'{sum(one.asked for one in self.questions)} asked and answered', file=sys.stderr)
        self.questions = []
        self.assertEqual(self.seen(), self.was)

    def again(self, how):
        self.started.send_signal(how)
        self.started.wait()
        self.kill()
        time.sleep(0.1)
        self.start()
        self.patiently(self.guarded)

    def test_reached(self):
        """Before the first start and at it, killed and started again, with other networks, and without rules."""
        self.patiently(self.guarded)
        self.assertEqual(self.networks(), {'lan0': 'up'})
        self.assertIn('lan0', self.members('bridges'))
        self.assertEqual(self.ports(), [('lan0', 'eno1', 'uplink')])
        for how in (signal.SIGKILL, signal.SIGTERM):
            self.again(how)
        self.succeeds('network', 'define', '-', text=BLUE)
        run('nft', 'flush', 'ruleset')
        self.patiently(self.guarded)
        self.patiently(lambda: self.networks() == {'blue': 'up', 'lan0': 'up'})
        self.assertIn('lan0: dom0 has addresses on it', self.refused('network', 'delete', 'lan0'))
        self.again(signal.SIGKILL)
        self.all_answered()

    def test_unknown(self):
        """Neither the state nor a file tells of it: the mark on its uplink does, and others get nothing."""
        self.patiently(self.guarded)
        shutil.move(self.path('state'), self.path('state.old'))
        self.file('lan0', self.ini + 'mtu = many\n')
        run('nft', 'flush', 'ruleset')
        self.again(signal.SIGKILL)
        self.assertEqual(self.networks(), {})
        self.assertEqual(self.ports(), [('lan0', 'eno1', 'uplink')])
        self.assertIn(f'gridnixd: {self.path("networks/lan0.ini")}:6: [network] mtu: "many"', self.log())
        self.all_answered()
        stray = self.space('stray', '192.0.2.3/24')
        ip('link', 'set', 'stray', 'alias', 'gridnix:no-uplink')
        ip('link', 'set', 'stray', 'master', 'lan0')
        self.again(signal.SIGTERM)
        self.patiently(lambda: 'stray' in self.members('bridges'))  # rules_for_here() go by ports' names
        with stray.socket(socket.AF_INET, socket.SOCK_DGRAM) as s, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
            own.bind(('192.0.2.1', PORT))
            own.settimeout(1)
            s.sendto(b'question', ('192.0.2.1', PORT))
            self.assertRaises(TimeoutError, own.recv, 100)

    def test_without_uplink(self):
        """A network that names none is there before it has one: what bears the mark then."""
        text = '[network]\nname = lan1\nkind = bridged\ndom0 = yes\n'
        self.succeeds('network', 'define', '-', text=text)
        self.assertEqual(self.networks(), {'lan0': 'up', 'lan1': 'up'})
        ip('addr', 'add', '198.51.100.1/24', 'dev', 'lan1')
        outside = self.space('eno2', '198.51.100.2/24')
        ip('link', 'set', 'eno2', 'alias', 'gridnix:lan1')
        ip('link', 'set', 'eno2', 'master', 'lan1')
        self.succeeds('network', 'define', '-', text=text)
        self.questions.append(Questions(outside, '198.51.100.1'))
        time.sleep(0.5)
        self.again(signal.SIGKILL)
        self.all_answered()

    def test_way_out(self):
        """What is behind NAT leaves by it, and what is forwarded comes in by it."""
        rules = 'nft', 'list', 'table', 'inet', 'gridnix_networks'
        self.assertEqual(run(*rules, check=False).returncode, 1)  # lan0 needs none
        self.succeeds('network', 'define', '-', text=BLUE)
        self.assertEqual(run(*rules).returncode, 0)
        inside = self.space('v1', '10.9.0.2/24')
        ip('link', 'set', 'v1', 'alias', 'gridnix:blue')  # for the guard, an uplink
        ip('link', 'set', 'v1', 'master', 'blue')
        inside.route('10.9.0.1')
        self.again(signal.SIGTERM)
        kind = socket.AF_INET, socket.SOCK_DGRAM
        with inside.socket(*kind) as guest, self.outside.socket(*kind) as world:
            guest.settimeout(30), world.settimeout(30)
            guest.bind(('', 4001))
            world.bind(('', 4002))
            guest.sendto(b'out', ('192.0.2.2', 4002))
            question, who = world.recvfrom(100)
            self.assertEqual((question, who[0]), (b'out', '192.0.2.1'))
            world.sendto(b'answer', who)
            self.assertEqual(guest.recv(100), b'answer')
            world.sendto(b'in', ('192.0.2.1', 53))
            self.assertEqual(guest.recv(100), b'in')
            # By its own address it is not reached.
            self.outside.ip('route', 'add', '10.9.0.0/24', 'via', '192.0.2.1')
            world.sendto(b'direct', ('10.9.0.2', 4001))
            world.sendto(b'in', ('192.0.2.1', 53))
            self.assertEqual(guest.recv(100), b'in')
        self.all_answered()


if __name__ == '__main__':
    sys.exit(spaces.main(spaces.BRIDGE_RULES))
