"""The last page of a part, taken away so that the next part begins with what stood on it and no page is left half empty."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, Final

from pressroom.writers.pdf_blocks import inner_blocks
from pressroom.writers.pdf_objects import Objects, between, is_empty_heading, references
from pressroom.writers.pdf_parts import Place, Stretch

MOST_PAGES: Final = 4  # one in so many may be set again, where the last ones begin in the middle of something
KIDS: Final = re.compile(rb"/K\[(?:[^\]<]|<<(?:(?!>>).)*>>)*\](?=[^\]]*$)", re.DOTALL)
INNER: Final = re.compile(rb"<<(?:(?!>>).)*>>", re.DOTALL)
PARENT: Final = re.compile(rb"/P (\d+) 0 R")
KIND: Final = re.compile(rb"<</Type/StructElem/S/(\w+)")
PLACE: Final = re.compile(rb"/StructParents (\d+)")
OWN: Final = re.compile(rb"/(?:Contents |Annots\[|Resources )((?:\d+ 0 R ?)+)")
ENTRY: Final = re.compile(rb"(\d+) (\d+) 0 R")
NAME: Final = re.compile(rb"\([^)]*\)(\d+) 0 R")
# What shows in the tags where it ends; a line or a picture without a text may be the first of a page unseen.
TOLD: Final = ("heading", "paragraph", "list", "quote", "table", "kpis", "chart", "notice", "page-break")
HEADING: Final = re.compile(rb"H\d")
TABLE: Final = b"Table"

Path = list[int]  # tags, each the parent of the next


@dataclass(frozen=True, slots=True)
class Cut:
    """The pages that stay of a part, the place of what follows, and the tags from the outermost to the first that goes."""

    pages: int
    place: Place
    path: Path


def cut_of(objects: Objects, part: Stretch) -> Cut | None:
    """Where to cut *part*, set as *objects*: before its last page, or one shortly before, that begins with a row or a block.

    None where no such page begins with something that can be set anew on its own.
    """
    last = len(objects.pages) - 1
    seeker = _Seeker(objects, part)
    pages = range(last, max(0, last - max(2, last // MOST_PAGES)), -1)
    return next((cut for page in pages if (cut := seeker.cut_before(page))), None)


def shorten(objects: Objects, cut: Cut) -> None:
    """Take from *objects* the pages that go, with their bookmarks and tags."""
    for bookmark, _ in list(objects.bookmarks()):
        if objects.page_of(bookmark) > cut.pages:
            objects.drop(bookmark)
    kept, gone = objects.pages[: cut.pages], objects.pages[cut.pages :]
    shared = {own for page in kept for own in _own_objects(objects[page])}
    for page in gone:
        for own in {page, *_own_objects(objects[page])} - shared:
            objects.drop(own)
    objects.keep_pages(cut.pages)
    _shorten_tags(objects, cut)


def _own_objects(page: bytes) -> list[int]:
    return [own for found in OWN.findall(page) for own in references(found)]


def _shorten_tags(objects: Objects, cut: Cut) -> None:
    goes = True
    for parent, child in reversed(list(pairwise(cut.path))):
        kids = _kids(objects[parent])
        at = kids.index(child) + (not goes)
        for tag in kids[at:]:
            _drop_tag(objects, tag)
        goes = not at
        if at:
            listed = b" ".join(b"%d 0 R" % tag for tag in kids[:at])
            objects.replace(parent, KIDS.sub(b"/K[%s]" % listed, objects[parent], count=1))
    root = objects.entry(b"/StructTreeRoot") or 0
    tags = objects[root]
    most = _place(objects, objects.pages[-1])
    entries, names = between(tags, b"/Nums[", b"]"), between(tags, b"/Names[", b"]")
    for place, own in ENTRY.findall(entries):
        if int(place) > most and not KIND.match(objects[int(own)]):
            objects.drop(int(own))
    kept = b" ".join(match[0] for match in ENTRY.finditer(entries) if int(match[1]) <= most)
    named = b"".join(match[0] for match in NAME.finditer(names) if objects[int(match[1])])
    objects.replace(
        root, tags.replace(entries, kept, 1).replace(names, named, 1) if names else tags.replace(entries, kept, 1)
    )


def _drop_tag(objects: Objects, tag: int) -> None:
    for kid in _kids(objects[tag]):
        _drop_tag(objects, kid)
    objects.drop(tag)


def _kids(tag: bytes) -> list[int]:
    """The tags right below *tag*, of which content and annotations are none."""
    found = KIDS.search(tag)
    return references(INNER.sub(b"", found[0])) if found else []


def _place(objects: Objects, page: int) -> int:
    found = PLACE.search(objects[page])
    return int(found[1]) if found else -1


@dataclass(frozen=True)
class _Seeker:
    """Looks in the tags of a part for what its pages begin with."""

    objects: Objects
    part: Stretch

    def cut_before(self, page: int) -> Cut | None:
        """The cut before *page*, counted from 0, if it begins with something that can be set anew."""
        tags, before = self._tags_on(page), frozenset(self._tags_on(page - 1))
        if not tags or not before or not self._top_blocks:
            return None
        path = list(self._upwards(tags[0]))[::-1]
        found = self._row(path, before) or self._block(path, before)
        return Cut(page, found[0], found[1]) if found else None

    def _row(self, path: Path, before: frozenset[int]) -> tuple[Place, Path] | None:
        """The row of a table that begins the page, if the one before ended the page before."""
        number = self._top_blocks.get(path[1])
        row = next((at for at, tag in enumerate(path) if self._kind(tag) == b"TR"), None)
        if number is None or row is None:
            return None
        block = self.part.blocks[number]
        tags = [tag for group in self._kids(path[1]) for tag in self._kids(group)]
        heads = (2 if block["headings"] else 1) + block["opened"]
        if len(tags) != heads + len(block["rows"]) - block["opened"] + (block["totals"] is not None):
            return None
        at = tags.index(path[row])
        is_row = 0 < at - heads < len(block["rows"]) - block["opened"]
        if not is_row or self._is_on(tags[at], before) or not self._is_on(tags[at - 1], before):
            return None
        return self.part.place_of(number, at - heads), path[: row + 1]

    def _block(self, path: Path, before: frozenset[int]) -> tuple[Place, Path] | None:
        """The heading, or the table with its title, that begins the page."""
        kids = self._kids(path[0])
        at = kids.index(path[1])
        number = self._top_blocks.get(path[1])
        if number is None:  # perhaps the title of the table that follows
            number = self._top_blocks.get(kids[at + 1]) if at + 1 < len(kids) else None
            if number is None or not self.part.blocks[number].get("title"):
                return None
        elif self._kind(path[1]) == TABLE:
            return None
        is_told = number > 0 and _is_told(self.part.blocks[number - 1])
        return (self.part.place_of(number), path[:2]) if is_told and not self._is_on(path[1], before) else None

    @cached_property
    def _top_blocks(self) -> dict[int, int]:
        """The tags of headings and tables that stand in nothing else, each with the number of its block; none if they do not match."""
        found = list(self._marks(self._document))
        known = [mark for number, block in enumerate(self.part.blocks) for mark in _marks_of(block, number)]
        if [kind for kind, _ in found] != [kind for kind, _ in known]:
            return {}
        return {tag: number for (_, tag), (_, number) in zip(found, known, strict=True) if number is not None}

    def _marks(self, tag: int) -> Iterator[tuple[bytes, int]]:
        for kid in self._kids(tag):
            kind = self._kind(kid)
            if kind == TABLE or HEADING.fullmatch(kind):
                if kind == TABLE or not is_empty_heading(self.objects[kid]):
                    yield kind[:1], kid
            else:
                yield from self._marks(kid)

    @cached_property
    def _document(self) -> int:
        (document,) = references(between(self.objects[self.objects.entry(b"/StructTreeRoot") or 0], b"/K[", b"]"))
        return document

    @cached_property
    def _places(self) -> dict[int, int]:
        entries = between(self.objects[self.objects.entry(b"/StructTreeRoot") or 0], b"/Nums[", b"]")
        return {int(place): int(own) for place, own in ENTRY.findall(entries)}

    def _tags_on(self, page: int) -> list[int]:
        """The tags of what stands on *page*, in order."""
        own = self._places.get(_place(self.objects, self.objects.pages[page]))
        return references(self.objects[own]) if own else []

    def _upwards(self, tag: int) -> Iterator[int]:
        while tag != self._document:
            yield tag
            found = PARENT.search(self.objects[tag])
            assert found
            tag = int(found[1])
        yield tag

    def _is_on(self, tag: int, page: frozenset[int]) -> bool:
        """Whether something of *tag* is among the tags of *page*."""
        return tag in page or any(self._is_on(kid, page) for kid in self._kids(tag))

    def _kids(self, tag: int) -> list[int]:
        return _kids(self.objects[tag])

    def _kind(self, tag: int) -> bytes:
        found = KIND.match(self.objects[tag])
        return found[1] if found else b""


def _marks_of(block: Mapping[str, Any], number: int | None) -> Iterator[tuple[bytes, int | None]]:
    """The headings and tables of *block* in the order of their tags, each with the *number* of the block if it begins it."""
    if block["kind"] in ("heading", "table"):
        yield block["kind"][:1].upper().encode(), number
    for at, inner in enumerate(inner_blocks(block)):
        begins = at == 0 and block["kind"] == "together" and inner["kind"] == "heading"
        yield from _marks_of(inner, number if begins else None)


def _is_told(block: Mapping[str, Any]) -> bool:
    """Whether the tags say on which page *block* ends."""
    if block["kind"] in ("lanes", "together"):
        last = [blocks[-1] for blocks in block.get("lanes", [block.get("blocks")]) if blocks]
        return bool(last) and all(map(_is_told, last))
    return block["kind"] in TOLD
