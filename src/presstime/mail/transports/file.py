"""Delivers into a folder, one .eml file a recipient: the inbox of the demonstration and of tests."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC
from pathlib import Path

from presstime.mail.states import Accepted, Broken, Outcome, Stage, Unsendable
from presstime.mail.transports import Delivery, nothing


class FileTransport:
    """Writes each delivery whole or not at all; the same delivery again is the same file again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, delivery: Delivery, before_end: Callable[[], None] = nothing) -> Outcome:
        data = delivery.read()
        if isinstance(data, Unsendable):
            return data
        # As a mail server does at the final delivery (RFC 5321, 4.4): the envelope becomes visible.
        envelope = f"Return-Path: <{delivery.sender}>\r\nDelivered-To: {delivery.recipient}\r\n"
        target = self._folder / f"{delivery.created_at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{delivery.id}.eml"
        before_end()
        try:
            _write_whole(target, envelope.encode() + delivery.head() + data)
        except OSError as error:
            return Broken(Stage.DATA, f"the mail folder cannot be written: {error.strerror}")
        return Accepted(f"stored as {target.name}")

    def close(self) -> None:
        """There is nothing to give back."""


def _write_whole(target: Path, data: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.partial")
    with partial.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(target)
