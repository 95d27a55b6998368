"""A PDF file as it is written: small objects are packed and compressed together (ISO 32000-1, 7.5.7 and 7.5.8)."""

from __future__ import annotations

import hashlib
import struct
import zlib
from typing import BinaryIO, Final

from pressroom.writers.pdf_objects import STREAM

HEAD: Final = b"%PDF-1.7\n%\x80\x80\x80\x80\n"
PACKED_TOGETHER: Final = 200
ROW: Final = struct.Struct(">BIH")  # of the table of objects: kind, place, index
FREE, PLAIN, PACKED = range(3)


class PdfFile:
    """Objects in, one file out; of an object that was put only its place is kept."""

    def __init__(self, file: BinaryIO, reserved: int) -> None:
        self._file = file
        self._size = 0
        self._digest = hashlib.md5(usedforsecurity=False)  # a name for the file, as long as readers expect it
        self._rows = bytearray(ROW.pack(FREE, 0, 0xFFFF))
        self._packed: list[tuple[int, bytes]] = []
        self._write(HEAD)
        self.numbers(reserved)

    def numbers(self, count: int) -> int:
        """The first of *count* new numbers for objects."""
        first = len(self._rows) // ROW.size
        self._rows += ROW.pack(FREE, 0, 0xFFFF) * count
        return first

    def put(self, number: int, body: bytes) -> None:
        """Write object *number*."""
        if STREAM in body:
            self._put_plain(number, body)
            return
        self._packed.append((number, body))
        if len(self._packed) == PACKED_TOGETHER:
            self._pack()

    def close(self, catalog: int, information: int) -> None:
        """Write the table of objects; the file begins with the objects *catalog* and *information*."""
        self._pack()
        name = self._digest.hexdigest().encode()
        number = self.numbers(1)
        start = self._size
        self._place(number, PLAIN, start, 0)
        rows = _differences(bytes(self._rows))
        self._write(
            b"%d 0 obj\n<</Type/XRef/Size %d/W[1 4 2]/Root %d 0 R/Info %d 0 R/ID[<%s><%s>]/Filter/FlateDecode"
            b"/DecodeParms<</Columns %d/Predictor 12>>/Length %d>>%s%s\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n"
            % (number, number + 1, catalog, information, name, name, ROW.size, len(rows), STREAM, rows, start)
        )

    def _put_plain(self, number: int, body: bytes) -> None:
        self._place(number, PLAIN, self._size, 0)
        self._write(b"%d 0 obj\n%s\nendobj\n" % (number, body))

    def _pack(self) -> None:
        if not self._packed:
            return
        stream = self.numbers(1)
        places, bodies, at = [], [], 0
        for index, (number, body) in enumerate(self._packed):
            self._place(number, PACKED, stream, index)
            places.append(b"%d %d" % (number, at))
            bodies.append(body)
            at += len(body) + 1
        head = b" ".join(places) + b"\n"
        data = zlib.compress(head + b"\n".join(bodies))
        form = b"<</Type/ObjStm/N %d/First %d/Filter/FlateDecode/Length %d>>" % (len(places), len(head), len(data))
        self._packed.clear()
        self._put_plain(stream, form + STREAM + data + b"\nendstream")

    def _place(self, number: int, kind: int, place: int, index: int) -> None:
        ROW.pack_into(self._rows, number * ROW.size, kind, place, index)

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self._digest.update(data)
        self._size += len(data)


def _differences(rows: bytes) -> bytes:
    """*rows*, each as its difference to the one before, which is nearly always the same, compressed."""
    count = len(rows) // ROW.size
    # All bytes at once, as one number: the highest bit of each is kept apart, so that none borrows from its neighbour.
    high = int.from_bytes(b"\x80" * len(rows))
    new, old = int.from_bytes(rows), int.from_bytes(bytes(ROW.size) + rows[: -ROW.size])
    changed = (((new | high) - (old & ~high)) ^ ((new ^ ~old) & high)).to_bytes(len(rows))
    prepared = bytearray(b"\x02" * (count * (ROW.size + 1)))
    for column in range(ROW.size):
        prepared[column + 1 :: ROW.size + 1] = changed[column :: ROW.size]
    return zlib.compress(prepared)
