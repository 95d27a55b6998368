"""Recipients of a schedule: addresses checked, once each, in domains that are allowed. Pure; imports nothing of Django."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pressroom.wording import shown, suggest
from presstime.base.errors import FieldProblem, Invalid
from presstime.mail.addresses import parse_address

ROLES = ("to", "cc", "bcc")
MOST_RECIPIENTS = 500


def check_recipients(given: Any, domains: Sequence[str]) -> dict[str, list[str]]:
    """*given* as lists under to, cc and bcc, each address once; Invalid names each wrong one (`recipients.to.0`).

    *domains* are those that are allowed; none allows all.
    """
    if not isinstance(given, Mapping):
        raise Invalid.of("recipients", f'{shown(given)} is not an object such as {{"to": ["name@example.com"]}}.')
    problems = [
        FieldProblem(f"recipients.{role}", f"There are no recipients of this kind. {suggest(str(role), ROLES)}")
        for role in given
        if role not in ROLES
    ]
    found: dict[str, list[str]] = {role: [] for role in ROLES}
    seen: set[str] = set()
    for role in ROLES:
        problems += _read(role, given.get(role) or [], domains, found[role], seen)
    if len(seen) > MOST_RECIPIENTS:
        problems.append(
            FieldProblem("recipients", f"{len(seen)} recipients are more than {MOST_RECIPIENTS}. Use a mailing list.")
        )
    if problems:
        raise Invalid(problems)
    return found


def count(recipients: Mapping[str, Sequence[str]]) -> int:
    return sum(len(recipients.get(role, ())) for role in ROLES)


def _read(role: str, given: Any, domains: Sequence[str], found: list[str], seen: set[str]) -> list[FieldProblem]:
    """Put the addresses of one role into *found*; what is wrong with the others."""
    if not isinstance(given, list | tuple):
        return [FieldProblem(f"recipients.{role}", f"{shown(given)} is not a list of addresses.")]
    problems = []
    for number, text in enumerate(given):
        try:
            address = check_address(text, domains)
        except ValueError as error:
            problems.append(FieldProblem(f"recipients.{role}.{number}", str(error)))
            continue
        if address.lower() not in seen:
            found.append(address)
        seen.add(address.lower())
    return problems


def check_address(text: Any, domains: Sequence[str]) -> str:
    """*text* as a bare address; ValueError when it is none, or not in one of the *domains* that are allowed."""
    if not isinstance(text, str):
        raise ValueError(f"{shown(text)} is not a text.")  # noqa: TRY004 - all that is wrong is one type of error here
    address = parse_address(text)
    allowed = [domain.lower().lstrip("@") for domain in domains]
    if allowed and address.domain not in allowed:
        listed = ", ".join(allowed)
        raise ValueError(f'"{address.spec}" is not in a domain that reports may be sent to: {listed}.')
    return address.spec
