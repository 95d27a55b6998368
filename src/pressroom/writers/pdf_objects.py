"""The objects of a PDF that Typst wrote, as bytes: each on its own, none of them compressed (ISO 32000-1, 7.3)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

STREAM: Final = b"\nstream\n"
REFERENCE: Final = re.compile(rb"(\d+) 0 R")
# References and numbers of the parent tree; strings are passed over, whatever stands in them.
TOKEN: Final = re.compile(rb"(\d+) 0 R|(/StructParents? )(\d+)|(\((?:\\.|[^\\()])*\))|<[0-9A-Fa-f]*>", re.DOTALL)
NESTED: Final = re.compile(rb"\((?:\\.|[^\\()])*\(", re.DOTALL)
BRACKET: Final = re.compile(rb"\\.|[()]", re.DOTALL)
TABLE_OF_OFFSETS: Final = re.compile(rb"xref\s+0 (\d+)\s+")
OFFSET_LENGTH: Final = 20
EMPTY_HEADING: Final = re.compile(rb"<</Type/StructElem/S/H\d/.*/K\[\]>>", re.DOTALL)


class Objects:
    """A PDF of Typst by the numbers of its objects."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._replaced: dict[int, bytes] = {}
        start = int(data[data.rindex(b"startxref") + 9 :].split(maxsplit=1)[0])
        head = TABLE_OF_OFFSETS.match(data, start)
        assert head
        self.count = int(head[1]) - 1
        rows = data[head.end() : head.end() + OFFSET_LENGTH * (self.count + 1)]
        places = [rows[at : at + OFFSET_LENGTH] for at in range(0, len(rows), OFFSET_LENGTH)]
        self._offsets = [int(row[:10]) if row[17:18] == b"n" else 0 for row in places]
        self._ends = dict(zip(ordered := sorted(filter(None, self._offsets)), [*ordered[1:], start], strict=True))
        trailer = data[head.end() + len(rows) :]
        self.root = _number(trailer, b"/Root")
        self.information = _number(trailer, b"/Info")
        self.catalog = self[self.root]
        self.page_tree = _number(self.catalog, b"/Pages")
        self.pages = references(between(self[self.page_tree], b"/Kids[", b"]"))

    def __getitem__(self, number: int) -> bytes:
        """What object *number* holds; empty when there is none."""
        if number in self._replaced:
            return self._replaced[number]
        offset = self._offsets[number]
        if not offset:
            return b""
        raw = self._data[offset : self._ends[offset]]
        return raw[raw.index(b"obj\n") + 4 : raw.rindex(b"\nendobj")]

    def replace(self, number: int, body: bytes) -> None:
        """Let object *number* hold *body*."""
        self._replaced[number] = body

    def drop(self, number: int) -> None:
        """Let there be no object *number*."""
        self._replaced[number] = b""

    def keep_pages(self, count: int) -> None:
        """Let there be the first *count* pages only."""
        self.pages = self.pages[:count]
        tree = self[self.page_tree]
        listed = b" ".join(b"%d 0 R" % page for page in self.pages)
        tree = tree.replace(between(tree, b"/Kids[", b"]"), listed, 1)
        self.replace(self.page_tree, re.sub(rb"/Count \d+", b"/Count %d" % count, tree, count=1))

    def entry(self, name: bytes) -> int | None:
        """The number of the object that the catalog names *name*."""
        return _found(self.catalog, name)

    def bookmarks(self) -> Iterator[tuple[int, int]]:
        """The numbers of the bookmarks in the order of the document, each with its level."""
        root = self.entry(b"/Outlines")
        if root is not None:
            yield from self._below(root, 1)

    def _below(self, parent: int, level: int) -> Iterator[tuple[int, int]]:
        number = _found(_links(self[parent]), b"/First")
        while number is not None and self[number]:
            yield number, level
            yield from self._below(number, level + 1)
            number = _found(_links(self[number]), b"/Next")

    def page_of(self, bookmark: int) -> int:
        """The page, counted from 1, to which *bookmark* leads."""
        target = self[_number(self[bookmark], b"/Dest")]
        return 1 + self.pages.index(references(target)[0])


def bookmark_text(body: bytes) -> bytes:
    """What a bookmark says and where it leads, without its neighbours."""
    return body[body.index(b"/Title") :].removesuffix(b">>")


def is_empty_heading(tag: bytes) -> bool:
    """Whether *tag* is a heading that nobody reads or hears."""
    return EMPTY_HEADING.fullmatch(tag) is not None


def renumbered(
    body: bytes,
    number: Callable[[int], int],
    *,
    first_parent: int = 0,
    text: Callable[[bytes], bytes] | None = None,
) -> bytes:
    """*body* with other numbers for objects and for its place in the parent tree, and its short strings as *text* has them."""

    def token(match: re.Match[bytes]) -> bytes:
        reference, key, place, string = match.groups()
        if reference:
            return b"%d 0 R" % number(int(reference))
        if key:
            return b"%s%d" % (key, int(place) + first_parent)
        return text(string) if string and text else match[0]

    if NESTED.search(body) is None:
        return TOKEN.sub(token, body)
    return b"".join(piece if is_text else TOKEN.sub(token, piece) for piece, is_text in _apart(body))


def _apart(body: bytes) -> Iterator[tuple[bytes, bool]]:
    """Strings, with brackets in them, and what stands between."""
    depth = start = 0
    for match in BRACKET.finditer(body):
        if match[0] == b"(":
            if depth == 0:
                yield body[start : match.start()], False
                start = match.start()
            depth += 1
        elif match[0] == b")":
            depth -= 1
            if depth == 0:
                yield body[start : match.end()], True
                start = match.end()
    yield body[start:], False


def references(body: bytes) -> list[int]:
    """The numbers of the objects named in *body*, in order."""
    return [int(number) for number in REFERENCE.findall(body)]


def between(body: bytes, opening: bytes, closing: bytes) -> bytes:
    """What stands between *opening* and the next *closing*; empty when *opening* is not there."""
    _, found, rest = body.partition(opening)
    return rest.partition(closing)[0] if found else b""


def _links(body: bytes) -> bytes:
    return body.partition(b"/Title")[0]


def _found(body: bytes, name: bytes) -> int | None:
    match = re.search(name + rb" (\d+) 0 R", body)
    return int(match[1]) if match else None


def _number(body: bytes, name: bytes) -> int:
    number = _found(body, name)
    assert number is not None, name
    return number
