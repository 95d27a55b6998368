"""The fixed words of a report in the languages that reports speak.

One table, so that nothing is said in English only: `tests/pressroom/test_phrases.py` refuses a gap. A language that is not
in it reads English. What stands in braces is filled in by `phrase`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

# In the order of the words below.
LANGUAGES: Final = ("en", "de", "fr", "es", "it", "nl", "pl", "pt", "sv", "da", "cs", "ja", "zh")

_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "page": (
        "Page {page}", "Seite {page}", "Page {page}", "Página {page}", "Pagina {page}", "Pagina {page}",
        "Strona {page}", "Página {page}", "Sida {page}", "Side {page}", "Strana {page}", "{page} ページ", "第 {page} 页",
    ),
    "page_of": (
        "Page {page} / {pages}", "Seite {page} / {pages}", "Page {page} / {pages}", "Página {page} / {pages}",
        "Pagina {page} / {pages}", "Pagina {page} / {pages}", "Strona {page} / {pages}", "Página {page} / {pages}",
        "Sida {page} / {pages}", "Side {page} / {pages}", "Strana {page} / {pages}", "{page} / {pages} ページ",
        "第 {page} / {pages} 页",
    ),
    "prepared": (
        "prepared {at}", "erstellt {at}", "établi le {at}", "elaborado el {at}", "preparato il {at}", "opgesteld {at}",
        "przygotowano {at}", "preparado em {at}", "framtagen {at}", "udarbejdet {at}", "připraveno {at}", "作成日時 {at}",
        "生成时间 {at}",
    ),
    "contents": (
        "Contents", "Inhalt", "Sommaire", "Índice", "Indice", "Inhoud", "Spis treści", "Índice", "Innehåll", "Indhold",
        "Obsah", "目次", "目录",
    ),
    "versus": (
        "vs {period}", "ggü. {period}", "contre {period}", "frente a {period}", "rispetto a {period}", "t.o.v. {period}",
        "wobec {period}", "face a {period}", "mot {period}", "mod {period}", "oproti {period}", "対 {period}", "较 {period}",
    ),
    "new": ("new", "neu", "nouveau", "nuevo", "nuovo", "nieuw", "nowe", "novo", "nytt", "nyt", "nové", "新規", "新增"),
    "target_met": (
        "Target {target} met", "Ziel {target} erreicht", "Objectif {target} atteint", "Objetivo {target} alcanzado",
        "Obiettivo {target} raggiunto", "Doel {target} gehaald", "Cel {target} osiągnięty", "Meta {target} atingida",
        "Målet {target} nått", "Målet {target} nået", "Cíl {target} splněn", "目標 {target} 達成", "已达目标 {target}",
    ),
    "target_below": (
        "{by} below target {target}", "{by} unter dem Ziel {target}", "{by} sous l'objectif {target}",
        "{by} por debajo del objetivo {target}", "{by} sotto l'obiettivo {target}", "{by} onder het doel {target}",
        "{by} poniżej celu {target}", "{by} abaixo da meta {target}", "{by} under målet {target}",
        "{by} under målet {target}", "{by} pod cílem {target}", "目標 {target} まで {by}", "低于目标 {target} {by}",
    ),
    "target_above": (
        "{by} above target {target}", "{by} über dem Ziel {target}", "{by} au-dessus de l'objectif {target}",
        "{by} por encima del objetivo {target}", "{by} sopra l'obiettivo {target}", "{by} boven het doel {target}",
        "{by} powyżej celu {target}", "{by} acima da meta {target}", "{by} över målet {target}",
        "{by} over målet {target}", "{by} nad cílem {target}", "目標 {target} を {by} 超過", "高于目标 {target} {by}",
    ),
}  # fmt: skip
_BY_LANGUAGE: Final = {language: position for position, language in enumerate(LANGUAGES)}


def phrase(locale: str, name: str, **values: object) -> str:
    """The words *name* in the language of the BCP 47 tag *locale*, filled with *values*."""
    language = locale.replace("_", "-").partition("-")[0].lower()
    return _WORDS[name][_BY_LANGUAGE.get(language, 0)].format(**values)


def names() -> list[str]:
    """The name of every phrase."""
    return list(_WORDS)
