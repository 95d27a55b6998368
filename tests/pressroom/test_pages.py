"""Paper, running lines, contents, images and themes: how they are read, and that every format shows them."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from pressroom import colours, open_source, parse, render
from pressroom.assets import Assets
from pressroom.errors import DataError, DefinitionError
from pressroom.render import Rendered
from pressroom.writers import theme
from pressroom.writers.fonts import noto_folders
from pressroom.writers.pdf_typst import families
from tests.pressroom.asset_files import SVG, png_file
from tests.pressroom.reports import make_flights

QUERY = "```sql totals\nselect count(*) as flights from flights\n```\n"
AT = datetime(2026, 11, 24, tzinfo=UTC)


def made(
    tmp_path: Path, front: str, body: str = "Words.", formats: tuple[str, ...] = ("pdf", "html", "xlsx")
) -> Rendered:
    url = make_flights(tmp_path)
    text = f"---\ntitle: Review & more\nsource: here\n{front}\n---\n{QUERY}{body}\n"
    return render(
        text, sources=lambda _name: open_source(url), parameters={}, at=AT, zone=ZoneInfo("UTC"), out=tmp_path / "out",
        formats=formats, assets=Assets(tmp_path),
    )  # fmt: skip


def content(rendered: Rendered, name: str) -> bytes:
    (path,) = [one.path for one in rendered.artifacts if one.format == name]
    return path.read_bytes()


def pages(rendered: Rendered) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(content(rendered, "pdf"))).pages]


def problems(front: str) -> list[str]:
    with pytest.raises(DefinitionError) as caught:
        parse(f"---\ntitle: Review\nsource: here\n{front}\n---\nWords.\n")
    return [f"{problem.place.line if problem.place else 0}: {problem.message}" for problem in caught.value.problems]


# ---- paper and running lines ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "size"),
    [
        ("a5", (420, 595)), ("{size: a3, orientation: landscape}", (1191, 842)), ("legal", (612, 1008)),
        ("{size: tabloid, margin: 0.5in}", (792, 1224)), ("{margin: {left: 4cm, top: 30mm}}", (595, 842)),
    ],
)  # fmt: skip
def test_pages_have_the_size_that_the_report_asks_for(tmp_path, page, size):
    box = PdfReader(io.BytesIO(content(made(tmp_path, f"page: {page}", formats=("pdf",)), "pdf"))).pages[0].mediabox
    assert (round(box.width), round(box.height)) == size


def test_header_and_footer_stand_in_every_format(tmp_path):
    front = (
        'header: {left: "{{ title }}", right: "For internal use"}\n'
        'footer: {left: "{{ totals.flights }} flights", right: "{{ page }} of {{ pages }}"}'
    )
    rendered = made(tmp_path, front, "One.\n\n```pagebreak\n```\n\nTwo.")
    first, second = pages(rendered)
    for text, number in ((first, "1 of 2"), (second, "2 of 2")):
        assert "For internal use" in text
        assert number in text
    page = content(rendered, "html").decode()
    assert "<span>For internal use</span>" in page
    assert "counter(page)" in page
    assert rendered.email is not None
    assert "For internal use" in rendered.email.html
    with zipfile.ZipFile(io.BytesIO(content(rendered, "xlsx"))) as workbook:
        sheet = workbook.read("xl/worksheets/sheet1.xml").decode()
    assert "&amp;LReview &amp;&amp; more&amp;RFor internal use" in sheet
    assert "&amp;P of &amp;N" in sheet


def test_a_running_line_cannot_leave_its_style_sheet(tmp_path):
    front = 'footer: "</style><script>alert(\'x\')</script> \\"} body{display:none}"'
    page = content(made(tmp_path, front, formats=("html",)), "html").decode()
    assert "<script>" not in page
    assert "body{display:none}" not in page.split("</style>")[0]


def test_the_number_of_all_pages_is_known_in_a_report_set_in_parts(tmp_path):
    table = "```table\ndata: flights_of\nlimit: 5000\n```"
    body = f"# First\n\n```sql flights_of\nselect * from flights, (values (1)) union all select * from flights, (values (2))\n```\n{table}\n\n# Last\n"
    rendered = made(tmp_path, 'toc: true\nfooter: "{{ page }} of {{ pages }}"', body, ("pdf",))
    texts = pages(rendered)
    assert f"1 of {len(texts)}" in texts[0]
    assert f"{len(texts)} of {len(texts)}" in texts[-1]
    assert f"{len(texts)}" in texts[0].split("Last")[1][:300]


def test_without_headings_there_is_no_table_of_contents(tmp_path):
    rendered = made(tmp_path, "toc: true", "Words.")
    assert "Contents" not in pages(rendered)[0]
    assert "Contents" not in content(rendered, "html").decode()


def test_a_table_of_contents_lists_the_headings(tmp_path):
    rendered = made(tmp_path, "toc: true", "## Airports\n\nWords.\n\n## Airlines\n\nWords.")
    assert pages(rendered)[0].index("Contents") < pages(rendered)[0].index("Airlines")
    page = content(rendered, "html").decode()
    assert '<a href="#section-2">Airlines</a>' in page
    assert 'id="section-2"' in page


@pytest.mark.parametrize(
    ("front", "said"),
    [
        ("page: a6", "4: `page` of the front matter is 'a6'."),
        ("page: {margin: 2}", "4: `margin` of page is 2."),
        ("page: {size: a5, margin: 70mm}", "4: The margins leave no room for text."),
        ("header: {middle: x}", "4: Unknown key 'middle' in header."),
        ('footer: "{{ pags }}"', "4: The template names pags, which is neither a query nor a parameter."),
        ("toc: yes", "4: `toc` of the front matter is 'yes'."),
        ("theme: ../x", "4: `theme` of the front matter is '../x'."),
        ("theme: {brand: #00aa55}", None),
        ('theme: {brand: "green"}', "4: `brand` of the theme is 'green'."),
        ("theme:\n  brand: #0a5", "5: `brand` of the theme is nothing."),
        (
            'theme: {palette: ["#fffffe"]}',
            "4: The colour '#fffffe' of the palette cannot be seen on white (contrast 1.00).",
        ),
        ('theme: {palette: ["#123", "#112233"]}', "4: The colour '#112233' of the palette stands there twice."),
        ('theme: {font: "x; url(a)"}', "4: `font` of the theme is 'x; url(a)'."),
    ],
)
def test_what_is_wrong_with_a_page_is_said_at_its_line(front, said):
    found = problems(front)
    assert said is None or said in found


# ---- images ---------------------------------------------------------------------------------------------------------


def test_images_stand_in_every_format(tmp_path):
    (tmp_path / "photo.png").write_bytes(png_file(40, 20))
    (tmp_path / "plan.svg").write_bytes(SVG)
    body = (
        '![A photograph](photo.png "Taken in {{ totals.flights }}")\n\n'
        "```image\nfile: plan.svg\nalt: A plan of {{ title }}\nwidth: 50%\nalign: center\n```"
    )
    rendered = made(tmp_path, "", body)
    page = content(rendered, "html").decode()
    assert 'src="data:image/png;base64,' in page
    assert 'alt="A plan of Review &amp; more"' in page
    assert rendered.email is not None
    assert [image.filename for image in rendered.email.images] == ["image-1.png", "image-2.png"]
    assert all(f"cid:{image.cid_key}@presstime" in rendered.email.html for image in rendered.email.images)
    assert all(image.content.startswith(b"\x89PNG") for image in rendered.email.images)
    assert "[Image] A photograph: Taken in" in rendered.email.text
    assert "Taken in" in pages(rendered)[0]
    with zipfile.ZipFile(io.BytesIO(content(rendered, "xlsx"))) as workbook:
        assert sum(name.startswith("xl/media/") for name in workbook.namelist()) == 2


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("![](photo.png)", "has no words for those who cannot see it"),
        ("![x](https://example.org/a.png)", "is not a file of the report's folder"),
        ("![x](../a.png)", "is not a file of the report's folder"),
        ("Words ![x](photo.png) words", "stands within a text"),
        ("```image\nfile: photo.png\n```", "The image block has no `alt`."),
        ("```image\nfile: photo.png\nalt: x\nwidth: 200%\n```", "`width` of the image block is '200%'"),
    ],
)
def test_an_image_that_cannot_be_is_said_when_the_file_is_read(body, said):
    with pytest.raises(DefinitionError, match=re.escape(said)):
        parse(f"---\ntitle: Review\nsource: here\n---\n{body}\n")


def test_a_missing_image_is_said_with_its_line_and_what_there_is(tmp_path):
    (tmp_path / "photo.png").write_bytes(png_file())
    with pytest.raises(DataError, match=r"There is no image 'foto\.png'") as caught:
        made(tmp_path, "", "![x](foto.png)", ("html",))
    assert caught.value.place is not None
    assert caught.value.place.line == 9
    assert "Did you mean photo.png?" in caught.value.remedy


# ---- themes ---------------------------------------------------------------------------------------------------------


def test_a_theme_of_the_installation_gives_colours_and_logo_to_every_format(tmp_path):
    (tmp_path / "themes").mkdir()
    (tmp_path / "logo.svg").write_bytes(SVG)
    (tmp_path / "themes" / "acme.yaml").write_text(
        'logo: logo.svg\nlogo_alt: Acme\nbrand: "#0A7D55"\npalette: ["#0a7d55", "#e0a100"]\n'
    )
    chart = "```sql by\nselect origin, count(*) as n from flights group by origin\n```\n```chart\ndata: by\ntype: bar\nx: origin\ny: n\n```\n"
    rendered = made(tmp_path, "theme: acme", chart)
    page = content(rendered, "html").decode()
    assert "--bar:#0a7d55" in page
    assert 'fill="#0a7d55"' in page
    assert 'alt="Acme"' in page
    assert rendered.email is not None
    assert "logo" in [image.cid_key for image in rendered.email.images]
    with zipfile.ZipFile(io.BytesIO(content(rendered, "xlsx"))) as workbook:
        assert "0A7D55" in workbook.read("xl/charts/chart1.xml").decode().upper()


@pytest.mark.parametrize(
    ("front", "said"),
    [
        ("theme: other", "There is no theme 'other'."),
        ("theme: broken", "`brand` of the theme is 'blue'."),
        ("theme: {font: Comic Sans}", "There is no font 'Comic Sans'."),
        (
            "theme: {logo: notes.txt}",
            "The logo 'notes.txt' is not a picture that reports show: it is text, and begins with 'words'.",
        ),
    ],
)
def test_a_theme_that_cannot_be_found_is_said(tmp_path, front, said):
    (tmp_path / "themes").mkdir()
    (tmp_path / "themes" / "broken.yaml").write_text("brand: blue\n")
    (tmp_path / "notes.txt").write_text("words")
    with pytest.raises((DefinitionError, DataError)) as caught:
        made(tmp_path, front, formats=("html",))
    assert caught.value.message == said


def test_a_font_of_the_folder_sets_the_page_and_the_charts(tmp_path):
    fonts = tmp_path / "fonts"
    fonts.mkdir()
    (own,) = [
        path for folder in noto_folders() for path in folder.rglob("*.ttf") if path.name.startswith("NotoSansGeorgian")
    ][:1]
    (fonts / own.name).write_bytes(own.read_bytes())
    (family,) = set(families(fonts)) - set(families(None))
    rendered = made(tmp_path, f"theme: {{font: {family}}}", formats=("pdf", "html"))
    assert f'font:15px/1.6 "{family}"' in content(rendered, "html").decode()
    assert rendered.document.theme.fonts == fonts


COLOURS = st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)


@given(COLOURS)
def test_any_brand_colour_reads_on_white_and_on_the_dark_page(brand):
    look = theme.Look(brand=brand)
    assert colours.contrast(look.accent, "#ffffff") >= colours.TEXT
    assert colours.contrast(look.dark_accent, theme.DARK_PAGE) >= colours.TEXT


@given(st.text(max_size=8))
def test_a_colour_is_read_or_refused(text):
    colour = colours.read_colour(text)
    assert colour is None or colours.read_colour(colour) == colour
