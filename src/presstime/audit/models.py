"""Tables of the audit log. Their guards, triggers of the database, stand in `guards`."""

from __future__ import annotations

from typing import Any

from django.db import models

from presstime.database.fields import id_field


class Entry(models.Model):
    """One change. `body` is the truth, canonical JSON; the columns repeat what is filtered by, and verifying compares them."""

    sequence = models.BigIntegerField(primary_key=True)  # from 1, without a gap
    time = models.DateTimeField()  # never before the entry before it
    actor_type = models.CharField(max_length=16)
    actor_id = models.CharField(max_length=200)
    actor_name = models.CharField(max_length=200)
    action = models.CharField(max_length=100)
    target_type = models.CharField(max_length=50)
    target_id = models.CharField(max_length=200)
    target_name = models.CharField(max_length=300)
    body = models.TextField()
    leaf = models.BinaryField()

    class Meta:
        db_table = "audit_logs"
        # `time` needs none: it rises with `sequence`, so a period is a range of the key.
        indexes = [
            models.Index(fields=["actor_id", "action", "sequence"], name="audit_actor_action"),
            models.Index(fields=["actor_id", "sequence"], name="audit_actor"),
            models.Index(fields=["action", "sequence"], name="audit_action"),
            # The others too: for one thing and one person no row is read that does not match.
            models.Index(fields=["target_id", "sequence", "actor_id", "action"], name="audit_target"),
            models.Index(fields=["actor_name", "actor_id"], name="audit_actor_name"),
            models.Index(fields=["target_name", "target_id"], name="audit_target_name"),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.action}"


class Head(models.Model):
    """Where the log ends: a single row, locked by whoever appends."""

    id = models.SmallIntegerField(primary_key=True)
    size = models.BigIntegerField()
    last_time = models.DateTimeField()
    frontier = models.BinaryField()

    class Meta:
        db_table = "audit_head"
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="audit_head_single")]

    def __str__(self) -> str:
        return f"{self.size} entries"


class Node(models.Model):
    """The hash of a whole subtree of 2^level entries; kept also when its entries are no longer."""

    pk = models.CompositePrimaryKey("level", "position")
    level = models.SmallIntegerField()
    position = models.BigIntegerField()
    hash = models.BinaryField()

    class Meta:
        db_table = "audit_nodes"

    def __str__(self) -> str:
        return f"{self.level}/{self.position}"


class Epoch(models.Model):
    """A stretch of the log without a restore; the next one begins when a backup took its place."""

    number = models.IntegerField(primary_key=True)  # from 1
    origin = models.CharField(max_length=300)  # the name on its checkpoints
    public_key = models.CharField(max_length=64)  # Ed25519, hexadecimal
    began_at = models.DateTimeField()
    began_with = models.BigIntegerField()  # entries at that moment
    known_size = models.BigIntegerField(null=True)  # of the log that was replaced, as far as it is known
    backup = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "audit_epochs"

    def __str__(self) -> str:
        return self.origin


class Checkpoint(models.Model):
    """A signed statement of size and root, in the form of C2SP tlog-checkpoint."""

    id = models.BigAutoField(primary_key=True)
    epoch = models.ForeignKey(Epoch, on_delete=models.PROTECT)
    size = models.BigIntegerField()
    time = models.DateTimeField()
    note = models.TextField()

    class Meta:
        db_table = "audit_checkpoints"
        indexes = [models.Index(fields=["size"], name="audit_checkpoint_size")]

    def __str__(self) -> str:
        return f"{self.size} at {self.time:%Y-%m-%d %H:%M}"


class Segment(models.Model):
    """Old entries that lie sealed in a file; only then, and after a year, may their rows go."""

    first = models.BigIntegerField(primary_key=True)  # sequence
    last = models.BigIntegerField()  # sequence; a multiple of 256
    root = models.BinaryField()
    sha256 = models.CharField(max_length=64)  # of the file
    bytes = models.BigIntegerField()
    file = models.CharField(max_length=300)
    sealed_at = models.DateTimeField()

    class Meta:
        db_table = "audit_segments"

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"


class Duty(models.Model):
    """What one of all workers does from time to time, and when it was last begun."""

    name = models.CharField(primary_key=True, max_length=20)
    begun_at = models.DateTimeField()

    class Meta:
        db_table = "audit_duties"

    def __str__(self) -> str:
        return f"{self.name} at {self.begun_at:%Y-%m-%d %H:%M}"


class Verification(models.Model):
    """A verification of the whole log, and what it found."""

    id = id_field()
    began_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    size = models.BigIntegerField(default=0)
    root = models.CharField(max_length=64, blank=True)
    problems: models.JSONField[Any, Any] = models.JSONField(default=list)
    notes: models.JSONField[Any, Any] = models.JSONField(default=list)

    class Meta:
        db_table = "audit_verifications"
        ordering = ["-began_at"]

    def __str__(self) -> str:
        return f"{self.size} entries at {self.began_at:%Y-%m-%d %H:%M}"
