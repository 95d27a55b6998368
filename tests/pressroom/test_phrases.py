"""The fixed words of reports are there in every language, with the same places to fill."""

from __future__ import annotations

import string

import pytest

from pressroom import locales, phrases
from pressroom.blocks import ChartSpec
from pressroom.document import Chart, Field, Kind
from pressroom.errors import Place
from pressroom.figures import chart_block
from pressroom.phrases import phrase
from tests.pressroom.documents import MemoryResults


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_language_with_words_writes_numbers_and_dates_too():
    assert set(phrases.languages()) <= set(locales.languages())


@pytest.mark.parametrize("language", phrases.languages())
def test_every_phrase_is_there_in_every_language_with_the_same_places(language):
    english, own = phrases.words("en"), phrases.words(language)
    assert own.keys() == english.keys()
    assert all(own.values())
    assert {name: places(text) for name, text in own.items()} == {name: places(text) for name, text in english.items()}


def test_a_language_is_found_by_its_tag_and_english_stands_in():
    assert phrase("de-AT", "page_of", page=1, pages=3) == "Seite 1 / 3"
    assert phrase("xx", "page", page=1) == "Page 1"
    assert phrase("no", "page", page=1) == phrase("nn-NO", "page", page=1) == phrase("nb", "page", page=1) == "Side 1"


def test_what_a_report_says_of_itself_is_in_its_language():
    results = MemoryResults(
        {"d": ([Field("day", Kind.TEXT, "VARCHAR"), Field("n", Kind.INTEGER, "BIGINT")], [("a", 1), ("b", 3)])}
    )
    block = ChartSpec(data="d", type="line", place=Place("r.md", 1), x="day", y=("n",))
    chart = chart_block(block, results, "de", "chart-1")
    assert isinstance(chart, Chart)
    assert (chart.title, chart.alt) == (
        "N nach day",
        "Diagramm, N nach day: N, Punkte: 2, erster Wert 1 (a), letzter 3 (b), niedrigster 1 (a), höchster 3 (b).",
    )


@pytest.mark.parametrize("locale", phrases.languages())
def test_sheets_have_names_that_excel_takes(locale: str) -> None:
    """At most 31 characters, none of those that formulas give a meaning, and not the same."""
    names = [phrase(locale, "summary"), phrase(locale, "chart_data")]
    assert all(len(name) <= 31 and not set(name) & set("[]:*?/\\'") for name in names)
    assert len({name.casefold() for name in names}) == 2
