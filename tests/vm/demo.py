# SPDX-License-Identifier: BSD-3-Clause
"""The README's first command, as it is typed: with --check, from a stick on UEFI, and with a screen that VNC shows."""
import signal
import socket
import subprocess
import time

import vmtest as v

COMMAND = [v.TREE + '/demo', '--image', v.media().iso]


def page(url):
    """The guest answers pings before its web server does."""
    for _ in range(60):
        if said := v.fetch(url):
            return said
        time.sleep(1)
    raise v.MachineError(f'no page at {url}')


def shown():
    """It says where the screen and the page are, and when it is ended it ends the machine."""
    with subprocess.Popen([*COMMAND, '--vnc'], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as demo:
        said = ''
        for line in demo.stdout:
            print(line, end='', flush=True)
            said += line
            if 'runs until' in line:
                break
        screen = tuple(v.has(said, r'by VNC +(\S+):(\d+)$').groups())
        with socket.create_connection(screen, timeout=60) as connection:
            v.has(connection.recv(12).decode(), r'^RFB 003\.')
        v.has(page(v.has(said, r'(http://\S+)')[1]), '<h1>web</h1>')
        demo.send_signal(signal.SIGTERM)
    v.equal(demo.returncode, 128 + signal.SIGTERM)
    try:
        socket.create_connection(screen, timeout=60).close()
    except ConnectionRefusedError:
        return
    raise v.MachineError('the machine goes on without ./demo')


# It takes its turn among the machines by itself.
subprocess.run([*COMMAND, '--check', '--firmware', 'uefi', '--medium', 'usb'], check=True)
v.main(shown)
