from __future__ import annotations

from pathlib import Path

import pytest

from pressroom.blocks import CHART_TYPES, SORTS
from pressroom.definition import BLOCKS, parse
from pressroom.document import Total
from pressroom.formats import NAMES
from pressroom.frontmatter import FORMATS, KEYS
from pressroom.parameters import Type
from pressroom.phrases import languages

PAGE = (Path(__file__).parents[2] / "docs" / "report-file.md").read_text(encoding="utf-8")
EXAMPLE = PAGE.partition("````markdown\n")[2].partition("````\n")[0]


def test_the_example_of_the_page_is_a_report() -> None:
    report = parse(EXAMPLE)
    assert report.query_names() == ["totals", "by_day"]
    assert report.unused_queries() == []


@pytest.mark.parametrize(
    "name", [*KEYS, *FORMATS, *CHART_TYPES, *SORTS, *BLOCKS, *languages(), *map(str, Total), *map(str, Type), *NAMES]
)  # fmt: skip
def test_everything_that_can_be_written_is_documented(name: str) -> None:
    assert name in PAGE


def test_the_parameters_of_the_page_can_be_declared() -> None:
    declared = PAGE.partition("```yaml\nparameters:\n")[2].partition("```")[0]
    report = parse(f"---\ntitle: x\nsource: y\nparameters:\n{declared}---\n")
    assert [str(parameter.type) for parameter in report.parameters] == [
        "period", "choice", "list", "number", "date", "boolean", "text",
    ]  # fmt: skip
