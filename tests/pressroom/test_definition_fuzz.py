"""Whatever stands in a report file, it is a report or it is refused in words."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from pressroom.definition import parse
from pressroom.errors import DefinitionError
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
