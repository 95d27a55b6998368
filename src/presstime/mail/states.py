"""The states of an e-mail, what moves it between them, and what follows from a server's answer. Pure; without Django."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum


class Status(StrEnum):
    PENDING = "pending"
    SENDING = "sending"  # committed before the first byte goes out, so that a crash leaves a trace
    SENT = "sent"
    FAILED = "failed"


class Priority(StrEnum):
    MANUAL = "manual"
    ALERT = "alert"
    SCHEDULED = "scheduled"


class Role(StrEnum):
    TO = "to"
    CC = "cc"
    BCC = "bcc"


RANK: dict[Priority, int] = {Priority.ALERT: -10, Priority.MANUAL: 0, Priority.SCHEDULED: 10}

TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.PENDING: frozenset({Status.SENDING, Status.FAILED}),
    Status.SENDING: frozenset({Status.SENT, Status.PENDING, Status.FAILED}),
    Status.FAILED: frozenset({Status.PENDING}),  # a person's retry
    Status.SENT: frozenset(),
}

QUEUED = frozenset({Status.PENDING, Status.SENDING})
QUEUE_LIMIT = 10_000
RETRIES = 5  # after the first try
BACKLOG_ALERT = 100  # more than so many waiting are told
BACKLOG_OVER = 80  # so few again are over; the distance keeps a queue around 100 from telling twice a minute

# ---- what a transport reports ---------------------------------------------------------------------------------------


class Stage(StrEnum):
    """How far a delivery came."""

    CONNECT = "connect"
    TLS = "tls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    END = "end"  # the final dot is out: from here on only the server knows


@dataclass(frozen=True, slots=True)
class Accepted:
    """The server took it; `reply` holds its words, often the id in its own queue."""

    reply: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The server said no, with an SMTP reply code (RFC 5321, 4.2)."""

    stage: Stage
    code: int
    reply: str


@dataclass(frozen=True, slots=True)
class Broken:
    """No answer: connection, name lookup, encryption or file system failed, in the words of `reason`."""

    stage: Stage
    reason: str


@dataclass(frozen=True, slots=True)
class Unsendable:
    """The mail itself cannot be sent, now or later."""

    code: str
    reason: str


Outcome = Accepted | Refused | Broken | Unsendable

# ---- what follows ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sent:
    reply: str


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again at `at`. `uncertain`: the server may have taken it. `spent`: whether this counts as a try."""

    at: datetime
    code: str
    message: str
    reply: str = ""
    uncertain: bool = False
    spent: bool = True


@dataclass(frozen=True, slots=True)
class Failed:
    """Not sent, until a person retries it."""

    code: str
    message: str
    reply: str = ""
    uncertain: bool = False


Decision = Sent | Retry | Failed


class Uncertain(StrEnum):
    """What to do with a mail that the server may have taken: the setting PRESSTIME_MAIL_UNCERTAIN."""

    RESEND = "resend"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Policy:
    """How mail is retried: *base* before the first retry, doubling."""

    base: timedelta
    uncertain: Uncertain = Uncertain.RESEND
    retries: int = RETRIES


@dataclass(frozen=True, slots=True)
class Try:
    """The try that has just ended: its number from 1, and whether an earlier one may have arrived."""

    number: int
    uncertain: bool
    at: datetime


GREYLIST_PAUSES = 5  # a greylisting server wants minutes: at least five base pauses
_ENHANCED = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_AUTH_CODES = frozenset({530, 534, 535, 538})
# Microsoft 365 says it at RCPT or DATA as well: sign-in switched off for this kind of client, not signed in at all.
_AUTH_ENHANCED = frozenset({(5, 7, 30), (5, 7, 57), (5, 7, 139)})


def decide(outcome: Outcome, tried: Try, policy: Policy, jitter: float) -> Decision:
    """What becomes of a mail after *outcome*; *jitter* is a random number from -1 to 1, worth ± 20 % of the pause."""
    match outcome:
        case Accepted(reply):
            return Sent(reply)
        case Unsendable(code, reason):
            return Failed(code, reason)
        case Broken(Stage.END, reason):
            return after_loss(tried, policy, reason)
        case Broken(stage, reason):
            code, message = _BROKEN[stage]
            return _again(code, f"{message} ({reason})", reason, tried, policy, jitter)
        case Refused():
            return _after_refusal(outcome, tried, policy, jitter)


def after_loss(tried: Try, policy: Policy, reason: str) -> Decision:
    """A mail that the server may or may not have taken: sent once more with the same Message-ID, or held."""
    if policy.uncertain is Uncertain.HOLD or tried.uncertain:
        return Failed(
            "uncertain",
            "The mail server may have taken this mail before the connection ended; it is held so that nobody gets it "
            "twice. Retry it when it has not arrived.",
            reason,
            uncertain=True,
        )
    message = "The connection ended before the mail server had answered; sent again with the same Message-ID."
    return Retry(tried.at, "uncertain", message, reason, uncertain=True)


def released(uncertain: bool, at: datetime) -> Retry:
    """A mail whose sender ended before the server had it: due again at once, as if this try had not been."""
    message = "The sending process was killed before the mail server had this mail."
    return Retry(at, "interrupted", message, uncertain=uncertain, spent=False)


def pause(number: int, policy: Policy, jitter: float) -> timedelta:
    """The time from try *number* (from 1) to the next one."""
    return policy.base * (2.0 ** (number - 1) * (1 + 0.2 * jitter))


# ---- what an outcome says of the server --------------------------------------------------------------------------------


class Health(StrEnum):
    """What counts at the breaker of the mail server."""

    ANSWERS = "answers"  # also with a refusal: that is about the mail
    FAILS = "fails"
    REFUSES_US = "refuses us"  # the sign-in: the next mail would fare no better
    UNKNOWN = "unknown"  # it was not asked


# Up to here no mail was named: whatever went wrong is about the server and would happen to every mail.
_BEFORE_ANY_MAIL = frozenset({Stage.CONNECT, Stage.TLS, Stage.AUTH})
_CLOSING = 421  # the server closes the connection, whatever was asked (RFC 5321, 4.2.3)


def diagnose(outcome: Outcome) -> tuple[Health, str]:
    """What *outcome* says of the server, and what is wrong with it in a sentence; empty when nothing is."""
    match outcome:
        case Accepted():
            return Health.ANSWERS, ""
        case Unsendable():
            return Health.UNKNOWN, ""
        case Broken(stage, reason):
            return Health.FAILS, f"{_BROKEN[stage][1]} ({reason})."
        case Refused(stage, code, _):
            if _is_about_the_sign_in(outcome):
                return Health.REFUSES_US, f"The mail server refuses the sign-in: {_words(outcome)}"
            if code == _CLOSING or stage in _BEFORE_ANY_MAIL:
                return Health.FAILS, f"The mail server takes no mail: {_words(outcome)}"
            return Health.ANSWERS, ""


def is_about_the_server(outcome: Outcome) -> bool:
    """Whether every mail would have failed in this way."""
    if isinstance(outcome, Refused) and _is_about_the_sign_in(outcome):
        return True
    return isinstance(outcome, Broken | Refused) and outcome.stage in _BEFORE_ANY_MAIL


def held(outcome: Outcome, tried: Try, policy: Policy) -> Retry:
    """What becomes of a mail that met a fault of the server which opened its breaker: due again as soon as that closes.

    No try is spent; *outcome* is one that is about the server.
    """
    decision = decide(outcome, replace(tried, number=1), policy, 0.0)
    assert isinstance(decision, Retry)
    return replace(decision, at=tried.at, spent=False)


_BROKEN: dict[Stage, tuple[str, str]] = {
    Stage.CONNECT: ("connection", "The mail server cannot be reached"),
    Stage.TLS: ("tls", "No encrypted connection to the mail server"),
    Stage.AUTH: ("connection", "The mail server ended the connection at the sign-in"),
    Stage.MAIL: ("connection", "The mail server ended the connection"),
    Stage.RCPT: ("connection", "The mail server ended the connection"),
    Stage.DATA: ("connection", "The mail server ended the connection before it had the whole mail"),
    Stage.END: ("uncertain", "The mail server ended the connection before it had answered"),
}


def _after_refusal(refused: Refused, tried: Try, policy: Policy, jitter: float) -> Decision:
    if _is_about_the_sign_in(refused):
        # No fault of this mail and none that time mends: it waits, without spending its tries, for new settings.
        message = "The mail server refuses the sign-in. Check user and password of PRESSTIME_SMTP_URL."
        at = tried.at + pause(1, policy, jitter) * GREYLIST_PAUSES
        return Retry(at, "authentication", message, _words(refused), uncertain=tried.uncertain, spent=False)
    if refused.code < 500 or refused.stage in _BEFORE_ANY_MAIL:
        return _after_temporary_refusal(refused, tried, policy, jitter)
    code, message = _permanent(refused)
    return Failed(code, message, _words(refused), uncertain=tried.uncertain)


def _is_about_the_sign_in(refused: Refused) -> bool:
    if refused.code in _AUTH_CODES or (refused.stage is Stage.AUTH and refused.code >= 500):
        return True
    return refused.code >= 500 and _enhanced(refused.reply) in _AUTH_ENHANCED


def _after_temporary_refusal(refused: Refused, tried: Try, policy: Policy, jitter: float) -> Decision:
    greylisted = refused.code in (450, 451) and _enhanced(refused.reply) == (4, 7, 1)
    if not greylisted:
        message = "The mail server cannot take it at the moment."
        return _again("temporary", message, _words(refused), tried, policy, jitter)
    message = "The mail server wants it again in a few minutes (greylisting)."
    decision = _again("greylisted", message, _words(refused), tried, policy, jitter)
    if isinstance(decision, Retry):
        at = max(decision.at, tried.at + policy.base * GREYLIST_PAUSES)
        return Retry(at, decision.code, decision.message, decision.reply, decision.uncertain)
    return decision


def _permanent(refused: Refused) -> tuple[str, str]:
    """Code and sentence of a final refusal."""
    enhanced = _enhanced(refused.reply)
    if enhanced == (5, 2, 2):
        return (
            "mailbox_full",
            "The recipient's mailbox is full. Retry it when there is room, or write to another address.",
        )
    if refused.code == 552 or enhanced in ((5, 3, 4), (5, 2, 3)):
        return "too_large", "The mail is larger than the mail server takes. Attach less, or ask for a higher limit."
    if refused.stage is Stage.MAIL:
        return "sender_refused", "The mail server refuses the sender. Check PRESSTIME_MAIL_FROM."
    if enhanced is not None and enhanced[1] == 7:
        return "policy", "The mail server refuses the mail by its rules."
    if refused.stage is Stage.RCPT:
        return "recipient_refused", "The mail server refuses the recipient's address."
    return "refused", "The mail server refuses the mail."


def _again(code: str, message: str, reply: str, tried: Try, policy: Policy, jitter: float) -> Decision:
    if tried.number > policy.retries:
        given_up = f"{message.rstrip('.')}. Given up after {tried.number} tries."
        return Failed(code, given_up, reply, uncertain=tried.uncertain)
    at = tried.at + pause(tried.number, policy, jitter)
    return Retry(at, code, message, reply, uncertain=tried.uncertain)


def _enhanced(reply: str) -> tuple[int, int, int] | None:
    """The enhanced status code (RFC 3463) of *reply*."""
    found = _ENHANCED.search(reply)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def _words(refused: Refused) -> str:
    return f"{refused.code} {refused.reply}"
