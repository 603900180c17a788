# SPDX-License-Identifier: BSD-3-Clause
"""The screen reader and the console's cleaner, on pictures and bytes made here; whose fault it is; what
is remembered of KVM."""
import contextlib
import os
import pathlib
import struct
import sys
import tempfile
import types
import unittest
import zlib
from unittest import mock

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../tools'))
from vm import kvm, screen  # noqa: E402
from vm.console import Cleaner  # noqa: E402
from vm.machine import EmulatorError, Machine, MachineError  # noqa: E402

INK, PAPER = b'\xaa\xaa\xaa', b'\x00\x00\x2a'


def paint(lines, font, wide, columns, rows, inverse=(), cursor=None):
    """A PPM of a text screen, as the machine would show it."""
    pixels = []
    for row in range(rows):
        text = (lines[row] if row < len(lines) else '').ljust(columns)
        for y in range(16):
            for col, char in enumerate(text):
                bits = font[char][y]
                if (row, col) == cursor and y in (13, 14):
                    bits = 255
                ink, paper = (PAPER, INK) if row in inverse else (INK, PAPER)
                for x in range(wide):
                    pixels.append(ink if x < 8 and bits >> (7 - x) & 1 else paper)
    head = b'P6\n# words\n%d %d\n255\n' % (columns * wide, rows * 16)
    return head + b''.join(pixels)


class Screen(unittest.TestCase):
    def setUp(self):
        self.font = screen.vga_font()
        self.reader = screen.Reader(self.font)

    def test_text_mode(self):
        lines = ['login: root', '', ''.join(map(chr, range(32, 127)))[:80], '~|{}_^']
        picture = screen.Picture(paint(lines, self.font, 9, 80, 25))
        self.assertEqual((picture.width, picture.height), (720, 400))
        self.assertEqual(self.reader.lines(picture), lines + [''] * 21)

    def test_frame_buffer_with_a_bar_and_a_cursor(self):
        lines = ['Menu', 'Chosen entry', 'dom0#']
        ppm = paint(lines, self.font, 8, 128, 48, inverse=(1,), cursor=(2, 4))
        self.assertEqual(self.reader.lines(screen.Picture(ppm))[:3], lines)

    def test_what_no_font_knows(self):
        font = dict(self.font, x=bytes(range(100, 116)))
        picture = screen.Picture(paint(['axb'], font, 9, 80, 25))
        self.assertEqual(self.reader.lines(picture)[0], 'a' + screen.UNKNOWN + 'b')

    def test_broken_pictures(self):
        good = paint(['x'], self.font, 9, 80, 25)
        for bad in (good[:-1], b'P5' + good[2:]):
            with self.assertRaises(ValueError):
                screen.Picture(bad)

    def test_png(self):
        picture = screen.Picture(paint(['x'], self.font, 9, 80, 25))
        png = picture.png()
        self.assertEqual(struct.unpack('>II', png[16:24]), (720, 400))
        length = struct.unpack('>I', png[33:37])[0]
        raw = zlib.decompress(png[41:41 + length])
        self.assertEqual(raw[1:720 * 3 + 1], picture.pixels[:720 * 3])


class Clean(unittest.TestCase):
    SAID = (b'\x1bc\x1b[?25l\x1b[1;31mred\x1b[0m\r\nnext\x1b[5;3Helsewhere'
            b'\x1b]0;title\x07\x1b(B \xc3\xa9\x00end\n')
    MEANT = 'red\nnext\nelsewhere \u00e9end\n'

    def test_whole(self):
        self.assertEqual(Cleaner().feed(self.SAID), self.MEANT)

    def test_in_pieces_of_any_size(self):
        for size in range(1, 12):
            cleaner = Cleaner()
            pieces = [self.SAID[i:i + size] for i in range(0, len(self.SAID), size)]
            self.assertEqual(''.join(map(cleaner.feed, pieces)), self.MEANT, size)


class Blame(unittest.TestCase):
    """A kernel that died while it patched itself, in QEMU's emulation of several processors."""
    PANIC = '[    5.3] RIP: e030:text_poke_early+0x68/0xa0\n[    5.3] Kernel panic - not syncing\n'
    EARLY = '[    0.903733] Kernel panic - not syncing: __kmem_cache_create_args: Failed\n'

    def end(self, error, said=PANIC, version=(7, 2), **options):
        machine = Machine(None, **options)
        machine.stack = contextlib.ExitStack()
        machine.process = types.SimpleNamespace(poll=lambda: None)
        machine.console = types.SimpleNamespace(text=said)
        machine.command = lambda _: {'qemu': {'major': version[0], 'minor': version[1]}}
        machine.__exit__(type(error), error, None)

    def test_the_emulator_is_to_blame(self):
        for said in (self.PANIC, self.EARLY):
            with self.assertRaises(EmulatorError):
                self.end(MachineError(), said=said)

    def test_it_is_not(self):
        for error, options in ((MachineError(), {'said': '[    5.3] Kernel panic'}),
                               (MachineError(), {'version': (8, 1)}),
                               (MachineError(), {'version': (10, 0)}),
                               (MachineError(), {'processors': 1}), (MachineError(), {'kvm': True}),
                               (KeyboardInterrupt(), {}), (None, {})):
            self.end(error, **options)


class Kvm(unittest.TestCase):
    """With a machine that boots, one that does not, and one whose QEMU ends."""
    MEDIA = types.SimpleNamespace(direct=lambda *_: [])

    class Stub:
        boots = runs = True

        def __init__(self, *_, **__):
            pass

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def expect(self, *_):
            if not self.boots:
                raise MachineError('waited in vain')

        def check_alive(self):
            if not self.runs:
                raise MachineError('QEMU ended')

    def usable(self, boots, runs=True):
        """The answer, and what the cache has then."""
        with tempfile.TemporaryDirectory() as cache, \
                mock.patch.multiple(self.Stub, boots=boots, runs=runs), \
                mock.patch.multiple(kvm, Machine=self.Stub, cache_dir=lambda: cache,
                                    _host=lambda: 'this host'), \
                mock.patch('os.access', return_value=True):
            answer = kvm.usable(self.MEDIA, lambda _: None)
            return answer, [path.read_text() for path in pathlib.Path(cache).iterdir()]

    def test_what_is_remembered(self):
        self.assertEqual(self.usable(boots=True), (True, ['yes\n']))
        self.assertEqual(self.usable(boots=False), (False, ['no\n']))
        self.assertEqual(self.usable(boots=False, runs=False), (False, []))


if __name__ == '__main__':
    unittest.main()
