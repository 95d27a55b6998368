"""Short messages after an action, shown once on the next page; a reversible action brings its Undo."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest

UNDO = "undo:"


def toast(request: HttpRequest, text: str, *, undo: str = "") -> None:
    """Say *text* on the next page; *undo* is an address that a POST to takes the action back."""
    messages.success(request, text, extra_tags=f"{UNDO}{undo}" if undo else "")


def refusal(request: HttpRequest, text: str) -> None:
    """Say on the next page why an action was not done."""
    messages.error(request, text)


def caution(request: HttpRequest, text: str) -> None:
    """Say on the next page what should be mended although the action was done."""
    messages.warning(request, text)
