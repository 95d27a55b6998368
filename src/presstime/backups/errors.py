"""Why a backup or a restore did not succeed, in one sentence for a person and without secrets."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from presstime.base.errors import PresstimeError


class BackupFailed(PresstimeError):  # noqa: N818 - reads as a state, as its siblings do
    """It was not made, not read back, or not restored."""


class Damaged(BackupFailed):
    """What is stored is not what was signed: changed, cut, swapped, or by another hand."""


OWN_FAULTS = (TypeError, AttributeError, NameError, AssertionError, LookupError)


@contextmanager
def told(doing: str) -> Iterator[None]:
    """Turn what file systems, object stores and their drivers raise into BackupFailed: *doing* and the reason."""
    try:
        yield
    except OSError as error:
        raise BackupFailed(f"{doing} failed: {_reason(error)}.") from error
    except ImportError as error:
        remedy = "Install what this kind of address needs, such as presstime[s3]."
        raise BackupFailed(f"{doing} failed: {error}. {remedy}") from error
    except (PresstimeError, *OWN_FAULTS):
        raise
    except Exception as error:  # drivers of object stores and of SSH raise classes of their own
        said = str(error).strip().partition("\n")[0][:300].rstrip(".")
        raise BackupFailed(f"{doing} failed: {said or type(error).__name__}.") from error


def _reason(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return "no space is left there; free some or choose another place"
    return error.strerror or str(error) or type(error).__name__
