"""A process that brings one message to one Apprise service: `python -m presstime.alerts.apprise_process`.

It reads its question as JSON from standard input and writes the answer to standard output; what it says is cleaned of
the address's secrets. It imports nothing of Django or Presstime.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

HIDDEN = "***"
SHORTEST_SECRET = 3
_STAMP = re.compile(r"^[\d: ,-]+ - [A-Z]+ - ", re.MULTILINE)


def main() -> None:
    """Answer the question on standard input: check addresses, or bring one message to one address."""
    question = json.load(sys.stdin)
    answer = _check(question["check"]) if "check" in question else _tell(**question)
    json.dump(answer, sys.stdout)


def _check(urls: Iterable[str]) -> dict[str, Any]:
    from apprise import Apprise

    return {"unreadable": [url for url in urls if Apprise.instantiate(url, suppress_exceptions=True) is None]}


def _tell(url: str, title: str, body: str, kind: str) -> dict[str, Any]:
    from apprise import Apprise, LogCapture

    service = Apprise()
    with LogCapture(level=logging.WARNING) as captured:  # type: ignore[no-untyped-call]  # Apprise has no types here
        done = service.add(url) and service.notify(title=title, body=body, notify_type=kind)
        said = captured.getvalue()
    if done:
        return {"done": True}
    return {"done": False, "reason": cleaned(said, url) or "The service did not take it."}


def cleaned(said: str, url: str) -> str:
    """What Apprise's log *said*, in one line, without any part of *url* that may let one in."""
    text = " ".join(_STAMP.sub("", said).split())
    for secret in sorted(_secrets(url), key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text[:500]


def _secrets(url: str) -> set[str]:
    parts = urlsplit(url)
    found = [url, parts.username, parts.password, *parts.path.split("/")]
    found += [value for _, value in parse_qsl(parts.query)]
    plain = {part for part in found if part and len(part) >= SHORTEST_SECRET}
    return plain | {unquote(part) for part in plain}


if __name__ == "__main__":
    main()
