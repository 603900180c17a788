# SPDX-License-Identifier: BSD-3-Clause
"""A store that speaks as xenstored does, as far as hotplug programs ask: nodes, directories and transactions, and no
rights, watches or domains. They find it by XENSTORED_PATH."""
import os
import socket
import struct
import threading

HEAD = struct.Struct('=IIII')
DIRECTORY, READ, START, END, WRITE, ERROR = 1, 2, 6, 7, 11, 16


class Store:
    """Its nodes are a dictionary, which the test may look at and change."""

    def __init__(self, path, mode=0o666):
        self.nodes, self.before = {}, {}
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        os.chmod(path, mode)
        self.listener.listen()
        threading.Thread(target=self.serve, daemon=True).start()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def put(self, directory, **values):
        self.nodes.update({f'{directory}/{key}': value for key, value in values.items()})

    def remove(self, directory):
        for path in [path for path in self.nodes if path.startswith(directory + '/')]:
            del self.nodes[path]

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.talk, args=(client,), daemon=True).start()

    def talk(self, client):
        with client, client.makefile('rwb') as stream:
            while head := stream.read(HEAD.size):
                kind, number, transaction, length = HEAD.unpack(head)
                try:
                    said = self.answer(kind, transaction, *stream.read(length).decode().split('\0'))
                except KeyError:
                    kind, said = ERROR, 'ENOENT\0'
                stream.write(HEAD.pack(kind, number, transaction, len(said)) + said.encode())
                stream.flush()

    def answer(self, kind, transaction, path, *rest):
        if kind == READ:
            return self.nodes[path]
        if kind == DIRECTORY:
            names = {name[len(path) + 1:].split('/')[0] for name in list(self.nodes) if name.startswith(path + '/')}
            if not names:
                raise KeyError(path)
            return ''.join(name + '\0' for name in sorted(names))
        if kind == START:
            transaction = len(self.before) + 1
            self.before[transaction] = dict(self.nodes)
            return f'{transaction}\0'
        if kind == END:
            if path != 'T':
                self.nodes = self.before[transaction]
            return 'OK\0'
        assert kind == WRITE, kind
        self.nodes[path] = rest[0]
        return 'OK\0'
