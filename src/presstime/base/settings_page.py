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

## Checking it
`presstime check` looks at everything and tells all problems at once: the name, where the value came from, what was read
(secrets hidden), what is allowed, how to mend it. It ends with 1 when there is any problem; warnings do not count.
`--json` is for scripts; `--no-environment` looks at the settings alone, at no folder and no server. Nothing is changed
and no mail is sent: small files are written into the folders and deleted again, and the mail server is greeted and
signed in to. Each check has a time limit. One that breaks is a problem that names the class of its error; the full account,
without secrets, is in the log on standard error.

| what | problem | warning |
|---|---|---|
| settings | unknown names, types, ranges, addresses that cannot be read | |
| folders | the data folder or one within cannot be written; `PRESSTIME_REPORTS_DIR` names one that is not there | |
| files with secrets | a file in `keys/` that others may read | a file of a setting, `.env` or TOML, with a secret that all may read |
| disk space | | a volume is below a threshold, an administrator's where one is set |
| database | does not answer, is none, cannot be written; tables of another version; a key with which the stored sources cannot be read | SQLite older than 3.51.3; no tables yet; on PostgreSQL a role that could switch the [guards of the audit log](audit.md#on-postgresql) off |
| clock | earlier than the newest entry of the database, or than this version | |
| mail | the server does not answer, refuses TLS or the sign-in; a sender that is no address | no server is named; TLS is not demanded of a server elsewhere |
| single sign-on | the issuer does not answer, is another one than is named, is not https throughout, or signs in a way that proves nothing | everybody whom the issuer knows gets an account |
| keys of backups | `PRESSTIME_BACKUP_RECIPIENT` is no public key, `PRESSTIME_BACKUP_KEY` no private one | |
| place of backups, on this machine or elsewhere | no driver for its address; a small file cannot be written, read and deleted there | it is on the database's volume; the private key lies on this machine |
| programs of PostgreSQL | `pg_dump`, `pg_restore` or `psql` is missing or older than the server | |
| addresses | alert channels that cannot be read | `PRESSTIME_BASE_URL` without https, or of this machine only while the server listens for others; with https, no `PRESSTIME_TRUSTED_PROXIES`; nobody is told of alerts |

`serve`, `web` and `worker` check the same before they start, print every problem and refuse to start. Only a mail server,
an issuer or a place of backups elsewhere that does not answer, and missing programs of PostgreSQL, let them start, with a warning;
`web` and `worker` alone also need the tables, which `serve` makes.

## All settings
This table is made from the code; a test keeps it current.

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
    if isinstance(value, tuple):
        return f"`{','.join(value)}`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


if __name__ == "__main__":
    sys.stdout.write(settings_page())
