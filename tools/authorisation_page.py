"""Writes docs/authorisation.md from the doors in the code: `python -m tools.authorisation_page`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import Any

HEAD = """# Who may pass which door

Read from the code; a test keeps this page current, others walk through every door with every role. The same table stands on
the page `/users/roles` of an installation. What each role is for: [accounts](accounts.md).

- **Door**: a page or an operation of the API. What names no right is closed to everybody.
- **Right**: what opens it, and the scope that a token needs. "public" needs no account, "signed in" any account.
- **again**: a session is asked for the password again when its person has not lately given it.
- What a [group](accounts.md#groups) hides from somebody answers 404 behind every door, whatever the role.
- Who is switched off passes no door, by session or by token.
- Making an administrator, and changing one, takes a session or a token with the scope `all`: `users:write` alone manages the others. A
  token makes none with more scopes than it has, nor one that outlives it.
"""
COMMANDS_HEAD = """## Commands
A command asks for no role. Whoever may run one as the server's user holds the data folder with database and keys; keep it to
administrators of the machine. What a command changes stands in the audit log under the operating system's user.
"""


def authorisation_page() -> str:
    """The page, with a table for the API, one for the pages, one for the commands."""
    from presstime.accounts import matrix

    rows = matrix.rows()
    parts = [HEAD]
    for kind, title in (("page", "Pages"), ("api", "Operations of the API")):
        parts.append(f"## {title}\n{_table(row for row in rows if row.kind == kind)}")
    parts.append(COMMANDS_HEAD + "\n" + _commands())
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def _table(rows: Iterable[Any]) -> str:
    from presstime.accounts.rights import Role

    roles = list(reversed(Role))
    lines = [f"| door | right | {' | '.join(roles)} | again |", "|---|---|" + "---|" * (len(roles) + 1)]
    for row in rows:
        marks = " | ".join("yes" if role in row.opens_to else "no" for role in roles)
        lines.append(f"| `{row.address}` | {row.opened_by} | {marks} | {'yes' if row.confirms else ''} |")
    return "\n".join(lines)


def _commands() -> str:
    from presstime.cli.commands import COMMANDS

    rows = [
        f"| `presstime {command.name}` | {command.help} |" for command in sorted(COMMANDS, key=lambda each: each.name)
    ]
    return "\n".join(["| command | what |", "|---|---|", *rows])


def _set_up() -> None:
    from presstime.cli.shell import set_up_django

    set_up_django()


if __name__ == "__main__":
    os.environ.setdefault("PRESSTIME_DATA_DIR", "build/data")
    _set_up()
    sys.stdout.write(authorisation_page())
