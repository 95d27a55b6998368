"""Linting a report file from a command line: findings as `file:line: message` or as JSON."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from pressroom.asset_uses import missing_files
from pressroom.assets import Assets
from pressroom.command import FAILED, read_pairs, read_sources, read_zone, resolver
from pressroom.definition import Definition, read_definition
from pressroom.errors import PressroomError
from pressroom.lint import Finding, Severity, counts, findings_of, in_order, lint_text
from pressroom.sources import Source

_WORDS = {Severity.ERROR: "error", Severity.WARNING: "warning"}


@dataclass(frozen=True, slots=True)
class LintRequest:
    """What to lint, as the options of a command line say it."""

    file: Path
    sources: Sequence[str] = ()  # URL, or NAME=URL
    parameters: Sequence[str] = ()  # NAME=VALUE
    as_json: bool = False
    allows_warnings: bool = False


def lint_command(
    request: LintRequest,
    *,
    now: datetime,
    named_source: Callable[[str], Source] | None = None,
    more: Callable[[Definition], list[Finding]] = lambda _definition: [],
    out: Console | None = None,
    err: Console | None = None,
) -> int:
    """Print what is wrong with a report file; gives the exit code: 1 for an error or a warning, notes do not count.

    *named_source* opens a source that no option gives, *more* adds findings of a caller that knows more than the file.
    UsageError when an option cannot be understood.
    """
    found = _findings(request, now, named_source, more)
    if request.as_json:
        (out or Console(soft_wrap=True, highlight=False)).print(_as_json(request, found), markup=False)
    else:
        _print(request.file, found, out, err)
    failing = {Severity.ERROR} if request.allows_warnings else {Severity.ERROR, Severity.WARNING}
    return FAILED if any(finding.severity in failing for finding in found) else 0


def _findings(
    request: LintRequest,
    now: datetime,
    named_source: Callable[[str], Source] | None,
    more: Callable[[Definition], list[Finding]],
) -> list[Finding]:
    try:
        definition, found = lint_text(read_definition(request.file), file=request.file.name)
    except PressroomError as error:
        return findings_of(error)
    if definition is None:
        return found
    found += _with_data(definition, request, now, named_source)
    return in_order([*found, *_files(definition, request, found), *more(definition)])


def _files(definition: Definition, request: LintRequest, found: list[Finding]) -> list[Finding]:
    """Files and fonts that are not there, as far as no trial of the report has failed for them."""
    missing = missing_files(definition, Assets(request.file.parent))
    return [
        each for each in missing if not any(one.message.startswith(each.message.partition(" yet:")[0]) for one in found)
    ]


def _with_data(
    definition: Definition, request: LintRequest, now: datetime, named_source: Callable[[str], Source] | None
) -> list[Finding]:
    from pressroom.lint_data import lint_data
    from pressroom.render import opened

    sources = resolver(definition, read_sources(request.sources), request.file.parent, named_source)
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pressroom-")))
        return lint_data(
            definition,
            opened(sources, stack),
            parameters=read_pairs(request.parameters, "--param"),
            at=now,
            zone=read_zone(definition.timezone or "UTC"),
            scratch=scratch,
            assets=Assets(request.file.parent),
        )


def _as_json(request: LintRequest, found: list[Finding]) -> str:
    valid = not any(finding.severity is Severity.ERROR for finding in found)
    answer = {
        "file": str(request.file),
        "valid": valid,
        "findings": [_located(finding, request.file) for finding in found],
    }
    return json.dumps(answer, indent=2)


def _located(finding: Finding, file: Path) -> dict[str, Any]:
    """*finding* with the name of its file, which may be that of a schedule."""
    return {"file": finding.place.file if finding.place else file.name, **finding.as_json()}


def _print(file: Path, found: list[Finding], out: Console | None, err: Console | None) -> None:
    errors = err or Console(stderr=True, soft_wrap=True, highlight=False)
    for finding in found:
        where = f"{finding.place}: " if finding.place else ""
        style = "dim" if finding.severity is Severity.NOTE else "bold"
        errors.print(f"{where}{finding.message} [{finding.severity.value}: {finding.code}]", style=style, markup=False)
        if finding.remedy:
            errors.print(f"    {finding.remedy}", markup=False)
    number = counts(found)
    said = [f"{number[kind]} {word}{'s' * (number[kind] != 1)}" for kind, word in _WORDS.items() if number[kind]]
    output = out or Console(soft_wrap=True, highlight=False)
    good = "nothing is wrong" if not number[Severity.NOTE] else "nothing is wrong, as far as it could be checked"
    output.print(f"{file}: {', '.join(said) or good}", markup=False)
