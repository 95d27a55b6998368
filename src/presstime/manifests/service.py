"""Makes an installation what a folder says: assets, sources, reports, groups, schedules, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction

from presstime.accounts import queries as accounts
from presstime.accounts.models import User
from presstime.base.errors import Conflict, FieldProblem, Invalid
from presstime.manifests import audited, described, limits, secrets
from presstime.manifests.asset_files import AssetFiles
from presstime.manifests.folder import Content, Flaw, Refused, Wanted, flaw_of
from presstime.manifests.plans import Action, Change, Plan, differences
from presstime.reports import definitions
from presstime.reports import queries as reports
from presstime.reports import service as report_service
from presstime.reports.changes import counted
from presstime.schedules import queries as schedules
from presstime.schedules import service as schedule_service
from presstime.schedules.models import Schedule
from presstime.sources import queries as sources
from presstime.sources import service as source_service

_NEEDED = {"report": "a report, by name", "cron": 'a cron expression, such as "0 7 * * *"'}


def apply(content: Content, by: User | None, now: datetime, *, dry_run: bool = False, prune: bool = False) -> Plan:
    """Add and change what *content* wants; with *prune* also delete what it lacks of the kinds that it has.

    Refused lists every flaw of every file, and then nothing is changed. A dry run does the same and takes it all back.
    """
    files = AssetFiles.of(content.assets, now, prune=prune)
    work = _Work(by, now, Plan(list(files.changes), [*content.warnings, *files.warnings]), list(files.flaws))
    with ExitStack() as written, transaction.atomic():
        work.sources(content.sources or ())
        work.reports(content.reports or ())
        work.groups(content.groups or ())
        work.schedules(content.schedules or ())
        work.others(content, prune=prune)
        work.plan.left_alone += files.left_alone
        work.flaws += files.refused()
        if work.flaws:
            raise Refused(work.flaws)
        if work.plan.is_change:
            audited.applied({action.value: work.plan.count(action) for action in Action}, now)
        if dry_run:
            transaction.set_rollback(True)
        else:
            written.enter_context(files.all_or_none())
            files.write()
    return work.plan


@dataclass
class _Work:
    by: User | None
    now: datetime
    plan: Plan
    flaws: list[Flaw] = field(default_factory=list)
    failed: set[str] = field(default_factory=set)  # "source shop": what depends on it says nothing new

    # ---- each kind ----------------------------------------------------------------------------------------------------

    def sources(self, wanted: Iterable[Wanted]) -> None:
        for each in wanted:
            self._do(each, "source", partial(self._source, each))

    def _source(self, wanted: Wanted) -> Change:
        url = wanted.given["url"]
        there = sources.find_source(wanted.name)
        if there is None:
            made = source_service.add(name=wanted.name, url=url, by=self.by, now=self.now)
            return Change("source", wanted.name, Action.ADD, [("url", None, source_service.shown_url(made))])
        before, shown = source_service.address_to_keep(there), source_service.shown_url(there)
        if secrets.comparable(before) == secrets.comparable(url):
            return Change("source", wanted.name, Action.KEEP)
        changed = source_service.change(there.pk, now=self.now, url=url)
        after = source_service.shown_url(changed)
        details = [("url", shown, after)] if shown != after else [("url", "a secret", "another secret")]
        return Change("source", wanted.name, Action.CHANGE, details)

    def reports(self, wanted: Iterable[Wanted]) -> None:
        for each in wanted:
            if not self._names_a_failed_source(each):
                self._do(each, "report", partial(self._report, each))

    def _names_a_failed_source(self, wanted: Wanted) -> bool:
        try:
            names = definitions.read(wanted.given["definition"]).source_names()
        except Invalid:
            return False
        depends = any(f"source {name}" in self.failed for name in names)
        if depends:
            self.failed.add(f"report {wanted.name}")
        return depends

    def _report(self, wanted: Wanted) -> Change:
        text = wanted.given["definition"]
        there = reports.find_report(wanted.name)
        if there is None:
            report_service.create(name=wanted.name, definition=text, by=self.by, now=self.now)
            return Change("report", wanted.name, Action.ADD, [("lines", 0, len(text.splitlines()))])
        before = report_service.text_of(there)
        if before == text:
            return Change("report", wanted.name, Action.KEEP)
        report_service.change(there.pk, by=self.by, now=self.now, definition=text, note="Applied from a file")
        added, removed = counted(before, text)
        return Change("report", wanted.name, Action.CHANGE, [("lines", f"-{removed}", f"+{added}")])

    def groups(self, wanted: Iterable[Wanted]) -> None:
        before = limits.limited()
        for each in wanted:
            self._do(each, "group", partial(self._group, each))
        opened = sorted(before - limits.limited())
        self.plan.warnings += [
            f'the {kind} "{name}" is limited to no group any more: everybody sees it.' for kind, name in opened
        ]

    def _group(self, wanted: Wanted) -> Change:
        change = limits.apply_group(wanted, self.by, self.now, self.failed)
        if change.action is Action.ADD:
            self.plan.warnings.append(
                f"{wanted.file}:1 group: the group is new and nobody is in it yet. Add its members: "
                f'presstime group members "{wanted.name}" --add NAME.'
            )
        return change

    def schedules(self, wanted: Iterable[Wanted]) -> None:
        for each in wanted:
            if f"report {each.given.get('report')}" not in self.failed:
                self._do(each, "schedule", partial(self._schedule, each))

    def _schedule(self, wanted: Wanted) -> Change:
        given = {name: value for name, value in wanted.given.items() if value is not None}  # nothing is the default
        missing = [
            FieldProblem(name, f"A schedule needs {what}.") for name, what in _NEEDED.items() if name not in given
        ]
        if missing:
            raise Invalid(missing)
        owner = self._owner(given.pop("owner", None), wanted)
        given = described.defaults(reports.find_report(str(given["report"]))) | given | {"name": wanted.name}
        there = schedules.find_schedule_named(wanted.name)
        if there is None:
            made = schedule_service.create(given, owner or self.by, self.now)
            self._warn(wanted, made)
            return Change("schedule", made.name, Action.ADD, differences({}, described.essence(made)))
        before = described.describe_schedule(there)
        with transaction.atomic():
            changed = self._changed(there, given, owner)
            found = differences(before, described.describe_schedule(changed))
            if not found:
                transaction.set_rollback(True)  # not even a later time of change
        if found:
            self._warn(wanted, changed)
        return Change("schedule", wanted.name, Action.CHANGE if found else Action.KEEP, found)

    def _warn(self, wanted: Wanted, schedule: Schedule) -> None:
        """Tell what is no error and should be known, as the page of the schedule does: a very long limit, say."""
        for each in schedule_service.outlook_of(schedule, self.now).warnings:
            self.plan.warnings.append(f"{wanted.file}:{wanted.line_of(each.field)} {each.field}: {each.message}")

    def _changed(self, there: Schedule, given: Mapping[str, Any], owner: User | None) -> Schedule:
        changed = schedule_service.change(there.pk, given, self.now)
        if owner is not None and owner.pk != changed.owner_id:
            changed = schedule_service.hand_over(there.pk, owner, self.now)
        return changed

    def _owner(self, name: Any, wanted: Wanted) -> User | None:
        if name is None:
            return None
        user = accounts.find_user(str(name))
        if user is None:
            place = f"{wanted.file}:{wanted.line_of('owner')} owner"
            self.plan.warnings.append(f'{place}: there is no user "{name}" here; the owner is left as it is.')
        return user

    # ---- what the folder lacks ------------------------------------------------------------------------------------------

    def others(self, content: Content, *, prune: bool) -> None:
        """Delete what is here and not in the folder, or say so: schedules, reports, sources, groups."""
        here: list[tuple[str, list[Wanted] | None, Iterable[str], Callable[[str], None]]] = [
            ("schedule", content.schedules, schedules.names(), partial(schedule_service.delete, now=self.now)),
            ("report", content.reports, reports.names(), partial(report_service.delete, now=self.now)),
            ("source", content.sources, sources.names(), partial(source_service.delete, now=self.now)),
            ("group", content.groups, limits.names(), limits.delete),
        ]
        for kind, wanted, names, delete in here:
            if wanted is None:
                continue
            known = {each.name for each in wanted}
            for name in sorted(set(names) - known):
                if prune:
                    self._delete(kind, name, delete)
                else:
                    self.plan.left_alone.append((kind, name))

    def _delete(self, kind: str, name: str, delete: Callable[[str], None]) -> None:
        try:
            with transaction.atomic():
                delete(name)
        except Conflict as error:
            self.flaws.append(Flaw(f"{kind} {name}", 1, "--prune", error.message))
        else:
            self.plan.changes.append(Change(kind, name, Action.DELETE))

    # ---- flaws ----------------------------------------------------------------------------------------------------------

    def _do(self, wanted: Wanted, kind: str, work: Callable[[], Change]) -> None:
        with self._noting(wanted, kind), transaction.atomic():
            self.plan.changes.append(work())

    @contextmanager
    def _noting(self, wanted: Wanted, kind: str) -> Iterator[None]:
        try:
            yield
        except Invalid as error:
            self.failed.add(f"{kind} {wanted.name}")
            self.flaws += [flaw_of(wanted, problem) for problem in error.problems]
        except Conflict as error:
            self.failed.add(f"{kind} {wanted.name}")
            self.flaws.append(Flaw(wanted.file, 1, kind, error.message))
