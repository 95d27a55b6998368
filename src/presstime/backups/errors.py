"""Why a backup or a restore did not succeed, in one sentence for a person and without secrets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from presstime.backups.reasons import is_unreachable, reason
from presstime.base.errors import PresstimeError


class BackupFailed(PresstimeError):  # noqa: N818 - reads as a state, as its siblings do
    """It was not made, not read back, or not restored."""


class Unreachable(BackupFailed):
    """The place of the backups is away, silent or broke off; what lies there may be as good as ever."""


class Damaged(BackupFailed):
    """What is stored is not what was signed: changed, cut, swapped, missing, or by another hand."""


OWN_FAULTS = (TypeError, AttributeError, NameError, AssertionError, LookupError)


@contextmanager
def told(doing: str, *, hidden: Iterable[str] = ()) -> Iterator[None]:
    """Turn what file systems, object stores and their drivers raise into BackupFailed: *doing* and the reason.

    What is *hidden* does not stand in it, should a driver repeat it.
    """
    try:
        yield
    except ImportError as error:
        remedy = "Install what this kind of address needs, such as presstime[s3] or presstime[sftp]."
        raise BackupFailed(f"{doing} failed: {error}. {remedy}") from error
    except (PresstimeError, *OWN_FAULTS):
        raise
    except Exception as error:  # drivers of object stores and of SSH raise classes of their own
        said = reason(error)
        for secret in hidden:
            said = said.replace(secret, "…")
        kind = Unreachable if is_unreachable(error) else BackupFailed
        raise kind(f"{doing} failed: {said}.") from error
