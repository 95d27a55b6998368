"""Every action that the log knows, with what it says. A test compares this table with what the code records."""

from __future__ import annotations

from typing import Final

ACTIONS: Final[dict[str, str]] = {
    # schedules
    "schedule.created": "A schedule was made; with all its fields.",
    "schedule.updated": "Fields of a schedule were changed; old and new values.",
    "schedule.deleted": "A schedule was deleted; with the fields that it had.",
    "schedule.enabled": "A schedule was switched on.",
    "schedule.disabled": "A schedule was switched off; by a person or, with the reason, by the server.",
    "schedule.executed": "A schedule was run by hand; with the execution, its parameters and recipients.",
    "schedule.tested": "A schedule was run as a test; its mail goes to the tester alone.",
    "schedule.handed_over": "A schedule has another owner.",
    "schedule.unsubscribed": "A recipient took their address off a schedule by the link in a mail.",
    "schedule.owner_notified": "The server wrote to the owner of a schedule; to whom and why.",
    "recipient.replaced": "An address was replaced or taken off on many schedules; each of them has its own entry.",
    # reports, sources, assets
    "report.created": "A report was made.",
    "report.updated": "A report has another name or text; number and SHA-256 of the revisions.",
    "report.restored": "The text of an earlier revision is the present one again.",
    "report.limited": "Other groups may see a report.",
    "report.deleted": "A report was deleted.",
    "source.created": "A data source was made; its address without secrets, and a fingerprint of the whole.",
    "source.updated": "A data source was changed.",
    "source.limited": "Other groups may use a source.",
    "source.deleted": "A data source was deleted.",
    "asset.added": "A picture, font or theme was added; size and SHA-256.",
    "asset.replaced": "A picture, font or theme has another content.",
    "asset.deleted": "A picture, font or theme was deleted.",
    "configuration.applied": "A folder of files was applied; each change has its own entry as well.",
    "configuration.exported": "Sources, reports and schedules were written as files.",
    # executions and their files
    "execution.cancelled": "An execution was cancelled.",
    "execution.retried": "The next attempt of an execution was begun at once.",
    "execution.timeout_changed": "An execution has another time limit.",
    "artifact.downloaded": "A file of an execution was taken, by a person, a token or a link from a mail.",
    # dead letters
    "dead_letter.retried": "A dead letter was retried; with the new execution.",
    "dead_letter.resolved": "A dead letter was marked as dealt with, by a person or by the success of its retry.",
    "dead_letter.reopened": "A dead letter is open again: its retry failed or was cancelled, or somebody took it back.",
    "dead_letter.removed": "A dead letter was taken off the list, by a person or because more than 1,000 were open.",
    "dead_letter.brought_back": "A deleted dead letter is on the list again.",
    "dead_letter.purged": "A removed dead letter is gone for good after 30 days.",
    # e-mail
    "email.retried": "An e-mail was made due at once; with the state that it had.",
    "email.downloaded": "Somebody took a message as it was sent.",
    "email.trial_sent": "A test mail was sent past the queue.",
    "email_queue.paused": "Sending was paused.",
    "email_queue.resumed": "Sending goes on.",
    "email_queue.held": "What waited in the queue is held, after a restore.",
    # operation
    "alert.acknowledged": "Somebody knows of an alert; its repeats are silent.",
    "alert.reopened": "An acknowledgement was taken back.",
    "alert.channels_tried": "A trial alert was sent through every channel.",
    "breaker.reset": "A breaker was closed by hand.",
    "setting.thresholds_changed": "The thresholds of disk space were changed; null leaves one to the settings.",
    "cleanup.requested": "Files are to be removed, on whose order and how many bytes.",
    "cleanup.finished": "Files were removed; how many, and how many bytes that freed.",
    "backup.requested": "A backup was asked for, by a person or the plan.",
    "backup.created": "A backup was made and verified.",
    "backup.failed": "A backup could not be made, or does not verify.",
    "backup.verification_requested": "A backup is to be verified again.",
    "backup.verified": "A backup was verified.",
    "backup.drilled": "The newest backup was restored beside the database as a drill.",
    "backup.pruned": "Retention removed a backup.",
    "backup.restored": "The database was replaced by a backup.",
    "backup.resumed": "After a restore the schedules were switched on again.",
    "keys.rotated": "The secret key was changed; how many stored secrets were brought under the new one.",
    "keys.forgotten": "What was signed with the previous secret key does not hold any more.",
    # people
    "user.created": "A user was made.",
    "user.updated": "A user's address was changed.",
    "user.role_changed": "A user has another role.",
    "user.password_changed": "A user has another password.",
    "user.enabled": "A user can sign in again.",
    "user.disabled": "A user is shut out.",
    "user.signed_in": "Somebody signed in.",
    "user.signed_out": "Somebody signed out.",
    "user.sign_in_failed": "A sign-in failed; of a name that nobody has only a fingerprint is kept.",
    "user.sessions_ended": "Sessions of a user were ended; how many.",
    "user.groups_changed": "A user is in other groups.",
    "user.handed_over": "Everything that a user owned has another owner; each thing has its own entry as well.",
    "user.two_factor_enabled": "A user's sign-in takes a code of an app as well.",
    "user.two_factor_disabled": "A user's sign-in takes the password alone again.",
    "user.two_factor_reset": "An administrator took a user's second factor away.",
    "user.recovery_codes_made": "A user made new recovery codes.",
    "group.created": "A group was made.",
    "group.updated": "A group has another name, description or members.",
    "group.deleted": "A group was deleted.",
    "token.created": "An API token was made; never its secret.",
    "token.revoked": "An API token was revoked.",
    "access.refused": "Somebody tried what they may not do; which address and why.",
    # the log itself
    "audit.key_changed": "The log is signed with another key from here on.",
    "audit.restored": "The log was replaced by that of a backup; a new epoch begins.",
    "audit.sealed": "Old entries were sealed in a file.",
    "audit.pruned": "Sealed entries that are old enough were removed from the database.",
    "audit.exported": "Entries of this log were exported; which and how many.",
    "deliveries.exported": "The list of what was sent to whom on a day was exported.",
}


def kinds() -> list[str]:
    """What actions begin with: "schedule", "report", …"""
    return sorted({action.partition(".")[0] for action in ACTIONS})
