"""Rights and roles: the whole table of who may do what. Pure; imports nothing of Django.

A right is also the scope of a token: a token may do what both its scopes and its user's role allow.
"""

from __future__ import annotations

from enum import StrEnum


class Right(StrEnum):
    REPORTS_READ = "reports:read"
    REPORTS_WRITE = "reports:write"
    SCHEDULES_READ = "schedules:read"
    SCHEDULES_WRITE = "schedules:write"
    SCHEDULES_RUN = "schedules:run"
    SCHEDULES_ENABLE = "schedules:enable"
    EXECUTIONS_READ = "executions:read"
    EXECUTIONS_CANCEL = "executions:cancel"
    EXECUTIONS_RETRY = "executions:retry"  # the next attempt at once
    EXECUTIONS_OVERRIDE = "executions:override"  # a time limit outside the usual range, or of a running execution
    EMAILS_READ = "emails:read"
    EMAILS_WRITE = "emails:write"
    ALERTS_READ = "alerts:read"
    ALERTS_WRITE = "alerts:write"  # acknowledge them
    DEAD_LETTERS_READ = "dead-letters:read"
    DEAD_LETTERS_WRITE = "dead-letters:write"
    BREAKERS_READ = "breakers:read"
    BREAKERS_WRITE = "breakers:write"  # reset them
    SOURCES_READ = "sources:read"
    SOURCES_WRITE = "sources:write"
    BACKUPS_READ = "backups:read"
    BACKUPS_WRITE = "backups:write"  # make, verify, resume after a restore
    USERS_READ = "users:read"
    USERS_WRITE = "users:write"
    AUDIT_READ = "audit:read"  # also verify and export
    METRICS_READ = "metrics:read"
    STORAGE_READ = "storage:read"
    STORAGE_WRITE = "storage:write"  # thresholds, and removing files
    SETTINGS_READ = "settings:read"
    SETTINGS_TEST = "settings:test"  # send oneself a test mail


class Role(StrEnum):
    ADMIN = "admin"
    OPERATOR = "operator"
    AUTHOR = "author"
    AUDITOR = "auditor"
    VIEWER = "viewer"


_VIEWER = frozenset({Right.REPORTS_READ, Right.SCHEDULES_READ, Right.EXECUTIONS_READ})
_AUTHOR = _VIEWER | {
    Right.REPORTS_WRITE,
    Right.SCHEDULES_WRITE,
    Right.SCHEDULES_RUN,
    Right.SCHEDULES_ENABLE,
    Right.SOURCES_READ,
    Right.BREAKERS_READ,
    Right.EMAILS_READ,
    Right.DEAD_LETTERS_READ,
}
_OPERATOR = _VIEWER | {
    Right.SCHEDULES_RUN,
    Right.SCHEDULES_ENABLE,
    Right.EXECUTIONS_CANCEL,
    Right.EXECUTIONS_RETRY,
    Right.EMAILS_READ,
    Right.EMAILS_WRITE,
    Right.ALERTS_READ,
    Right.ALERTS_WRITE,
    Right.DEAD_LETTERS_READ,
    Right.DEAD_LETTERS_WRITE,
    Right.SOURCES_READ,
    Right.BREAKERS_READ,
    Right.BREAKERS_WRITE,
    Right.BACKUPS_READ,
    Right.BACKUPS_WRITE,
    Right.METRICS_READ,
    Right.STORAGE_READ,
}
_AUDITOR = frozenset(right for right in Right if right.endswith(":read"))

RIGHTS: dict[Role, frozenset[Right]] = {
    Role.VIEWER: _VIEWER,
    Role.AUTHOR: _AUTHOR,
    Role.OPERATOR: _OPERATOR,
    Role.AUDITOR: _AUDITOR,
    Role.ADMIN: frozenset(Right),
}

DESCRIPTIONS: dict[Role, str] = {
    Role.VIEWER: "reads reports, schedules, executions and their files",
    Role.AUTHOR: "also makes and edits reports and schedules, and runs them",
    Role.OPERATOR: "reads; runs, enables, cancels, retries, sends, backs up and acknowledges alerts; edits nothing",
    Role.AUDITOR: "reads everything with the users and the audit log, changes nothing",
    Role.ADMIN: "everything, with users, tokens and data sources",
}

ALL_SCOPES = "all"

# Where "verb noun" made of the right's name would not say it.
_WORDS: dict[Right, str] = {
    Right.REPORTS_WRITE: "make and edit reports",
    Right.SCHEDULES_WRITE: "make and edit schedules",
    Right.SCHEDULES_RUN: "run schedules now",
    Right.SCHEDULES_ENABLE: "switch schedules on and off",
    Right.EXECUTIONS_RETRY: "start the next try of an execution at once",
    Right.EXECUTIONS_OVERRIDE: "set time limits outside the usual range",
    Right.EMAILS_WRITE: "send e-mails again, pause sending",
    Right.ALERTS_WRITE: "acknowledge alerts",
    Right.DEAD_LETTERS_WRITE: "retry, resolve and delete dead letters",
    Right.BREAKERS_WRITE: "use cut-off sources again",
    Right.SOURCES_WRITE: "make and edit data sources",
    Right.BACKUPS_WRITE: "make and verify backups",
    Right.AUDIT_READ: "read, verify and export the audit log",
    Right.USERS_READ: "read users, groups and tokens",
    Right.USERS_WRITE: "manage users, groups and tokens",
    Right.STORAGE_WRITE: "set thresholds and remove files",
    Right.SETTINGS_TEST: "send a test mail",
}


def in_words(right: Right) -> str:
    """What *right* lets somebody do: "read reports"."""
    noun, verb = right.value.replace("-", " ").split(":")
    return _WORDS.get(right) or f"{verb} {noun}"


def allowed(role: Role, scopes: frozenset[str] | None, right: Right) -> bool:
    """Whether *role* has *right* and, for a token, one of its *scopes* grants it; a session has None for scopes."""
    if right not in RIGHTS[role]:
        return False
    return scopes is None or ALL_SCOPES in scopes or right.value in scopes
