# SPDX-License-Identifier: BSD-3-Clause
"""Network namespaces for tests: this process is in one of its own, and makes others, which play guests and the world
outside. Needs root."""
import contextlib
import ctypes
import json
import os
import socket
import subprocess
import sys
import unittest

INSIDE = 'GRIDNIX_TEST_SPACE'
HAS = (('network namespaces', 'true'), ('bridges', 'ip link add br0 type bridge'),
       ('veth pairs', 'ip link add veth0 type veth peer name veth1'))
BRIDGE_RULES = ('nftables for bridges', 'nft add table bridge t')
CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)


def run(*words, check=True):
    return subprocess.run(words, check=check, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def ip(*words, check=True):
    return run('ip', *words, check=check)


def links():
    return {one['ifname'] for one in json.loads(ip('-json', 'link').stdout)}


def switch(path, value=None):
    """A file below /proc/sys/net, or the setting of it."""
    with open('/proc/sys/net/' + path, 'r' if value is None else 'w', encoding='ascii') as f:
        return f.read().strip() if value is None else f.write(value)


def setns(fd):
    if LIBC.setns(fd, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), 'setns')


class Space:
    """A namespace that lasts until it is closed, on the other end of a wire from this one."""

    def __init__(self, wire, *addresses, mac=None):
        self.process = subprocess.Popen(
            ['unshare', '--net', 'sh', '-c', 'ip link set lo up && echo && exec sleep 3600'], stdout=subprocess.PIPE)
        self.process.stdout.read(1)
        ip('link', 'add', wire, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', str(self.process.pid))
        if mac:
            self.ip('link', 'set', 'eth0', 'address', mac)
        self.ip('link', 'set', 'eth0', 'up')
        for address in addresses:
            self.ip('addr', 'add', address, 'dev', 'eth0', *(['nodad'] if ':' in address else []))
        ip('link', 'set', wire, 'up')

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def ip(self, *words, check=True):
        return run('nsenter', '--net', '--target', str(self.process.pid), 'ip', *words, check=check)

    def route(self, *gateways):
        for gateway in gateways:
            self.ip('route', 'add', 'default', 'via', gateway)

    @contextlib.contextmanager
    def entered(self):
        with open('/proc/self/ns/net', 'rb') as home, open(f'/proc/{self.process.pid}/ns/net', 'rb') as there:
            setns(there.fileno())
            try:
                yield
            finally:
                setns(home.fileno())

    def socket(self, *kind):
        with self.entered():
            return socket.socket(*kind)


class Surrounded:
    """A test case with spaces around this one, which is empty again when all has ended."""

    def setUp(self):
        self.spaces = []
        self.addCleanup(self.clear)
        self.surround()
        super().setUp()

    def surround(self):
        """What is there before the rest begins."""

    def space(self, *words, **options):
        self.spaces.append(Space(*words, **options))
        return self.spaces[-1]

    def clear(self):
        for space in self.spaces:
            space.close()
        for name in links() - {'lo'}:
            ip('link', 'del', name, check=False)
        run('nft', 'flush', 'ruleset')


def lacks(*more):
    """Why it can't run here, if it can't; with more than it always has."""
    if os.geteuid():
        return 'not root'
    for what, command in (*HAS, *more):
        done = run('unshare', '--net', 'sh', '-c', command, check=False)
        if done.returncode:
            return f'no {what} here: {done.stderr.strip()}'
    return None


def enter(*more):
    """Goes on in a namespace of its own, with a /sys that shows its interfaces; 77 where it can't."""
    if INSIDE in os.environ:
        run('mount', '-t', 'sysfs', 'sysfs', '/sys')
        ip('link', 'set', 'lo', 'up')
        return 0
    why = lacks(*more)
    if why:
        print(f'skipped: {why}')
        return 77
    os.environ[INSIDE] = '1'
    return os.execvp('unshare', ['unshare', '--net', '--mount', *sys.orig_argv])


def main(*more):
    """Runs the tests of the program that was started in there."""
    left = enter(*more)
    if not left:
        unittest.main(argv=sys.argv[:1], verbosity=2)
    return left
