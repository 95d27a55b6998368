"""What a verification looks for, and what it finds. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from presstime.audit.merkle import Frontier, Keep
from presstime.audit.notes import Statement

MOST_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class Problem:
    """What does not fit; `sequence` is the first entry that may be concerned, None of what is no entry."""

    text: str
    sequence: int | None = None
    last: int | None = None

    def __str__(self) -> str:
        if self.sequence is None:
            return self.text
        if self.last in (None, self.sequence):
            return f"entry {self.sequence} {self.text}"
        return f"entries {self.sequence} to {self.last} {self.text}"


@dataclass(slots=True)
class Outcome:
    """What a verification found; no problem means that the log is what was signed."""

    size: int = 0
    first: int = 1
    root: str = ""
    checkpoints: int = 0
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def is_valid(self) -> bool:
        return not self.problems

    @property
    def first_broken(self) -> int | None:
        return min((each.sequence for each in self.problems if each.sequence is not None), default=None)

    def add(self, text: str, sequence: int | None = None, last: int | None = None) -> None:
        """Note that *text* is so of the entry *sequence*, or of one or more up to *last*."""
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(text, sequence, last))


@dataclass(frozen=True, slots=True)
class Claim:
    """A checkpoint and where it was found."""

    where: str
    said: Statement
    is_outside: bool = False  # not in the database, where whoever can change entries can change it too


class Wanted:
    """The checkpoints with which the tree is to be compared while it grows."""

    def __init__(self, claims: Iterable[Claim]) -> None:
        self._claims: dict[int, list[Claim]] = {}
        for claim in claims:
            self._claims.setdefault(claim.said.size, []).append(claim)
        self._agreed = {False: 0, True: 0}  # up to where all agreed, and those from outside
        self._is_broken = False

    def grow(self, frontier: Frontier, leaves: Sequence[bytes], keep: Keep, outcome: Outcome) -> None:
        """Append *leaves* to the tree, and compare it wherever something was signed."""
        begin, place = frontier.size, 0
        for size in sorted(of for of in self._claims if begin < of <= begin + len(leaves)):
            frontier.extend(leaves[place : size - begin], keep)
            self.compare(frontier, outcome)
            place = size - begin
        frontier.extend(leaves[place:], keep)

    def compare(self, frontier: Frontier, outcome: Outcome) -> None:
        """Compare the tree with what was signed when it had this size."""
        claims = self._claims.pop(frontier.size, None)
        if claims is None:
            return
        wrong = [claim for claim in claims if claim.said.root != frontier.root()]
        if wrong and not self._is_broken:
            self._is_broken = True  # whatever was signed later differs too
            first = self._agreed[any(claim.is_outside for claim in wrong)] + 1
            outcome.add(f"are not all what was signed ({wrong[-1].where})", first, frontier.size)
        if not wrong:
            self._agreed[False] = frontier.size
            self._agreed[True] = frontier.size if any(claim.is_outside for claim in claims) else self._agreed[True]

    def finish(self, size: int, outcome: Outcome) -> None:
        """What is left was signed for more entries than there are, or lies within entries whose file is not here."""
        longer = [claim for of, claims in self._claims.items() if of > size for claim in claims]
        if longer:
            most = max(longer, key=lambda claim: claim.said.size)
            outcome.add(f"missing: they were signed ({most.where})", size + 1, most.said.size)
        within = sum(len(claims) for of, claims in self._claims.items() if of < size)
        if within:
            outcome.notes.append(f"{within} checkpoint(s) lie within sealed entries whose files are not here.")
