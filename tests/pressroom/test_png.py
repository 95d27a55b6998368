import zipfile
from dataclasses import replace
from io import BytesIO

from pressroom.document import Notice
from pressroom.writers import png
from tests.pressroom.documents import MemoryResults, bar_chart, document, full_document, line_chart, prose

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def size(picture: bytes) -> tuple[int, int]:
    return int.from_bytes(picture[16:20]), int.from_bytes(picture[20:24])


def test_one_chart_is_one_picture_at_double_density(tmp_path):
    path = png.write(document(prose("x"), line_chart()), MemoryResults(), tmp_path)
    content = path.read_bytes()
    assert path.name == "mean-delay-by-day.png"
    assert content.startswith(SIGNATURE)
    assert size(content)[0] == 2 * (658 + 32)


def test_several_charts_are_an_archive_named_by_their_titles(tmp_path):
    made, results = full_document()
    again = replace(bar_chart(), id="again", title="Mean delay: by AIRLINE")
    path = png.write(replace(made, blocks=(*made.blocks, again)), results, tmp_path)
    assert [item.name for item in tmp_path.iterdir()] == ["report.png.zip"]
    with zipfile.ZipFile(BytesIO(path.read_bytes())) as archive:
        names = archive.namelist()
        assert all(archive.read(name).startswith(SIGNATURE) for name in names)
    assert names == ["mean-delay-by-day.png", "mean-delay-by-airline.png", "mean-delay-by-airline-2.png"]


def test_a_report_without_anything_to_draw_gives_a_picture_that_says_so(tmp_path):
    (tmp_path / "a").mkdir()
    said = png.write(document(Notice("The query by_hour gave no rows.")), MemoryResults(), tmp_path)
    without = png.write(document(prose("x")), MemoryResults(), tmp_path / "a")
    assert said.read_bytes().startswith(SIGNATURE)
    assert said.read_bytes() != without.read_bytes()


def test_the_same_document_gives_the_same_picture_in_every_script(tmp_path):
    chart = replace(line_chart(), title="売上 مبيعات", note="注記")
    (tmp_path / "a").mkdir()
    first = png.write(document(chart), MemoryResults(), tmp_path)
    second = png.write(document(chart), MemoryResults(), tmp_path / "a")
    assert first.read_bytes() == second.read_bytes()
