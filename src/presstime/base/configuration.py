"""The settings: one frozen, typed tree and the only reader of the environment.

A value comes from the environment, else from `.env`, else from a TOML file (`presstime.toml` in the working folder, or
the file that `PRESSTIME_CONFIG` names), else from its default. Every secret is also read from the file that
`PRESSTIME_<NAME>_FILE` names. All problems are reported at once, with the origin of each value and without secrets.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dotenv
from pydantic import ValidationError

from presstime.base.configuration_fields import SECRETS, Configuration
from presstime.base.errors import ConfigurationError

PREFIX = "PRESSTIME_"
CONFIG_VARIABLE = "PRESSTIME_CONFIG"
HIDDEN = "(hidden)"
TOGETHER = frozenset({"disk_warning_bytes", "disk_critical_bytes"})  # checked against each other
# Read before or outside the tree: the file that holds the tree, and what the demo tells its own children.
OUTSIDE = frozenset({CONFIG_VARIABLE})


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value was read: "environment", ".env", "presstime.toml", "file <path>" or "default"."""

    source: str
    variable: str

    def __str__(self) -> str:
        return self.source if self.source == "default" else f"{self.source}: {self.variable}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in the settings; `severity` is "error" or "warning".

    `read` is what stood there, hidden for secrets; `allowed` what may stand there; `remedy` how to mend it.
    """

    name: str
    origin: str
    message: str
    severity: str = "error"
    read: str = ""
    allowed: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        parts = [self.message, self.allowed and f"Expected: {self.allowed}", self.remedy]
        return f"{self.name} ({self.origin}): {' '.join(part for part in parts if part)}"


@dataclass(frozen=True, slots=True)
class Loaded:
    """The tree and where each of its values came from."""

    configuration: Configuration
    origins: Mapping[str, Origin]


def load(environment: Mapping[str, str] | None = None, folder: Path | None = None) -> Loaded:
    """Read and check all settings; ConfigurationError lists every problem at once, with its origin and its remedy."""
    loaded, problems = inspect(environment, folder)
    if problems:
        listing = "\n".join(f"  - {problem}" for problem in problems)
        raise ConfigurationError(f"{len(problems)} problem(s) in the settings:\n{listing}")
    return loaded


def inspect(environment: Mapping[str, str] | None = None, folder: Path | None = None) -> tuple[Loaded, list[Problem]]:
    """All settings with everything that is wrong with them; in the place of a wrong value stands its default."""
    environment = os.environ if environment is None else environment
    values, origins, problems = gather(environment, folder or Path.cwd())
    wrong: set[str] = set()
    while True:
        try:
            sound = {name: value for name, value in values.items() if name not in wrong}
            return Loaded(Configuration.model_validate(sound), origins), problems
        except ValidationError as error:
            details = error.errors(include_input=False, include_url=False)
            problems += [_problem(detail, origins, values) for detail in details]
            named = {str(detail["loc"][0]) for detail in details if detail["loc"]}
            # What is wrong with several values together names none of them.
            wrong |= (named or TOGETHER) if not wrong >= TOGETHER else set(values)


def gather(environment: Mapping[str, str], folder: Path) -> tuple[dict[str, Any], dict[str, Origin], list[Problem]]:
    """Raw values by field name, the origin of each, and what is wrong with the names."""
    values: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    problems: list[Problem] = []
    for source, raw in _layers(environment, folder, problems):
        for variable, value in raw.items():
            _take(source, variable, value, values, origins, problems)
    return values, origins, problems


def _layers(environment: Mapping[str, str], folder: Path, problems: list[Problem]) -> list[tuple[str, dict[str, Any]]]:
    """The sources from the weakest to the strongest, their names spelt as environment variables."""
    named = environment.get(CONFIG_VARIABLE)
    toml = Path(named) if named else folder / "presstime.toml"
    layers: list[tuple[str, dict[str, Any]]] = []
    if named and not toml.is_file():
        problems.append(Problem(CONFIG_VARIABLE, "environment", f'there is no file "{named}".'))
    elif toml.is_file():
        layers.append((toml.name, _read_toml(toml, problems)))
    dotfile = folder / ".env"
    if dotfile.is_file():
        read = {k: v for k, v in dotenv.dotenv_values(dotfile).items() if k.startswith(PREFIX) and v is not None}
        layers.append((".env", read))
    layers.append(("environment", {k: v for k, v in environment.items() if k.startswith(PREFIX)}))
    return layers


def _read_toml(path: Path, problems: list[Problem]) -> dict[str, Any]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(Problem(path.name, path.name, f"is not valid TOML: {error}"))
        return {}
    return {PREFIX + name.upper(): value for name, value in content.items()}


def _take(
    source: str,
    variable: str,
    value: Any,
    values: dict[str, Any],
    origins: dict[str, Origin],
    problems: list[Problem],
) -> None:
    """Put one variable into *values*, following `_FILE`; an unknown name becomes a problem."""
    if variable in OUTSIDE:
        return
    field = variable.removeprefix(PREFIX).lower()
    is_file = field.endswith("_file") and field.removesuffix("_file") in SECRETS
    field = field.removesuffix("_file") if is_file else field
    if field not in Configuration.model_fields:
        problems.append(Problem(variable, source, "is not a setting.", remedy=_nearest(variable)))
        return
    if is_file:
        try:
            value = Path(str(value)).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            problems.append(Problem(variable, source, f"the file it names cannot be read: {reason}."))
            return
    if value == "" and field not in SECRETS:  # `NAME=` means "as if not set", the habit of compose files
        return
    values[field] = value
    origins[field] = Origin(source, variable)


def _nearest(variable: str) -> str:
    known = [variable_of(field) for field in Configuration.model_fields]
    found = difflib.get_close_matches(variable, known, n=1, cutoff=0.6)
    return f"Did you mean {found[0]}?" if found else "Remove it or see the list in docs/configuration.md."


def variable_of(field: str) -> str:
    """`data_dir` -> `PRESSTIME_DATA_DIR`."""
    return PREFIX + field.upper()


def _problem(detail: Any, origins: Mapping[str, Origin], values: Mapping[str, Any]) -> Problem:
    field = str(detail["loc"][0]) if detail["loc"] else "disk_critical_bytes"  # the one rule about several values
    origin = origins.get(field)
    has_wrong_form = detail["type"] == "string_pattern_mismatch"  # nobody reads a regular expression
    message = "It has not the form that is expected" if has_wrong_form else str(detail["msg"])
    message = message.removeprefix("Value error, ")
    description = Configuration.model_fields[field].description if field in Configuration.model_fields else None
    return Problem(
        name=origin.variable if origin else variable_of(field),
        origin=origin.source if origin else "default",
        message=f"{message}.".replace("..", "."),
        read=_shown(field, values.get(field)),
        allowed=description or "",
    )


def _shown(field: str, value: Any) -> str:
    """What was read, for a person; a secret is hidden."""
    if value is None:
        return ""
    return HIDDEN if field in SECRETS else str(value)
