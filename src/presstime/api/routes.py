"""The API with the routers of every feature, under /api."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from ninja import NinjaAPI, Router
from ninja.errors import ValidationError, ValidationErrorContext
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

import presstime
from presstime.accounts.doors import public, signed_in
from presstime.api.body import StrictParser
from presstime.api.guard import guard
from presstime.api.limits import CallerLimit
from presstime.api.problems import HANDLERS
from presstime.api.validation import readable
from presstime.base.errors import NotFound

# One line a feature: where its router hangs and where it is. A router that names whole paths hangs at "".
ROUTERS: tuple[tuple[str, str], ...] = (
    ("", "presstime.accounts.api.router"),
    ("/groups", "presstime.accounts.groups_api.router"),
    ("/executions", "presstime.executions.api.router"),
    ("/dead-letters", "presstime.deadletters.api.router"),
    ("/errors", "presstime.failures.api.router"),
    ("/health", "presstime.health.api.router"),
    ("/metrics", "presstime.metrics.api.router"),
    ("/slo", "presstime.slo.api.router"),
    ("/emails", "presstime.mail.api.router"),
    ("/alerts", "presstime.alerts.api.router"),
    ("/breakers", "presstime.breakers.api.router"),
    ("/disk", "presstime.disk.api.router"),
    ("/backups", "presstime.backups.api.router"),
    ("/audit-logs", "presstime.deliveries.api.router"),  # before that which takes every name for an entry
    ("/audit-logs", "presstime.audit.api.router"),
    ("", "presstime.sources.api.router"),
    ("", "presstime.reports.api.router"),
    ("", "presstime.schedules.api.router"),
    ("", "presstime.schedules.missed_api.router"),
    ("/recipients", "presstime.schedules.people_api.router"),
    ("", "presstime.assets.api.router"),
)

LIMIT = CallerLimit(settings.CONFIGURATION.api_rate_per_minute)
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "title": "ProblemDocument",
    "description": "RFC 9457",
    "required": ["type", "title", "status", "detail", "errors"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
        "actual": {"type": "integer", "description": "The real count where another was expected."},
        "request_id": {"type": "string", "description": "Under this id the server's log tells of an error 500."},
    },
}
SECURITY_SCHEMES = {
    "token": {"type": "http", "scheme": "bearer", "description": "A token: `presstime token create`."},
    "session": {"type": "apiKey", "in": "cookie", "name": "sessionid", "description": "The browser's session."},
}


class PresstimeAPI(NinjaAPI):
    """Ninja with Presstime's names of operations and words of validation."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """`schedules_create` for `presstime.schedules.api.create`."""
        feature = operation.view_func.__module__.split(".")[-2]
        return f"{feature}_{operation.view_func.__name__}"

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        schema = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        schema["components"]["securitySchemes"] = SECURITY_SCHEMES
        schema["components"]["schemas"]["ProblemDocument"] = PROBLEM_SCHEMA
        return schema

    def validation_error_from_error_contexts(
        self, error_contexts: list[ValidationErrorContext[Any]]
    ) -> ValidationError:
        return readable(error_contexts)


def assemble(routers: Sequence[tuple[str, str | Router]] = ROUTERS, *, namespace: str = "api") -> NinjaAPI:
    """An API of *routers*, each operation behind the guard, with the addresses that belong to no feature."""
    api = PresstimeAPI(
        title="Presstime",
        version=presstime.__version__,
        description="Reports, schedules, executions and what belongs to them. Errors are RFC 9457 problem documents.",
        urls_namespace=namespace,
        parser=StrictParser(),
        # Both are operations below, so that they stand behind the guard like everything else.
        openapi_url=None,
        docs_url=None,
        openapi_extra={"security": [{"token": []}, {"session": []}]},
        throttle=LIMIT,
    )
    api.add_decorator(guard, mode="view")
    for kind, handler in HANDLERS.items():
        api.add_exception_handler(kind, handler)
    api.add_router("", _about(api))
    for prefix, router in routers:
        api.add_router(prefix, router)
    api.add_router("", _nowhere())  # last: it takes every address that is left
    return api


def _about(api: NinjaAPI) -> Router:
    router = Router(tags=["about"])

    @router.get("/health/live", summary="Liveness probe")
    @public
    def live(request: HttpRequest) -> dict[str, str]:
        """Answer that the process serves requests; it asks nothing else."""
        return {"status": "pass"}

    @router.get("/openapi.json", include_in_schema=False)
    @signed_in
    def openapi(request: HttpRequest) -> dict[str, Any]:
        return dict(api.get_openapi_schema())

    @router.get("/docs", include_in_schema=False)
    @signed_in
    def docs(request: HttpRequest) -> HttpResponse:
        return _docs(request, api)

    return router


def _docs(request: HttpRequest, api: NinjaAPI) -> HttpResponse:
    """Show Swagger, which ninja brings: it loads nothing from elsewhere and runs under the strict policy of the pages."""
    # Without a validator: Swagger's own would send the document to a stranger.
    chosen = {"layout": "BaseLayout", "deepLinking": True, "validatorUrl": None}
    settings = json.dumps({**chosen, "url": reverse(f"{api.urls_namespace}:openapi")})
    return render(request, "web/api.html", {"swagger_settings": settings, "api": api})


def _nowhere() -> Router:
    router = Router()

    @router.api_operation(METHODS, "", include_in_schema=False)
    @public
    def root(request: HttpRequest, **_: Any) -> None:
        raise NotFound("Nothing is at the API's root. Its addresses are listed at /api/docs and /api/openapi.json.")

    @router.api_operation(METHODS, "/{path:rest}", include_in_schema=False)
    @public
    def nowhere(request: HttpRequest, rest: str, **_: Any) -> None:
        hint = " Addresses of the API do not end in a slash." if rest.endswith("/") else ""
        raise NotFound(f'There is nothing at "/api/{rest}".{hint} See /api/docs.')

    return router


api = assemble()
