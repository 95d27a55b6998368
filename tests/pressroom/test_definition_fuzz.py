"""Whatever stands in a report file, it is a report or it is refused in words."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pressroom.definition import parse
from pressroom.errors import DefinitionError, Problem
from tests.pressroom.reports import REPORT

PIECES = st.sampled_from(
    ["{{", "}}", "{%", "%}", "```", "---", "\n", ": ", "[", "]", "{", "}", "'", '"', "&a", "*a", "|", "#", "\t", "\x00", "\ue000", "-1", "~"]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(REPORT)), st.integers(0, 40), PIECES | st.text(max_size=8))
def test_a_damaged_report_is_refused_in_words_or_read(start: int, length: int, piece: str) -> None:
    with suppress(DefinitionError):
        parse(REPORT[:start] + piece + REPORT[start + length :])


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES | st.text(max_size=5), max_size=30))
def test_odd_bodies_are_refused_in_words_or_read(pieces: list[str]) -> None:
    with suppress(DefinitionError):
        parse("---\ntitle: x\nsource: y\n---\n" + "".join(pieces))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["kpi", "chart", "table", "sql q"]), st.lists(PIECES | st.text(max_size=5), max_size=20))
def test_odd_blocks_are_refused_in_words_or_read(block: str, pieces: list[str]) -> None:
    with suppress(DefinitionError):
        parse(f"---\ntitle: x\nsource: y\n---\n```{block}\n{''.join(pieces)}\n```\n")


# ---- reports with the right bones and odd flesh ---------------------------------------------------------------------

SCALARS = st.one_of(
    st.sampled_from(
        ["", "~", "null", "yes", "0x1F", "1e999", ".nan", "2026-13-45", "12:30:61", "!!python/object:os.system x", "!!binary x", "&a b", "*a",
         "<<", "|", ">-", "[", "{", "'", '"\\x"', "- -", "? x", "@", "`", "%", "\u0085", "\ufeff", "\U0001f600", "{{ q.n }}", "{{", "{% for x in q.rows %}"]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    st.integers().map(str),
    st.floats().map(str),
)  # fmt: skip
NODES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda items: f"[{', '.join(items)}]"),
        st.dictionaries(SCALARS, inner, max_size=4).map(
            lambda pairs: "{" + ", ".join(f"{key}: {value}" for key, value in pairs.items()) + "}"
        ),
    ),
    max_leaves=8,
)
FRONT_KEYS = st.sampled_from(
    ["title", "subtitle", "source", "parameters", "formats", "locale", "timezone", "row_limit", "page", "orientation", "author",
     "description", "theme", "csv", "header", "footer", "send_when", "calendar", "title", "Titel", "<<", "? a"]
)  # fmt: skip
BLOCK_KEYS = st.sampled_from(
    ["data", "tiles", "type", "x", "y", "color", "spec", "columns", "limit", "title", "format", "group", "sort", "file", "alt", "data"]
)  # fmt: skip
LANGUAGES = st.sampled_from(
    [
        "sql q",
        "sql q source=y",
        "sql",
        "sql q q",
        "kpi",
        "chart",
        "table",
        "pagebreak",
        "columns",
        "image",
        "python",
        "SQL q",
        "sql ü",
        "",
    ]
)
FENCES = st.sampled_from(["```", "````", "~~~", " ```", "``"])


@st.composite
def fronts(draw: st.DrawFn) -> str:
    pairs = draw(st.lists(st.tuples(FRONT_KEYS, NODES), max_size=5))
    own = [] if draw(st.booleans()) else [("title", "T"), ("source", "y")]
    end = draw(st.sampled_from(["---\n", "---", "...\n", "", "--- \n"]))
    return "---\n" + "".join(f"{key}: {value}\n" for key, value in [*own, *pairs]) + end


@st.composite
def blocks(draw: st.DrawFn) -> str:
    fence, language = draw(FENCES), draw(LANGUAGES)
    lines = draw(st.lists(st.tuples(BLOCK_KEYS, NODES).map(": ".join) | SCALARS, max_size=5))
    return f"{fence}{language}\n" + "\n".join(lines) + f"\n{draw(st.sampled_from([fence, '```', '']))}\n"


@st.composite
def templates(draw: st.DrawFn) -> str:
    names = st.sampled_from(
        [
            "q",
            "q.n",
            "q.rows",
            "today",
            "title",
            "x.y.z",
            "1",
            "'a'",
            "q['n']",
            "loop.index",
            "namespace()",
            "__import__",
        ]
    )
    filters = st.sampled_from(
        [
            "",
            " | number",
            " | money('EUR')",
            " | percent(1)",
            " | nothing",
            " | date('%Q')",
            " | map('upper')",
            "()",
            "[::-1]",
        ]
    )
    forms = st.sampled_from(
        [
            "{{{{ {} }}}}",
            "{{% if {} %}}a{{% endif %}}",
            "{{% for a in {} %}}b{{% endfor %}}",
            "{{% set a = {} %}}",
            "{{# {} #}}",
            "{{{{ {} ",
        ]
    )
    return draw(forms).format(draw(names) + draw(filters))


@settings(max_examples=200, deadline=None)
@given(
    fronts(),
    st.lists(blocks() | templates() | PIECES | st.just("# Head\n\ntext\n"), max_size=6),
    st.sampled_from(["\n", "\r\n", "\r", "\u2028"]),
)
def test_odd_reports_with_the_right_bones_are_refused_in_words_or_read(front: str, parts: list[str], end: str) -> None:
    for problem in problems_of((front + "\n".join(parts)).replace("\n", end)):
        assert problem.message
        assert problem.place is None or problem.place.line >= 1


def problems_of(text: str) -> tuple[Problem, ...]:
    """What is said against *text*, which is at least one thing unless it is a report."""
    try:
        parse(text)
    except DefinitionError as error:
        return error.problems or pytest.fail("nothing is said")
    return ()


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda some: some.decode("latin-1")))
def test_any_text_is_refused_in_words(text: str) -> None:
    with suppress(DefinitionError):
        parse(text)
