"""Every query of the e-mail queue; the only writer of an e-mail's status. Callers hold the transaction where said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count, F, QuerySet

from presstime.accounts import sight
from presstime.base.errors import NotFound
from presstime.database.guard import bookkeeping
from presstime.mail import tallies
from presstime.mail.addresses import Address
from presstime.mail.models import Departure, Email, Message, Pause
from presstime.mail.states import (
    QUEUED,
    RANK,
    TRANSITIONS,
    Decision,
    Failed,
    Priority,
    Retry,
    Sent,
    Status,
)

_DELIVERY = "what is sent to whom, and what the mail server says, stands in the queue and in the list of deliveries"

LEASE = timedelta(minutes=10)  # longer than a slow server can take for one mail
REPLY_LENGTH = 2_000
# A person's retry: of what has failed, and of what waits for its next try. Only its own sender gives back what it sends.
RETRIABLE = [Status.PENDING.value, *(status.value for status, after in TRANSITIONS.items() if Status.PENDING in after)]
RETRIABLE.remove(Status.SENDING.value)
RATE_WINDOW = timedelta(minutes=1)
_DEPARTING = 0x70726574
_ENQUEUEING = 0x70726573  # PostgreSQL's advisory lock of those who count the queue


@dataclass(frozen=True, slots=True)
class Claimed:
    """An e-mail that this sender alone may send now; `fence` is its right to speak about it."""

    id: UUID
    fence: int
    attempts: int
    uncertain: bool
    address: str
    sender: str
    path: str
    sha256: str
    message_created_at: datetime
    list_id: UUID | None = None


# ---- reading --------------------------------------------------------------------------------------------------------


def list_emails(
    *,
    status: Status | None = None,
    execution: UUID | None = None,
    to: str = "",
    priority: Priority | None = None,
    created_from: datetime | None = None,
    created_to: datetime | None = None,
    code: str | None = None,
    uncertain: bool | None = None,
) -> QuerySet[Email]:
    """E-mails with their messages, newest first; *to* is part of an address; the end of the time range is open."""
    emails = visible().select_related("message").order_by("-created_at", "-id")
    conditions = {
        "status": status,
        "message__execution_id": execution,
        "address__icontains": to or None,
        "priority": priority,
        "created_at__gte": created_from,
        "created_at__lt": created_to,
        "error_code": code,
        "uncertain": uncertain,
    }
    return emails.filter(**{name: value for name, value in conditions.items() if value is not None})


def visible() -> QuerySet[Email]:
    """Those that carry no report, and those of reports that whoever looks may see."""
    found = sight.seen(Email.objects.all(), "report", "message__execution__report")
    keys = sight.hidden_keys()
    return found.exclude(message__about__in=keys) if keys else found


def get_email(email_id: UUID | str) -> Email:
    """The e-mail with its message; NotFound when there is none."""
    try:
        identity = UUID(str(email_id))
    except ValueError:
        raise NotFound.of("e-mail", email_id) from None
    found = visible().select_related("message").filter(pk=identity).first()
    if found is None:
        raise NotFound.of("e-mail", email_id)
    return found


def only_email_of(message: Message) -> Email:
    """The e-mail of a message to a single address."""
    return Email.objects.select_related("message").get(message=message)


def resent_as(email: Email) -> list[Email]:
    """What was sent to the same address again in place of *email*, oldest first."""
    again = Email.objects.filter(message__resend_of=email.message_id, address=email.address)
    return list(again.order_by("created_at"))


def resend_of(email: Email) -> Email | None:
    """The e-mail that *email* repeats; None when it is no repetition."""
    if email.message.resend_of_id is None:
        return None
    return Email.objects.filter(message_id=email.message.resend_of_id, address=email.address).first()


def list_of_executions(execution_ids: Iterable[UUID]) -> list[Email]:
    """The e-mails of these executions, with their messages, in the order of the recipients."""
    emails = Email.objects.select_related("message").filter(message__execution_id__in=list(execution_ids))
    return list(emails.order_by("id"))


def has_message(message_id: str) -> bool:
    return Message.objects.filter(message_id=message_id).exists()


def count_queued() -> int:
    """E-mails that wait or are being sent."""
    return Email.objects.filter(status__in=[status.value for status in QUEUED]).count()


def counts_by_status(emails: QuerySet[Email]) -> dict[str, int]:
    """How many of *emails* are in each status."""
    rows = emails.order_by().values_list("status").annotate(count=Count("pk"))
    return {status.value: 0 for status in Status} | dict(rows)


def find_pause() -> Pause | None:
    """The pause of the whole queue; None while mail goes out."""
    return Pause.objects.select_related("by").first()


def pause(now: datetime, by_id: UUID | None, note: str) -> bool:
    """Pause sending; False when it is paused already, which stays as it is."""
    return Pause.objects.get_or_create(pk=1, defaults={"at": now, "by_id": by_id, "note": note})[1]


def resume() -> Pause | None:
    """Let mail go out again; the pause that is over, None when there was none."""
    pause = Pause.objects.select_for_update().first()
    if pause is not None:
        Pause.objects.all().delete()
    return pause


def oldest_waiting_at() -> datetime | None:
    """When the oldest e-mail that waits was made."""
    waiting = Email.objects.filter(status=Status.PENDING).order_by("created_at")
    return waiting.values_list("created_at", flat=True).first()


def find_next_attempt_at() -> datetime | None:
    """When the next pending e-mail becomes due; None when nothing waits."""
    pending = Email.objects.filter(status=Status.PENDING).order_by("next_attempt_at")
    return pending.values_list("next_attempt_at", flat=True).first()


def is_any_due(now: datetime) -> bool:
    """Whether anything is to be sent at *now*; nothing is while sending is paused."""
    if Pause.objects.exists():
        return False
    return Email.objects.filter(status=Status.PENDING, next_attempt_at__lte=now).exists()


# ---- enqueueing (in the caller's transaction) -------------------------------------------------------------------------


def hold_queue_lock() -> None:
    """Let one at a time count and fill the queue until the transaction ends; on SQLite every writer does that anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ENQUEUEING])


@bookkeeping(_DELIVERY)
def insert_message(message: Message) -> Message:
    message.save(force_insert=True)
    return message


@bookkeeping(_DELIVERY)
def insert_emails(
    message: Message, recipients: Sequence[tuple[Address, str]], priority: Priority, now: datetime, *, room: int
) -> list[Email]:
    """One row a recipient; those beyond *room* are recorded as failed, to be retried when there is room."""
    emails = [
        Email(
            message=message,
            address=address.spec,
            role=role,
            priority=priority,
            rank=RANK[priority],
            created_at=now,
            **(_waiting(now) if number < room else _queue_full(now)),
        )
        for number, (address, role) in enumerate(recipients)
    ]
    tallies.count(Status.FAILED, max(0, len(recipients) - room), now)
    return Email.objects.bulk_create(emails)


def _waiting(now: datetime) -> dict[str, object]:
    return {"status": Status.PENDING, "next_attempt_at": now}


def _queue_full(now: datetime) -> dict[str, object]:
    message = "The queue is full. Retry this e-mail when mail has gone out."
    return {"status": Status.FAILED, "failed_at": now, "error_code": "queue_full", "error_message": message}


# ---- sending --------------------------------------------------------------------------------------------------------


@bookkeeping(_DELIVERY)
def claim(node: str, now: datetime, *, rate: int = 0) -> Claimed | None:
    """Take the next due e-mail for *node* and commit that it is being sent; None when nothing is due or all is paused.

    With a *rate* also None while so many have left within the last minute, whichever worker has sent them.
    """
    if not is_any_due(now):  # without a writing transaction: most looks find nothing
        return None
    with transaction.atomic():
        due = Email.objects.filter(status=Status.PENDING, next_attempt_at__lte=now)
        # SQLite ignores SKIP LOCKED; there BEGIN IMMEDIATE lets one claimer in at a time.
        locked = due.select_related("message").select_for_update(skip_locked=True, of=("self",))
        email = locked.order_by("rank", "next_attempt_at", "id").first()
        if email is None or (rate and not _depart(rate, now)):
            return None
        Email.objects.filter(pk=email.pk).update(
            status=Status.SENDING,
            fence=F("fence") + 1,
            attempts=F("attempts") + 1,
            node=node,
            lease_until=now + LEASE,
            next_attempt_at=None,
        )
        message = email.message
    return Claimed(
        id=email.pk,
        fence=email.fence + 1,
        attempts=email.attempts + 1,
        uncertain=email.uncertain,
        address=email.address,
        sender=message.sender,
        path=message.path,
        sha256=message.sha256,
        message_created_at=message.created_at,
        list_id=message.list_id,
    )


def _depart(rate: int, now: datetime) -> bool:
    """Note one more departure, unless there were *rate* of them within the last minute."""
    if connection.vendor == "postgresql":  # one counts at a time; on SQLite every writer does that anyway
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_DEPARTING])
    Departure.objects.filter(at__lte=now - RATE_WINDOW).delete()
    if Departure.objects.count() >= rate:
        return False
    Departure.objects.create(at=now)
    return True


@bookkeeping(_DELIVERY)
def settle(claimed: Claimed | Interrupted, decision: Decision, now: datetime) -> bool:
    """Write what became of a claimed e-mail; False when another sender has taken it over meanwhile."""
    return _write(Email.objects.filter(pk=claimed.id, fence=claimed.fence), decision, claimed.attempts, now)


@dataclass(frozen=True, slots=True)
class Interrupted:
    """An e-mail that a sender was sending and has not settled."""

    id: UUID
    fence: int
    attempts: int
    uncertain: bool


def list_interrupted(*, node: str | None = None, now: datetime | None = None) -> list[Interrupted]:
    """What *node* was sending when it ended, or what any sender has not settled within its lease at *now*."""
    sending = Email.objects.filter(status=Status.SENDING)
    left = sending.filter(node=node) if now is None else sending.filter(lease_until__lte=now)
    return [Interrupted(*row) for row in left.values_list("id", "fence", "attempts", "uncertain")]


def _write(rows: QuerySet[Email], decision: Decision, attempts: int, now: datetime) -> bool:
    settled = {"node": "", "lease_until": None, "next_attempt_at": None}
    match decision:
        case Sent(reply):
            changes = {
                "status": Status.SENT,
                "sent_at": now,
                "last_reply": reply,
                "error_code": "",
                "error_message": "",
            }
        case Retry():
            changes = _problem(decision) | {
                "status": Status.PENDING,
                "next_attempt_at": decision.at,
                "attempts": attempts if decision.spent else attempts - 1,
            }
        case Failed():
            changes = _problem(decision) | {"status": Status.FAILED, "failed_at": now}
    changes["last_reply"] = str(changes["last_reply"])[:REPLY_LENGTH]
    with transaction.atomic():
        written = rows.filter(status=Status.SENDING).update(**settled | changes)
        if not isinstance(decision, Retry):
            tallies.count(Status.SENT if isinstance(decision, Sent) else Status.FAILED, written, now)
    return written == 1


def _problem(decision: Retry | Failed) -> dict[str, object]:
    return {
        "last_reply": decision.reply,
        "error_code": decision.code,
        "error_message": decision.message,
        "uncertain": decision.uncertain,
    }


def hold_queued(message: str, now: datetime) -> int:
    """Hold every e-mail that waits or was being sent, as one that may have arrived; a person retries it. How many."""
    held = Email.objects.filter(status__in=[status.value for status in QUEUED]).update(
        status=Status.FAILED,
        error_code="uncertain",
        error_message=message,
        uncertain=True,
        node="",
        lease_until=None,
        next_attempt_at=None,
        failed_at=now,
        fence=F("fence") + 1,
    )
    tallies.count(Status.FAILED, held, now)
    return held


def as_they_are(ids: Iterable[UUID]) -> list[Email]:
    """These e-mails where they wait or have failed, with their messages."""
    found = Email.objects.filter(pk__in=list(ids), status__in=RETRIABLE)
    return list(found.select_related("message").order_by("created_at", "id"))


def requeue(ids: Iterable[UUID], now: datetime) -> int:
    """Make these e-mails due now, with all their tries before them, where they wait or have failed; answers how many."""
    wanted = list(ids)
    tallies.take_back_failures(wanted)
    return Email.objects.filter(pk__in=wanted, status__in=RETRIABLE).update(
        status=Status.PENDING,
        failed_at=None,
        next_attempt_at=now,
        attempts=0,
        uncertain=False,
        fence=F("fence") + 1,
        error_code="",
        error_message="",
    )


def ids_of_failed(emails: QuerySet[Email]) -> list[UUID]:
    """Those of *emails* that have failed, the oldest first."""
    return list(emails.filter(status=Status.FAILED).order_by("created_at", "id").values_list("pk", flat=True))


def statuses_of(ids: Iterable[UUID]) -> dict[UUID, Status]:
    """The status of each of these e-mails that exists, locked until the transaction ends, the oldest first."""
    found = visible().filter(pk__in=list(ids)).order_by("created_at", "id").select_for_update(of=("self",))
    return {key: Status(status) for key, status in found.values_list("pk", "status")}
