"""Templates by Jinja2, sandboxed: what `pressroom.templates` imports when there is one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from types import TracebackType
from typing import Any, Final

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, Undefined, nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from pressroom.errors import DataError, LayoutError, Place
from pressroom.formats import format_value, kind_of, read_format
from pressroom.periods import Period
from pressroom.schema import Problems
from pressroom.templates import MAX_REPEATED, wrap
from pressroom.values import Budget, QueryValue, RowValue, TemplateFault
from pressroom.wording import nearest, suggest

MAX_OUTPUT_CHARACTERS = 1_000_000
_FILE: Final = "<report>"
_TAG = re.compile(r"\{%[-+]?\s*(?P<end>end)?(?:if|for)\b")

_FORMAT_FILTERS: Final = (
    "number",
    "integer",
    "percent",
    "money",
    "bytes",
    "duration",
    "date",
    "datetime",
    "time",
    "month",
)
_KEPT_FILTERS: Final = (
    "abs", "capitalize", "count", "d", "default", "first", "float", "int", "join", "last", "length", "list", "lower",
    "map", "max", "min", "reject", "rejectattr", "reverse", "round", "select", "selectattr", "sort", "string", "sum",
    "title", "trim", "truncate", "unique", "upper",
)  # fmt: skip
_REFUSED: Final[dict[type[nodes.Node], str]] = {
    nodes.Include: "include", nodes.Import: "import", nodes.FromImport: "import", nodes.Extends: "extends",
    nodes.Block: "block", nodes.FilterBlock: "filter", nodes.Macro: "macro", nodes.CallBlock: "call",
}  # fmt: skip
_ATTRIBUTES: Final[tuple[tuple[type, frozenset[str]], ...]] = (
    (Period, frozenset({"start", "end", "last", "days", "label"})),
    (date, frozenset({"year", "month", "day", "hour", "minute", "isoformat", "weekday"})),
    (
        LoopContext,
        frozenset({"index", "index0", "first", "last", "length", "revindex", "cycle", "previtem", "nextitem"}),
    ),
)
_RUNTIME_ERRORS: Final = (
    TemplateError,
    TemplateFault,
    ArithmeticError,
    TypeError,
    ValueError,
    LookupError,
    AttributeError,
)


class _Environment(ImmutableSandboxedEnvironment):
    """Templates see columns, a few attributes and a few filters; whatever grows without bound is refused."""

    # Constants are folded when a template is compiled; operators named here are left to the run, where they are checked.
    intercepted_binops = frozenset({"*", "**", "%", "+"})

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, QueryValue) and attribute == "rows":
            return obj.rows
        if isinstance(obj, QueryValue | RowValue):
            return obj.column(attribute)
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, QueryValue | RowValue):
            return obj.column(str(argument))
        return super().getitem(obj, argument)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        del value
        return any(isinstance(obj, kind) and attr in names for kind, names in _ATTRIBUTES)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        del context
        if operator == "**" or (operator == "%" and isinstance(left, str)):
            raise TemplateFault(f"The operator {operator} is not available here.", "Compute it in SQL.")
        if operator == "+":
            return left + right
        if operator == "%":
            return left % right
        if not all(isinstance(side, int | float | Decimal) for side in (left, right)):
            raise TemplateFault("Only numbers can be multiplied.", "Compute it in SQL.")
        return _product(left, right)


def _product(left: Any, right: Any) -> Any:
    product = left * right
    if isinstance(product, int) and product.bit_length() > MAX_REPEATED:
        raise TemplateFault("A product has too many digits.", "Compute it in SQL.")
    return product


# ---- environment ----------------------------------------------------------------------------------------------------


def _environment(locale: str) -> _Environment:
    environment = _Environment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, cache_size=0,
        finalize=lambda value: wrap(str(value) if isinstance(value, Undefined) else value, locale),  # whose str() raises
    )  # fmt: skip
    kept = {name: environment.filters[name] for name in _KEPT_FILTERS}
    environment.filters = kept | {name: _format_filter(name, locale) for name in _FORMAT_FILTERS}
    environment.filters["format"] = lambda value, pattern: format_value(value, kind_of(value), pattern, locale)
    environment.globals.clear()
    return environment


def _format_filter(name: str, locale: str) -> Any:
    def apply(value: Any, *arguments: Any) -> str:
        if isinstance(value, Undefined):
            return str(value)
        return format_value(value, kind_of(value), _format_text(name, arguments), locale)

    return apply


def _format_text(name: str, arguments: Iterable[Any]) -> str:
    """The format that a filter with its arguments stands for: `date("%d %b")` is a pattern, `money("EUR")` is money(EUR)."""
    given = [str(argument) for argument in arguments]
    if name in ("date", "datetime", "time") and given:
        return given[0]
    return f"{name}({', '.join(given)})" if given else name


# ---- static checks --------------------------------------------------------------------------------------------------


def check(text: str, place: Place, names: Iterable[str], problems: Problems) -> None:
    """Report what is wrong with a template before it ever runs: syntax, unknown names, filters and formats."""
    environment = _environment("en")
    try:
        tree = environment.parse(text)
        environment.compile(text, filename=_FILE)
    except TemplateSyntaxError as error:
        problems.add(place.line + (_open_tag(text, error) or error.lineno) - 1, *_syntax_message(error))
        return
    except (RecursionError, SyntaxError, MemoryError):
        problems.add(place.line, "The template is nested too deeply.", "Make its expressions and loops flatter.")
        return
    _check_tags(tree, place, problems)
    _check_names(tree, place, set(names), problems)
    _check_formats(tree, place, problems)


def _syntax_message(error: TemplateSyntaxError) -> tuple[str, str]:
    message = (error.message or "it cannot be read").partition(" Jinja was looking")[0].rstrip(".")
    if match := re.fullmatch(r"No filter named '(.*)'", message):
        filters = (*_FORMAT_FILTERS, "format", *_KEPT_FILTERS)
        return f"There is no filter {match[1]}.", suggest(match[1], filters, what="Filters")
    if message.startswith("Unexpected end of template"):
        return f"Template: {message}.", "Close each {% if %} and {% for %}; neither can reach around a fenced block."
    return f"Template: {message}.", "Values are written {{ name.column }} or {{ name.column | number }}."


def _open_tag(text: str, error: TemplateSyntaxError) -> int | None:
    """The line of the innermost tag that nothing closes: Jinja names the end of the text instead."""
    if not (error.message or "").startswith("Unexpected end of template"):
        return None
    opened: list[int] = []
    for match in _TAG.finditer(text):
        if not match["end"]:
            opened.append(text.count("\n", 0, match.start()) + 1)
        elif opened:
            opened.pop()
    return opened[-1] if opened else None


def _check_tags(tree: nodes.Template, place: Place, problems: Problems) -> None:
    for node in tree.find_all(tuple(_REFUSED)):
        problems.add(
            place.line + node.lineno - 1,
            f"The tag {_REFUSED[type(node)]} is not available in a report.",
            "Allowed: if, for, set.",
        )


def _check_names(tree: nodes.Template, place: Place, names: set[str], problems: Problems) -> None:
    assigned = {node.name for node in tree.find_all(nodes.Name) if node.ctx in ("store", "param")}
    known = names | assigned | {"range", "loop"}
    for node in tree.find_all(nodes.Name):
        if node.ctx == "load" and node.name not in known:
            close = nearest(node.name, names)
            meant = f"Did you mean {close}? " if close else ""
            problems.add(
                place.line + node.lineno - 1, f"The template names {node.name}, which is neither a query nor a parameter.",
                f"{meant}Known: {', '.join(sorted(names))}.",
            )  # fmt: skip


def _check_formats(tree: nodes.Template, place: Place, problems: Problems) -> None:
    for node in tree.find_all(nodes.Filter):
        arguments = [argument.value for argument in node.args if isinstance(argument, nodes.Const)]
        if node.name not in (*_FORMAT_FILTERS, "format") or len(arguments) != len(node.args):
            continue
        text = str(arguments[0]) if node.name == "format" and arguments else _format_text(node.name, arguments)
        try:
            read_format(text)
        except ValueError as error:
            problems.add(place.line + node.lineno - 1, f"The filter {text} is not a format.", str(error))


def names_in(text: str) -> set[str]:
    """Every name that the template *text* reads, its own variables included; none when it cannot be read."""
    try:
        tree = _environment("en").parse(text)
    except (TemplateSyntaxError, RecursionError):
        return set()
    return {node.name for node in tree.find_all(nodes.Name) if node.ctx == "load"}


def columns_in(text: str, place: Place, queries: Iterable[str]) -> list[tuple[str, str, Place]]:
    """The columns that the template *text* reads from the first row of one of *queries*: query, column, place."""
    known = set(queries)
    return [
        (node.node.name, node.attr, Place(place.file, place.line + node.lineno - 1))
        for node in _environment("en").parse(text).find_all(nodes.Getattr)
        if isinstance(node.node, nodes.Name) and node.node.name in known and node.attr != "rows"
    ]


# ---- run ------------------------------------------------------------------------------------------------------------


def fill(text: str, place: Place, names: Mapping[str, Any], locale: str, budget: Budget) -> str:
    """*text* with its values wrapped in; LayoutError for a missing column, DataError for what cannot be computed."""
    environment = _environment(locale)
    pieces: list[str] = []
    size = 0
    try:
        code = environment.compile(text, filename=_FILE)
        template = environment.template_class.from_code(environment, code, environment.make_globals(None))
        for piece in template.generate({**names, "range": budget.range}):
            pieces.append(piece)
            size += len(piece)
            if size > MAX_OUTPUT_CHARACTERS:
                raise TemplateFault(
                    f"The text grows beyond {MAX_OUTPUT_CHARACTERS:,} characters.", "Show rows with a table block."
                )
    except _RUNTIME_ERRORS as error:
        raise _typed(error, place) from error
    except RecursionError as error:
        raise DataError("The template is nested too deeply.", place=place, code="template") from error
    return "".join(pieces)


def _typed(error: Exception, place: Place) -> DataError:
    where = Place(place.file, place.line + max(0, _line_in_template(error.__traceback__) - 1))
    if isinstance(error, TemplateFault):
        kind = LayoutError if error.code == "missing_column" else DataError
        return kind(error.message, remedy=error.remedy, place=where, code=error.code)
    reason = (
        "it reaches for something a report may not see" if isinstance(error, SecurityError) else str(error).rstrip(".")
    )
    if isinstance(error, ZeroDivisionError):
        return DataError(
            "A value is divided by zero.",
            remedy="Compute it in SQL with nullif(), or guard it with {% if %}.",
            place=where,
            code="template",
        )
    return DataError(
        f"The value cannot be made: {reason}.", remedy="Check the expression; a missing value (NULL) cannot be computed with.",
        place=where, code="template",
    )  # fmt: skip


def _line_in_template(traceback: TracebackType | None) -> int:
    line = 1
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == _FILE:
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line
