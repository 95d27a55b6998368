"""What an author should know about a report's text: pressroom's findings, and the sources and files that this installation lacks."""

from __future__ import annotations

from collections.abc import Iterable

from pressroom.asset_uses import missing_files
from pressroom.assets import Assets
from pressroom.definition import Definition
from pressroom.errors import Place
from pressroom.lint import Finding, Severity, in_order, lint_text
from presstime.reports import definitions


def findings(
    text: str, *, file: str, known_sources: Iterable[str], assets: Assets
) -> tuple[Definition | None, list[Finding]]:
    """The report in *text*, None when it cannot be read or names an unknown source, and all findings by line.

    A file that is not among *assets* is a warning: it may be put there before the report runs.
    """
    if "\0" in text:
        place = Place(file, 1 + text.count("\n", 0, text.index("\0")))
        return None, [Finding(Severity.ERROR, "definition", "The text holds a NUL character.", "Take it out.", place)]
    definition, found = lint_text(text, file=file)
    if definition is None:
        return None, found
    unknown = list(definitions.missing_sources(definition, text, known_sources))
    found += [
        Finding(Severity.ERROR, "unknown_source", missing.message, missing.remedy, Place(file, missing.line))
        for missing in unknown
    ]
    found += missing_files(definition, assets)
    return None if unknown else definition, in_order(found)
