"""Charts of a workbook: the numbers behind them can be read, and amounts carry their currency."""

import re
import zipfile
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from pressroom.document import Chart, Kpis, Tile
from pressroom.workspace import Workspace
from pressroom.writers import xlsx
from tests.pressroom.documents import document

NBSP = "\u00a0"
LABEL = "Revenue of all shops in euros"


def amounts() -> Chart:
    shops = {"field": "shop", "type": "nominal", "title": None}
    revenue = {"field": "revenue", "type": "quantitative", "title": LABEL, "axis": {"format": "$,.2~f"}}
    values = [{"shop": "North", "revenue": 1234.5}, {"shop": "South", "revenue": -20.0}]
    spec = {"data": {"values": values}, "mark": "bar", "encoding": {"x": shops, "y": revenue}}
    return Chart(id="c", title="Revenue", alt="Revenue by shop", data="d", spec=spec, format="money(EUR)")


def written(folder: Path, locale: str, *blocks: object) -> Path:
    with Workspace(folder / "scratch") as workspace:
        return xlsx.write(replace(document(*blocks), locale=locale), workspace, folder)


@pytest.mark.parametrize(("locale", "code"), [("en", '"€"#,##0'), ("de", f'#,##0"{NBSP}€"')])
def test_amounts_beside_an_axis_have_their_currency(tmp_path: Path, locale: str, code: str) -> None:
    path = written(tmp_path, locale, amounts())
    with zipfile.ZipFile(path) as parts:
        drawn = parts.read("xl/charts/chart1.xml").decode()
    assert f'formatCode="{code.replace(chr(34), "&quot;")}"' in drawn
    sheet = openpyxl.load_workbook(path).worksheets[-1]
    assert [cell.number_format for cell in sheet["B"][2:4]] == [code.replace("#,##0", "#,##0.00")] * 2
    assert [cell.value for cell in sheet["B"][2:4]] == [1234.5, -20.0]


@pytest.mark.filterwarnings("ignore:Sparkline Group")
def test_heads_above_the_numbers_of_charts_are_shown_whole(tmp_path: Path) -> None:
    tile = Tile("Flights that left on time", "66%", 0.66, "percent(0)", spark=(0.5, 0.66))
    sheet = openpyxl.load_workbook(written(tmp_path, "en", Kpis((tile,)), amounts())).worksheets[-1]
    assert sheet["A2"].value == tile.label
    assert sheet["A3"].number_format == "#,##0%"
    assert sheet["D2"].value == LABEL
    assert sheet.column_dimensions["A"].width > len(tile.label) + 3
    assert sheet.column_dimensions["D"].width > len(LABEL) + 3
    assert sheet.page_setup.fitToHeight == 0


def test_every_slice_has_a_colour_of_its_own(tmp_path: Path) -> None:
    encoding = {"theta": {"field": "n", "type": "quantitative"}, "color": {"field": "name", "type": "nominal"}}
    values = [{"name": f"Slice {number}", "n": 1} for number in range(24)]
    spec = {"data": {"values": values}, "mark": "arc", "encoding": encoding}
    path = written(tmp_path, "en", Chart(id="c", title="", alt="", data="d", spec=spec))
    with zipfile.ZipFile(path) as parts:
        drawn = parts.read("xl/charts/chart1.xml").decode()
    assert len(set(re.findall(r'<c:dPt>.*?srgbClr val="(\w+)"', drawn))) == 24
