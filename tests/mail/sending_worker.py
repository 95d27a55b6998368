"""The sending half of a worker as a process of its own, for tests that kill it; its settings come from the environment."""

from __future__ import annotations

import sys
from datetime import timedelta

import django

django.setup()

from django.conf import settings  # noqa: E402

from presstime.mail.loops import Sender  # noqa: E402


def main(node: str) -> None:
    sender = Sender.of(settings.CONFIGURATION, node)
    loops = sender.loops()
    for loop in loops:
        loop.start()
    print("sending", flush=True)  # noqa: T201 - the test waits for it
    sys.stdin.read()  # until the test hangs up
    for loop in loops:
        loop.stop()
    for loop in loops:
        loop.join(timedelta(seconds=10))
    sender.close()


if __name__ == "__main__":
    main(sys.argv[1])
