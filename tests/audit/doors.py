"""What is asked of each operation and each form of a page, and the actions that the log must hold then."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from presstime.accounts.models import User
from presstime.mail import service as mail
from presstime.mail import unsubscribing as tokens
from presstime.mail.models import Email
from tests.audit import world as worlds
from tests.audit.world import CHANGED, PASSWORD_OF_ALL, PICTURE, World
from tests.executions.conftest import DEFINITION

MUTATING = ("POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Step:
    """A request and the actions that it leaves; `before` puts something there that it needs."""

    actions: tuple[str, ...]
    address: Callable[[World], str]
    body: Callable[[World], Any] = field(default=lambda _: {})
    before: Callable[[World], object] = field(default=lambda _: None)
    user: str = "admin"


def at(template: str) -> Callable[[World], str]:
    """An address in which `{schedule}` is the id of the world's schedule."""
    return lambda world: re.sub(r"\{(\w+)\}", lambda found: str(getattr(world, found[1]).pk), template)


def step(actions: str, template: str, body: Any = None, **more: Any) -> Step:
    given = body if callable(body) else lambda _: {} if body is None else body
    return Step(tuple(actions.split()), at(template), given, **more)


def both(world: World) -> dict[str, Any]:
    return {"ids": [str(world.letter.pk), str(world.retried.pk)]}


def url(world: World) -> str:
    from presstime.sources import service

    return service.address_of(world.source.name)[0]


def paused(world: World) -> None:
    mail.pause(world.admin, world.now)


def sent(world: World) -> None:
    Email.objects.filter(pk=world.email.pk).update(status="sent", sent_at=world.now)


def deleted_at(world: World) -> datetime:
    from presstime.deadletters import service

    service.delete(world.letter.pk, world.now)
    return world.now


def moment(value: datetime) -> str:
    return value.isoformat().replace("+", "%2B")


def signed_in(user: User) -> None:
    """In another browser, which has been used."""
    client = Client()
    client.force_login(user)
    client.get("/accounts/")


def with_second_factor(user: User) -> None:
    from allauth.mfa.models import Authenticator

    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={})


def linked(user: User) -> None:
    from presstime.accounts.models import Identity

    Identity.objects.create(
        user=user, issuer="https://sso.example.com", subject=user.username, created_at=user.created_at
    )


def upload(**more: str) -> dict[str, Any]:
    return {"file": SimpleUploadedFile("logo.svg", PICTURE, "image/svg+xml")} | more


# Operation as the OpenAPI document names it -> what is sent, and what the log says then.
OPERATIONS: dict[str, Step] = {
    "POST /api/users": step(
        "user.created", "/api/users",
        {"name": "erin", "email": "e@example.com", "role": "viewer", "password": "a quite long pass phrase"},
    ),
    "PATCH /api/users/{user}": step("user.role_changed", "/api/users/{bob}", {"role": "operator"}),
    "POST /api/users/{user}/hand-over": step(
        "schedule.handed_over schedule.handed_over user.handed_over", "/api/users/{alice}/hand-over",
        lambda world: {"to": world.admin.username},
    ),
    "POST /api/users/{user}/sessions/end": step(
        "user.sessions_ended", "/api/users/{bob}/sessions/end", before=lambda world: signed_in(world.bob)
    ),
    "POST /api/users/{user}/two-factor/reset": step(
        "user.two_factor_reset", "/api/users/{bob}/two-factor/reset", before=lambda world: with_second_factor(world.bob)
    ),
    "POST /api/tokens": step("token.created", "/api/tokens", {"name": "robot 2", "scopes": ["reports:read"]}),
    "DELETE /api/tokens/{token}": step("token.revoked", "/api/tokens/{token}"),
    "POST /api/groups": step("group.created", "/api/groups", {"name": "Buyers"}),
    "PATCH /api/groups/{group}": step("group.updated", "/api/groups/{group}", {"name": "Sellers"}),
    "DELETE /api/groups/{group}": step("group.deleted", "/api/groups/{group}"),
    "PATCH /api/executions/{execution}": step(
        "execution.timeout_changed", "/api/executions/{waiting}", {"timeout_seconds": 900}
    ),
    "POST /api/executions/{execution}/cancel": step("execution.cancelled", "/api/executions/{waiting}/cancel"),
    "POST /api/executions/{execution}/retry": step("execution.retried", "/api/executions/{retrying}/retry"),
    "POST /api/dead-letters/retry": step(
        "dead_letter.retried dead_letter.retried", "/api/dead-letters/retry", both
    ),
    "POST /api/dead-letters/resolve": step(
        "dead_letter.resolved dead_letter.resolved", "/api/dead-letters/resolve", both
    ),
    "POST /api/dead-letters/delete": step(
        "dead_letter.removed dead_letter.removed", "/api/dead-letters/delete", both
    ),
    "DELETE /api/dead-letters/{dead_letter}": step("dead_letter.removed", "/api/dead-letters/{letter}"),
    "POST /api/dead-letters/{dead_letter}/retry": step("dead_letter.retried", "/api/dead-letters/{letter}/retry"),
    "POST /api/dead-letters/{dead_letter}/resolve": step("dead_letter.resolved", "/api/dead-letters/{letter}/resolve"),
    "POST /api/emails/pause": step("email_queue.paused", "/api/emails/pause"),
    "POST /api/emails/resume": step("email_queue.resumed", "/api/emails/resume", before=paused),
    "POST /api/emails/retry": step("email.retried", "/api/emails/retry", lambda world: {"ids": [str(world.email.pk)]}),
    "POST /api/emails/{email}/retry": step("email.retried", "/api/emails/{email}/retry"),
    "POST /api/emails/{email}/resend": step("email.resent", "/api/emails/{email}/resend", before=sent),
    "POST /api/alerts/{alert}/acknowledge": step("alert.acknowledged", "/api/alerts/{alert}/acknowledge"),
    "POST /api/alerts/{alert}/reopen": step("alert.reopened", "/api/alerts/{known}/reopen"),
    "POST /api/breakers/{breaker}/reset": step("breaker.reset", "/api/breakers/{breaker}/reset"),
    "PATCH /api/disk/thresholds": step("setting.thresholds_changed", "/api/disk/thresholds", {"warning_bytes": 9**12}),
    "POST /api/disk/cleanup": step("cleanup.requested", "/api/disk/cleanup", {"actions": ["scratch_files"], "dry_run": False}),
    "POST /api/backups": step("backup.requested", "/api/backups"),
    "POST /api/backups/resume": step(
        "schedule.enabled backup.resumed", "/api/backups/resume", before=lambda world: worlds.restoration(world.off, world.now)
    ),
    "POST /api/backups/{backup}/verify": step("backup.verification_requested", "/api/backups/{backup}/verify"),
    "POST /api/sources": step("source.created", "/api/sources", lambda world: {"name": "more", "url": url(world)}),
    "PATCH /api/sources/{source}": step("source.updated", "/api/sources/{unused}", {"name": "renamed"}),
    "DELETE /api/sources/{source}": step("source.deleted", "/api/sources/{unused}"),
    "POST /api/reports": step("report.created", "/api/reports", {"name": "New", "definition": DEFINITION}),
    "PATCH /api/reports/{report}": step("report.updated", "/api/reports/{report}", {"definition": CHANGED + "\nMore.\n"}),
    "DELETE /api/reports/{report}": step("report.deleted", "/api/reports/{spare}"),
    "POST /api/reports/{report}/revisions/{int:number}/restore": step(
        "report.restored", "/api/reports/{report}/revisions/1/restore"
    ),
    "POST /api/schedules": step("schedule.created", "/api/schedules", {"name": "New", "report": "Stock", "cron": "0 1 * * *"}),
    "PATCH /api/schedules/{schedule}": step("schedule.updated", "/api/schedules/{schedule}", {"cron": "0 2 * * *"}),
    "DELETE /api/schedules/{schedule}": step("schedule.deleted", "/api/schedules/{schedule}"),
    "POST /api/schedules/{schedule}/enable": step("schedule.enabled", "/api/schedules/{off}/enable"),
    "POST /api/schedules/{schedule}/disable": step("schedule.disabled", "/api/schedules/{schedule}/disable"),
    "POST /api/schedules/{schedule}/run": step("schedule.executed", "/api/schedules/{schedule}/run"),
    "POST /api/schedules/{schedule}/test": step("schedule.tested", "/api/schedules/{schedule}/test"),
    "POST /api/schedules/{schedule}/missed-runs/run": step(
        "schedule.executed", "/api/schedules/{late}/missed-runs/run", lambda world: {"planned_for": worlds.missed_at(world)}
    ),
    "POST /api/schedules/{schedule}/missed-runs/acknowledge": step(
        "schedule.missed_acknowledged", "/api/schedules/{late}/missed-runs/acknowledge"
    ),
    "POST /api/recipients/replace": step(
        "schedule.updated schedule.updated recipient.replaced", "/api/recipients/replace",
        {"from": "ann@example.com", "to": "bo@example.com", "expected": 2},
    ),
    "PUT /api/assets/{path:name}": step("asset.added", "/api/assets/new.svg", lambda _: PICTURE),
    "DELETE /api/assets/{path:name}": step("asset.deleted", "/api/assets/logo.svg", before=lambda _: worlds.put_asset()),
}  # fmt: skip

# Operations that change nothing; what they do instead.
QUIET_OPERATIONS = {
    "POST /api/sources/{source}/test": "connects and reads one row",
    "POST /api/reports/lint": "looks at a text",
    "POST /api/reports/{report}/preview": "renders, keeps nothing",
    "POST /api/schedules/validate": "looks at what was typed",
    "POST /api/audit-logs/verify": "verifies the log itself and keeps the outcome",
}

# Page -> form; the same things again through the pages.
PAGES: dict[str, Step] = {
    "/accounts/": step("user.updated", "/accounts/", {"email": "new@example.com"}),
    "/accounts/login/": step(
        "user.signed_in", "/accounts/login/", {"username": "bob", "password": PASSWORD_OF_ALL}, user=""
    ),
    "/accounts/logout/": step("user.signed_out", "/accounts/logout/"),
    "/accounts/oidc/disconnect/": step(
        "user.identity_unlinked", "/accounts/oidc/disconnect/", before=lambda world: linked(world.admin)
    ),
    "/accounts/password/": step(
        "user.password_changed", "/accounts/password/",
        {
            "old_password": PASSWORD_OF_ALL, "new_password1": "another long pass phrase",
            "new_password2": "another long pass phrase",
        },
    ),
    "/accounts/password/reset/": step(
        "user.password_reset_asked", "/accounts/password/reset/", {"email": "bob@example.com"}, user=""
    ),
    "/accounts/sessions/end/": step(
        "user.sessions_ended", "/accounts/sessions/end/", before=lambda world: signed_in(world.admin)
    ),
    "/accounts/tokens/": step(
        "token.created", "/accounts/tokens/", {"name": "one", "days": "9", "everything": "on"}
    ),
    "/accounts/tokens/<uuid:token_id>/revoke/": step("token.revoked", "/accounts/tokens/{token}/revoke/"),
    "/executions/<uuid:execution_id>/cancel": step("execution.cancelled", "/executions/{waiting}/cancel"),
    "/executions/<uuid:execution_id>/retry": step("execution.retried", "/executions/{retrying}/retry"),
    "/executions/<uuid:execution_id>/timeout": step(
        "execution.timeout_changed", "/executions/{waiting}/timeout", {"minutes": "20"}
    ),
    "/dead-letters/bulk": step(
        "dead_letter.resolved", "/dead-letters/bulk", lambda world: {"act": "resolve", "id": [str(world.letter.pk)]}
    ),
    "/dead-letters/undo": Step(
        ("dead_letter.brought_back",), lambda world: f"/dead-letters/undo?act=delete&at={moment(deleted_at(world))}"
    ),
    "/dead-letters/<uuid:letter_id>/retry": step("dead_letter.retried", "/dead-letters/{letter}/retry"),
    "/dead-letters/<uuid:letter_id>/resolve": step("dead_letter.resolved", "/dead-letters/{letter}/resolve"),
    "/dead-letters/<uuid:letter_id>/delete": step("dead_letter.removed", "/dead-letters/{letter}/delete"),
    "/emails/bulk": step("email.retried", "/emails/bulk", lambda world: {"act": "retry", "id": [str(world.email.pk)]}),
    "/emails/pause": step("email_queue.paused", "/emails/pause"),
    "/emails/resume": step("email_queue.resumed", "/emails/resume", before=paused),
    "/emails/<uuid:email_id>/retry": step("email.retried", "/emails/{email}/retry"),
    "/emails/<uuid:email_id>/resend": step("email.resent", "/emails/{email}/resend", before=sent),
    "/alerts/<uuid:alert_id>/acknowledge": step("alert.acknowledged", "/alerts/{alert}/acknowledge"),
    "/alerts/<uuid:alert_id>/reopen": step("alert.reopened", "/alerts/{known}/reopen"),
    "/backups/create": step("backup.requested", "/backups/create"),
    "/backups/resume": step(
        "schedule.enabled backup.resumed", "/backups/resume", before=lambda world: worlds.restoration(world.off, world.now)
    ),
    "/backups/<uuid:backup_id>/verify": step("backup.verification_requested", "/backups/{backup}/verify"),
    "/storage/thresholds": step(
        "setting.thresholds_changed", "/storage/thresholds", {"warning_gb": "7", "critical_gb": "2"}
    ),
    "/storage/cleanup": step("cleanup.requested", "/storage/cleanup", {"actions": ["scratch_files"]}),
    "/settings/test-mail": step("email.trial_sent", "/settings/test-mail"),
    "/unsubscribe/<str:token>": Step(
        ("schedule.unsubscribed", "schedule.owner_notified"),
        lambda world: f"/unsubscribe/{tokens.write(world.schedule.pk, 'ann@example.com')}", user="",
    ),
    "/recipients/replace": step(
        "schedule.updated schedule.updated recipient.replaced", "/recipients/replace",
        {"old": "ann@example.com", "new": "", "expected": "2"},
    ),
    "/schedules/new": step("schedule.created", "/schedules/new", lambda world: world.schedule_form()),
    "/schedules/<uuid:schedule_id>/edit": step(
        "schedule.updated", "/schedules/{schedule}/edit", lambda world: world.schedule_form(name="Renamed")
    ),
    "/schedules/<uuid:schedule_id>/delete": step("schedule.deleted", "/schedules/{schedule}/delete"),
    "/schedules/<uuid:schedule_id>/enable": step("schedule.enabled", "/schedules/{off}/enable"),
    "/schedules/<uuid:schedule_id>/disable": step("schedule.disabled", "/schedules/{schedule}/disable"),
    "/schedules/<uuid:schedule_id>/run": step("schedule.executed", "/schedules/{schedule}/run"),
    "/schedules/<uuid:schedule_id>/run/with": step(
        "schedule.executed", "/schedules/{schedule}/run/with", {"who": "nobody"}
    ),
    "/schedules/<uuid:schedule_id>/missed/run": step(
        "schedule.executed", "/schedules/{late}/missed/run", lambda world: {"planned_for": worlds.missed_at(world)}
    ),
    "/schedules/<uuid:schedule_id>/missed/acknowledge": step(
        "schedule.missed_acknowledged", "/schedules/{late}/missed/acknowledge", {"all": "1"}
    ),
    "/reports/new": step("report.created", "/reports/new", {"name": "New", "definition": DEFINITION}),
    "/reports/<uuid:report_id>/edit": step(
        "report.updated", "/reports/{report}/edit", {"name": "Stock", "definition": CHANGED + "\nMore.\n"}
    ),
    "/reports/<uuid:report_id>/groups": step(
        "report.limited", "/reports/{report}/groups", lambda world: {"groups": [str(world.group.pk)]}
    ),
    "/reports/<uuid:report_id>/delete": step("report.deleted", "/reports/{spare}/delete"),
    "/reports/<uuid:report_id>/revisions/<int:number>/restore": step(
        "report.restored", "/reports/{report}/revisions/1/restore"
    ),
    "/assets/upload": step("asset.added", "/assets/upload", lambda _: upload(name="new.svg")),
    "/assets/replace/<path:name>": step(
        "asset.replaced", "/assets/replace/logo.svg", lambda _: upload(), before=lambda _: worlds.put_asset()
    ),
    "/assets/delete/<path:name>": step(
        "asset.deleted", "/assets/delete/logo.svg", before=lambda _: worlds.put_asset()
    ),
    "/sources/new": step("source.created", "/sources/new", lambda world: {"name": "more", "url": url(world)}),
    "/sources/<uuid:source_id>/edit": step(
        "source.updated", "/sources/{unused}/edit", lambda world: {"name": "renamed", "url": url(world)}
    ),
    "/sources/<uuid:source_id>/delete": step("source.deleted", "/sources/{unused}/delete"),
    "/breakers/<uuid:breaker_id>/reset": step("breaker.reset", "/breakers/{breaker}/reset"),
    "/users/new": step(
        "user.created", "/users/new",
        {"name": "erin", "email": "e@example.com", "role": "viewer", "password": "a quite long pass phrase"},
    ),
    "/users/groups/new": step("group.created", "/users/groups/new", {"name": "Buyers"}),
    "/users/groups/<uuid:group_id>": step("group.updated", "/users/groups/{group}", {"name": "Sellers"}),
    "/users/groups/<uuid:group_id>/delete": step("group.deleted", "/users/groups/{group}/delete"),
    "/users/<uuid:user_id>/edit": step(
        "user.role_changed", "/users/{bob}/edit",
        lambda world: {"name": "bob", "email": world.bob.email, "role": "operator", "groups": [str(world.group.pk)]},
    ),
    "/users/<uuid:user_id>/disable": step("user.disabled", "/users/{bob}/disable"),
    "/users/<uuid:user_id>/enable": step(
        "user.enabled", "/users/{bob}/enable", before=lambda world: User.objects.filter(pk=world.bob.pk).update(is_active=False)
    ),
    "/users/<uuid:user_id>/sessions/end": step(
        "user.sessions_ended", "/users/{bob}/sessions/end", before=lambda world: signed_in(world.bob)
    ),
    "/users/<uuid:user_id>/two-factor/reset": step(
        "user.two_factor_reset", "/users/{bob}/two-factor/reset", before=lambda world: with_second_factor(world.bob)
    ),
    "/users/<uuid:user_id>/unlink": step(
        "user.identity_unlinked", "/users/{bob}/unlink", before=lambda world: linked(world.bob)
    ),
    "/users/<uuid:user_id>/hand-over": step(
        "schedule.handed_over schedule.handed_over user.handed_over", "/users/{alice}/hand-over",
        lambda world: {"to": str(world.admin.pk)},
    ),
    "/users/<uuid:user_id>/tokens/new": step(
        "token.created", "/users/{bob}/tokens/new", {"name": "one", "days": "9", "everything": "on"}
    ),
}  # fmt: skip

# Pages that a POST changes nothing through, or that are tried elsewhere; why.
QUIET_PAGES = {
    "/accounts/login/code/": "the second step of a sign-in, whose entry tests/accounts looks at",
    "/accounts/password/reset/<str:uidb36>/<str:key>/": "tests/accounts follows a real link and looks at the entry",
    "/accounts/oidc/connect/": "shows the way to the issuer; tests/accounts goes there and back",
    "/accounts/confirm/": "proves again who is there",
    "/accounts/confirm/code/": "proves again who is there",
    "/accounts/two-factor/app/": "tests/accounts adds a real app and looks at the entry",
    "/accounts/two-factor/app/remove/": "tests/accounts removes a real app and looks at the entry",
    "/accounts/two-factor/codes/new/": "tests/accounts makes real codes and looks at the entry",
    "/schedules/outlook": "shows what a form would give",
    "/reports/draft": "renders a draft, keeps nothing",
    "/reports/draft/check": "looks at a draft",
    "/reports/draft/file/<str:format_name>": "renders a draft, keeps nothing",
    "/reports/draft/<uuid:key>/cancel": "ends a preview",
    "/reports/draft/<uuid:key>": "shows what a draft has become",
    "/sources/<uuid:source_id>/test": "connects and reads one row",
    "/audit/verify": "verifies the log itself and keeps the outcome",
}
