"""The fixed words of reports are there in every language, with the same places to fill."""

from __future__ import annotations

import string

import pytest

from pressroom import locales, phrases
from pressroom.phrases import phrase


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_the_languages_are_those_that_write_numbers_and_dates():
    assert phrases.LANGUAGES == locales.LANGUAGES


@pytest.mark.parametrize("name", phrases.names())
def test_every_phrase_is_there_in_every_language_with_the_same_places(name):
    english, *others = phrases._WORDS[name]
    assert len(others) == len(phrases.LANGUAGES) - 1
    assert all(text and places(text) == places(english) for text in others)


def test_a_language_is_found_by_its_tag_and_english_stands_in():
    assert phrase("de-AT", "page_of", page=1, pages=3) == "Seite 1 / 3"
    assert phrase("xx", "page", page=1) == "Page 1"
