"""Pictures, fonts, themes and the limits of groups travel with the folder, as wholly as the rest of it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from presstime.accounts import groups
from presstime.accounts import queries as accounts
from presstime.accounts.models import Group, User
from presstime.assets import service as assets
from presstime.audit.models import Entry
from presstime.base import clock
from presstime.reports.models import Report
from presstime.reports.queries import hidden_from
from presstime.sources.models import Source
from tests.manifests.conftest import Run, plan
from tests.pressroom.asset_files import font_file, png_file

pytestmark = pytest.mark.usefixtures("assets_folder")

THEME = b"logo: brand/logo.png\nfont: Inter\n"
BRANDED = "---\ntitle: Branded\nsource: flights\ntheme: acme\n---\nText\n"


@pytest.fixture
def branded(folder: Path) -> Path:
    """The folder with a theme, its logo and its font, beside what is no asset."""
    for name, content in {
        "brand/logo.png": png_file(),
        "fonts/inter.ttf": font_file(),
        "themes/acme.yaml": THEME,
        "README.md": b"Brand of 2027",
        ".gitkeep": b"",
    }.items():
        path = folder / "assets" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (folder / "reports/branded.md").write_text(BRANDED)
    return folder


def held(place: Path) -> dict[str, bytes]:
    return {path.relative_to(place).as_posix(): path.read_bytes() for path in place.rglob("*") if path.is_file()}


def audited(*prefixes: str) -> list[str]:
    found = Entry.objects.order_by("sequence").values_list("action", flat=True)
    return [action for action in found if action.startswith(prefixes)]


# ---- assets ---------------------------------------------------------------------------------------------------------


def test_assets_are_put_byte_for_byte_kept_and_exported_again(run: Run, branded: Path, assets_folder: Path) -> None:
    files = {"brand/logo.png": png_file(), "fonts/inter.ttf": font_file(), "themes/acme.yaml": THEME}
    tried = run("apply", str(branded), "--dry-run")
    assert "+ asset brand/logo.png" in tried.stdout
    assert "warning" not in tried.stderr  # the theme's logo and font come with it
    assert (held(assets_folder), audited("asset.", "configuration.")) == ({}, [])
    assert plan(run("apply", str(branded), "--json"))["asset themes/acme.yaml"] == "add"
    assert held(assets_folder) == files
    assert audited("asset.", "configuration.") == ["configuration.applied", *["asset.added"] * 3]
    assert set(plan(run("apply", str(branded), "--json")).values()) == {"keep"}
    assert run("export", str(branded / "out")).exit_code == 0
    assert held(branded / "out/assets") == files
    shutil.rmtree(assets_folder)
    assert set(plan(run("apply", str(branded / "out"), "--json")).values()) == {"keep", "add"}
    assert held(assets_folder) == files


def test_a_changed_asset_is_told_and_replaced(run: Run, branded: Path, assets_folder: Path) -> None:
    run("apply", str(branded))
    (branded / "assets/themes/acme.yaml").write_bytes(THEME + b"brand: '#004488'\n")
    result = run("apply", str(branded))
    assert "~ asset themes/acme.yaml" in result.stdout
    assert f"content: {len(THEME)} bytes, SHA-256 " in result.stdout
    assert b"#004488" in held(assets_folder)["themes/acme.yaml"]
    assert audited("asset.replaced") == ["asset.replaced"]


def test_an_asset_that_no_report_could_use_refuses_the_whole_folder(
    run: Run, branded: Path, assets_folder: Path
) -> None:
    (branded / "assets/themes/acme.yaml").write_text("logo: brand/logo.png\nbrand: green\n")
    (branded / "assets/brand/logo.png").write_bytes(b"no picture")
    result = run("apply", str(branded))
    assert result.exit_code == 1
    assert "assets/brand/logo.png:1 file: " in result.stderr
    assert "assets/themes/acme.yaml:2 file: `brand` of the theme" in result.stderr
    assert (held(assets_folder), Report.objects.count(), audited("asset.", "report.")) == ({}, 0, [])


def test_a_flaw_elsewhere_leaves_the_assets_as_they_are(run: Run, branded: Path, assets_folder: Path) -> None:
    (branded / "schedules/bad.yaml").write_text("report: nothing\ncron: 0 7 * * *\n")
    assert run("apply", str(branded)).exit_code == 1
    assert held(assets_folder) == {}


def test_what_is_refused_or_only_tried_writes_no_asset(run: Run, branded: Path, assets_folder: Path) -> None:
    run("apply", str(branded))
    (branded / "assets/brand/logo.png").write_bytes(png_file(5, 5))
    before = {path: path.stat().st_mtime_ns for path in assets_folder.rglob("*")}
    assert run("apply", str(branded), "--dry-run").exit_code == 0
    (branded / "schedules/bad.yaml").write_text("report: nothing\ncron: 0 7 * * *\n")
    assert run("apply", str(branded), "--dry-run").exit_code == 1
    assert run("apply", str(branded)).exit_code == 1
    assert {
        path: path.stat().st_mtime_ns for path in assets_folder.rglob("*")
    } == before  # not even with what they hold


def test_assets_written_before_one_that_cannot_be_are_taken_back(run: Run, branded: Path, assets_folder: Path) -> None:
    assets.put("brand/logo.png", png_file(5, 5), clock.now())
    assets_folder.mkdir(exist_ok=True)
    (assets_folder / "themes").symlink_to("/dev/full")  # nothing can be written there, whoever runs this
    before = held(assets_folder)
    result = run("apply", str(branded))
    assert result.exit_code == 1
    assert "themes/acme.yaml cannot be written" in result.stderr
    assert held(assets_folder) == before
    assert Report.objects.count() == 0
    assert audited("asset.") == ["asset.added"]


def test_pruning_deletes_assets_that_nothing_uses_and_names_the_users_of_others(
    run: Run, branded: Path, assets_folder: Path
) -> None:
    run("apply", str(branded))
    (branded / "assets/brand/logo.png").unlink()
    assert "The asset brand/logo.png is not in the folder" in run("apply", str(branded)).stderr
    refused = run("apply", str(branded), "--prune")
    assert refused.exit_code == 1
    assert 'asset brand/logo.png:1 --prune: brand/logo.png is used by "branded"' in refused.stderr
    (branded / "reports/branded.md").unlink()
    tried = plan(run("apply", str(branded), "--prune", "--dry-run", "--json"))
    assert (tried["report branded"], tried["asset brand/logo.png"]) == ("delete", "delete")
    assert "brand/logo.png" in held(assets_folder)
    run("apply", str(branded), "--prune")
    assert sorted(held(assets_folder)) == ["fonts/inter.ttf", "themes/acme.yaml"]
    assert audited("asset.deleted") == ["asset.deleted"]


def test_a_folder_without_assets_leaves_those_here_alone(run: Run, folder: Path, assets_folder: Path) -> None:
    assets.put("logo.png", png_file(), clock.now())
    result = run("apply", str(folder), "--prune")
    assert "asset" not in result.output
    assert sorted(held(assets_folder)) == ["logo.png"]


def test_an_export_removes_assets_of_nothing_only_when_asked(run: Run, branded: Path) -> None:
    run("apply", str(branded))
    assets.delete("fonts/inter.ttf", clock.now(), even_if_used=True)
    assert "assets/fonts/inter.ttf: of nothing here" in run("export", str(branded)).stderr
    run("export", str(branded), "--prune")
    assert sorted(held(branded / "assets")) == [".gitkeep", "README.md", "brand/logo.png", "themes/acme.yaml"]


# ---- limits ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def limited(folder: Path) -> Path:
    (folder / "groups").mkdir()
    (folder / "groups/Finance.yaml").write_text(
        "description: Those who close the books\nreports: [punctuality]\nsources: [flights]\n"
    )
    return folder


def limits_of(thing: Any) -> list[str]:
    return sorted(group.name for group in thing.groups.all())


def test_limits_are_applied_kept_and_exported_again(run: Run, limited: Path, make_user: Any) -> None:
    bob = make_user("bob", "viewer")
    tried = run("apply", str(limited), "--dry-run")
    assert "+ group Finance" in tried.stdout
    assert not Group.objects.exists()
    first = run("apply", str(limited))
    assert "nobody is in it yet. Add its members" in first.stderr
    report, source = Report.objects.get(), Source.objects.get()
    assert (limits_of(report), limits_of(source)) == (["Finance"], ["Finance"])
    assert hidden_from(bob) == [report.pk]
    assert audited("group.", "report.limited", "source.limited") == [
        "group.created", "report.limited", "source.limited",
    ]  # fmt: skip
    assert set(plan(run("apply", str(limited), "--json")).values()) == {"keep"}
    assert run("export", str(limited / "out")).exit_code == 0
    text = (limited / "out/groups/Finance.yaml").read_text()
    assert text == "description: Those who close the books\nreports:\n- punctuality\nsources:\n- flights\n"
    assert set(plan(run("apply", str(limited / "out"), "--json")).values()) == {"keep"}


def test_members_and_other_groups_stay_and_what_is_opened_is_said(run: Run, limited: Path, alice: User) -> None:
    run("apply", str(limited))
    group = accounts.get_group("Finance")
    groups.change(group, members=[alice])
    board = groups.create("Board", clock.now())
    Source.objects.get().groups.add(board)
    (limited / "groups/Finance.yaml").write_text("reports: []\n")
    result = run("apply", str(limited))
    assert '    reports: ["punctuality"] → []' in result.stdout
    assert 'the report "punctuality" is limited to no group any more: everybody sees it.' in result.stderr
    assert "source" not in [line.split()[1] for line in result.stderr.splitlines() if "everybody" in line]
    assert (limits_of(Report.objects.get()), limits_of(Source.objects.get())) == ([], ["Board"])
    group.refresh_from_db()
    assert (list(group.members.all()), group.description) == ([alice], "")
    assert "The group Board is not in the folder and is left alone" in result.stderr
    pruned = run("apply", str(limited), "--prune")
    assert pruned.exit_code == 1
    assert (
        'group Board:1 --prune: The group "Board" cannot be deleted: it limits the source "flights".' in pruned.stderr
    )


def test_a_folder_without_groups_changes_no_limit(run: Run, folder: Path) -> None:
    run("apply", str(folder))
    Report.objects.get().groups.add(groups.create("Finance", clock.now()))
    assert set(plan(run("apply", str(folder), "--prune", "--json")).values()) == {"keep"}
    assert limits_of(Report.objects.get()) == ["Finance"]


def test_what_a_group_cannot_limit_is_named_with_its_line(run: Run, limited: Path) -> None:
    (limited / "groups/Finance.yaml").write_text("description: 5\nreports: [punctualty]\nsources: flights\n")
    result = run("apply", str(limited))
    assert result.exit_code == 1
    assert (
        'groups/Finance.yaml:2 reports.0: There is no report "punctualty". Did you mean punctuality?' in result.stderr
    )
    assert "groups/Finance.yaml:3 sources: 'flights' is not a list." in result.stderr
    assert "groups/Finance.yaml:1 description: 5 is not a text." in result.stderr
    assert not Group.objects.exists()
