"""Putting the parts of a PDF together with their tags and bookmarks, one after the other.

Nothing is kept of a part that was written, so that a long report needs the memory of its longest part. A library that holds
all objects needed 416 MB for 900 pages, for tags are many small objects: one for each cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from pressroom.writers.pdf_file import PdfFile
from pressroom.writers.pdf_objects import (
    STREAM,
    Objects,
    between,
    bookmark_text,
    is_empty_heading,
    references,
    renumbered,
)

CATALOG, PAGES, TAGS, DOCUMENT, BOOKMARKS, INFORMATION, METADATA = FIXED = range(1, 8)
CLAIM: Final = b"pdfuaid"
TAG: Final = b"<</Type/StructElem/"
TABLE_TAG: Final = TAG + b"S/Table/"
TAGS_ENTRY: Final = b"/StructTreeRoot "
WHOLE_ENTRIES: Final = re.compile(rb"/(Pages|Metadata|StructTreeRoot|Outlines) \d+ 0 R")
KIDS: Final = re.compile(rb"/K\[[^]]*\]")
PAGE_COUNT: Final = re.compile(rb"(<xmpTPg:NPages>)\d+")
NAME: Final = re.compile(rb"\([^)]*\)\d+ 0 R")
NUMBERED: Final = re.compile(rb"\d+ (\d+) 0 R")
HEADER_NAME: Final = re.compile(rb"\(U\d+x\d+y\d+\)")


@dataclass(slots=True)
class _Table:
    """A table that may go on in the next part."""

    number: int
    body: bytes
    rows: list[int]


@dataclass(slots=True)
class _Part:
    """A part on its way into the whole."""

    objects: Objects
    base: int  # what is added to the numbers of its objects
    first_parent: int
    prefix: bytes  # of the names of the heads of its tables, which begin anew in each part
    shared: dict[int, int] = field(default_factory=dict)  # objects that the whole has once
    # What stands in their place; nothing, if the whole writes them.
    changed: dict[int, bytes] = field(default_factory=dict)

    def number(self, own: int) -> int:
        return self.shared.get(own, self.base + own)

    def read(self, own: int) -> bytes:
        """Object *own* as it stands in the whole."""
        body = self.changed.get(own, self.objects[own])
        head, stream, rest = body.partition(STREAM)
        text = self.named if head.startswith(TAG) else None
        return renumbered(head, self.number, first_parent=self.first_parent, text=text) + stream + rest

    def named(self, text: bytes) -> bytes:
        return b"(%s%s" % (self.prefix, text[1:]) if HEADER_NAME.fullmatch(text) else text


def pack(data: bytes, file: BinaryIO) -> None:
    """Write *data*, a whole PDF, to *file* with its small objects compressed."""
    objects = Objects(data)
    packed = PdfFile(file, objects.count)
    for number in range(1, objects.count + 1):
        if body := objects[number]:
            packed.put(number, body)
    packed.close(objects.root, objects.information)


class Merged:
    """One PDF written to *file*, described as its first part; `close` completes it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = PdfFile(file, len(FIXED))
        self._parts: list[tuple[int, int]] = []  # the page tree of each, and its pages
        self._parents: list[int] = []
        self._names: list[bytes] = []
        self._role_map = b""
        self._tags: list[int] = []
        self._table: _Table | None = None
        self._bookmarks: list[tuple[int, bytes]] = []
        self._catalog = self._information = self._metadata = b""

    def add(self, objects: Objects, levels: Sequence[int] = (), *, is_continued: bool = False) -> int:
        """Write the part *objects*, whose headings have *levels*, and return the number of its pages.

        Where it *is_continued*, its first table is the rest of the last one before.
        """
        base = self._file.numbers(objects.count) - 1
        part = _Part(objects, base, len(self._parents), b"%d-" % len(self._parts) if self._parts else b"")
        self._describe(part)
        self._mark(part, levels)
        if TAGS_ENTRY in objects.catalog:
            self._tag(part, is_continued=is_continued)
        tree = objects[objects.page_tree]
        part.changed[objects.page_tree] = tree.replace(b"/Type/Pages", b"/Type/Pages/Parent 0 0 R", 1)
        part.shared[0] = PAGES
        for own in range(1, objects.count + 1):
            if body := part.read(own):
                self._file.put(base + own, body)
        self._parts.append((base + objects.page_tree, len(objects.pages)))
        return len(objects.pages)

    def close(self) -> None:
        """Write what only the whole has."""
        self._put_table()
        put = self._file.put
        count = sum(pages for _, pages in self._parts)
        put(PAGES, b"<</Type/Pages/Count %d/Kids[%s]>>" % (count, _listed(tree for tree, _ in self._parts)))
        if self._tags:
            self._put_tags()
        if self._bookmarks:
            for number, body in _linked(self._bookmarks, self._file.numbers(len(self._bookmarks))):
                put(number, body)
        put(METADATA, _with_length(PAGE_COUNT.sub(rb"\g<1>%d" % count, self._metadata)))
        put(INFORMATION, self._information)
        put(CATALOG, self._catalog_of_all())
        self._file.close(CATALOG, INFORMATION)

    def _catalog_of_all(self) -> bytes:
        own = WHOLE_ENTRIES.sub(b"", self._catalog).removesuffix(b">>")
        tags = b"/StructTreeRoot %d 0 R" % TAGS if self._tags else b""
        bookmarks = b"/Outlines %d 0 R" % BOOKMARKS if self._bookmarks else b""
        return b"%s/Pages %d 0 R/Metadata %d 0 R%s%s>>" % (own, PAGES, METADATA, tags, bookmarks)

    def _describe(self, part: _Part) -> None:
        """Takes over what *part* says of itself; the whole claims no more than each part keeps."""
        objects = part.objects
        metadata = objects.entry(b"/Metadata") or 0
        if not self._parts:
            self._catalog, self._information = part.read(objects.root), part.read(objects.information)
        if not self._parts or (CLAIM in self._metadata and CLAIM not in objects[metadata]):
            self._metadata = part.read(metadata)
        part.changed |= dict.fromkeys((objects.root, objects.information, metadata), b"")

    def _mark(self, part: _Part, levels: Sequence[int]) -> None:
        """Takes over the bookmarks of *part*, at the *levels* of their headings if these are known."""
        found = list(part.objects.bookmarks())
        known = levels if len(levels) == len(found) else [level for _, level in found]
        texts = [bookmark_text(part.read(own)) for own, _ in found]
        self._bookmarks += zip(known, texts, strict=True)
        part.changed |= dict.fromkeys([own for own, _ in found], b"")
        part.changed[part.objects.entry(b"/Outlines") or 0] = b""

    def _tag(self, part: _Part, *, is_continued: bool) -> None:
        """Takes over the tags of *part* below those of the whole."""
        objects = part.objects
        root = objects.entry(b"/StructTreeRoot") or 0
        tags = objects[root]
        (document,) = references(between(tags, b"/K[", b"]"))
        part.shared |= {root: TAGS, document: DOCUMENT}
        part.changed |= {root: b"", document: b""}
        kids = references(between(objects[document], b"/K[", b"]"))
        for empty in [own for own in kids if is_empty_heading(objects[own])]:
            kids.remove(empty)
            part.changed[empty] = b""
        if is_continued and self._table and objects[kids[0]].startswith(TABLE_TAG):
            self._continue_table(part, kids.pop(0))
        if kids:
            self._put_table()
            self._hold_table(part, kids[-1])
        self._tags += map(part.number, kids)
        self._role_map = self._role_map or between(tags, b"/RoleMap<<", b">>")
        self._names += NAME.findall(renumbered(between(tags, b"/Names[", b"]"), part.number, text=part.named))
        self._parents += [part.number(int(own)) for own in NUMBERED.findall(between(tags, b"/Nums[", b"]"))]

    def _continue_table(self, part: _Part, table: int) -> None:
        """The rows of *table*, its head among them, become rows of the table before: a table has one head."""
        assert self._table
        part.shared[table] = self._table.number
        part.changed[table] = b""
        for own in references(between(part.objects[table], b"/K[", b"]")):
            part.changed[own] = part.objects[own].replace(b"/S/THead/", b"/S/TBody/", 1)
            self._table.rows.append(part.number(own))

    def _hold_table(self, part: _Part, tag: int) -> None:
        if part.objects[tag].startswith(TABLE_TAG):
            body = part.read(tag)
            self._table = _Table(part.number(tag), body, references(between(body, b"/K[", b"]")))
            part.changed[tag] = b""

    def _put_table(self) -> None:
        if self._table:
            self._file.put(
                self._table.number, KIDS.sub(b"/K[%s]" % _listed(self._table.rows), self._table.body, count=1)
            )
            self._table = None

    def _put_tags(self) -> None:
        parents = b" ".join(b"%d %d 0 R" % pair for pair in enumerate(self._parents))
        names = b"/IDTree<</Names[%s]>>" % b"".join(sorted(self._names)) if self._names else b""
        self._file.put(DOCUMENT, b"<</Type/StructElem/S/Document/P %d 0 R/K[%s]>>" % (TAGS, _listed(self._tags)))
        self._file.put(
            TAGS,
            b"<</Type/StructTreeRoot/RoleMap<<%s>>/K[%d 0 R]/ParentTree<</Nums[%s]>>%s/ParentTreeNextKey %d>>"
            % (self._role_map, DOCUMENT, parents, names, len(self._parents)),
        )


def _linked(bookmarks: Sequence[tuple[int, bytes]], first: int) -> Iterator[tuple[int, bytes]]:
    """The objects of *bookmarks*, which have levels and texts and are numbered from *first*, as a tree."""
    below: dict[int, list[int]] = {BOOKMARKS: []}
    parents: list[int] = []
    path: list[tuple[int, int]] = []
    for number, (level, _) in enumerate(bookmarks, first):
        while path and path[-1][0] >= level:
            path.pop()
        parents.append(path[-1][1] if path else BOOKMARKS)
        below.setdefault(parents[-1], []).append(number)
        path.append((level, number))
    yield BOOKMARKS, b"<</Type/Outlines%s/Count %d>>" % (_ends(below[BOOKMARKS]), len(below[BOOKMARKS]))
    for number, (_, text), parent in zip(range(first, first + len(bookmarks)), bookmarks, parents, strict=True):
        row = below[parent]
        place = row.index(number)
        before = b"/Prev %d 0 R" % row[place - 1] if place else b""
        after = b"/Next %d 0 R" % row[place + 1] if place + 1 < len(row) else b""
        inner = below.get(number, [])
        more = b"%s/Count -%d" % (_ends(inner), len(inner)) if inner else b""
        yield number, b"<</Parent %d 0 R%s%s%s%s>>" % (parent, before, after, more, text)


def _ends(numbers: Sequence[int]) -> bytes:
    return b"/First %d 0 R/Last %d 0 R" % (numbers[0], numbers[-1])


def _listed(numbers: Iterable[int]) -> bytes:
    return b" ".join(b"%d 0 R" % number for number in numbers)


def _with_length(body: bytes) -> bytes:
    """*body*, a stream that is not compressed, with the length that it has."""
    head, stream, rest = body.partition(STREAM)
    text = rest.removesuffix(b"\nendstream")
    return re.sub(rb"/Length \d+", b"/Length %d" % len(text), head, count=1) + stream + rest
