"""Draws docs/states.md from the tables that the code obeys: `python -m tools.states_page`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from enum import StrEnum

from presstime.alerts import states as alerts
from presstime.backups import states as backups
from presstime.breakers import states as breakers
from presstime.deadletters import states as deadletters
from presstime.executions import states as executions
from presstime.mail import states as mail

HEAD = """# States

What can happen to an execution, a dead letter, an e-mail, an alert, a breaker and a backup, drawn from the `TRANSITIONS` tables of the features'
`states.py`. A change of status is one compare-and-set statement that takes its earlier statuses from these tables, so
that what is not drawn here cannot happen. A test keeps this page current.
"""

EXECUTION_MEANINGS: Mapping[StrEnum, str] = {
    executions.Status.QUEUED: "waits for a worker; `waiting_for` says what else holds it back",
    executions.Status.RUNNING: "a worker runs it under a lease of 30 s that it renews every 10 s; the attempt's number is its fence",
    executions.Status.RETRYING: "the last attempt failed; the next one begins at `run_at`",
    executions.Status.SUCCEEDED: "its files are stored and its mail is in the queue, both written in this one transaction",
    executions.Status.FAILED: "reserved for a failure that is not to become a dead letter; nothing leads there by itself",
    executions.Status.CANCELLED: "a person stopped it",
    executions.Status.DEAD: "out of retries, or the third worker was lost over it",
}

DEAD_LETTER_MEANINGS: Mapping[StrEnum, str] = {
    deadletters.Status.OPEN: "an execution gave up and waits for a person; at most 1,000, then the oldest are removed",
    deadletters.Status.RETRYING: "a new execution for the same planned instant is under way; its end resolves the item or opens it again",
    deadletters.Status.RESOLVED: "a person has dealt with it, or its retry succeeded",
}

MAIL_MEANINGS: Mapping[StrEnum, str] = {
    mail.Status.PENDING: "goes out at `next_attempt_at`",
    mail.Status.SENDING: "written before the first byte leaves, so that a crash leaves a trace",
    mail.Status.SENT: "the server took it",
    mail.Status.FAILED: "refused, or out of retries; a person can retry it",
}

ALERT_MEANINGS: Mapping[StrEnum, str] = {
    alerts.Status.OPEN: "nobody has said that they know; repeats are counted, and told at most once in a kind's cool-down",
    alerts.Status.ACKNOWLEDGED: "a person knows; repeats are counted and not told, the end is told",
    alerts.Status.CLEARED: "over; the same thing later is a new alert",
}

DELIVERY_MEANINGS: Mapping[StrEnum, str] = {
    alerts.DeliveryStatus.PENDING: "goes out at `next_attempt_at`, after the earlier notices of its alert on its channel",
    alerts.DeliveryStatus.SENDING: "written before anything goes out, under a lease of 5 minutes; then another worker repeats it",
    alerts.DeliveryStatus.SENT: "the service took it",
    alerts.DeliveryStatus.QUEUED: "it is in the e-mail queue",
    alerts.DeliveryStatus.FAILED: "refused, or out of tries after a day",
    alerts.DeliveryStatus.DROPPED: "a digest of repeats that was not told: the alert was acknowledged or cleared before, or nothing new had happened",
}

BREAKER_MEANINGS: Mapping[StrEnum, str] = {
    breakers.State.CLOSED: "everything passes; failures in a row are counted",
    breakers.State.OPEN: "everything waits until `next_trial_at`; a person's reset, or another address, closes it at once",
    breakers.State.HALF_OPEN: "one trial is under way under a lease, all else waits; when the lease ends unreported another one may be taken",
}

BACKUP_MEANINGS: Mapping[StrEnum, str] = {
    backups.Status.RUNNING: "asked for, being made, or being verified again; a process that died over it is followed by another, twice",
    backups.Status.VERIFIED: "its stored bytes were read back and are the database's, encrypted and signed",
    backups.Status.FAILED: "not made, or no longer what was signed; `error` says why",
}

RETRY_NOTES: Mapping[executions.Category, str] = {
    executions.Category.NETWORK: "refused, reset, DNS, TLS, connection timed out",
    executions.Category.SYSTEM: "out of memory, disk full, killed process; a time limit has one retry",
    executions.Category.UNKNOWN: "everything that nobody foresaw",
    executions.Category.DATA: "wrong SQL, missing table or column, a value that does not convert",
    executions.Category.CONFIGURATION: "wrong password, unknown source, missing file",
}


def states_page() -> str:
    """The whole page as Markdown."""
    return "\n".join(
        [
            HEAD,
            *_machine("Executions", executions.TRANSITIONS, executions.Status.QUEUED, EXECUTION_MEANINGS),
            *_retries(),
            *_machine("Dead letters", deadletters.TRANSITIONS, deadletters.Status.OPEN, DEAD_LETTER_MEANINGS),
            *_machine("E-mails", mail.TRANSITIONS, mail.Status.PENDING, MAIL_MEANINGS),
            *_machine("Alerts", alerts.TRANSITIONS, alerts.Status.OPEN, ALERT_MEANINGS),
            *_machine(
                "Deliveries of alerts",
                alerts.DELIVERY_TRANSITIONS,
                alerts.DeliveryStatus.PENDING,
                DELIVERY_MEANINGS,
            ),
            *_machine("Breakers", breakers.TRANSITIONS, breakers.State.CLOSED, BREAKER_MEANINGS),
            *_machine("Backups", backups.TRANSITIONS, backups.Status.RUNNING, BACKUP_MEANINGS),
        ]
    )


def _machine(
    title: str,
    transitions: Mapping[StrEnum, frozenset[StrEnum]],
    first: StrEnum,
    meanings: Mapping[StrEnum, str],
) -> list[str]:
    lines = [f"## {title}", "", "```mermaid", "stateDiagram-v2", f"    [*] --> {first}"]
    for status, after in transitions.items():
        lines += [f"    {status} --> {target}" for target in sorted(after)] or [f"    {status} --> [*]"]
    lines += ["```", "", "| status | what it means | may become |", "|---|---|---|"]
    for status, after in transitions.items():
        targets = ", ".join(f"`{target}`" for target in sorted(after)) or "nothing else"
        lines.append(f"| `{status}` | {meanings[status]} | {targets} |")
    return [*lines, ""]


def _retries() -> list[str]:
    lines = [
        "### Retries of an execution",
        "",
        "The pause begins with `PRESSTIME_RETRY_BASE_SECONDS`, doubles each time, varies by up to 20 % and never exceeds",
        "`PRESSTIME_RETRY_MAX_SECONDS`. A schedule's own `retries` replaces the number where the last column says so.",
        f"Attempts that were lost with their worker are no failures; {executions.MAXIMUM_CRASHES} of them end an execution.",
        "",
        "| category | what belongs to it | retries | adjustable |",
        "|---|---|---|---|",
    ]
    for category, retries in executions.RETRIES.items():
        adjustable = "yes" if category in executions.ADJUSTABLE else "no"
        lines.append(f"| `{category}` | {RETRY_NOTES[category]} | {retries} | {adjustable} |")
    return [*lines, ""]


if __name__ == "__main__":
    sys.stdout.write(states_page())
