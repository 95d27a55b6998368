"""Use cases of assets: what there is, who uses it, put one there, take one away."""

from __future__ import annotations

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from pressroom.asset_checks import MOST_BYTES, AssetError, Checked, Kind, kind_of, kind_of_new
from pressroom.asset_uses import uses_of
from pressroom.assets import MOST_LISTED, Assets
from pressroom.errors import Problem
from presstime.accounts import sight
from presstime.assets import audited, checking, folder
from presstime.assets.folder import Entry
from presstime.base.errors import Conflict, FieldProblem, Invalid, NotFound
from presstime.executions import nursery, preview
from presstime.executions.inquiry import TIMEOUT
from presstime.executions.isolation import ask_isolated
from presstime.executions.job import Failed, Job
from presstime.reports import queries as reports
from presstime.reports import service as report_service
from presstime.reports.models import Report

MOST_REMEMBERED = 500
_LISTED_REPORTS = 5
_described: OrderedDict[tuple[str, int, int], Checked | list[Problem]] = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Asset:
    """A file beside the reports, and the reports that name it, by themselves or through their theme."""

    entry: Entry
    kind: Kind | None
    used_by: tuple[Report, ...]

    @property
    def name(self) -> str:
        return self.entry.name


def root() -> Path:
    """The folder of this installation's assets, which need not exist yet."""
    path: Path = settings.CONFIGURATION.assets_path
    return path


def assets() -> Assets:
    """The files as the run reads them."""
    return Assets(root())


def list_assets(now: datetime) -> list[Asset]:
    """All assets by name."""
    found = folder.entries(root())
    users = _users(found, now)
    return [Asset(entry, kind_of(entry.name), tuple(users.get(entry.name, ()))) for entry in found]


def entries() -> list[Entry]:
    """The files that reports can use, by name, and nothing of who does: much quicker than `list_assets`."""
    return [entry for entry in folder.entries(root()) if kind_of(entry.name) is not None]


def get(name: str, now: datetime) -> Asset:
    """The asset *name*; NotFound when there is none."""
    entry = _entry(name)
    return Asset(entry, kind_of(name), tuple(_users([entry], now).get(name, ())))


def content_of(name: str) -> bytes:
    """The bytes of an asset; NotFound when there is none."""
    _entry(name)
    return assets().content(name)


def describe(entries: Iterable[Entry], now: datetime) -> dict[str, Checked | list[Problem]]:
    """What the readers of the run say of these files, remembered until they are written again.

    Without an answer (too many look at once) a file is left out.
    """
    wanted = {entry.name: (entry.name, entry.bytes, entry.stamp) for entry in entries}
    with _lock:
        known = {name: _described[key] for name, key in wanted.items() if key in _described}
    missing = [name for name in wanted if name not in known]
    if not missing:
        return known
    try:
        found = _checked(dict.fromkeys(missing, ""), now)
    except Conflict:
        return known
    with _lock:
        _described.update((wanted[name], outcome) for name, outcome in found.items())
        while len(_described) > MOST_REMEMBERED:
            _described.popitem(last=False)
    return known | found


def describe_fonts(entries: Iterable[Entry], now: datetime) -> dict[str, Checked | list[Problem]]:
    """As `describe`, of the fonts alone: by their families it is known who uses them."""
    return describe((entry for entry in entries if kind_of(entry.name) is Kind.FONT), now)


def put(name: str, content: bytes, now: datetime, *, replace: bool = True) -> Checked:
    """Check *content* as the run would read it and put it there as *name*; Invalid says in words what is wrong with it.

    Conflict when there is such a file and it is not to be replaced.
    """
    if not replace and folder.find(root(), name) is not None:
        raise Conflict(f"There is a file {name} already. Choose another name, or replace it.")
    checked = check({name: content}, now)[name]
    if not isinstance(checked, Checked):
        raise Invalid(checked)
    keep(name, content, now)
    return checked


def check(files: Mapping[str, bytes], now: datetime) -> dict[str, Checked | list[FieldProblem]]:
    """What each of *files* would be, all of them lying beside the others, or what is wrong with it. None is kept."""
    found: dict[str, Checked | list[FieldProblem]] = {name: _at_sight(name, given) for name, given in files.items()}
    sound = {name: files[name] for name, problems in found.items() if not problems}
    if sound:
        outcomes = _checked(sound, now).items()
        found |= {name: each if isinstance(each, Checked) else _problems(each, "file") for name, each in outcomes}
    return found


def keep(name: str, content: bytes, now: datetime) -> None:
    """Put a *content* that was checked there as *name*; Conflict or Invalid when the folder does not take it."""
    is_there = folder.find(root(), name) is not None
    if not is_there and len(folder.entries(root())) >= MOST_LISTED:
        raise Conflict(f"There are {MOST_LISTED} files already, more than reports look through. Delete some first.")
    try:
        with transaction.atomic():  # no file without its entry, and no entry without its file
            audited.put(name, content, assets().content(name) if is_there else None, now)
            folder.write(root(), name, content)
    except (NotADirectoryError, IsADirectoryError, FileExistsError) as error:
        raise Invalid.of(
            "name", f"{name} cannot be written: a folder, a file or a link has a part of that name."
        ) from error
    except OSError as error:
        raise Conflict(
            f"{name} cannot be written: {error.strerror}. Look at the assets folder's disk and rights."
        ) from error


def delete(name: str, now: datetime, *, even_if_used: bool = False) -> None:
    """Delete an asset; Conflict names the reports that use it, unless it is to go all the same."""
    if not even_if_used and (reason := why_kept([name], now).get(name)):
        raise Conflict(reason)
    try:
        with transaction.atomic():
            audited.deleted(name, content_of(name), now)
            folder.delete(root(), name)
    except OSError as error:
        raise NotFound.of("asset", name) from error


def why_kept(names: Collection[str], now: datetime) -> dict[str, str]:
    """Why those of the assets *names* that reports use should stay, naming the reports; NotFound for one that is none."""
    if not names:
        return {}
    entries = [_entry(name) for name in names]
    seen = _users(entries, now)
    with sight.everything():
        users = _users(entries, now)
    return {name: _why_kept(name, seen.get(name, []), len(users[name])) for name in names if name in users}


def _why_kept(name: str, seen: list[Report], count: int) -> str:
    hidden = count - len(seen)
    others = f"{hidden} report{'' if hidden == 1 else 's'} that you may not see" if hidden else ""
    users = " and ".join(part for part in (named(seen), others) if part)
    return (
        f"{name} is used by {users}: their next runs would fail. Delete it all the same, or take it out of them first."
    )


@contextmanager
def all_or_none(names: Iterable[str]) -> Iterator[None]:
    """Let the assets *names* be as they were when the block raises, as the rows of its transaction are."""
    before = {name: assets().content(name) if folder.find(root(), name) is not None else None for name in names}
    try:
        yield
    except BaseException:
        for name, content in before.items():
            _put_back(name, content)
        raise


def _put_back(name: str, content: bytes | None) -> None:
    with contextlib.suppress(OSError):  # what went wrong is told by what was raised
        if content is not None:
            folder.write(root(), name, content)
        elif folder.find(root(), name) is not None:
            folder.delete(root(), name)


def named(found: Iterable[Report]) -> str:
    """The reports in a sentence."""
    names = [f'"{report.name}"' for report in found]
    more = f" and {len(names) - _LISTED_REPORTS} more" if len(names) > _LISTED_REPORTS else ""
    return ", ".join(names[:_LISTED_REPORTS]) + more


def _entry(name: str) -> Entry:
    entry = folder.find(root(), name)
    if entry is None or kind_of(name) is None:
        raise NotFound.of("asset", name)
    return entry


def _at_sight(name: str, content: bytes) -> list[FieldProblem]:
    try:
        kind_of_new(name)
    except AssetError as error:
        return _problems(error.problems, "name")
    if len(content) > MOST_BYTES:
        return [FieldProblem("file", f"The file {name} has more than {MOST_BYTES:,} bytes. Make it smaller.")]
    return []


def _problems(problems: list[Problem], field: str) -> list[FieldProblem]:
    return [
        FieldProblem(
            field, (f"line {each.place.line}: " if each.place else "") + f"{each.message} {each.remedy}".rstrip()
        )
        for each in problems
    ]


def _checked(files: Mapping[str, bytes | str], now: datetime) -> dict[str, Checked | list[Problem]]:
    """What a process of its own says of these contents; of those of the folder where there is none."""
    with preview.place() as scratch:
        paths = {name: _laid(scratch / checking.NEW / name, given) for name, given in files.items()}
        said = ask_isolated(_job(scratch, paths, now), TIMEOUT, checking.check, start_method=nursery.start_method())
    if isinstance(said, Failed):
        raise Conflict(f"The file cannot be checked: {said.fault.message} {said.fault.hint}".rstrip())
    found: dict[str, Checked | list[Problem]] = said.value
    return found


def _laid(path: Path, content: bytes | str) -> str:
    if isinstance(content, str):
        return ""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return str(path)


def _job(scratch: Path, paths: Mapping[str, str], now: datetime) -> Job:
    return Job(
        definition="",
        file="asset",
        sources={},
        base=scratch,
        parameters=paths,
        formats=(),
        at=now,
        zone="UTC",
        folder=scratch / "job",
        memory_limit_bytes=settings.CONFIGURATION.memory_limit_bytes,
        assets=root(),
    )


def _users(entries: Iterable[Entry], now: datetime) -> dict[str, list[Report]]:
    """The reports that name each file; those that need a font are found by its families."""
    families = {
        name: outcome.detail.split(", ")
        for name, outcome in describe_fonts(entries, now).items()
        if isinstance(outcome, Checked)
    }
    users: dict[str, list[Report]] = {}
    for report in reports.list_reports():
        definition = report_service.find_definition(report)
        if definition is None:
            continue
        uses = uses_of(definition, assets())
        needed = [name for name, found in families.items() if uses.font in found]
        for name in dict.fromkeys([*uses.files, *needed]):
            users.setdefault(name, []).append(report)
    return users
