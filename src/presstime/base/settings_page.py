"""Draws docs/configuration.md from the settings themselves: `python -m presstime.base.settings_page`."""

from __future__ import annotations

import sys
from typing import Any

from pydantic.fields import FieldInfo

from presstime.base.configuration import variable_of
from presstime.base.configuration_fields import SECRETS, Configuration

HEAD = """# Configuration

Settings come from the environment, else from `.env` in the working folder, else from a TOML file (`presstime.toml` in
the working folder, or the file that `PRESSTIME_CONFIG` names; there the names are without prefix and in small letters),
else from the default. A setting marked *secret* is also read from the file that `PRESSTIME_<NAME>_FILE` names. Unknown
names are refused at start, with the nearest right one, and all problems are reported at once. `presstime config show
--origin` prints what is in force and where each value came from, secrets masked.

This page is made from the code; a test keeps it current.

| name | default | what it is |
|---|---|---|
"""


def settings_page() -> str:
    """The whole page as Markdown."""
    return HEAD + "".join(_row(name, field) for name, field in Configuration.model_fields.items())


def _row(name: str, field: FieldInfo) -> str:
    secret = " *Secret.*" if name in SECRETS else ""
    description = (field.description or "").rstrip(".").replace("|", "\\|")
    return (
        f"| `{variable_of(name)}` | {_default(field.default)} | {description[:1].upper()}{description[1:]}.{secret} |\n"
    )


def _default(value: Any) -> str:
    if value is None or value in ("", ()):
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


if __name__ == "__main__":
    sys.stdout.write(settings_page())
