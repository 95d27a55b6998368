"""Assets: the pictures, fonts and themes beside the reports."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Query, Router, Status
from pydantic import Field

from pressroom.asset_checks import Checked, Kind
from presstime.accounts.doors import requires
from presstime.accounts.rights import Right
from presstime.api.schemas import ANSWERS_A_FILE, FILE, Page, Paging, Parameters, Reference, Strict, instant, reference
from presstime.assets import downloads, service
from presstime.assets.service import Asset
from presstime.base import clock

router = Router(tags=["assets"])

_TAKES_A_FILE = {"requestBody": {"required": True, "content": {"application/octet-stream": FILE}}}


class AssetOut(Strict):
    name: str = Field(description="As reports name it.")
    kind: Kind | None
    bytes: int
    changed_at: str | None
    used_by: list[Reference] = Field(description="Reports that name it, by themselves or through their theme.")
    url: str


class PutOut(AssetOut):
    detail: str = Field(description="What it is: its size in pixels, the families of a font, what a theme sets.")
    warnings: list[str] = Field(description="What a theme names and what is not there yet.")


class Deleting(Parameters):
    even_if_used: bool = Field(False, description="Delete it although reports name it: their next runs fail.")


@router.get("/assets", response=Page[AssetOut])
@requires(Right.REPORTS_READ)
def list_assets(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    """All assets by name; the cursor is the last name of the page before."""
    found = service.list_assets(clock.now())
    rest = [asset for asset in found if not paging.cursor or asset.name > paging.cursor]
    shown = rest[: paging.limit]
    return {
        "items": [present(asset) for asset in shown],
        "next_cursor": shown[-1].name if len(rest) > len(shown) else None,
        "total": len(found),
    }


@router.get("/assets/{path:name}", response={200: None}, openapi_extra=ANSWERS_A_FILE, url_name="asset")
@requires(Right.REPORTS_READ)
def get_asset(request: HttpRequest, name: str) -> HttpResponse:
    """The file itself."""
    return downloads.attachment(name)


@router.put("/assets/{path:name}", response={200: PutOut}, openapi_extra=_TAKES_A_FILE)
@requires(Right.REPORTS_WRITE)
def put_asset(request: HttpRequest, name: str) -> dict[str, Any]:
    """Put the body there as this file, new or instead of the present one; 422 says why no report could use it."""
    now = clock.now()
    checked: Checked = service.put(name, request.body, now)
    return present(service.get(name, now)) | {"detail": checked.detail, "warnings": list(checked.warnings)}


@router.delete("/assets/{path:name}", response={204: None})
@requires(Right.REPORTS_WRITE)
def delete_asset(request: HttpRequest, name: str, deleting: Query[Deleting]) -> Status[None]:
    """Delete a file; 409 names the reports that use it."""
    service.delete(name, clock.now(), even_if_used=deleting.even_if_used)
    return Status(204, None)


def present(asset: Asset) -> dict[str, Any]:
    return {
        "name": asset.name,
        "kind": asset.kind,
        "bytes": asset.entry.bytes,
        "changed_at": instant(asset.entry.changed_at),
        "used_by": [reference(report) for report in asset.used_by],
        "url": reverse("api:asset", kwargs={"name": asset.name}),
    }
