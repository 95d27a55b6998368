import json
import math
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal

import duckdb

from pressroom import render
from pressroom.document import Tile
from pressroom.sources import open_source
from pressroom.writers import json_blocks
from tests.pressroom.documents import MemoryResults, document, full_document

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
REPORT = """---
title: Sales
source: x
author: Ann
parameters: {least: {type: number, default: 0.10}}
---
## Where

All **{{ t.n }}** of them.

```sql t
select * from (values (1, 10.5::decimal(38,2)), (2, 9007199254740993::decimal(38,2))) as v(n, amount) where n > :least
```

```kpi
data: t
tiles: [{label: First, value: amount}]
```

```table
data: t
columns: {amount: {label: Amount, total: sum}}
limit: 1
```

```chart
data: t
type: bar
x: n
y: amount
```
"""


def rendered(tmp_path, format_name: str):
    duckdb.connect(str(tmp_path / "x.duckdb")).close()
    with closing(open_source(f"duckdb:///{tmp_path}/x.duckdb")) as source:
        made = render(
            REPORT, sources={"x": source}, parameters={}, at=NOON, out=tmp_path, formats=[format_name], email=False
        )
    return made.artifacts[0].path


def test_json_says_what_the_report_says_and_has_all_rows(tmp_path):
    made = json.loads(rendered(tmp_path, "json").read_text())
    assert (made["title"], made["author"], made["parameters"]) == ("Sales", "Ann", {"least": "0.10"})
    said = [block for block in made["blocks"] if block["kind"] != "notice"]
    assert [block["kind"] for block in said] == ["heading", "paragraph", "kpi", "table", "chart"]
    heading, sentence, tiles, table, chart = said
    assert (heading["text"], sentence["text"]) == ("Where", "All 1 of them.")
    assert (tiles["tiles"][0]["label"], tiles["tiles"][0]["value"]) == ("First", 10.5)
    assert table["columns"][1]["total"]["of"] == "sum"
    assert table["columns"][1]["total"]["text"] == "9,007,199,254,741,003.50"
    assert "The first 1 of 2 rows" in table["note"]
    assert chart["query"] == "t"
    assert len(made["queries"]["t"]["rows"]) == 2


def test_parquet_says_where_it_comes_from(tmp_path):
    path = rendered(tmp_path, "parquet")
    rows = duckdb.sql(f"select decode(key), decode(value) from parquet_kv_metadata('{path}')").fetchall()
    facts = dict(rows)
    assert facts["title"] == "Sales"
    assert json.loads(facts["parameters"]) == {"least": "0.10"}
    assert facts["query"] == "t"


def test_every_kind_of_block_becomes_json_without_markup_or_looks():
    made, _ = full_document()
    text = json.dumps(json_blocks.values(made, MemoryResults()), allow_nan=False)
    kinds = {block["kind"] for block in json.loads(text)}
    assert kinds == {"paragraph", "kpi", "chart", "heading", "list", "table", "quote", "notice"}


def test_numbers_that_json_lacks_are_null_or_text():
    values = {
        "nan": math.nan,
        "inf": Decimal("Infinity"),
        "long": 2**60,
        "exact": Decimal("12.50"),
        "whole": Decimal(7),
    }
    assert json_blocks.plain(values) == {"nan": None, "inf": None, "long": str(2**60), "exact": 12.5, "whole": 7}
    assert json_blocks.values(document(), MemoryResults()) == []
    assert (
        json_blocks.values(document(*full_document()[0].blocks[1:2]), MemoryResults())[0]["tiles"][0]["value"]
        == Tile("", "", 9956, "").value
    )
