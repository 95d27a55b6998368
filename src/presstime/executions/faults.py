"""What went wrong in an execution, sorted into the category that decides about retries. Pure; imports nothing of Django."""

from __future__ import annotations

import errno
import signal
import traceback
from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote, urlsplit

from pressroom import errors
from presstime.base.errors import ConfigurationError
from presstime.executions.codes import CODES, hint
from presstime.executions.states import CODE_CRASHES, CODE_TIMEOUT, Category

HIDDEN = "***"
MAXIMUM_DETAIL = 20_000


@dataclass(frozen=True, slots=True)
class Fault:
    """One failure: a sentence for a person, how to mend it, and a folded detail without secrets."""

    category: Category
    code: str
    message: str
    hint: str = ""
    detail: str = ""
    source: str = ""  # whose query failed, where it was one


_CATEGORIES: tuple[tuple[type[errors.PressroomError], Category], ...] = (
    (errors.SourceUnreachable, Category.NETWORK),
    (errors.SourceMisconfigured, Category.CONFIGURATION),
    (errors.DataError, Category.DATA),
    (errors.ParameterError, Category.DATA),
    (errors.DefinitionError, Category.DATA),
)

_DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


def fault_of(error: BaseException, secrets: Iterable[str] = ()) -> Fault:
    """*error* as a Fault, with every one of *secrets* taken out of its texts."""
    fault = _sort(error)
    detail = "".join(traceback.format_exception(error))[-MAXIMUM_DETAIL:]
    return redact(replace(fault, detail=detail), secrets)


def _sort(error: BaseException) -> Fault:
    if isinstance(error, errors.PressroomError):
        return _of_pressroom(error)
    # DuckDB's own exception is not a MemoryError, and to import DuckDB for its name alone costs 30 MB.
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryException":
        return out_of_memory()
    if isinstance(error, OSError) and error.errno in _DISK_FULL:
        return disk_full("the disk")
    if isinstance(error, OSError) and error.filename is not None:
        return _of_file(error)
    if isinstance(error, ConfigurationError):
        return Fault(Category.CONFIGURATION, "missing_secret", error.message, hint("missing_secret"))
    message = str(error).strip() or type(error).__name__
    return Fault(Category.UNKNOWN, "unexpected", f"Unexpected error: {message}", "The detail has the full account.")


def disk_full(where: str) -> Fault:
    """There was no room: *where* is "the disk" or whose disk it was."""
    place = where if where == "the disk" else f"the disk of {where}"
    return Fault(Category.SYSTEM, "disk_full", f"There was no room left on {place}.", hint("disk_full"))


def _of_file(error: OSError) -> Fault:
    """A folder that may not be written, a share that went away, a broken disk: sources have their own errors."""
    why = error.strerror or type(error).__name__
    return Fault(Category.SYSTEM, "file_access", f'"{error.filename}": {why}.', hint("file_access"))


def _of_pressroom(error: errors.PressroomError) -> Fault:
    category = _category_of(error)
    if len(error.problems) > 1:
        said = " ".join(map(str, error.problems))
        return Fault(category, error.code, said, hint(error.code), source=error.source)
    where = f"{error.place}: " if error.place else ""
    return Fault(
        category,
        error.code,
        f"{where}{error.message}",
        error.remedy or hint(error.code),
        source=error.source,
    )


def _category_of(error: errors.PressroomError) -> Category:
    """By its type; where that says nothing about the cause, by its code."""
    by_type = next((category for kind, category in _CATEGORIES if isinstance(error, kind)), None)
    if by_type is not None:
        return by_type
    return CODES[error.code].category if error.code in CODES else Category.UNKNOWN


def out_of_memory() -> Fault:
    return Fault(
        Category.SYSTEM,
        "out_of_memory",
        "The execution used more memory than it may.",
        "Let the report read fewer rows, or raise PRESSTIME_MEMORY_LIMIT_BYTES.",
    )


def timed_out(seconds: int, step: str = "", detail: str = "") -> Fault:
    """Stopped at its limit; *step* is what it was doing then, where that is known."""
    where = f", in the step “{step}”" if step else ""
    return Fault(
        Category.SYSTEM,
        CODE_TIMEOUT,
        f"The execution was stopped at its time limit of {_length(seconds)}{where}.",
        "Make its queries faster or give the schedule more time.",
        detail,
    )


def _length(seconds: int) -> str:
    count, unit = (seconds // 60, "minute") if seconds % 60 == 0 else (seconds, "second")
    return f"{count:,} {unit}" if count == 1 else f"{count:,} {unit}s"


def crashed_often(crashes: int) -> Fault:
    return Fault(
        Category.SYSTEM,
        CODE_CRASHES,
        f"{crashes} workers were lost while they ran this execution.",
        "Look into the server's log at those times, for memory first.",
    )


def lost() -> Fault:
    return Fault(
        Category.SYSTEM,
        CODE_CRASHES,
        "The worker was lost while it ran this attempt.",
        "The execution was queued again.",
    )


# An abort (-6) is how native code ends at RLIMIT_DATA; a kill that nobody here asked for is the kernel's (-9).
_MEMORY_SIGNALS = frozenset({signal.SIGABRT, signal.SIGKILL})


def died(exit_code: int | None) -> Fault:
    """The fault of a child process that ended without saying why."""
    if exit_code is not None and exit_code < 0 and -exit_code in _MEMORY_SIGNALS:
        return out_of_memory()
    return Fault(
        Category.SYSTEM,
        "child_died",
        f"The execution's process ended {ended_how(exit_code)} before it was done.",
        "See the server's log.",
    )


def ended_how(exit_code: int | None) -> str:
    """How a process ended: "by signal 11 (SIGSEGV)", "with exit code 3"."""
    if exit_code is None or exit_code >= 0:
        return f"with exit code {exit_code}"
    known = {number.value for number in signal.Signals}
    name = f" ({signal.Signals(-exit_code).name})" if -exit_code in known else ""
    return f"by signal {-exit_code}{name}"


def redact(fault: Fault, secrets: Iterable[str]) -> Fault:
    """*fault* with every occurrence of a secret replaced by `***`."""
    ordered = sorted({secret for secret in secrets if secret}, key=len, reverse=True)

    def clean(text: str) -> str:
        for secret in ordered:
            text = text.replace(secret, HIDDEN)
        return text

    return replace(fault, message=clean(fault.message), hint=clean(fault.hint), detail=clean(fault.detail))


def secrets_of(urls: Iterable[str]) -> frozenset[str]:
    """What must not be read in an error about sources at *urls*: their passwords, as written and as decoded."""
    found: set[str] = set()
    for url in urls:
        password = urlsplit(url).password
        if password:
            found |= {url, password, unquote(password), quote(unquote(password), safe="")}
    return frozenset(found)
