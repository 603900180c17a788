# SPDX-License-Identifier: BSD-3-Clause
"""HTTP with what listens at a socket's path, or at an address and port."""
import http.client
import socket


class Connection(http.client.HTTPConnection):
    def __init__(self, address):
        super().__init__('localhost', timeout=120)
        self.address = address

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX if isinstance(self.address, str) else socket.AF_INET)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.address)
