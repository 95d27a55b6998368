"""Has LibreOffice compute every formula of workbooks anew, and tells which gives another value than the one written.

A look by hand before a release, where LibreOffice Calc is there: `python -m tools.recalculate REPORT.xlsx …`.
"""

from __future__ import annotations

import math
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl

TIMEOUT_SECONDS = 120
# Without it LibreOffice believes the values that stand beside the formulas.
ALWAYS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""


def recalculated(workbook: Path, folder: Path) -> Path:
    """*workbook* as LibreOffice saves it after computing it."""
    profile = folder / "profile"
    (profile / "user").mkdir(parents=True, exist_ok=True)
    (profile / "user/registrymodifications.xcu").write_text(ALWAYS, encoding="utf-8")
    program = shutil.which("soffice")
    if program is None:
        sys.exit("LibreOffice is not here: install Debian's package `libreoffice-calc`.")
    out = folder / "out"
    command = [program, "--headless", f"-env:UserInstallation={profile.as_uri()}", "--convert-to", "xlsx"]
    subprocess.run([*command, "--outdir", out, workbook], check=True, capture_output=True, timeout=TIMEOUT_SECONDS)
    return out / workbook.name


def formulas(written: Path, computed: Path) -> Iterator[tuple[str, str, Any, Any]]:
    """Every formula with its place, the value that was written beside it and the one that was computed."""
    warnings.filterwarnings("ignore", module="openpyxl")  # it reads neither all charts nor sparklines
    texts = openpyxl.load_workbook(written)
    before = openpyxl.load_workbook(written, data_only=True)
    after = openpyxl.load_workbook(computed, data_only=True)
    for sheet in texts:
        for cell in (cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"):
            place = f"{sheet.title}!{cell.coordinate}"
            at = cell.coordinate
            yield place, str(cell.value), before[sheet.title][at].value, after[sheet.title][at].value


def is_same(one: Any, other: Any) -> bool:
    """Whether two values are equal, fractions within what a double keeps."""
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=1e-12, abs_tol=1e-9)
    return bool(one == other)


def main(names: list[str]) -> int:
    """Check the workbooks of that name; the number of formulas that differ."""
    differing = 0
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            found = list(formulas(Path(name), recalculated(Path(name).resolve(), Path(folder))))
        wrong = [entry for entry in found if not is_same(entry[2], entry[3])]
        differing += len(wrong)
        print(f"{name}: {len(found)} formulas, {len(wrong)} differ")
        for place, text, written, computed in wrong:
            print(f"  {place}: {text} was written as {written!r}, computed as {computed!r}")
    return differing


if __name__ == "__main__":
    sys.exit(min(1, main(sys.argv[1:])))
