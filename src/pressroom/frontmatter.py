"""The front matter of a report file: title, source, parameters and how the report is made."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from pressroom import writers
from pressroom.calendars import Calendar
from pressroom.dialect import Dialect, read_dialect
from pressroom.errors import ParameterError, Place
from pressroom.pages import Setup, read_setup
from pressroom.parameters import ChoicesQuery, Parameter, Type, View, convert
from pressroom.schema import Problems, Section, plain, read_mapping
from pressroom.wording import shown, suggest

FORMATS: Final = tuple(writers.FORMATS)
WEEK_STARTS: Final = ("monday", "sunday")
DEFAULT_FORMATS: Final = ("pdf",)
MAX_ROW_LIMIT: Final = 100_000_000
KEYS: Final = (
    "title", "source", "parameters", "formats", "subtitle", "author", "description", "locale", "timezone", "row_limit", "page",
    "week_starts", "fiscal_year_start", "csv", "header", "footer", "toc", "theme",
)  # fmt: skip
RESERVED: Final = frozenset(
    {"title", "subtitle", "author", "today", "prepared_at", "labels", "range", "loop", "none", "true", "false"}
)

NAME_PATTERN: Final = r"[A-Za-z_][A-Za-z0-9_]{0,62}"
LOCALE_PATTERN: Final = r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*"

_NAME = re.compile(NAME_PATTERN)
_LOCALE = re.compile(LOCALE_PATTERN)
_ANY_DAY = View(date(2001, 2, 3))  # static checks need some day; no default may depend on which


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What stands above the body; places are those of the keys."""

    title: str
    source: str
    parameters: tuple[Parameter, ...]
    formats: tuple[str, ...]
    subtitle: str
    author: str
    description: str
    locale: str
    timezone: str
    row_limit: int | None
    setup: Setup
    calendar: Calendar
    csv: Dialect
    title_place: Place
    source_place: Place
    subtitle_place: Place


def read_front_matter(text: str, problems: Problems) -> FrontMatter | None:
    """The front matter in *text*, which begins on line 2 of the file; None when it is no mapping at all."""
    section = read_mapping(text, 2, KEYS, "the front matter", problems)
    if section is None:
        return None
    return FrontMatter(
        title=section.text("title", required="Airport punctuality"),
        source=section.text("source", required="NAME"),
        parameters=_read_parameters(section),
        formats=_read_formats(section),
        subtitle=section.text("subtitle"),
        author=section.text("author"),
        description=section.text("description"),
        locale=_read_locale(section),
        timezone=_read_timezone(section),
        row_limit=section.integer("row_limit", default=None, low=1, high=MAX_ROW_LIMIT),
        setup=read_setup(section),
        calendar=_read_calendar(section),
        csv=read_dialect(section),
        title_place=problems.place(section.line_of("title")),
        source_place=problems.place(section.line_of("source")),
        subtitle_place=problems.place(section.line_of("subtitle")),
    )


def _read_formats(section: Section) -> tuple[str, ...]:
    names = section.texts("formats")
    for name in names:
        if name not in FORMATS:
            section.problems.add(
                section.line_of("formats"), f"{shown(name)} is not a format of reports.", suggest(name, FORMATS)
            )
    return tuple(dict.fromkeys(name for name in names if name in FORMATS)) or DEFAULT_FORMATS


def _read_locale(section: Section) -> str:
    locale = section.text("locale", default="en")
    if _LOCALE.fullmatch(locale):
        return locale.replace("_", "-")
    section.wrong("locale", "a language such as en, de or pt-BR")
    return "en"


def _read_timezone(section: Section) -> str:
    name = section.text("timezone")
    if not name or is_zone(name):
        return name
    section.wrong("timezone", "a zone of the IANA database such as Europe/Berlin or UTC")
    return ""


def is_zone(name: str) -> bool:
    """Whether *name* is a zone of the IANA database."""
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # a folder; a path out of the database; unknown
        return False
    return True


def _read_calendar(section: Section) -> Calendar:
    first = section.one_of("week_starts", WEEK_STARTS, default="monday")
    month = section.integer("fiscal_year_start", default=1, low=1, high=12)
    return Calendar(6 if first == "sunday" else 0, month or 1)


# ---- parameters -----------------------------------------------------------------------------------------------------

PARAMETER_KEYS: Final = ("type", "default", "choices", "label", "description")


def _read_parameters(section: Section) -> tuple[Parameter, ...]:
    if not section.has("parameters"):
        return ()
    node = section.entries["parameters"]
    if not isinstance(node, MappingNode):
        section.wrong("parameters", "a mapping such as `airport: {type: text, default: JFK}`")
        return ()
    names = [str(key.value) for key, _ in node.value]
    declared = Section(node, names, "parameters", section.problems, section.offset)
    read = (_read_parameter(name, declared) for name in declared.entries)
    return tuple(parameter for parameter in read if parameter is not None)


def _read_parameter(name: str, parameters: Section) -> Parameter | None:
    line = parameters.line_of(name)
    if not is_name(name) or name in RESERVED:
        parameters.problems.add(
            line,
            f"{shown(name)} cannot be the name of a parameter.",
            f"Use letters, digits and _; not {', '.join(sorted(RESERVED))}.",
        )
        return None
    section = parameters.section(name, PARAMETER_KEYS, f"the parameter {name}")
    if section is None:
        if not parameters.has(name):
            parameters.problems.add(line, f"The parameter {name} has no type.", f"Write `{name}: {{type: text}}`.")
        return None
    return _checked(_build_parameter(name, section), section)


def is_name(name: str) -> bool:
    """Whether *name* can name a query or a parameter."""
    return _NAME.fullmatch(name) is not None


def _build_parameter(name: str, section: Section) -> Parameter:
    query = _read_choices_query(section)
    choices, labels = ((), {}) if query else _read_choices(section)
    kind = section.one_of("type", [str(kind) for kind in Type], required="text") or Type.TEXT
    if kind == Type.CHOICE and not choices and not query:
        section.missing("choices", "[one, two]")
    if kind == Type.PERIOD and (choices or query):
        section.problems.add(
            section.line_of("choices"), f"The parameter {name} is a period, which has no choices.", "Remove them."
        )
    return Parameter(
        name=name,
        type=Type(kind),
        default=section.value("default"),
        choices=choices,
        choice_labels=labels,
        label=section.text("label"),
        description=section.text("description"),
        place=section.problems.place(section.line_of("default") if section.has("default") else section.line),
        choices_query=query,
    )


CHOICES_QUERY_KEYS: Final = ("query", "value", "label")


def _read_choices_query(section: Section) -> ChoicesQuery | None:
    """`choices: {query: airports, value: code, label: name}`; None for choices that stand in the file."""
    node = section.entries.get("choices")
    keys = {str(key.value) for key, _ in node.value} if isinstance(node, MappingNode) else set()
    if "query" not in keys:
        return None
    found = section.section("choices", CHOICES_QUERY_KEYS, "choices")
    assert found is not None  # it is a mapping
    place = section.problems.place(section.line_of("choices"))
    return ChoicesQuery(found.text("query", required="NAME"), found.text("value"), found.text("label"), place)


def _read_choices(section: Section) -> tuple[tuple[Any, ...], dict[Any, str]]:
    """`choices: [JFK, LGA]` or `choices: {JFK: Kennedy, LGA: La Guardia}`."""
    node: Node | None = section.entries.get("choices") if section.has("choices") else None
    if isinstance(node, SequenceNode) and all(isinstance(item, ScalarNode) for item in node.value):
        return tuple(plain(item) for item in node.value), {}
    if isinstance(node, MappingNode) and all(isinstance(value, ScalarNode) for _, value in node.value):
        labels = {plain(key): str(value.value) for key, value in node.value if isinstance(key, ScalarNode)}
        return tuple(labels), labels
    if node is not None:
        section.wrong("choices", "a list of values, or a mapping of values to their labels")
    return (), {}


def _checked(parameter: Parameter, section: Section) -> Parameter:
    """Try default and choices, so that a run at night does not find what is wrong with them."""
    for key, values in (("choices", parameter.choices), ("default", [parameter.default])):
        for value in values:
            try:
                if value is not None:
                    convert(parameter, value, _ANY_DAY)
            except ParameterError as error:
                subject = f"The {key} of the parameter {parameter.name}"
                section.problems.add(
                    section.line_of(key), f"{subject}: {shown(value)} does not fit. {error.message}", error.remedy
                )
                return parameter
    return parameter
