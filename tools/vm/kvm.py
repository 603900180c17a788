# SPDX-License-Identifier: BSD-3-Clause
"""Whether KVM is of use here. On some machines /dev/kvm is there and cannot run Xen, so Xen is
booted in it and must start a dom0 in time; the answer is kept in the cache."""
import hashlib
import os
import subprocess

from vm.machine import Machine, MachineError, cache_dir

LIMIT = 20  # seconds


def _host():
    """What the answer depends on."""
    with open('/proc/cpuinfo', encoding='utf-8') as f:
        cpu = sorted({line for line in f if line.startswith(('model name', 'flags'))})
    qemu = subprocess.run(['qemu-system-x86_64', '--version'], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    return '\n'.join([*os.uname(), qemu, *cpu])


def _runs_xen(media):
    """Boots Xen and a kernel with no initrd's help: dom0's first lines are enough. A MachineError: QEMU
    itself did not run, which says nothing about Xen."""
    direct = media.direct('console=com1 com1=115200,8n1 dom0_mem=256M,max:256M',
                          'console=hvc0 earlyprintk=xen panic=1')
    with Machine(media, medium=None, direct=direct, memory=512, kvm=True) as machine:
        try:
            machine.expect(r'\(XEN\) Xen version', LIMIT)
            machine.expect(r'Linux version', LIMIT)
            machine.expect(r'Run /init|Freeing unused kernel', LIMIT)
        except MachineError:
            machine.check_alive()
            return False
    return True


def usable(media, say=print):
    """Whether machines should use KVM. say(words) is called when finding out takes a while."""
    if not os.access('/dev/kvm', os.R_OK | os.W_OK):
        if os.path.exists('/dev/kvm'):
            say('this user may not use /dev/kvm (group kvm may): the machine is emulated')
        return False
    key = hashlib.sha256(_host().encode()).hexdigest()[:16]
    path = os.path.join(cache_dir(), 'kvm-' + key)
    if not os.path.exists(path):
        say(f'trying whether KVM can run Xen here, {3 * LIMIT} s at most')
        try:
            answer = 'yes' if _runs_xen(media) else 'no'
        except MachineError as e:
            say(f'that could not be tried, so the machine is emulated: {e}')
            return False
        with open(path, 'w', encoding='utf-8') as f:
            f.write(answer + '\n')
    with open(path, encoding='utf-8') as f:
        good = f.read() == 'yes\n'
    if not good:
        say(f'KVM cannot run Xen here; to have that tried again, remove {path}')
    return good
