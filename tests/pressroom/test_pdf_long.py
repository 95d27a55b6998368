"""PDFs set in parts and put together: pages, bookmarks, and the tags that software for blind readers follows."""

import io
import re
import shutil
import subprocess
from dataclasses import replace

import pytest
from pypdf import PdfReader

from pressroom.appearance import PageNumber, Running
from pressroom.document import Document, Heading, Kind, Paragraph, Span, Table, Total
from pressroom.writers import pdf
from pressroom.writers.pdf_blocks import Press
from pressroom.writers.pdf_objects import Objects, renumbered
from tests.pressroom.documents import MemoryResults, document, prose, table_of
from tests.pressroom.test_pdf import listing

ROWS = 90
CELLS_IN_ONE_PART = 30 * 8


def joined(shown: Document, results: MemoryResults, most_cells: int = CELLS_IN_ONE_PART) -> bytes:
    """*shown* set in parts, much smaller ones than those of a long report."""
    press = Press(shown, results)
    file = io.BytesIO()
    pdf._Setting(shown, press).put(press.blocks(), file, most_cells)
    return file.getvalue()


def headed(level: int, words: str) -> Heading:
    return Heading(level, (Span(words),))


@pytest.fixture(scope="module")
def made() -> bytes:
    results = MemoryResults()
    blocks = (
        headed(1, "Before (all (5 0 R)) of it"),
        prose("Words"),
        listing(results, ROWS),
        headed(2, "Within"),
        headed(1, "After"),
    )
    return joined(document(*blocks), results)


@pytest.fixture(scope="module")
def reader(made) -> PdfReader:
    return PdfReader(io.BytesIO(made))


def walked(tag, depth=0):
    """All tags below *tag* with the tag that holds them."""
    kids = tag.get("/K", [])
    for kid in kids if isinstance(kids, list) else [kids]:
        inner = kid.get_object()
        if isinstance(inner, dict) and "/S" in inner:
            yield tag, inner
            yield from walked(inner, depth + 1)


def test_all_rows_and_running_page_numbers_are_there(reader):
    pages = [page.extract_text() for page in reader.pages]
    assert [int(re.search(r"Page (\d+)", page)[1]) for page in pages] == list(range(1, len(pages) + 1))
    assert re.findall(r"N-(\d{5})", " ".join(pages)) == [f"{n:05}" for n in range(ROWS)]
    assert len(pages) == 3
    assert reader.metadata.title == "Airport punctuality"


def test_the_same_document_gives_the_same_bytes():
    results = MemoryResults()
    once, again = (joined(document(listing(results, ROWS)), results) for _ in range(2))
    assert once == again


def test_bookmarks_keep_their_tree_across_parts(reader):
    first, inner, last = reader.outline[0], reader.outline[1], reader.outline[-1]
    assert [first.title, [entry.title for entry in inner], last.title] == [
        "Before (all (5 0 R)) of it",
        ["Within"],
        "After",
    ]
    assert reader.get_destination_page_number(first) == 0
    assert reader.get_destination_page_number(last) == len(reader.pages) - 1


def test_the_whole_is_one_table_for_those_who_hear_it(reader):
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"].value is True
    assert b"pdfuaid" in root["/Metadata"].get_data()
    tags = list(walked(root["/StructTreeRoot"]))
    counts = {
        name: sum(tag["/S"] == name for _, tag in tags)
        for name in ("/Document", "/Table", "/THead", "/TD", "/H1", "/H2")
    }
    assert counts == {"/Document": 1, "/Table": 1, "/THead": 1, "/TD": ROWS * 8, "/H1": 2, "/H2": 1}


def test_each_tag_names_its_parent_and_each_cell_heads_that_exist(reader):
    root = reader.trailer["/Root"]["/StructTreeRoot"]
    assert {id(tag["/P"].get_object()) == id(parent) for parent, tag in walked(root)} == {True}
    names = [str(name) for name in root["/IDTree"]["/Names"][::2]]
    heads = [str(tag["/ID"]) for _, tag in walked(root) if "/ID" in tag]
    used = {str(name) for _, tag in walked(root) if tag["/S"] == "/TD" for name in tag["/A"][0]["/Headers"]}
    assert names == sorted(set(heads))
    assert len(heads) == len(names) == 3 * 8
    assert used == set(heads)


def test_the_content_of_each_page_finds_its_tags(reader):
    numbers = reader.trailer["/Root"]["/StructTreeRoot"]["/ParentTree"]["/Nums"]
    places = dict(zip(numbers[::2], numbers[1::2], strict=True))
    assert list(places) == list(range(len(reader.pages)))
    for page in reader.pages:
        tags = places[page["/StructParents"]].get_object()
        assert {tag.get_object()["/Pg"].get_object() == page for tag in tags} == {True}


def test_another_program_reads_the_tags(made, tmp_path):
    pdfinfo = shutil.which("pdfinfo")
    if pdfinfo is None:
        pytest.skip("pdfinfo (poppler-utils) is not installed")
    path = tmp_path / "long.pdf"
    path.write_bytes(made)
    done = subprocess.run([pdfinfo, "-struct-text", path], capture_output=True, text=True, check=True)
    assert re.findall(r'^ *"(N-\d{5})"$', done.stdout, re.MULTILINE) == [f"N-{n:05}" for n in range(ROWS)]
    assert len(re.findall(r"^ *Table\b", done.stdout, re.MULTILINE)) == 1


def test_a_part_with_characters_without_a_font_takes_the_claim_from_all():
    results = MemoryResults()
    table = table_of(results, "odd", {f"c{n}": Kind.TEXT for n in range(8)}, [("\U00010600" if n == ROWS - 1 else "x",) * 8 for n in range(ROWS)], limit=ROWS)  # fmt: skip
    root = PdfReader(io.BytesIO(joined(document(table), results))).trailer["/Root"]
    assert "/StructTreeRoot" in root
    assert b"pdfuaid" not in root["/Metadata"].get_data()


def test_contents_and_the_number_of_pages_are_known_to_all_parts():
    results = MemoryResults()
    footer = Running(left=("Page ", PageNumber.NUMBER, " of ", PageNumber.COUNT))
    blocks = (headed(1, "First"), listing(results, ROWS), headed(1, "Last"))
    made = PdfReader(io.BytesIO(joined(replace(document(*blocks), contents=True, footer=footer), results)))
    pages = [page.extract_text() for page in made.pages]
    assert all(f"Page {n} of {len(pages)}" in page for n, page in enumerate(pages, 1))
    assert re.search(rf"First[ .]+1\s*Last[ .]+{len(pages)}\b", pages[0])


def test_the_header_runs_on_the_first_page_of_each_part_with_its_number():
    results = MemoryResults()
    shown = document(listing(results, ROWS))
    numbered = replace(shown, header=Running(left=("Sheet ", PageNumber.NUMBER)))
    for one, wanted in ((shown, "July 2013 · JFK"), (numbered, "Sheet {}")):
        pages = [page.extract_text() for page in PdfReader(io.BytesIO(joined(one, results))).pages]
        assert all(wanted.format(number) in page for number, page in enumerate(pages, 1))


def test_references_in_strings_are_text():
    body = b"<</Title(a (5 0 R) \\) 6 0 R)/P 7 0 R/K[8 0 R]/T<FEFF0035>/StructParent 3/U(9 0 R)>>"
    made = renumbered(body, lambda number: number + 100, first_parent=20)
    assert made == b"<</Title(a (5 0 R) \\) 6 0 R)/P 107 0 R/K[108 0 R]/T<FEFF0035>/StructParent 23/U(9 0 R)>>"


def test_a_pdf_of_typst_is_read_object_by_object():
    from pressroom.writers import pdf_typst

    objects = Objects(pdf_typst.compile_pdf("#set document(title: [x])\n= One\n#pagebreak()\n= Two", {}, timestamp=0))
    assert [(objects.page_of(bookmark), level) for bookmark, level in objects.bookmarks()] == [(1, 1), (2, 1)]


def test_a_table_of_many_cells_is_set_in_parts_by_itself():
    results = MemoryResults()
    made = PdfReader(io.BytesIO(pdf.pdf(document(listing(results, 1600)), results)))
    text = " ".join(page.extract_text() for page in made.pages)
    assert re.findall(r"N-(\d{5})", text) == [f"{n:05}" for n in range(1600)]
    tags = [tag["/S"] for _, tag in walked(made.trailer["/Root"]["/StructTreeRoot"])]
    assert (tags.count("/Table"), tags.count("/TBody"), tags.count("/TD")) == (1, 5, 1600 * 8)


def grouped(results: MemoryResults, rows: int) -> Table:
    kinds = {"region": Kind.TEXT, "name": Kind.TEXT, "note": Kind.TEXT, "amount": Kind.INTEGER}
    data = [(f"Region {n // 23}", f"N-{n:05}", "words " * (1 + n * 7 % 60), n) for n in range(rows)]
    made = table_of(results, "grouped", kinds, data, limit=rows, title="Grouped")
    region, *others, amount = made.columns
    return replace(made, groups=(region,), columns=(*others, replace(amount, total=Total.SUM)))


def rows_of_pages(made: PdfReader) -> list[list[str]]:
    return [re.findall(r"N-\d{5}", page.extract_text()) for page in made.pages]


def kinds_of_tags(made: PdfReader) -> list[str]:
    return [tag["/S"] for _, tag in walked(made.trailer["/Root"]["/StructTreeRoot"])]


@pytest.mark.parametrize("counted", [False, True])
def test_no_page_of_a_long_table_but_the_last_is_left_half_empty(counted):
    results = MemoryResults()
    shown = replace(document(listing(results, 700)), contents=counted)
    footer = Running(left=(PageNumber.NUMBER, " of ", PageNumber.COUNT))
    pages = rows_of_pages(
        PdfReader(io.BytesIO(joined(replace(shown, footer=footer) if counted else shown, results, 1200)))
    )
    assert [row for page in pages for row in page] == [f"N-{n:05}" for n in range(700)]
    assert {len(page) for page in pages[1:-1]} == {max(map(len, pages))}
    assert len(pages) > 10


def test_rows_that_are_high_or_grouped_stand_once_and_every_page_is_tagged():
    results = MemoryResults()
    shown = document(headed(1, "Before"), grouped(results, 400), headed(1, "After"), prose("Words"))
    whole = PdfReader(io.BytesIO(pdf.pdf(shown, results)))
    made = PdfReader(io.BytesIO(joined(shown, results, 300)))
    assert [row for page in rows_of_pages(made) for row in page] == [f"N-{n:05}" for n in range(400)]
    assert abs(len(made.pages) - len(whole.pages)) <= 1
    tags, wanted = kinds_of_tags(made), kinds_of_tags(whole)
    assert [tags.count(kind) for kind in ("/Table", "/TD", "/TFoot", "/H1")] == [
        wanted.count(kind) for kind in ("/Table", "/TD", "/TFoot", "/H1")
    ]
    root = made.trailer["/Root"]["/StructTreeRoot"]
    numbers = root["/ParentTree"]["/Nums"]
    known = {id(tag) for _, tag in walked(root)}
    for entry in numbers[1::2]:
        assert {id(tag.get_object()) in known for tag in entry.get_object()} == {True}


def test_a_part_that_ends_between_tables_gives_its_last_page_to_the_next():
    results = MemoryResults()
    blocks = []
    for n in range(24):
        words = [(f"N-{n * 100 + row:05}", "a", "b", row) for row in range(9 + n % 5)]
        kinds = {"name": Kind.TEXT, "a": Kind.TEXT, "b": Kind.TEXT, "c": Kind.INTEGER}
        link = Paragraph((Span("more", link="https://example.org/"),))
        blocks += [headed(1 + n % 2, f"Shop {n}"), link, table_of(results, f"t{n}", kinds, words, title="Sales")]
    shown = document(*blocks)
    whole = PdfReader(io.BytesIO(pdf.pdf(shown, results)))
    made = PdfReader(io.BytesIO(joined(shown, results, 240)))
    assert rows_of_pages(made) == rows_of_pages(whole)
    assert kinds_of_tags(made) == kinds_of_tags(whole)
    titles = [made.get_destination_page_number(entry) for entry in made.outline if not isinstance(entry, list)]
    assert titles == [
        whole.get_destination_page_number(entry) for entry in whole.outline if not isinstance(entry, list)
    ]


def test_a_page_that_begins_within_a_row_is_not_cut_from_its_part():
    results = MemoryResults()
    words = [(f"N-{n:05}", "words " * (150 + n % 9)) for n in range(60)]
    table = table_of(results, "high", {"name": Kind.TEXT, "text": Kind.TEXT}, words, limit=60)
    shown = document(table)
    whole = PdfReader(io.BytesIO(pdf.pdf(shown, results)))
    made = PdfReader(io.BytesIO(joined(shown, results, 40)))
    said = [
        re.sub(r"\s+", " ", " ".join(page.extract_text() for page in one.pages)).count("words") for one in (made, whole)
    ]
    assert said[0] == said[1]
    assert [row for page in rows_of_pages(made) for row in page] == [f"N-{n:05}" for n in range(60)]
