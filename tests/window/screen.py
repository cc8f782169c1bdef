"""What is on the screen: a window's pixels, taken with xwd and read without any imaging library."""

import collections
import struct
import subprocess
import zlib


class Picture:
    """Pixels of one window as rows of RGB bytes."""

    def __init__(self, width, height, rows):
        self.width = width
        self.height = height
        self.rows = rows

    def colours(self):
        """How many pixels have which colour, most frequent first. Every third pixel of every third row is enough."""
        counts = collections.Counter()
        for row in self.rows[::3]:
            for at in range(0, len(row), 9):
                counts[row[at : at + 3]] += 1
        return counts.most_common()

    def is_blank(self):
        """Nothing but a ground: a painted window has text, glyphs and hues by the hundred."""
        return len(self.colours()) < 50

    def differs_from(self, other):
        """The share of rows that are not the same."""
        if (self.width, self.height) != (other.width, other.height):
            return 1.0
        changed = sum(mine != theirs for mine, theirs in zip(self.rows, other.rows))
        return changed / max(1, self.height)

    def save(self, path):
        """Writes a PNG."""

        def chunk(kind, data):
            body = kind + data
            return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

        header = struct.pack(">IIBBBBB", self.width, self.height, 8, 2, 0, 0, 0)
        data = zlib.compress(b"".join(b"\0" + row for row in self.rows), 9)
        with open(path, "wb") as file:
            file.write(b"\x89PNG\r\n\x1a\n")
            file.write(chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b""))


def take(window):
    """The pixels of a window by its X id."""
    dump = subprocess.run(
        ["xwd", "-silent", "-id", str(window)], check=True, capture_output=True, timeout=20
    ).stdout
    fields = struct.unpack(">25I", dump[:100])
    header_size, width, height, order, bits, stride = (fields[at] for at in (0, 4, 5, 7, 11, 12))
    colours = fields[19]
    if bits != 32:
        raise RuntimeError(f"the screen has {bits} bits a pixel; this reads 32")
    start = header_size + colours * 12
    # Least significant byte first: blue, green, red, unused. Else the other way round.
    red, green, blue = (2, 1, 0) if order == 0 else (1, 2, 3)
    rows = []
    for line in range(height):
        raw = dump[start + line * stride : start + line * stride + width * 4]
        row = bytearray(width * 3)
        row[0::3], row[1::3], row[2::3] = raw[red::4], raw[green::4], raw[blue::4]
        rows.append(bytes(row))
    return Picture(width, height, rows)
