"""What can be done with several rows of a list at once, as the bar above it shows it."""

from __future__ import annotations

from typing import NamedTuple


class Action(NamedTuple):
    """A button: `act` is what it posts, `matching` how many rows of the whole filter it would act on."""

    act: str
    label: str
    icon: str
    matching: int
    tone: str = ""  # of the button: "primary" or "outline-danger"
    confirm: str = ""  # the id of the dialog that asks first
