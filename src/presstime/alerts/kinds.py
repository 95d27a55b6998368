"""What there is to be alarmed about: each kind with its severity, its title and what to do next. Pure; without Django.

This table is the specification; docs/alerts.md shows it and a test compares the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Severity(StrEnum):
    WARNING = "warning"  # look at it today
    CRITICAL = "critical"  # look at it now


class Kind(StrEnum):
    BACKUP_FAILED = "backup_failed"
    BACKUP_STALE = "backup_stale"
    DISK_WARNING = "disk_warning"
    DISK_CRITICAL = "disk_critical"
    DEAD_LETTERS = "dead_letters"
    EMAIL_BACKLOG = "email_backlog"
    EMAIL_QUEUE_FULL = "email_queue_full"
    EMAIL_SERVER = "email_server"
    CONFIGURATION_ERROR = "configuration_error"
    SCHEDULE_FAILING = "schedule_failing"
    RUN_MISSED = "run_missed"
    BREAKER_OPEN = "breaker_open"
    AUDIT_BROKEN = "audit_broken"
    OWNER_DISABLED = "owner_disabled"


HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a kind of alert says. `cool_down` is the least time between two notices of the same one."""

    severity: Severity
    title: str
    advice: str
    cool_down: timedelta
    about_mail: bool = False  # then mail cannot tell of it


KINDS: dict[Kind, Meaning] = {
    Kind.BACKUP_FAILED: Meaning(
        Severity.CRITICAL,
        "The backup failed",
        "Read the error, free space or mend access to the backup's place, then make one by hand: presstime backup create.",
        12 * HOUR,
    ),
    Kind.BACKUP_STALE: Meaning(
        Severity.CRITICAL,
        "There is no recent backup",
        "See that a worker runs at the time of the backup, then make one by hand: presstime backup create.",
        12 * HOUR,
    ),
    Kind.DISK_WARNING: Meaning(
        Severity.WARNING,
        "Disk space is getting short",
        "Free some space or enlarge the volume; the page Storage names what can be removed.",
        12 * HOUR,
    ),
    Kind.DISK_CRITICAL: Meaning(
        Severity.CRITICAL,
        "Disk space is nearly used up",
        "Free space now: until then no execution starts. They wait in the queue and none is lost.",
        HOUR,
    ),
    Kind.DEAD_LETTERS: Meaning(
        Severity.CRITICAL,
        "Many executions have given up",
        "Look for the cause that most of them share, mend it, then retry them together.",
        12 * HOUR,
    ),
    Kind.EMAIL_BACKLOG: Meaning(
        Severity.WARNING,
        "E-mails are piling up",
        "See whether the mail server takes mail and how fast; what waits is sent by itself.",
        4 * HOUR,
        about_mail=True,
    ),
    Kind.EMAIL_QUEUE_FULL: Meaning(
        Severity.CRITICAL,
        "The e-mail queue is full",
        "Bring the mail server back; then retry the mails that were refused with queue_full. Their reports are stored.",
        HOUR,
        about_mail=True,
    ),
    Kind.EMAIL_SERVER: Meaning(
        Severity.CRITICAL,
        "The mail server takes no mail",
        "Check the mail server and PRESSTIME_SMTP_URL; what waits is sent by itself as soon as it answers.",
        HOUR,
        about_mail=True,
    ),
    Kind.CONFIGURATION_ERROR: Meaning(
        Severity.CRITICAL,
        "Something is configured wrongly",
        "Mend what the error names (address, password, missing source), then run it again. It is not retried by itself.",
        24 * HOUR,
    ),
    Kind.SCHEDULE_FAILING: Meaning(
        Severity.WARNING,
        "A schedule fails",
        "Open the execution and read its error, mend the report or its source, then run the schedule again.",
        24 * HOUR,
    ),
    Kind.RUN_MISSED: Meaning(
        Severity.CRITICAL,
        "A planned run did not happen",
        "See that a worker runs and that its clock is right; on the schedule's page run what is still needed and acknowledge the rest.",
        12 * HOUR,
    ),
    Kind.BREAKER_OPEN: Meaning(
        Severity.WARNING,
        "A source or server is cut off for now",
        "See whether it answers; it is tried again by itself, and what needs it waits until then.",
        4 * HOUR,
    ),
    Kind.AUDIT_BROKEN: Meaning(
        Severity.CRITICAL,
        "The audit log does not verify",
        "Keep the database as it is and compare it with the last backup: entries were changed from outside.",
        12 * HOUR,
    ),
    Kind.OWNER_DISABLED: Meaning(
        Severity.CRITICAL,
        "Schedules are paused: their owner is switched off",
        "Hand them over on the user's page, or with presstime user hand-over; they go on with the new owner.",
        24 * HOUR,
    ),
}
