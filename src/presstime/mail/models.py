"""Tables of the e-mail queue: what is sent once, and to whom as a row each."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from presstime.database.fields import choices, id_field, one_of
from presstime.mail.states import Priority, Role, Status


class Pause(models.Model):
    """That sending is paused: one row while it is, none while mail goes out."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="mail_pause_single")]

    def __str__(self) -> str:
        return f"paused at {self.at}"


class Message(models.Model):
    """A composed message; its bytes lie in the reports folder, encoded once for all its recipients."""

    id = id_field()
    execution = models.ForeignKey("executions.Execution", null=True, on_delete=models.PROTECT, related_name="messages")
    message_id = models.CharField(max_length=255, unique=True)  # fixed here, the same at every try
    subject = models.CharField(max_length=500)
    sender = models.CharField(max_length=320)
    path = models.CharField(max_length=500)  # the .eml, relative to the reports folder
    bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    # The schedule from which its recipients can unsubscribe; null where there is nothing to unsubscribe from.
    list_id = models.UUIDField(null=True)
    links_until = models.DateTimeField(null=True)  # its signed links to files work until then; null without such links
    # What it is about where that is no execution: the key of an alert, a schedule's id.
    about = models.CharField(max_length=200, blank=True, default="")
    is_confidential = models.BooleanField(default=False)  # for its recipient alone: nobody reads it here
    resend_of = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="resends")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["created_at"], name="message_newest")]

    def __str__(self) -> str:
        return self.message_id


class Email(models.Model):
    """A message on its way to one address."""

    id = id_field()
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="emails")
    address = models.CharField(max_length=320)
    role = models.CharField(max_length=3, choices=choices(Role), default=Role.TO)
    priority = models.CharField(max_length=10, choices=choices(Priority))
    rank = models.SmallIntegerField()  # of the priority; smaller goes first
    status = models.CharField(max_length=10, choices=choices(Status), default=Status.PENDING)
    # Whether a crash or a lost connection left it unknown if the server took an earlier try.
    uncertain = models.BooleanField(default=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    fence = models.PositiveIntegerField(default=0)
    node = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True)
    last_reply = models.TextField(blank=True)  # the server's words
    error_code = models.CharField(max_length=40, blank=True)
    error_message = models.TextField(blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["message", "address"], name="email_recipient_unique"),
            one_of("status", Status, name="email_status_known"),
            one_of("priority", Priority, name="email_priority_known"),
            one_of("role", Role, name="email_role_known"),
        ]
        indexes = [
            models.Index(
                fields=["rank", "next_attempt_at", "id"],
                condition=models.Q(status=Status.PENDING.value),
                name="email_ready",
            ),
            models.Index(fields=["lease_until"], condition=models.Q(status=Status.SENDING.value), name="email_leased"),
            models.Index(fields=["-created_at", "-id"], name="email_newest"),
            models.Index(fields=["status", "-created_at"], name="email_by_status"),
            models.Index(fields=["address", "-created_at"], name="email_of_address"),
            models.Index(fields=["-created_at"], condition=models.Q(uncertain=True), name="email_uncertain"),
            models.Index(fields=["sent_at"], condition=models.Q(sent_at__isnull=False), name="email_sent"),
            models.Index(fields=["failed_at"], condition=models.Q(failed_at__isnull=False), name="email_failed"),
        ]

    def __str__(self) -> str:
        return f"{self.address} {self.status}"


class Line(models.Model):
    """That a worker's connection to the mail server is one of those that it grants, for as long as it says so."""

    number = models.PositiveSmallIntegerField(primary_key=True)  # from 1 to PRESSTIME_MAIL_CONNECTIONS
    node = models.CharField(max_length=80)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.number} of {self.node}"


class Departure(models.Model):
    """That a mail was handed to the mail server at that moment: one row each, kept for a minute where a rate is set."""

    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.at}"
