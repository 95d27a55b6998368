"""Source URLs: taken apart, checked, and shown without their secrets."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from pressroom.errors import SourceMisconfigured

FILE_SCHEMES = ("sqlite", "duckdb", "files")
SCHEMES = (*FILE_SCHEMES, "postgresql", "mysql")
EXAMPLES = {
    "sqlite": "sqlite:///file.db",
    "duckdb": "duckdb:///file.duckdb",
    "files": "files:///folder",
    "postgresql": "postgresql://user:password@host/database",
    "mysql": "mysql://user:password@host/database",
}
_ALIASES = {"postgres": "postgresql", "mariadb": "mysql", "file": "files"}
_HIDDEN = "***"
_PLAIN = re.compile(r"[\w./ -]{0,200}")

# The password reaches up to the last at sign: one that should have been percent-encoded must not show its tail.
_USER_PASSWORD = re.compile(r"(?P<start>://[^:/?#@\s]*:)(?P<secret>.*)@", re.DOTALL)
_SECRET_OPTION = re.compile(
    r"(?P<start>[?&;][^=&;]*(?:pass|pwd|secret|token|key)[^=&;]*=)(?P<secret>[^&;#]*)", re.IGNORECASE
)


def mask_url(url: str) -> str:
    """*url* as it may be shown: passwords and secret options are `***`."""
    return replace_secrets(url, lambda _name, _secret: _HIDDEN)


def replace_secrets(url: str, replace: Callable[[str, str], str]) -> str:
    """*url* with each secret exchanged for what *replace* gives for its name ("password" or the option's) and itself."""
    with_user = _USER_PASSWORD.sub(lambda found: f"{found['start']}{replace('password', found['secret'])}@", url)
    return _SECRET_OPTION.sub(lambda found: found["start"] + replace(found["start"][1:-1], found["secret"]), with_user)


@dataclass(frozen=True, slots=True)
class SourceUrl:
    """A source URL that is well-formed. `repr` and `str` hide its password."""

    scheme: str
    text: str

    def __str__(self) -> str:
        return mask_url(self.text)

    def __repr__(self) -> str:
        return f"SourceUrl({self})"


def parse_url(url: str) -> SourceUrl:
    """The scheme of *url*, checked; SourceMisconfigured (`bad_url`) names the right form."""
    parts = split(url)
    scheme = _ALIASES.get(parts.scheme, parts.scheme)
    if scheme not in SCHEMES:
        raise SourceMisconfigured(_unknown_scheme(url, parts.scheme), remedy=_nearest(parts.scheme), code="bad_url")
    return SourceUrl(scheme, url.strip())


def split(url: str) -> SplitResult:
    """`urlsplit` with an error that does not show what it was given."""
    try:
        parts = urlsplit(url.strip())
        _ = parts.port
    except ValueError:
        remedy = "Write host and port as host:5432, and percent-encode special characters of user and password."
        raise SourceMisconfigured("The URL of the source cannot be read.", remedy=remedy, code="bad_url") from None
    return parts


def _unknown_scheme(url: str, scheme: str) -> str:
    if not scheme:
        # Without its beginning nobody knows where in it a password stands.
        shown = f'"{url}"' if _PLAIN.fullmatch(url) else "this one"
        return f"The URL of a source begins with its kind, and {shown} has none."
    return f'There is no kind of source called "{scheme}".'


def _nearest(scheme: str) -> str:
    near = difflib.get_close_matches(scheme, SCHEMES, n=1, cutoff=0.5)
    if near:
        return f"Did you mean {EXAMPLES[near[0]]}?"
    return f"Allowed are {', '.join(EXAMPLES.values())}."


def path_of(url: SourceUrl, *, roots: Sequence[Path], base: Path | None) -> Path:
    """The file or folder that *url* names, resolved; it lies inside one of *roots* if there are any.

    `scheme:///name` is relative to *base* (the working directory without one), `scheme:////name` is absolute.
    """
    parts = split(url.text)
    example = EXAMPLES[url.scheme]
    if parts.netloc or parts.query or parts.fragment or not parts.path.strip("/"):
        remedy = f"Write {example}, or four slashes for an absolute path; there are no options."
        raise SourceMisconfigured(f'"{url}" does not name a path.', remedy=remedy, code="bad_url")
    text = unquote(parts.path.removeprefix("/"))
    if "\0" in text:
        raise SourceMisconfigured("The path of the source contains a NUL character.", code="bad_url")
    path = ((base or Path.cwd()) / text).resolve()
    _check_roots(path, url, roots)
    return path


def missing(name: str, path: Path, what: str) -> SourceMisconfigured:
    """The error for a *path* that is not there: where it was looked for, and whether a slash is missing."""
    remedy = f"It is looked for at {path}."
    below_root = Path("/", unquote(name.partition("///")[2]))
    if below_root != path and below_root.exists():
        remedy += f" Four slashes begin an absolute path: {name.replace('///', '////', 1)}."
    return SourceMisconfigured(f'There is no {what} for "{name}".', remedy=remedy, code="missing_file")


def _check_roots(path: Path, url: SourceUrl, roots: Sequence[Path]) -> None:
    if not roots or any(path.is_relative_to(root.resolve()) for root in roots):
        return
    allowed = ", ".join(str(root) for root in roots)
    remedy = f"Put the file into one of these folders (a link counts as where it leads): {allowed}."
    raise SourceMisconfigured(f'"{url}" lies outside the folders that sources may use.', remedy=remedy, code="bad_url")
