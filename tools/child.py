# SPDX-License-Identifier: BSD-3-Clause
"""Other programs, which end when we are to end: Ctrl-C, SIGTERM, a terminal that goes away."""
import os
import signal
import subprocess
import sys


def end_on_signals():
    """SIGTERM and SIGHUP end this program as Ctrl-C does, with everything that cleans up."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, lambda n, _: sys.exit(128 + n))


def from_users_directory(path):
    """A path as the user gave it: ./demo and bench/run change into the tree, and say where they came from."""
    return os.path.join(os.environ.get('GNX_FROM', ''), path)


def run(args, **more):
    """Runs a program; its exit status. When we are to end, it is told so, and has all the time that it
    needs to clean up: it may have mounts, locks and machines."""
    process = subprocess.Popen(args, **more)
    try:
        return process.wait()
    except BaseException:
        process.terminate()
        process.wait()
        raise
