# SPDX-License-Identifier: BSD-3-Clause
"""The far end of a serial line: collects what the machine says, without control characters."""
import codecs
import re
import socket
import threading
import time

# Escape sequences of terminals: CSI, OSC, character sets, and single letters.
ESCAPE = re.compile(r'\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()*+#%].|[=>78A-Zc])')
MOVES = 'Hf'  # cursor positioning: what follows stands elsewhere on the screen
PARTIAL = re.compile(r'\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]*\x1b?|[()*+#%])?$')
CHUNK = 32  # Xen drops input beyond its small buffer: send this much, then see that it was taken


class Cleaner:
    """Strips escape sequences and other control characters from a stream of bytes."""

    def __init__(self):
        self.decoder = codecs.getincrementaldecoder('utf-8')('replace')
        self.rest = ''

    def feed(self, data):
        text = self.rest + self.decoder.decode(data)
        cut = PARTIAL.search(text)
        self.rest = text[cut.start():] if cut else ''
        text = text[:cut.start()] if cut else text
        text = ESCAPE.sub(lambda m: '\n' if m[0][-1] in MOVES else '', text)
        return re.sub(r'[^\n\t -~\u00a0-\U0010ffff]', '', text)


class Console:
    """One serial line on a connected socket. `text` is everything said so far.

    `raw`, when set, is a function that also gets each piece of bytes as it comes.
    """

    def __init__(self, sock, log):
        self.sock, self.log = sock, log
        self.text, self.at = '', 0
        self.received, self.closed, self.raw = 0, False, None
        self.news = threading.Condition()
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        cleaner = Cleaner()
        while True:
            try:
                data = self.sock.recv(65536)
            except OSError:
                data = b''
            text = cleaner.feed(data)
            if self.raw and data:
                self.raw(data)
            with self.news:
                self.text += text
                self.received += len(data)
                self.closed = not data
                self.news.notify_all()
            self.log.write(text)
            self.log.flush()
            if not data:
                return

    def wait(self, seconds):
        """Until something new was said or the seconds are over."""
        with self.news:
            if not self.closed:
                self.news.wait(seconds)

    def find(self, pattern):
        """The first match behind the place where the last one ended, which moves on; or None."""
        with self.news:
            match = re.compile(pattern, re.M).search(self.text, self.at)
            if match:
                self.at = match.end()
            return match

    def echoed(self, line, start):
        """Whether the line was said since the text had this length, whatever blanks and line ends a
        terminal's width put in, and whatever Xen said in between."""
        with self.news:
            said = re.sub(r'\(XEN\) [^\n]*\n', '', self.text[start:])
        return ''.join(line.split()) in ''.join(said.split())

    def send(self, text):
        """Types text. Waits after each piece until it was echoed, or for a second."""
        data = text.encode()
        for i in range(0, len(data), CHUNK):
            piece = data[i:i + CHUNK]
            goal, until = self.received + len(piece), time.monotonic() + 1
            self.sock.sendall(piece)
            with self.news:
                self.news.wait_for(lambda: self.received >= goal or self.closed,
                                   until - time.monotonic())

    def close(self):
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # QEMU was first
        self.thread.join()
        self.sock.close()
