# SPDX-License-Identifier: BSD-3-Clause
"""Reads text from a picture of a PC's screen by comparing cells with fonts, no guessing of shapes.

Two fonts matter: the VGA BIOS has its own (text mode, cells of 9x16), and Linux has one compiled
in (frame buffers, cells of 8x16).
"""
import lzma
import struct
import subprocess
import zlib

VGA_BIOS = '/usr/share/seabios/vgabios-stdvga.bin'
LETTER_A = bytes.fromhex('000010386cc6c6fec6c6c6c600000000')  # the same in all VGA fonts
GLYPH = 16
# A cell whose best glyph differs in more pixels is shown as UNKNOWN. The cursor's underline
# adds up to 16.
MAX_DISTANCE = 17
UNKNOWN = '\ufffd'


class Picture:
    """A binary PPM as QEMU's screendump writes it."""

    def __init__(self, data):
        magic, width, height, depth, self.pixels = _ppm_fields(data)
        if magic != b'P6' or depth != b'255':
            raise ValueError('not a PPM with 8 bits a colour')
        self.width, self.height = int(width), int(height)
        if len(self.pixels) != self.width * self.height * 3:
            raise ValueError('a cut-off PPM')

    def png(self):
        """The same picture as the bytes of a PNG file."""
        line = self.width * 3
        raw = b''.join(b'\0' + self.pixels[y * line:(y + 1) * line] for y in range(self.height))
        head = struct.pack('>IIBBBBB', self.width, self.height, 8, 2, 0, 0, 0)
        return b'\x89PNG\r\n\x1a\n' + b''.join(
            struct.pack('>I', len(body)) + kind + body +
            struct.pack('>I', zlib.crc32(kind + body))
            for kind, body in ((b'IHDR', head), (b'IDAT', zlib.compress(raw, 9)), (b'IEND', b'')))


def _ppm_fields(data):
    """The four words of the header, then the bytes behind the white space that ends it."""
    fields, at = [], 0
    while len(fields) < 4:
        while data[at:at + 1].isspace():
            at += 1
        if data[at:at + 1] == b'#':
            at = data.index(b'\n', at)
            continue
        end = at
        while not data[end:end + 1].isspace():
            end += 1
        fields.append(data[at:end])
        at = end
    return fields + [data[at + 1:]]


def _font_in(data, where):
    """The glyphs of ASCII in a table of 256 glyphs of 8x16 somewhere in data."""
    at = -1
    while (at := data.find(LETTER_A, at + 1)) >= 0:
        start = at - ord('A') * GLYPH
        if start >= 0 and not any(data[start + 32 * GLYPH:start + 33 * GLYPH]):
            return {chr(c): data[start + c * GLYPH:start + (c + 1) * GLYPH]
                    for c in range(32, 127)}
    raise ValueError(f'no 8x16 font in {where}')


def vga_font(path=VGA_BIOS):
    """The font of text mode: the one in the VGA BIOS that QEMU's PC has."""
    with open(path, 'rb') as f:
        return _font_in(f.read(), path)


def kernel_font(path):
    """The font compiled into a Linux kernel: a bzImage, or an ELF file packed with xz."""
    with open(path, 'rb') as f:
        image = f.read()
    if image.startswith(b'\xfd7zXZ'):
        # Behind the stream its unpacked size, for Xen.
        return _font_in(lzma.LZMADecompressor().decompress(image), path)
    # Boot protocol: set-up sectors, then the payload at a stated offset and length. Its last four
    # bytes are its unpacked size.
    offset, length = struct.unpack_from('<II', image, 0x248)
    start = (image[0x1f1] + 1) * 512 + offset
    unpacked = subprocess.run(['zstd', '-dcq'], input=image[start:start + length - 4],
                              stdout=subprocess.PIPE, check=True).stdout
    return _font_in(unpacked, path)


class Reader:
    """Turns pictures into lines of text. Fonts are searched in the order given."""

    def __init__(self, *fonts):
        self.known = {}
        self.guessed = {}  # boxes and cursors come again and again
        for font in fonts:
            for char, glyph in font.items():
                self.known.setdefault(int.from_bytes(glyph, 'big'), char)

    def lines(self, picture):
        """The rows of the screen, without the blanks at their ends."""
        wide = 9 if (picture.width, picture.height) == (720, 400) else 8
        columns, rows = picture.width // wide, picture.height // GLYPH
        return [''.join(self._cell(picture, wide, row, col) for col in range(columns)).rstrip()
                for row in range(rows)]

    def _cell(self, picture, wide, row, col):
        line = picture.width * 3
        at = row * GLYPH * line + col * wide * 3
        cell = b''.join(picture.pixels[at + y * line:at + y * line + 24] for y in range(GLYPH))
        first = cell[:3]
        if cell == first * (8 * GLYPH):
            return ' '
        bits = 0
        for i in range(0, len(cell), 3):
            bits = bits << 1 | (cell[i:i + 3] != first)
        # The first pixel may be ink: then the picture is inverted.
        inverse = bits ^ ((1 << 8 * GLYPH) - 1)
        char = self.known.get(bits) or self.known.get(inverse) or self.guessed.get(bits)
        if not char:
            char = self.guessed[bits] = self._nearest(bits, inverse)
        return char

    def _nearest(self, bits, inverse):
        distance, char = min(
            (min(bin(bits ^ glyph).count('1'), bin(inverse ^ glyph).count('1')), char)
            for glyph, char in self.known.items())
        return char if distance <= MAX_DISTANCE else UNKNOWN
