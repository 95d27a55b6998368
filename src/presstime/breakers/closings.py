"""Who waits for breakers hears when one closes, inside the transaction that writes it.

The features above this one connect here, since nothing imports upwards. A receiver writes rows and does nothing slow.
"""

from __future__ import annotations

from typing import Final

from django.dispatch import Signal

from presstime.breakers.states import Kind

closed: Final = Signal()


def announce(kind: Kind) -> None:
    """Tell everybody who waits for targets of *kind* that one of them lets all pass again."""
    closed.send(sender=kind, kind=kind)
