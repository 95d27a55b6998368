"""The fixed words for states: the same on every page, each with a sign and a tone, never by colour alone."""

from __future__ import annotations

from typing import NamedTuple


class Sign(NamedTuple):
    """How one value is shown: a word, an icon of the sprite and a tone (good, bad, warn, info, quiet)."""

    word: str
    icon: str
    tone: str


VOCABULARY: dict[str, dict[str, Sign]] = {
    "execution": {
        "queued": Sign("Queued", "clock", "quiet"),
        "running": Sign("Running", "player-play", "info"),
        "succeeded": Sign("Succeeded", "circle-check", "good"),
        "failed": Sign("Failed", "circle-x", "bad"),
        "retrying": Sign("Retrying", "rotate-clockwise", "warn"),
        "dead": Sign("Dead", "skull", "bad"),
        "cancelled": Sign("Cancelled", "ban", "quiet"),
    },
    "attempt": {
        "running": Sign("Running", "player-play", "info"),
        "succeeded": Sign("Succeeded", "circle-check", "good"),
        "failed": Sign("Failed", "circle-x", "bad"),
        "cancelled": Sign("Cancelled", "ban", "quiet"),
        "lost": Sign("Lost", "plug-x", "warn"),
    },
    "deadletter": {
        "open": Sign("Unresolved", "inbox", "bad"),
        "retrying": Sign("Retrying", "rotate-clockwise", "info"),
        "resolved": Sign("Resolved", "circle-check", "good"),
    },
    "email": {
        "pending": Sign("Pending", "clock", "quiet"),
        "sending": Sign("Sending", "send", "info"),
        "sent": Sign("Sent", "mail-check", "good"),
        "failed": Sign("Failed", "mail-x", "bad"),
        "uncertain": Sign("Uncertain", "help-circle", "warn"),
    },
    "alert": {
        "open": Sign("Open", "alert-circle", "bad"),
        "acknowledged": Sign("Acknowledged", "eye", "info"),
        "cleared": Sign("Over", "circle-check", "good"),
    },
    "backup": {
        "running": Sign("Under way", "clock", "info"),
        "verified": Sign("Verified", "circle-check", "good"),
        "failed": Sign("Failed", "circle-x", "bad"),
    },
    "backup_kind": {
        "full": Sign("Full", "database", "quiet"),
        "incremental": Sign("Incremental", "database", "quiet"),
    },
    "backup_verified": {
        "stored bytes": Sign("size, sum and signature", "shield-check", "quiet"),
        "contents": Sign("decrypted and checked", "shield-check", "good"),
        "drill": Sign("restored beside, every index checked", "shield-check", "good"),
    },
    "backup_stage": {
        "copying": Sign("Copying the database", "database", "info"),
        "writing": Sign("Encrypting and storing", "database", "info"),
        "verifying": Sign("Reading back", "shield-check", "info"),
        "reading": Sign("Reading", "shield-check", "info"),
        "restoring": Sign("Decrypting", "shield-check", "info"),
    },
    "severity": {
        "critical": Sign("Critical", "alert-circle", "bad"),
        "warning": Sign("Warning", "alert-triangle", "warn"),
    },
    "notice": {
        "raised": Sign("That it began", "bell", "quiet"),
        "repeated": Sign("That it goes on", "repeat", "quiet"),
        "cleared": Sign("That it is over", "circle-check", "quiet"),
    },
    "delivery": {
        "pending": Sign("Waiting", "clock", "quiet"),
        "sending": Sign("Sending", "send", "info"),
        "sent": Sign("Sent", "check", "good"),
        "queued": Sign("In the e-mail queue", "mail-forward", "info"),
        "failed": Sign("Failed", "circle-x", "bad"),
        "dropped": Sign("Not needed", "circle-minus", "quiet"),
    },
    "category": {
        "network": Sign("Network", "plug-x", "warn"),
        "data": Sign("Data", "database-x", "bad"),
        "configuration": Sign("Configuration", "settings-x", "bad"),
        "system": Sign("System", "server-2", "bad"),
        "unknown": Sign("Unknown", "help-circle", "quiet"),
    },
    "trigger": {
        "schedule": Sign("On schedule", "calendar-time", "quiet"),
        "manual": Sign("By hand", "user", "quiet"),
        "retry": Sign("Retry", "rotate-clockwise", "quiet"),
        "catch_up": Sign("Catching up", "player-skip-forward", "quiet"),
    },
    "waiting": {
        "disk": Sign("Waiting for disk space", "database", "warn"),
        "breaker": Sign("Waiting for the source", "plug-x", "warn"),
        "slot": Sign("Waiting for a free slot", "clock", "quiet"),
        "paused": Sign("Paused", "player-pause", "quiet"),
    },
    "breaker": {
        "closed": Sign("Usable", "circle-check", "good"),
        "open": Sign("Cut off", "plug-x", "bad"),
        "half_open": Sign("Being tried", "rotate-clockwise", "warn"),
    },
    "actor": {
        "user": Sign("Person", "user", "quiet"),
        "token": Sign("Token", "puzzle", "quiet"),
        "system": Sign("Presstime itself", "server-2", "quiet"),
        "command": Sign("Command line", "code", "quiet"),
    },
    "level": {
        "pass": Sign("Enough", "circle-check", "good"),
        "warn": Sign("Getting short", "alert-triangle", "warn"),
        "fail": Sign("Too little", "alert-circle", "bad"),
    },
    "health": {
        "pass": Sign("Healthy", "circle-check", "good"),
        "warn": Sign("Look at it", "alert-triangle", "warn"),
        "fail": Sign("Failing", "alert-circle", "bad"),
    },
    "slo": {
        "met": Sign("Kept", "circle-check", "good"),
        "missed": Sign("Missed", "alert-circle", "bad"),
        "unknown": Sign("Not known yet", "help-circle", "quiet"),
    },
    "kind_on_disk": {
        "database": Sign("database", "database", "quiet"),
        "reports": Sign("reports", "file-text", "quiet"),
        "scratch": Sign("scratch files", "file-plus", "quiet"),
        "backup": Sign("backups", "shield-check", "quiet"),
    },
    "cleanup": {
        "queued": Sign("Waiting", "clock", "quiet"),
        "running": Sign("Under way", "rotate-clockwise", "info"),
        "succeeded": Sign("Done", "circle-check", "good"),
        "failed": Sign("Stopped", "circle-x", "bad"),
    },
    "cleanup_action": {
        "expired_reports": Sign("Reports past their retention", "file-text", "quiet"),
        "old_reports": Sign("Old reports", "file-text", "quiet"),
        "orphan_files": Sign("Unfinished attempts", "file-text", "quiet"),
        "scratch_files": Sign("Left scratch files", "file-text", "quiet"),
        "alert_mail": Sign("Old messages about alerts", "mail", "quiet"),
        "database_copies": Sign("Copies of the database", "database", "quiet"),
    },
    "format": {
        "pdf": Sign("PDF", "file-type-pdf", "quiet"),
        "xlsx": Sign("Excel", "file-spreadsheet", "quiet"),
        "csv": Sign("CSV", "file-type-csv", "quiet"),
        "html": Sign("Web page", "file-code", "quiet"),
        "json": Sign("JSON", "json", "quiet"),
        "parquet": Sign("Parquet", "table", "quiet"),
        "png": Sign("Charts as PNG", "file-analytics", "quiet"),
    },
}


def sign(kind: str, value: str) -> Sign:
    """The sign for *value*; a value without a word yet is shown as it is rather than hidden."""
    return VOCABULARY[kind].get(value) or Sign(value.replace("_", " ").capitalize(), "circle-dashed", "quiet")
