# SPDX-License-Identifier: BSD-3-Clause
"""Guests that gridnix defines, starts and stops on real Xen; what follows when they stop by themselves, and
when a process of the daemon is killed in the middle."""
import json
import os
import re
import sys

import vmtest as v

DEFINITION = """[guest]
name = {name}
memory = 32M
kernel = {kernel}
initrd = {ramdisk}
cmdline = {extra}
{more}
[disk xvda]
path = /tmp/three.img
[vif 0]
bridge = guests0
"""


def define(m, name, more=''):
    """A guest made as tiny is."""
    cfg = dict(re.findall(r'^(\w+) *= *"(.*)"$', m.check_run('cat /etc/xen/tiny.cfg'), re.M))
    text = DEFINITION.format(**{'ramdisk': '', 'extra': '', **cfg, 'name': name, 'more': more})
    m.check_run('[ -e /tmp/three.img ] || truncate -s 16M /tmp/three.img')
    quoted = text.replace('\n', '\\n').replace("'", "'\\''")
    m.check_run(f"printf '{quoted}' >/tmp/{name}.ini && gridnix define /tmp/{name}.ini")


def lines(m, command):
    """The JSON that a command prints; services speak on this line, too."""
    return [json.loads(line) for line in m.check_run(command).splitlines()
            if line.startswith(('{"guests"', '{"seq"'))]


def told(m, name):
    """The guest as gridnix has it."""
    guests = {g['name']: g for g in lines(m, 'gridnix list --json')[0]['guests']}
    return guests.get(name, {'state': 'gone'})


def state(m, name):
    """Its state, which is Xen's truth, too, while nothing changes."""
    guest = told(m, name)
    v.equal(name in v.domains(m), guest.get('domid', -1) >= 0)
    return guest['state']


def kinds(m, since, name='three'):
    """What happened to it, but for its devices. Xen's library pauses what it destroys, which may be seen."""
    told = [e['kind'] for e in lines(m, f'gridnix events --json --since {since} --guest {name}')
            if e['kind'] != 'gap' and not v.aside(e)]
    return [kind for i, kind in enumerate(told) if (kind, *told[i + 1:i + 2]) != ('paused', 'destroyed')]


def last(m):
    return lines(m, 'gridnix events --json | tail -n 1')[-1]['seq']


def becomes(m, name, wanted):
    m.until(f'{name} to be {wanted}', lambda: told(m, name)['state'] == wanted)


def rename(m):
    """While it runs and while it does not; xl sees it, and a name that another domain has is refused."""
    since = last(m)
    m.check_run('gridnix start three && gridnix rename three drei')
    v.equal(state(m, 'drei'), 'running')
    v.equal(m.run('gridnix rename drei tiny')[0], 1)
    v.equal(state(m, 'drei'), 'running')
    m.check_run('gridnix destroy drei && gridnix rename drei three')
    v.equal(state(m, 'three'), 'off')
    told = lines(m, f'gridnix events --json --since {since} --kind renamed')
    v.equal([(e['guest']['name'], e['detail']) for e in told], [('drei', {'from': 'three'})])


def memory_and_processors(m):
    """Xen has it, and the definition."""
    define(m, 'three', 'memory_max = 64M\nvcpus = 1\nvcpus_max = 2\n')
    m.check_run('gridnix start three')
    answers(m, 'three')
    m.check_run('gridnix set-memory three 24M && gridnix set-vcpus three 2')
    v.equal(m.check_run('xenstore-read /local/domain/$(xl domid three)/memory/target').strip(), str(24 * 1024))
    v.equal(m.check_run('xenstore-read /local/domain/$(xl domid three)/cpu/1/availability').strip(), 'online')
    v.has(m.check_run('gridnix definition three'), '^memory = 24M')
    v.equal(m.run('gridnix set-memory three 65M')[0], 1)
    v.equal(m.run('gridnix set-vcpus three 3')[0], 1)
    m.check_run('gridnix destroy three')
    define(m, 'three')


def verbs(m):
    define(m, 'three')
    since = last(m)
    v.equal(state(m, 'three'), 'off')
    for verb, wanted in (('start', 'running'), ('pause', 'paused'), ('unpause', 'running'),
                         ('reboot', 'running'), ('shutdown', 'off'), ('start', 'running'),
                         ('destroy', 'off')):
        if verb in ('reboot', 'shutdown'):  # it hears of it when it is up
            v.eventually(m, 'xenstore-read /local/domain/$(xl domid three)/device/vif/0/state', '^4$')
        print(verb, flush=True)
        m.check_run(f'gridnix {verb} three')
        v.equal(state(m, 'three'), wanted)
    v.equal(kinds(m, since), [
        'starting', 'started', 'paused', 'unpaused', 'rebooting', 'rebooted', 'started', 'shutdown',
        'destroyed', 'starting', 'started', 'destroyed'])


def shared_disk(m):
    """A disk that one guest may write is given to no other."""
    define(m, 'four')
    m.check_run('gridnix start three')
    status, said = m.run('gridnix start four')
    v.equal(status, 1)
    v.has(said, '^gridnix: four: .*three.img')
    v.equal(state(m, 'four'), 'off')
    m.check_run('gridnix destroy three && gridnix start four && gridnix destroy four')
    v.equal(m.check_run('losetup -a').count('three.img'), 0)
    m.check_run('gridnix undefine four')


def by_itself(m):
    m.check_run('gridnix start three')
    since = last(m)
    v.eventually(m, 'xl sysrq three c; gridnix events --guest three', 'crashed')
    m.until('a restart', lambda: kinds(m, since) == ['crashed', 'destroyed', 'starting', 'started'])
    becomes(m, 'three', 'running')
    m.check_run('gridnix destroy three')


def answers(m, name):
    """It is up, and its network is."""
    v.eventually(m, f'xenstore-read /local/domain/$(xl domid {name})/device/vif/0/state', '^4$')


def devices(m):
    """Attached and detached while it runs, with the definition; a disk that another guest writes is refused."""
    define(m, 'four')
    m.check_run('truncate -s 8M /tmp/more.img && gridnix start three')
    answers(m, 'three')
    m.check_run('gridnix attach-disk three xvdb,path=/tmp/more.img')
    v.eventually(m, 'xenstore-read /local/domain/$(xl domid three)/device/vbd/51728/state', '^4$')
    v.has(m.check_run('gridnix definition three'), '^path = /tmp/more.img')
    m.check_run('gridnix detach-disk three xvdb')
    v.equal(m.check_run('losetup -a').count('more.img'), 0)
    m.check_run('gridnix attach-vif three bridge=guests0')
    v.eventually(m, 'xenstore-read /local/domain/$(xl domid three)/device/vif/1/state', '^4$')
    m.check_run('gridnix detach-vif three 1')
    v.equal(m.check_run('ls /sys/class/net | grep -c "^vif.*[.]1$" || true').strip(), '0')
    v.equal(m.run('gridnix attach-disk four xvdb,path=/tmp/three.img')[0], 1)  # it is its own xvda, too
    m.check_run('gridnix destroy three && gridnix undefine four')


def story_of(m, since, name='three'):
    """A guest's events, but for the guard's."""
    return [e for e in lines(m, f'gridnix events --json --since {since} --guest {name}') if not v.of_guard(e)]


def of_devices(m, since, name='three'):
    """What was told of a guest's devices."""
    return [e for e in story_of(m, since, name) if v.of_device(e)]


def told_of_device(m, since, kind, name='three'):
    """Waits for the one event there is to be."""
    m.until(kind, lambda: of_devices(m, since, name))
    m.check_run('sleep 2')  # for what should not come
    found = of_devices(m, since, name)
    v.equal([e['kind'] for e in found], [kind])
    return found[0]


def leaves_nothing(m):
    """What could not be attached is not in the way of the next one, which has its number."""
    domid = m.check_run('xl domid three').strip()
    v.equal(m.run(f'xenstore-read /local/domain/0/backend/vif/{domid}/1')[0], 1)
    v.equal(m.run(f'xenstore-read /local/domain/{domid}/device/vif/1')[0], 1)
    m.check_run('gridnix attach-vif three bridge=guests0')
    v.eventually(m, f'xenstore-read /local/domain/{domid}/device/vif/1/state', '^4$')
    m.check_run('gridnix detach-vif three 1')
    for _ in range(2):
        v.has(m.run('gridnix attach-disk three xvdb,path=/tmp/none.img')[1], 'none.img')
        v.equal(m.run(f'xenstore-read /local/domain/0/backend/vbd/{domid}/51728')[0], 1)
    m.check_run('gridnix attach-disk three xvdb,path=/tmp/more.img')
    v.eventually(m, f'xenstore-read /local/domain/{domid}/device/vbd/51728/state', '^4$')
    m.check_run('gridnix detach-disk three xvdb')
    v.equal(m.check_run('losetup -a').count('more.img'), 0)


def device_events(m):
    """Each told once, with what is known of it and the operation that it comes from."""
    # Each device that it is given takes some MiB of it: with 32 its kernel runs out of memory.
    m.check_run("sed -i 's/^memory = .*/memory = 64M/' /tmp/three.ini && gridnix define /tmp/three.ini")
    since = last(m)
    m.check_run('truncate -s 8M /tmp/more.img && gridnix start three')
    m.until('its devices', lambda: len(of_devices(m, since)) == 2)
    attached = {e['kind']: e for e in of_devices(m, since)}
    mac = m.check_run('xenstore-read /local/domain/0/backend/vif/$(xl domid three)/0/mac').strip()
    v.equal({kind: e['detail'] for kind, e in attached.items()}, {
        'vbd-attached': {'number': 51712, 'name': 'xvda', 'path': '/tmp/three.img'},
        'vif-attached': {'number': 0, 'mac': mac, 'bridge': 'guests0'}})
    story = story_of(m, since)
    operation = story[0]['operation']
    v.equal({e['operation'] for e in story}, {operation})
    for verb, value, kind, number in (
            ('attach-disk', 'xvdb,path=/tmp/more.img', 'vbd-attached', 51728),
            ('attach-vif', 'bridge=guests0', 'vif-attached', 1),
            ('detach-vif', '1', 'vif-detached', 1), ('detach-disk', 'xvdb', 'vbd-detached', 51728)):
        since, operation = last(m), operation + 1
        m.check_run(f'gridnix {verb} three {value}')
        event = told_of_device(m, since, kind)
        v.equal((event['operation'], event['detail']['number']), (operation, number))
    since = last(m)
    v.equal(m.run('gridnix attach-vif three bridge=nowhere')[0], 1)
    event = told_of_device(m, since, 'vif-failed')
    v.equal((event['reason'], event['operation'], event['detail']['number']), ('hotplug', operation + 1, 1))
    v.has(event['detail']['error'], 'nowhere')
    leaves_nothing(m)
    # What failed is not told as gone, and devices go before their guest.
    since = last(m)
    m.check_run('gridnix destroy three')
    story = [e for e in story_of(m, since) if e['kind'] != 'paused']
    v.equal(sorted((e['kind'], e['detail']['number']) for e in story[:-1]), [('vbd-detached', 51712), ('vif-detached', 0)])
    v.equal(story[-1]['kind'], 'destroyed')


def devices_meanwhile(m):
    """What comes and goes while the daemon does not run is in the gap."""
    m.check_run('gridnix start three')
    answers(m, 'three')
    since = last(m)
    m.check_run('sv stop gridnixd; xl network-attach three bridge=guests0 && xl network-detach three 0')
    v.eventually(m, 'xenstore-read /local/domain/0/backend/vif/$(xl domid three)/1/state', '^4$')
    m.check_run('sv start gridnixd')
    m.until('the daemon', lambda: m.run('gridnix list')[0] == 0)
    gap = [e for e in lines(m, f'gridnix events --json --since {since}') if e['kind'] == 'gap'][0]['detail']
    v.equal({(e['name'], e['vif']['number'], e['after']) for e in gap['devices']},
            {('three', 0, 'gone'), ('three', 1, 'attached')})
    m.check_run('gridnix destroy three')


def devices_of_xl(m):
    """Those of a guest of xl's, which cannot be started."""
    since = last(m)
    v.equal(m.run("""xl create /etc/xen/third.cfg 'type="pv"' 'vif=["bridge=nowhere"]'""")[0] != 0, True)
    m.until('its end', lambda: state(m, 'third') in ('gone', 'off'))
    v.equal([(e['kind'], e['reason']) for e in of_devices(m, since, 'third')], [('vif-failed', 'hotplug')])


def dump(m):
    """A core file of one that runs, and of one that has crashed."""
    define(m, 'three', 'on_crash = dump\n')
    m.check_run('gridnix start three')
    answers(m, 'three')
    m.check_run('gridnix dump three')
    core = '/var/lib/gridnix/saved/*.core'
    v.equal(m.check_run(f'head -c 4 {core} | tail -c 3').strip(), 'ELF')
    v.equal(state(m, 'three'), 'running')
    m.check_run(f'rm {core}')
    since = last(m)
    v.eventually(m, 'xl sysrq three c; gridnix events --guest three', 'dumped')
    m.until('a restart', lambda: kinds(m, since) == ['crashed', 'dumped', 'destroyed', 'starting', 'started'])
    becomes(m, 'three', 'running')
    m.check_run(f'gridnix destroy three && [ $(stat -c %s {core}) -gt 20000000 ] && rm {core}')
    define(m, 'three')


def save(m):
    """What it had in memory is there again: it has not booted."""
    m.check_run('gridnix start three')
    answers(m, 'three')
    m.check_run('sleep 5')
    since = last(m)
    m.check_run('gridnix save three')
    v.equal(state(m, 'three'), 'saved')
    v.equal(m.check_run('ls /var/lib/gridnix/saved | wc -l').strip(), '1')
    v.equal(m.run('gridnix start three')[0], 1)
    m.check_run('gridnix restore three')
    v.equal(state(m, 'three'), 'running')
    v.equal(m.check_run('ls /var/lib/gridnix/saved | wc -l').strip(), '0')
    v.equal(kinds(m, since), ['suspended', 'saved', 'destroyed', 'starting', 'restored', 'started'])
    answers(m, 'three')
    m.check_run('gridnix save three && gridnix destroy three')
    v.equal(state(m, 'three'), 'off')


def save_killed(m):
    """kill -9 of all at several moments: it runs, or its file is there, and not both."""
    m.check_run('gridnix start three')
    answers(m, 'three')
    for moment in (0.2, 0.5, 1, 2):
        for verb in ('save', 'restore'):
            print(f'kill {verb} {moment}', flush=True)
            m.check_run(f'gridnix {verb} three --no-wait; sleep {moment}; '
                        'kill -9 $(pidof gridnixd-worker) $(pidof gridnixd)')
            m.until('the daemon', lambda: m.run('gridnix list')[0] == 0)
            m.until('an end', lambda: told(m, 'three')['state'] in ('saved', 'running'))
            m.check_run('sleep 3')
            is_saved = state(m, 'three') == 'saved'
            v.equal(m.check_run('ls /var/lib/gridnix/saved | grep -vc part || true').strip(), str(int(is_saved)))
            v.equal('three' in v.domains(m), not is_saved)
        m.run('gridnix restore three')
    m.check_run('gridnix destroy three')


def killed(m):
    """kill -9 of the worker, and of the daemon, while a guest is made."""
    for process in ('gridnixd-worker', 'gridnixd'):
        print(f'kill {process}', flush=True)
        m.check_run(f'gridnix start three --no-wait && sleep 0.2 && kill -9 $(pidof {process})')
        m.until('the daemon', lambda: m.run('gridnix list')[0] == 0)
        m.until('an end', lambda: told(m, 'three')['state'] in ('off', 'running'))
        m.check_run('sleep 3')
        if state(m, 'three') == 'running':
            m.check_run('gridnix destroy three')
        v.equal(state(m, 'three'), 'off')
        v.has_not(m.check_run('xl list'), 'null|three')
    m.check_run('gridnix start three && gridnix destroy three && gridnix undefine three')
    v.equal(state(m, 'three'), 'gone')


def foreign(m):
    """A guest of xl's: xl's own process does what follows."""
    since = last(m)
    m.check_run("""gridnix undefine third && xl create /etc/xen/third.cfg 'type="pv"'""")
    m.until('its start', lambda: state(m, 'third') == 'running')
    m.check_run('gridnix pause third && gridnix unpause third')
    m.until('its interface', lambda: 'vif-attached' in [e['kind'] for e in of_devices(m, since, 'third')])
    v.equal({'operation' in e for e in of_devices(m, since, 'third')}, {False})
    # The image's xl takes the program that arms it, though nothing names that.
    v.has(m.check_run('gridnix guard list guests0'), r'armed +third')
    m.check_run('gridnix shutdown third')
    v.equal(state(m, 'third'), 'gone')
    v.equal('vif-detached' in [e['kind'] for e in of_devices(m, since, 'third')], True)


def adopt(m):
    """A guest of xl's becomes ours while it runs: xl's process for it ends, it runs on, and we do what follows. That
    of another guest stays."""
    for name in ('tiny', 'third'):
        m.run(f'gridnix destroy {name}; gridnix undefine {name}')
        m.check_run(f"""xl create /etc/xen/{name}.cfg 'type="pv"'""")
        m.until('its start', lambda: state(m, name) == 'running')
    v.equal(m.run('gridnix adopt third')[0], 1)  # it has no definition
    v.equal(len(m.check_run('pidof xl').split()), 2)
    domid, since = told(m, 'third')['domid'], last(m)
    m.check_run('(cat /etc/xen/third.cfg; echo \'type = "pv"\') >/tmp/third.cfg && gridnix import /tmp/third.cfg && '
                'gridnix adopt third')
    v.equal(len(m.check_run('pidof xl').split()), 1)
    v.equal((state(m, 'third'), told(m, 'third')['domid']), ('running', domid))
    v.equal(m.run('gridnix adopt third')[0], 1)
    answers(m, 'third')
    m.check_run('gridnix reboot third')
    answers(m, 'third')
    v.eventually(m, 'xl sysrq third c; gridnix events --guest third', 'crashed')
    m.until('a restart', lambda: kinds(m, since, 'third')[-3:] == ['destroyed', 'starting', 'started'])
    v.equal(kinds(m, since, 'third'), ['defined', 'adopted', 'rebooting', 'rebooted', 'started', 'crashed',
                                       'destroyed', 'starting', 'started'])
    m.check_run('gridnix destroy third && gridnix undefine third')
    answers(m, 'tiny')
    m.check_run('xl reboot tiny')
    m.until('xl to act for the other', lambda: told(m, 'tiny').get('domid', -1) > domid)


# Where each verb of src/model/verb.def is done to a guest on real Xen, and what comes of it is looked at.
SCENARIOS = {
    'start': verbs,
    'shutdown': verbs,
    'reboot': verbs,
    'destroy': verbs,
    'pause': verbs,
    'unpause': verbs,
    'save': save,
    'restore': save,
    'rename': rename,
    'set-memory': memory_and_processors,
    'set-vcpus': memory_and_processors,
    'dump': dump,
    'attach-disk': devices,
    'detach-disk': devices,
    'attach-vif': devices,
    'detach-vif': devices,
    'adopt': adopt,
}
# In the order in which they are run: each leaves the guests as the next one wants them.
PARTS = (verbs, shared_disk, by_itself, rename, memory_and_processors, devices, device_events, devices_meanwhile,
         devices_of_xl, dump, save, save_killed, killed, foreign, adopt)


def table():
    """The verbs' names, by the table that gridnixd is made with."""
    with open(os.path.join(v.TREE, 'src/model/verb.def'), encoding='utf-8') as f:
        return re.findall(r'^X\(\w+, "(.+?)"', f.read(), re.M)


def faults(names):
    """What is wrong with the scenarios of these verbs, in words."""
    return [*(f'{name}: has no scenario' for name in names if name not in SCENARIOS),
            *(f'{name}: has a scenario, and is no verb' for name in SCENARIOS if name not in names),
            *(f'{name}: its scenario is not run' for name, part in SCENARIOS.items() if part not in PARTS)]


def host():
    with v.booted(v.media(), memory=512) as m:
        m.login()
        v.parts(m, *PARTS)


if __name__ == '__main__':
    wrong = faults(table())
    if wrong:
        sys.exit('\n'.join(wrong))
    v.main(host)
