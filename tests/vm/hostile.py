# SPDX-License-Identifier: BSD-3-Clause
"""A guest that floods xenstore on real Xen: it is told by the right limits, everybody else goes on, it is paused and
destroyed when the configuration says so, and the store has room again. With GNX_FULL with oxenstored, too."""
import vmtest as v
from inguest import types
from verbs import lines, told

# Messages for xenstored, as printf writes them: type, number, transaction, length; then the text.
HEAD = r'\0%o\0\0\0\001\0\0\0\0\0\0\0\0%o\0\0\0'
WATCH, START, WRITE = 4, 6, 11
PATIENCE = 20
WRITES = 5  # in a second


def message(kind, text):
    """$i in it stands for four digits, $((i/50)) for two."""
    return HEAD % (kind, len(text.replace('$((i/50))', '20').replace('$i', '1000').replace(r'\0', '0'))) + text


def send(kind, text):
    """A command that does so, and waits for an answer: until it is there, Linux sends from the buffer that the next
    message is written to."""
    return f'printf "{message(kind, text)}" >&3; dd bs=4k count=1 <&3'


def repeat(m, times, kind, text):
    types(m, 'tiny', f'i=1000; while [ $i -lt {1000 + times} ]; do {send(kind, text)}; i=$((i+1)); done >/dev/null 2>&1')


def quota_events(m, since):
    """What was told of tiny."""
    return lines(m, f'gridnix events --json --since {since} --guest tiny --kind xenstore-quota')


def floods(m, since):
    """The same in short: [(reason, limit, answer)]."""
    return [(e['reason'], e['detail']['limit'], e['detail'].get('answer')) for e in quota_events(m, since)]


def configure(m, text):
    """[xenstore] of the daemon's configuration."""
    drop_in, quoted = '/etc/gridnix/gridnixd.conf.d', text.replace('\n', '\\n')
    m.check_run(f'mkdir -p {drop_in} && printf "[xenstore]\\n{quoted}" >{drop_in}/a.conf && gridnixd --check && '
                'sv hup gridnixd')


def others_are_well(m, port):
    v.has(v.page(m, port), '<h1>web</h1>')
    v.equal(told(m, 'web')['state'], 'running')
    m.check_run('xl list web && gridnix stats web')


def nodes(m, since, port):
    """As many as it may have, and then one of them written without end. A directory has room for some 300 names."""
    repeat(m, 1100, WRITE, r'data/d$((i/50))/x$i\0v')
    m.until('its nodes to be told', lambda: ('hard', 'nodes', 'event') in floods(m, since))
    again = send(WRITE, r'data/d$((i/50))/x$i\0v')
    configure(m, f'writes = {WRITES}\nbusy = 0\n')  # a shell that is emulated writes little
    types(m, 'tiny', f'i=1000; while :; do {again}; done >/dev/null 2>&1 & F=$!')
    m.until('its writes to be told', lambda: ('hard', 'writes', 'event') in floods(m, since))
    told_of = [e['detail'] for e in quota_events(m, since) if e['detail']['limit'] == 'writes']
    v.has(told_of[-1]['path'], f'^/local/domain/{told(m, "tiny")["domid"]}/data/d20/x1000$')
    others_are_well(m, port)
    m.check_run('gridnix start third && gridnix destroy third')
    types(m, 'tiny', 'kill $F')


def watches_and_transactions(m, since, port):
    """As many watches as are left, beside those of its kernel: of one that is refused Linux gives no answer."""
    repeat(m, 120, WATCH, r'data\0t$i\0')
    m.until('its watches to be told', lambda: ('hard', 'watches', 'event') in floods(m, since))
    repeat(m, 15, START, r'\0')
    m.until('its transactions to be told', lambda: ('hard', 'transactions', 'event') in floods(m, since))
    others_are_well(m, port)


def ladder(m, since, port):
    """Up to its end; the guest is not started again."""
    configure(m, f'answer = destroy\npatience = {PATIENCE}\n')
    m.until('it to be paused', lambda: told(m, 'tiny')['state'] == 'paused')
    others_are_well(m, port)
    m.until('it to be destroyed', lambda: told(m, 'tiny')['state'] == 'off')
    answers = [answer for reason, _, answer in floods(m, since) if reason == 'hard' and answer != 'event']
    v.equal(answers, ['pause', 'destroy'])
    v.equal(v.domains(m), ['Domain-0', 'web'])
    others_are_well(m, port)


def stuck(m, since, _):
    """A store that does not answer at all: the daemon does, and says so."""
    m.check_run('kill -STOP $(pidof xenstored oxenstored)')
    degraded = f'gridnix events --json --since {since} --kind host-degraded'
    v.eventually(m, degraded, '"begins".*"what": ?"xenstore"')
    v.has(m.check_run('gridnix list'), '^web +running')
    m.check_run('kill -CONT $(pidof xenstored oxenstored)')
    v.eventually(m, degraded, '"ends".*"what": ?"xenstore"')


def room_again(m, domid):
    """What it had has gone with it, and the next domain of the guest begins with nothing."""
    v.equal(m.run(f'xenstore-read /local/domain/{domid}/name')[0], 1)
    m.check_run('gridnix start tiny')
    v.eventually(m, 'xenstore-read /local/domain/$(xl domid tiny)/device/vif/0/state', '^4$')
    left = int(v.has(m.check_run('gridnix show tiny'), r'^xenstore +(\d+) nodes of 1000')[1])
    v.equal(left < 500, True)


def flood(parts, words):
    image, port = v.media(), v.free_port()
    with v.booted(image, medium=None, memory=1024, direct=v.direct(image, words), forward={80: port}) as m:
        m.login()
        v.eventually(m, 'gridnix list', '^tiny +running')
        since, domid = lines(m, 'gridnix events --json')[-1]['seq'], told(m, 'tiny')['domid']
        types(m, 'tiny', '')
        types(m, 'tiny', 'exec 3<>/dev/xen/xenbus')
        for part in (*parts, ladder, stuck):
            print(part.__name__, flush=True)
            part(m, since, port)
        room_again(m, domid)


def xenstored():
    flood((nodes, watches_and_transactions), 'xenstored=c')


def oxenstored():
    """It tells of nodes alone."""
    flood((nodes,), 'xenstored=ocaml')


v.main(xenstored, *([oxenstored] if v.FULL else []))
