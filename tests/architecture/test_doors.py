"""Every address has a door; each person passes the doors that their role opens, and no other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, include, path
from ninja import NinjaAPI, Router
from ninja.operation import Operation

from presstime.accounts.doors import Access, Door, door_of, public, requires, signed_in
from presstime.accounts.models import User
from presstime.accounts.rights import RIGHTS, Right, Role
from presstime.api.routes import api, assemble

VALUES = {"uuid": "00000000-0000-0000-0000-000000000000", "int": "1", "path": "x/y"}


def filled(route: str) -> str:
    """*route* with a value for each parameter; `<uuid:id>`, `{id}` and `{path:rest}` alike."""
    return re.sub(r"[<{](?:(\w+):)?\w+[>}]", lambda found: VALUES.get(found[1], "x"), route)


def operations(of: NinjaAPI) -> Iterator[tuple[str, str, Operation]]:
    """Method, address and operation of all that *of* answers."""
    for router in of._get_bound_routers():
        for route, view in router.path_operations.items():
            address = re.sub("/+", "/", "/".join(part for part in ("/api", router.prefix, route) if part))
            for operation in view.operations:
                for method in operation.methods:
                    yield method, filled(address), operation


def pages(patterns: list[Any], prefix: str = "/") -> Iterator[tuple[str, Callable[..., Any]]]:
    """Address and view of every page."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver) and pattern.app_name != "ninja":
            yield from pages(pattern.url_patterns, prefix + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            yield filled(prefix + str(pattern.pattern)), pattern.callback


OPERATIONS = list(operations(api))
PAGES = list(pages(get_resolver("presstime.project.urls").url_patterns))


@pytest.fixture
def clients(make_user: Callable[[str, str], User]) -> dict[Role, Client]:
    """A signed-in browser for each role."""
    found = {}
    for role in Role:
        found[role] = Client()
        found[role].force_login(make_user(f"the-{role}", role))
    return found


def test_every_operation_and_every_page_has_a_door() -> None:
    doorless = [address for _, address, operation in OPERATIONS if door_of(operation.view_func) is None]
    doorless += [address for address, view in PAGES if door_of(view) is None]
    assert doorless == []
    assert len(OPERATIONS) > 10
    assert len(PAGES) > 3


def test_only_these_are_open_to_the_public() -> None:
    open_operations = {
        address
        for _, address, operation in OPERATIONS
        if door_of(operation.view_func) is Access.PUBLIC and operation.include_in_schema
    }
    open_pages = {address for address, view in PAGES if door_of(view) is Access.PUBLIC}
    assert open_operations <= {"/api/health", "/api/health/live", "/api/health/ready"}
    assert open_pages <= {
        *(
            "/accounts/login/",
            "/accounts/login/code/",
            "/accounts/logout/",
            "/accounts/oidc/",
            "/accounts/oidc/callback/",
            "/accounts/oidc/signed-out/",
            "/accounts/password/reset/",
            "/accounts/password/reset/sent/",
            "/accounts/password/reset/changed/",
            "/accounts/password/reset/x/x/",
            "/files/x/x",
            "/unsubscribe/x",
        )
    }


@pytest.mark.django_db
def test_the_anonymous_get_through_no_other_operation() -> None:
    for method, address, operation in OPERATIONS:
        if door_of(operation.view_func) is not Access.PUBLIC:
            response = Client().generic(method, address, "{}", content_type="application/json")
            assert response.status_code == 401, f"{method} {address}"


@pytest.mark.django_db
def test_the_anonymous_are_sent_from_every_page_to_the_sign_in() -> None:
    for address, view in PAGES:
        if door_of(view) is not Access.PUBLIC:
            for method in ("GET", "POST"):
                response = Client().generic(method, address)
                assert response.status_code == 302, f"{method} {address}"
                assert response["Location"].startswith("/accounts/login/?next="), f"{method} {address}"


def test_each_role_gets_through_no_operation_without_the_right(clients: dict[Role, Client]) -> None:
    for method, address, operation in OPERATIONS:
        for role in _shut_out(door_of(operation.view_func)):
            response = clients[role].generic(method, address, "{}", content_type="application/json")
            assert response.status_code == 403, f"{role}: {method} {address}"
            assert response["Content-Type"] == "application/problem+json"


def test_each_role_gets_through_no_page_without_the_right(clients: dict[Role, Client]) -> None:
    for address, view in PAGES:
        for role in _shut_out(door_of(view)):
            for method in ("GET", "POST"):
                assert clients[role].generic(method, address).status_code == 403, f"{role}: {method} {address}"


def test_each_role_may_read_what_its_rights_open(clients: dict[Role, Client]) -> None:
    for method, address, operation in OPERATIONS:
        door = door_of(operation.view_func)
        for role in set(Role) - set(_shut_out(door)):
            if method == "GET":
                response = clients[role].get(address)
                assert response.status_code not in (401, 403, 500), f"{role}: {address}: {response.status_code}"


def _shut_out(door: Door | None) -> list[Role]:
    """The roles that do not pass *door*."""
    if isinstance(door, Access):
        return []
    return [role for role in Role if door not in RIGHTS[role]]


# ---- addresses that somebody added carelessly -----------------------------------------------------------------------

router = Router()


def careless(view: Callable[..., Any]) -> Callable[..., Any]:
    """A decorator that forgets the marks of what it wraps."""

    def wrapped(*given: Any, **named: Any) -> Any:
        return view(*given, **named)

    return wrapped


def careful(view: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(view)
    def wrapped(*given: Any, **named: Any) -> Any:
        return view(*given, **named)

    return wrapped


@router.get("/forgotten")
def forgotten(request: HttpRequest) -> dict[str, str]:
    return {"secret": "seen"}


@router.get("/right")
@requires(Right.SOURCES_WRITE)
def right(request: HttpRequest) -> dict[str, str]:
    return {"secret": "seen"}


def seen(request: HttpRequest) -> HttpResponse:
    return HttpResponse("seen")


def another(request: HttpRequest) -> HttpResponse:
    return HttpResponse("seen")


def third(request: HttpRequest) -> HttpResponse:
    return HttpResponse("seen")


handler403 = "presstime.web.views.forbidden"
urlpatterns = [
    path("api/", assemble([("", router)], namespace="careless").urls),
    path("forgotten", lambda request: HttpResponse("seen")),
    path("careless", careless(requires(Right.REPORTS_READ)(seen))),
    path("careful", careful(requires(Right.REPORTS_READ)(another))),
    path("signed-in", signed_in(third)),
    path("public", public(lambda request: HttpResponse("seen"))),
    path("accounts/", include("presstime.accounts.urls")),
    path("", include("presstime.web.urls")),
]


@pytest.mark.urls(__name__)
def test_an_operation_without_a_door_is_closed_even_to_administrators(clients: dict[Role, Client]) -> None:
    assert clients[Role.ADMIN].get("/api/right").json() == {"secret": "seen"}
    response = clients[Role.ADMIN].get("/api/forgotten")
    assert response.status_code == 403
    assert "names no right" in response.json()["detail"]


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    ("address", "status"),
    [("/forgotten", 403), ("/careless", 403), ("/careful", 200), ("/signed-in", 200), ("/public", 200)],
)
def test_a_page_without_a_door_is_closed_even_to_administrators(
    clients: dict[Role, Client], address: str, status: int
) -> None:
    response = clients[Role.ADMIN].get(address)
    assert response.status_code == status
    assert ("names no right" in response.content.decode()) == (status == 403)


@pytest.mark.urls(__name__)
@pytest.mark.django_db
def test_a_fragment_of_a_page_sends_the_whole_page_to_the_sign_in() -> None:
    response = Client().get("/signed-in", headers={"HX-Request": "true"})
    assert (response.status_code, response["HX-Redirect"]) == (401, "/accounts/login/?next=/signed-in")


@pytest.mark.urls(__name__)
@pytest.mark.django_db
def test_after_the_sign_in_nothing_is_done_again_that_was_refused_before() -> None:
    assert Client().post("/signed-in")["Location"] == "/accounts/login/?next=/"
