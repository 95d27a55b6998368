"""The table of errors is complete: every code that the program can write stands in it, and nothing else does."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from pressroom.errors import RenderError, SourceError, SourceUnreachable
from presstime.base.errors import ConfigurationError
from presstime.executions.codes import CODES, SUMMARIES, errors_page, hint, summary
from presstime.executions.faults import Fault, fault_of
from presstime.executions.states import CODE_CRASHES, CODE_TIMEOUT, Category

ROOT = Path(__file__).parents[2]
# Calls whose argument at this place is a code.
PLACES = {"fault": 2, "Fault": 1}


def test_the_errors_page_is_current():
    page = (ROOT / "docs/errors.md").read_text(encoding="utf-8")
    assert page == errors_page(), "run: .venv/bin/python -m presstime.executions.codes > docs/errors.md"


def test_every_code_that_can_be_written_stands_in_the_table_and_no_other():
    files = [*(ROOT / "src/pressroom").rglob("*.py"), *(ROOT / "src/presstime/executions").glob("*.py")]
    written = {code for file in files for code in codes_in(ast.parse(file.read_text(encoding="utf-8")))}
    assert written | {CODE_TIMEOUT, CODE_CRASHES} == set(CODES)


def codes_in(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from (text for word in node.keywords if word.arg == "code" for text in texts(word.value))
            place = PLACES.get(getattr(node.func, "id", ""))
            if place is not None and len(node.args) > place:
                yield from texts(node.args[place])
        if isinstance(node, ast.Assign) and any(getattr(target, "id", "") == "code" for target in node.targets):
            yield from texts(node.value)


def texts(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        yield node.value
    if isinstance(node, ast.IfExp):
        yield from texts(node.body)
        yield from texts(node.orelse)


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_a_sentence_and_a_next_step(code):
    meaning = CODES[code]
    assert meaning.summary.endswith(".")
    assert meaning.hint.endswith(".")
    assert summary(meaning.category, code) == meaning.summary


def test_an_unknown_code_is_told_in_the_words_of_its_category():
    assert summary("network", "something_new") == SUMMARIES[Category.NETWORK]
    assert hint("something_new") == ""


@pytest.mark.parametrize(
    ("error", "category", "code"),
    [
        (SourceError("x", code="statement_timeout"), Category.SYSTEM, "statement_timeout"),
        (SourceError("x", code="out_of_memory"), Category.SYSTEM, "out_of_memory"),
        (SourceError("x"), Category.UNKNOWN, "source"),
        (RenderError("x"), Category.UNKNOWN, "render"),
        (RenderError("x", code="disk_full"), Category.SYSTEM, "disk_full"),
        (SourceUnreachable("x", code="dns"), Category.NETWORK, "dns"),
        (ConfigurationError("A stored secret cannot be decrypted."), Category.CONFIGURATION, "missing_secret"),
        (MemoryError(), Category.SYSTEM, "out_of_memory"),
        (OSError(28, "No space left on device"), Category.SYSTEM, "disk_full"),
        (ZeroDivisionError("x"), Category.UNKNOWN, "unexpected"),
    ],
)
def test_an_error_gets_category_code_and_next_step(error, category, code):
    fault: Fault = fault_of(error)
    assert (fault.category, fault.code) == (category, code)
    assert fault.hint
    assert type(error).__name__ in fault.detail
