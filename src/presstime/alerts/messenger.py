"""Tells Apprise services, each time from a process of its own (`apprise_process.py`).

Apprise loads all its services at once (2 s, 40 MB) and bounds no call as a whole. A process that is there for one
message costs the worker nothing while nothing is wrong, and can be ended when a service hangs. Addresses hold secrets,
so they go to it through standard input.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from presstime.alerts.channels import Channel
from presstime.alerts.notices import Notice
from presstime.alerts.states import Delivered, Event, Outcome, Undelivered
from presstime.base.errors import ConfigurationError

TIMEOUT_SECONDS = 30.0


class Messenger:
    """Brings notices to the Apprise addresses of the settings."""

    def __init__(self, channels: Sequence[Channel], timeout: float = TIMEOUT_SECONDS) -> None:
        self._urls = {channel.key: channel.url for channel in channels}
        self._timeout = timeout

    def __call__(self, notice: Notice) -> Outcome:
        """Deliver *notice* and tell what became of it; faults of network and service are outcomes and never raise."""
        url = self._urls.get(notice.channel_key)
        if url is None:
            return Undelivered("This address is no longer in PRESSTIME_ALERT_URLS.", permanent=True)
        kind = {Event.CLEARED: "success"}.get(notice.event, "failure" if notice.severity == "critical" else "warning")
        try:
            answer = _ask(self._timeout, url=url, title=notice.subject, body=notice.text, kind=kind)
        except subprocess.TimeoutExpired:
            return Undelivered(f"The service did not answer within {self._timeout:g} seconds.")
        return Delivered() if answer["done"] else Undelivered(answer["reason"])


def check(channels: Sequence[Channel]) -> None:
    """Refuse addresses that Apprise cannot read; ConfigurationError names them by their place, without their secrets."""
    if not channels:
        return
    unreadable = set(_ask(TIMEOUT_SECONDS * 4, check=[channel.url for channel in channels])["unreadable"])
    wrong = [f"no. {place} ({channel.label})" for place, channel in enumerate(channels, 1) if channel.url in unreadable]
    if wrong:
        raise ConfigurationError(
            f"PRESSTIME_ALERT_URLS holds what is no address of an Apprise service: {', '.join(wrong)}. "
            "Each service's form is described at https://appriseit.com."
        )


def _ask(timeout: float, **question: Any) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "presstime.alerts.apprise_process"],
        input=json.dumps(question),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    if done.returncode != 0:
        return {"done": False, "reason": f"The messenger ended with exit code {done.returncode}.", "unreadable": []}
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
