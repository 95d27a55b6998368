"""Runs the checks one after another, each with its time limit, and gathers what they found."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from presstime.base.configuration import Problem, inspect
from presstime.base.errors import ConfigurationError
from presstime.base.tracebacks import account_of
from presstime.preflight import addresses, backups, database, folders, sign_in
from presstime.preflight.context import NOT_AT_START, Check, Context

CHECKS = (
    Check("addresses", addresses.check_addresses, touches=False),
    Check("time zones", addresses.check_zones, touches=False),
    Check("folders", folders.check_folders),
    Check("secret files", folders.check_secret_files),
    Check("database", database.check_database, seconds=15),
    Check("tables", database.check_tables, needs_django=True, at_start="error"),
    Check("clock", database.check_clock, needs_django=True),
    Check("audit rights", database.check_audit_rights, needs_django=True, at_start=NOT_AT_START),
    Check("stored secrets", database.check_stored_secrets, needs_django=True),
    Check("alert channels", addresses.check_channels, seconds=60, needs_django=True, touches=False),
    Check("mail server", addresses.check_mail_answers, seconds=15, at_start="warning"),
    Check("disk space", folders.check_room, needs_django=True),
    Check("single sign-on", sign_in.check_links, touches=False),
    Check("issuer", sign_in.check_issuer, seconds=25, at_start="warning"),
    Check("backup keys", backups.check_keys, touches=False),
    Check("backup folder", backups.check_folder, seconds=15),
    Check("backup location", backups.check_remote_place, seconds=30, at_start="warning"),
    Check("backup programs", backups.check_programs, seconds=15, at_start="warning"),
    Check("backup safety", backups.check_safety, at_start=NOT_AT_START),
)
SETTINGS = "settings"
_LOOK = "The log, on standard error, has the full account without secrets. Report it: a check should not break."

log = logging.getLogger("presstime.preflight")


@dataclass(frozen=True, slots=True)
class Result:
    """What one check found, and how long it took; not done when the settings that it needs are wrong."""

    name: str
    problems: tuple[Problem, ...]
    seconds: float = 0.0
    is_done: bool = True

    @property
    def status(self) -> str:
        """How it ended: "pass", "warn", "fail" or "skipped"."""
        if not self.is_done:
            return "skipped"
        if any(problem.severity == "error" for problem in self.problems):
            return "fail"
        return "warn" if self.problems else "pass"


@dataclass(frozen=True, slots=True)
class Inspection:
    """The results of all checks in their order."""

    results: tuple[Result, ...]

    @property
    def problems(self) -> list[Problem]:
        """What must be mended."""
        return [problem for problem in self._all() if problem.severity == "error"]

    @property
    def warnings(self) -> list[Problem]:
        return [problem for problem in self._all() if problem.severity != "error"]

    def _all(self) -> list[Problem]:
        return [problem for result in self.results for problem in result.problems]


@dataclass(frozen=True, slots=True)
class Wish:
    """How thoroughly to look; at the start a server that is merely away, and missing tables, are no reason to refuse."""

    touch: bool = True
    is_start: bool = False
    migrates: bool = False  # whoever starts brings the tables up to date by itself


def inspect_all(
    now: datetime,
    wish: Wish,
    *,
    set_up_django: Callable[[], None],
    on_result: Callable[[Result], None] = lambda _: None,
    before: Callable[[str], None] = lambda _: None,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Inspection:
    """Look at everything; what a check finds is passed to *on_result* as soon as it is known."""
    loaded, found = inspect(environment, folder)
    results = [Result(SETTINGS, tuple(found))]
    on_result(results[0])
    wrong = frozenset(_field(problem) for problem in found)
    context = Context(loaded.configuration, loaded.origins, wrong, now=now)
    for check in CHECKS:
        if _is_left_out(check, wish):
            continue
        before(check.name)
        results.append(_run(check, context, wish, set_up_django, sound=not _has_errors(results)))
        on_result(results[-1])
    return Inspection(tuple(results))


def _is_left_out(check: Check, wish: Wish) -> bool:
    if wish.is_start and check.at_start == NOT_AT_START:
        return True
    return (check.touches and not wish.touch) or (check.name == "tables" and wish.migrates)


def _has_errors(results: list[Result]) -> bool:
    return any(problem.severity == "error" for result in results for problem in result.problems)


def _run(check: Check, context: Context, wish: Wish, set_up_django: Callable[[], None], *, sound: bool) -> Result:
    if check.needs_django and not sound:
        # Django reads the settings itself and would refuse, or hang on a database that does not answer.
        return Result(check.name, (), is_done=False)
    began = time.monotonic()
    try:
        if check.needs_django:
            set_up_django()
        problems = _limited(check, context)
    except ConfigurationError as error:
        problems = [Problem(check.name, "settings", error.message)]
    if wish.is_start and check.at_start:
        problems = [replace(problem, severity=check.at_start) for problem in problems]
    return Result(check.name, tuple(problems), round(time.monotonic() - began, 3))


def _limited(check: Check, context: Context) -> list[Problem]:
    """What *check* finds; a problem of its own when it does not end in time. Its thread is left behind then."""
    outcome: list[list[Problem]] = []
    failure: list[BaseException] = []

    def look() -> None:
        try:
            outcome.append(check.look(context))
        except Exception as error:  # noqa: BLE001 - the boundary of a check: what it stumbles over is its finding
            failure.append(error)

    thread = threading.Thread(target=look, name=f"check {check.name}", daemon=True)
    thread.start()
    thread.join(check.seconds)
    if outcome:
        return outcome[0]
    if failure:
        return [_broken(check, failure[0], context)]
    return [Problem(check.name, "system", f"No answer within {check.seconds:g} seconds.")]


def _broken(check: Check, error: BaseException, context: Context) -> Problem:
    """The problem of a check that broke. The words of *error* may quote an address with its password: they are logged."""
    log.error("check %s failed:\n%s", check.name, account_of(error, context.configuration))
    said = f"The check itself failed ({type(error).__name__})."
    return Problem(check.name, "system", said, remedy=_LOOK)


def _field(problem: Problem) -> str:
    return problem.name.removeprefix("PRESSTIME_").removesuffix("_FILE").lower()
