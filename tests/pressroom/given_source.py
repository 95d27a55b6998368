"""A source that gives what it is told to, for results that no database of the tests would give."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from arro3.core import Table

from pressroom.sources import ArrowStream, Hints


class GivenSource:
    """Answers every query with the tables of *make*, a fresh iterable each time."""

    kind = "given"
    name = "given://"

    def __init__(
        self,
        make: Callable[[], Iterable[Table]],
        *,
        are_types_fixed: bool = True,
        declared: Mapping[int, str] | None = None,
    ) -> None:
        self._make = make
        self._hints = Hints(are_types_fixed=are_types_fixed, declared=declared or {})

    def stream(
        self, _sql: str, _parameters: Mapping[str, Any] | None = None, *, limit_rows: int | None = None
    ) -> ArrowStream:
        del limit_rows
        return ArrowStream(iter(self._make()), close=lambda: None, hints=self._hints)

    def interrupt(self) -> None:
        pass

    def test(self) -> None:
        pass

    def close(self) -> None:
        pass
