"""Writes docs/audit-actions.md from what the code records: `python -m tools.audit_page`."""

from __future__ import annotations

import os
import sys
from itertools import groupby

HEAD = """# What the audit log records

Every action, what needs no entry, and why. The log itself, its proofs and its
limits: [audit.md](audit.md). A test keeps this page current.

A change without an entry cannot be committed. The database connection notes each statement that writes to a watched table;
a transaction that wrote to one and noted no entry fails at its commit and is rolled back. Watched is every table, also one
that is new tomorrow, except those of the last list. What the server does by itself is exempt function by function.

An entry is written as the last thing before the commit, in the same transaction. Who acts is a person (`user`), a program
with a token of a person (`token`), the operating system's user of a command (`command`) or a part of the server (`system`:
`schedules`, `slot`, `cleanup`, `backups`, …). Nobody who is known is the user `anonymous` with their address. Of a row the
fields that each feature lists in its `audited.py` are kept, of a change those that differ; secrets are fingerprints.
Of refused attempts at most 50 of one person, or of one address, are kept in a quarter of an hour.
"""


def audit_page() -> str:
    """The page; all modules of all features are loaded for it."""
    _load()
    from presstime.audit.actions import ACTIONS
    from presstime.database.guard import EXEMPTIONS, UNWATCHED

    parts = [HEAD, "## Actions"]
    for kind, actions in groupby(ACTIONS, key=lambda action: action.partition(".")[0]):
        parts.append(f"### {kind.replace('_', ' ').capitalize()}\n")
        parts[-1] += "\n".join(
            ["| action | means |", "|---|---|", *(f"| `{name}` | {ACTIONS[name]} |" for name in actions)]
        )
    rows = sorted({(exemption.function.removeprefix("presstime."), exemption.reason) for exemption in EXEMPTIONS})
    parts.append(
        "## What the server writes without an entry\nBy function; what else the same transaction writes is watched.\n"
    )
    parts[-1] += "\n".join(["| function | why |", "|---|---|", *(f"| `{name}` | {reason} |" for name, reason in rows)])
    parts.append("## Tables that are not watched\nThe log's own tables are guarded by the database itself.\n")
    parts[-1] += "\n".join(
        ["| table | why |", "|---|---|", *(f"| `{name}` | {why} |" for name, why in sorted(UNWATCHED.items()))]
    )
    return "\n\n".join(parts) + "\n"


def _load() -> None:
    """Import everything that may declare an exemption."""
    from importlib import import_module
    from pkgutil import walk_packages

    import presstime
    from presstime.cli.shell import set_up_django

    set_up_django()
    for module in walk_packages(presstime.__path__, "presstime."):
        if not any(part in module.name for part in (".migrations", "__main__", ".project.wsgi")):
            import_module(module.name)


if __name__ == "__main__":
    os.environ.setdefault("PRESSTIME_DATA_DIR", "build/data")
    sys.stdout.write(audit_page())
