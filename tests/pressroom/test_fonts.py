"""Every script in every place: PDF/UA-1 refuses a character without a glyph, so a file that claims it has none."""

import io
import re
import unicodedata

import pytest
import typst
from pypdf import PdfReader

from pressroom.document import Chart, Heading, Kind, Kpis, ListItem, Span, TextList, Tile
from pressroom.writers import charts, charts_labels, fonts, pdf, pdf_typst, theme
from tests.pressroom.documents import MemoryResults, document, line_chart, prose, table_of

SCRIPTS = {
    "Chinese": ("中文报告 销售额增长", "NotoSansCJKsc"),
    "Japanese": ("日本語レポート 売上高", "NotoSansCJKjp"),
    "Korean": ("한국어 보고서 매출", "NotoSansCJK"),
    "Arabic": ("تقرير المبيعات الشهرية (2024)", "NotoSansArabic"),
    "Hebrew": ("דוח מכירות", "NotoSansHebrew"),
    "Hindi": ("मासिक बिक्री रिपोर्ट क्षत्रिय", "NotoSansDevanagari"),
    "Thai": ("รายงานยอดขายรายเดือน", "NotoSansThai"),
    "emoji": ("😀 🚀 ✅ ❤️ 👩‍👩‍👧 🇩🇪", "NotoEmoji"),
    "India": ("বাংলা ਪੰਜਾਬੀ ગુજરાતી தமிழ் తెలుగు ಕನ್ನಡ മലയാളം සිංහල ଓଡ଼ିଆ", "NotoSansTamil"),
    "others": ("ქართული Հայերեն አማርኛ ខ្មែរ မြန်မာ ລາວ", "NotoSansKhmer"),
    "signs": ("─│█ ① ★ ✓ ‰ ⚠ ☥ ♫", "NotoSansSymbols"),
    "Europe": ("Ελληνικά Кириллица Việt Łódź €₿ → ≤ ½ № ™", "Inter"),
}


def bars(words: str) -> Chart:
    values = [{"name": words, "value": 3}, {"name": f"A {words} Z", "value": 5}, {"name": "plain", "value": 1}]
    encoding = {
        "y": {"field": "name", "type": "nominal", "title": words},
        "x": {"field": "value", "type": "quantitative", "title": "Value"},
    }
    return Chart("bars", words, words, {"data": {"values": values}, "mark": "bar", "encoding": encoding}, "q")


def everywhere(words: str, locale: str = "en") -> bytes:
    """A report with *words* in each place where words can stand."""
    results = MemoryResults()
    table = table_of(results, "q", {words: Kind.TEXT}, [(words,), (f"{words} Latin.",)], title=words)
    points = TextList((ListItem((Span(words, code=True),)),))
    tiles = Kpis((Tile(words, words, 0, "", caption=words),))
    blocks = (prose(f"In a sentence: {words}."), Heading(1, (Span(words),)), points, tiles, bars(words), table)
    return pdf.pdf(document(*blocks, title=words, subtitle=words, locale=locale), results)


@pytest.mark.parametrize("script", SCRIPTS)
def test_no_glyph_is_missing_in_text_tables_tiles_and_charts(script):
    words, font = SCRIPTS[script]
    made = everywhere(words)
    assert b"pdfuaid" in PdfReader(io.BytesIO(made)).trailer["/Root"]["/Metadata"].get_data()
    assert font in _fonts_of(made)


def _fonts_of(made: bytes) -> str:
    names = set()
    for page in PdfReader(io.BytesIO(made)).pages:
        names |= {str(font.get_object()["/BaseFont"]) for font in page["/Resources"]["/Font"].values()}
    return " ".join(sorted(names))


@pytest.mark.parametrize(
    ("locale", "font"), [("ja", "jp"), ("ko", "kr"), ("zh-TW", "tc"), ("zh-HK", "hk"), ("zh", "sc"), ("de", "sc")]
)
def test_a_chinese_character_is_drawn_as_the_language_draws_it(locale, font):
    assert f"NotoSansCJK{font}" in _fonts_of(everywhere("直角", locale))


def test_a_report_in_hebrew_begins_on_the_right():
    """As one in Arabic does, whose page number has words that no longer stand in the file as they are read."""
    made = PdfReader(io.BytesIO(everywhere("דוח מכירות", "he")))
    places = []
    made.pages[0].extract_text(visitor_text=lambda text, _cm, tm, _font, _size: places.append((text, tm[4])))
    # The page number stands on the left, where a report in English has the title.
    assert min(x for text, x in places if "Page" in text) < 100


def test_inter_has_every_character_that_is_left_to_it():
    characters = [char for char in map(chr, range(32, 0x2C00)) if not fonts.is_beyond_inter(char)]
    shown = [char for char in characters if unicodedata.category(char) not in {"Cn", "Cc", "Cf", "Zl", "Zp"}]
    source = f'#set document(title: "t")\n#set text(font: "{theme.FONT_FAMILY}", fallback: false)\n#read("words.txt")'.encode()
    files = {"main.typ": source, "words.txt": " ".join(shown).encode()}
    made = typst.compile(files, font_paths=pdf_typst.fonts_of(), format="pdf", pdf_standards="ua-1")
    assert made
    assert len(shown) > 1200


def test_latin_reports_do_not_load_the_other_fonts():
    pdf_typst.fonts_of.cache_clear()
    pdf.pdf(document(prose("Größe, 12 °C, “ok” — naïve"), line_chart()), MemoryResults())
    assert pdf_typst.fonts_of.cache_info().currsize == 1


def test_labels_beyond_inter_leave_the_picture_and_keep_their_place():
    picture = charts.svg(bars("مبيعات"), "en")
    drawn, labels = charts_labels.separated(picture)
    assert not fonts.is_beyond_inter(" ".join(re.findall(r"<text.*?</text>", drawn)))
    assert ">plain</text>" in drawn
    assert [label["text"] for label in labels] == ["A مبيعات Z", "مبيعات", "مبيعات"]
    width, height = charts.size(picture)
    assert all(0 <= label["x"] <= width and 0 <= label["y"] <= height for label in labels)
    assert {label["anchor"] for label in labels} == {0.0, 1.0}


def test_a_picture_of_latin_labels_is_left_alone():
    picture = charts.svg(line_chart(), "en")
    assert charts_labels.separated(picture) == (picture, [])


def test_labels_keep_their_turn_weight_colour_and_lines():
    picture = (
        '<svg xmlns="http://www.w3.org/2000/svg"><g transform="translate(10,20)"><text transform="translate(5,5) '
        'rotate(-90) translate(0,-2)" font-size="12px" font-weight="bold" fill="rgb(255,0,16)" text-anchor="middle">'
        '<tspan>日本</tspan><tspan x="0" dy="14">東京</tspan></text><text opacity="0">見えない</text></g></svg>'
    )
    drawn, labels = charts_labels.separated(picture)
    assert "<text" not in re.sub(r"xmlns\S+", "", drawn)
    first, second = labels
    assert (first["text"], first["x"], first["y"], first["angle"]) == ("日本", 13.0, 25.0, -90.0)
    assert (second["text"], second["x"], second["y"]) == ("東京", 27.0, 25.0)
    assert (first["weight"], first["size"], first["fill"], first["anchor"]) == (700, 12.0, "#ff0010", 0.5)


def test_the_picture_of_a_mail_has_the_labels_too():
    chart = bars("売上")
    with_labels, without = charts.png(chart, "ja"), charts.png(bars("X"), "ja")
    assert with_labels.startswith(b"\x89PNG")
    assert with_labels != without
    assert with_labels == charts.png(bars("売上"), "ja")
