# SPDX-License-Identifier: BSD-3-Clause
"""The daemon's front, gridnixd-api, with a monitor at the other end of its link that a test steers."""
import subprocess


class Played:
    """As unprivileged as gridnixd starts it. Its lines are described in monitor.c."""

    def __init__(self, front, monitor, path, log):
        self.process = subprocess.Popen([monitor, front, path], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=log, text=True)
        self.ended = False
        self.front = int(self.process.stdout.readline())

    def tell(self, line):
        """Tells the monitor something; its answer."""
        self.ended = self.ended or line in ('die', 'wait')
        self.process.stdin.write(line + '\n')
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def close(self, patience):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(patience)
