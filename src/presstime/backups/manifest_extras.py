"""What other features put into the manifest of each backup, signed with it: a text under a name.

The audit log has its newest checkpoint stand there: whoever changes the database later cannot change what the backups,
which lie elsewhere, say of it.
"""

from __future__ import annotations

from collections.abc import Callable

Provider = Callable[[], str | None]

_providers: dict[str, Provider] = {}


def register(name: str, provider: Provider) -> None:
    """Let *provider* be asked at each backup, once the database has been copied; None puts nothing in.

    To be called when the application is set up (`AppConfig.ready`); a name that is registered again is replaced.
    """
    _providers[name] = provider


def unregister(name: str) -> None:
    _providers.pop(name, None)


def collect() -> dict[str, str]:
    """The text of each provider that has one."""
    found = {name: provider() for name, provider in sorted(_providers.items())}
    return {name: text for name, text in found.items() if text is not None}
