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
    """One thing wrong in the settings; `severity` is "error" or "warning"."""

    name: str
    origin: str
    message: str
    severity: str = "error"

    def __str__(self) -> str:
        return f"{self.name} ({self.origin}): {self.message}"


@dataclass(frozen=True, slots=True)
class Loaded:
    """The tree and where each of its values came from."""

    configuration: Configuration
    origins: Mapping[str, Origin]


def load(environment: Mapping[str, str] | None = None, folder: Path | None = None) -> Loaded:
    """Read and check all settings; ConfigurationError lists every problem at once, with its origin and its remedy."""
    environment = os.environ if environment is None else environment
    values, origins, problems = gather(environment, folder or Path.cwd())
    try:
        configuration = Configuration.model_validate(values)
    except ValidationError as error:
        problems += [_problem(detail, origins) for detail in error.errors(include_input=False, include_url=False)]
    if problems:
        listing = "\n".join(f"  - {problem}" for problem in problems)
        raise ConfigurationError(f"{len(problems)} problem(s) in the settings:\n{listing}")
    return Loaded(configuration, origins)


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
        problems.append(Problem(variable, source, f"is not a setting.{_nearest(variable)}"))
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
    return f" Did you mean {found[0]}?" if found else " Remove it or see the list in docs/configuration.md."


def variable_of(field: str) -> str:
    """`data_dir` -> `PRESSTIME_DATA_DIR`."""
    return PREFIX + field.upper()


def _problem(detail: Any, origins: Mapping[str, Origin]) -> Problem:
    field = str(detail["loc"][0]) if detail["loc"] else ""
    origin = origins.get(field)
    name = origin.variable if origin else variable_of(field)
    message = str(detail["msg"]).removeprefix("Value error, ")
    description = Configuration.model_fields[field].description if field in Configuration.model_fields else None
    allowed = f" Expected: {description}" if description else ""
    return Problem(name, origin.source if origin else "default", f"{message}.{allowed}".replace("..", "."))
