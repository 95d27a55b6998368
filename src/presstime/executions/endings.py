"""Who follows executions hears of every end and every failure, inside the transaction that writes it.

The features above this one connect here, since nothing imports upwards. A receiver writes rows and does nothing slow; when
it raises, the end is not written either.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.dispatch import Signal

from presstime.executions.faults import Fault
from presstime.executions.models import Execution
from presstime.executions.states import Status

ended: Final = Signal()
attempt_failed: Final = Signal()
publishing: Final = Signal()  # a receiver answers why not, or with an empty text


@dataclass(frozen=True, slots=True)
class Ending:
    """An execution that has just become *status*, for ever; `fault` says why when that is `dead`."""

    execution: Execution
    status: Status
    now: datetime
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class AttemptFailure:
    """An attempt that has just failed, whether another one follows or not."""

    execution: Execution
    fault: Fault
    now: datetime


def announce_failure(execution: Execution, fault: Fault, now: datetime) -> None:
    """Tell everybody who counts failures."""
    attempt_failed.send(sender=Execution, failure=AttemptFailure(execution, fault, now))


def announce(execution: Execution, status: Status, now: datetime, fault: Fault | None = None) -> None:
    """Tell everybody who follows executions."""
    ended.send(sender=Execution, ending=Ending(execution, status, now, fault))


def objection_to_publishing(execution: Execution) -> str:
    """Why the files of *execution* are not to be copied to its output path, of whoever knows; empty when they are."""
    answers = publishing.send(sender=Execution, execution=execution)
    return next((answer for _, answer in answers if answer), "")
