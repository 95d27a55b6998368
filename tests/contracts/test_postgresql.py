"""What only PostgreSQL has as a source: its types, its guard, its refusals."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest

from pressroom.errors import DataError, SourceError, SourceMisconfigured, SourceUnreachable
from pressroom.sources import open_source, postgresql
from pressroom.workspace import Workspace
from tests.contracts.conftest import SECRET, assert_refused
from tests.postgres_server import PostgresServer


def test_postgresql_types_arrive_exactly(postgres_server: PostgresServer, workspace: Workspace) -> None:
    sql = """
        select 1.5000::numeric(18,4) as fixed, 2.50::numeric as free, avg(x) as mean, 'NaN'::numeric as nan,
               timestamptz '2024-07-01 10:00Z' as instant, 'infinity'::timestamptz as forever, 'infinity'::date as never,
               '6f9619ff-8b86-d011-b42d-00cf4fc964ff'::uuid as uuid, '{"a": 1}'::jsonb as json, array[1, 2] as list,
               'ab'::bytea as bytes, time '10:00' as clock, 9223372036854775807 as long, '10%' as percent
        from (values (1.0::numeric), (2), (2)) v(x)
    """
    workspace.load("types", open_source(postgres_server.url), sql)
    names = [column.name for column in workspace.fields("types")]
    row = dict(zip(names, next(workspace.rows("types")), strict=True))
    assert row.pop("nan") != row.get("nan")
    assert row["fixed"] == Decimal("1.5000")
    assert row["mean"] == Decimal("1.6666666666666667")
    assert row["instant"] == datetime.fromisoformat("2024-07-01T12:00")
    assert (row["forever"], row["never"]) == (None, None)
    assert (row["uuid"], row["json"]) == ("6f9619ff-8b86-d011-b42d-00cf4fc964ff", '{"a": 1}')
    assert (row["list"], row["bytes"], row["long"]) == ("[1, 2]", "6162", 9223372036854775807)


def test_what_arrow_lacks_comes_as_postgresql_writes_it(postgres_server: PostgresServer, workspace: Workspace) -> None:
    """In one query, so that its other columns, its order and a comment at its end stay as they are."""
    values = {
        "'10.0.0.1'::inet": "10.0.0.1",
        "'10.0.0.0/8'::inet": "10.0.0.0/8",
        "'12:30:00+02'::timetz": "12:30:00+02",
        "B'101'": "101",
        "'(1,2)'::point": "(1,2)",
        "int4range(1, 3)": "[1,3)",
        "'1.50'::money": Decimal("1.5"),
        "row(1, 'x')": "(1,x)",
        "array['10.0.0.1'::inet, null]": "{10.0.0.1,NULL}",
        "'pg_class'::regclass": "pg_class",
        "4294967295::oid": 4294967295,
        "null::inet": None,
        "1.50::numeric(10, 2)": Decimal("1.50"),
        "array['2024-07-01 10:00Z'::timestamptz]": "['2024-07-01 12:00:00+02']",
    }
    items = ", ".join(f'{sql} as "a""{number}"' for number, sql in enumerate(values))
    sql = f"select {items}, i from generate_series(1, 3) as numbers(i)\norder by i desc; -- the last first"
    workspace.load("odd", open_source(postgres_server.url), sql)
    assert [field.name for field in workspace.fields("odd")] == [*(f'a"{number}' for number in range(len(values))), "i"]
    assert list(workspace.rows("odd")) == [(*values.values(), i) for i in (3, 2, 1)]


def test_a_whole_row_of_a_postgresql_table_comes_as_json(postgres_server: PostgresServer, workspace: Workspace) -> None:
    url = postgres_server.create_database("rows")
    postgres_server.execute("create table pairs as select 1 as number, 'one' as name", "rows")
    workspace.load("row", open_source(url), "select p, array_agg(p) as all from pairs as p group by p")
    assert list(workspace.rows("row")) == [('{"number":1,"name":"one"}', '[{"number":1,"name":"one"}]')]


def test_an_error_in_a_query_with_casts_points_to_its_line(
    postgres_server: PostgresServer, workspace: Workspace
) -> None:
    source = open_source(postgres_server.url)
    with pytest.raises(DataError, match="division by zero"):
        workspace.load(
            "odd", source, "select '10.0.0.1'::inet as ip,\n 1 / (2 - i) as x\nfrom generate_series(1, 3) as n(i)"
        )
    with pytest.raises(DataError, match="a comment in a comment"):
        workspace.load("nested", source, "/* a /* b */ c */ select 1")


def test_an_error_in_the_middle_of_a_postgresql_result_is_a_data_error(
    postgres_server: PostgresServer, workspace: Workspace
) -> None:
    sql = "select 1 / (400000 - i) from generate_series(1, 500000) as numbers(i)"
    with pytest.raises(DataError, match="division by zero") as caught:
        workspace.load("middle", open_source(postgres_server.url), sql)
    assert caught.value.code == "conversion"


def test_a_postgresql_session_cannot_turn_its_guard_off(postgres_server: PostgresServer, workspace: Workspace) -> None:
    source = open_source(postgres_server.url)
    workspace.load("later", source, "select set_config('default_transaction_read_only', 'off', false) as done")
    for attack in (
        "select set_config('transaction_read_only', 'off', false) as done",
        "select lo_create(0)",
        "select nextval('counter')",
        "select sneak()",
        "with off as materialized (select set_config('transaction_read_only', 'off', true)) select *, sneak() from off",
    ):
        with pytest.raises(DataError) as caught:
            workspace.load("now", source, attack)
        assert caught.value.code == "read_only"


def test_a_server_that_cannot_watch_its_clients_is_read_all_the_same(
    postgres_server: PostgresServer, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = postgresql._WATCH.replace("'2s'", "'-1s'")  # everywhere, as any interval is on Windows
    monkeypatch.setattr(postgresql, "_WATCH", refused)
    workspace.load("one", open_source(postgres_server.url), "select 1 as n")
    assert list(workspace.rows("one")) == [(1,)]


def test_a_role_that_may_make_replication_slots_is_warned_of(postgres_server: PostgresServer) -> None:
    postgres_server.execute("create role copier login replication")
    (warning,) = open_source(postgres_server.url.replace("postgres@", "copier@")).test()
    assert "replication slots" in warning
    assert "SELECT only" in warning


@pytest.mark.parametrize(
    ("change", "kind", "code"),
    [
        (("{port}", "1"), SourceUnreachable, "connection_refused"),
        (("127.0.0.1", "no.such.host.invalid"), SourceUnreachable, "dns"),
        (("/postgres", "/nowhere"), SourceMisconfigured, "unknown_database"),
        (("postgres:", "nobody_knows:"), SourceMisconfigured, "auth"),
        (("/postgres", "/postgres?sslmode=require"), SourceUnreachable, "tls"),
    ],
)
def test_a_postgresql_that_cannot_be_reached_says_why_without_its_password(
    postgres_server: PostgresServer, change: tuple[str, str], kind: type[SourceError], code: str
) -> None:
    url = f"postgresql://postgres:{SECRET}@127.0.0.1:{postgres_server.port}/postgres"
    old, new = change[0].format(port=postgres_server.port), change[1]
    before, at, after = url.rpartition(old) if old == "/postgres" else url.partition(old)
    source = open_source(before + new + after if at else url)
    assert_refused(source, kind, code)


def test_mixed_encodings_in_sql_ascii_are_refused_with_the_way_to_read_them(
    postgres_server: PostgresServer, workspace: Workspace
) -> None:
    postgres_server.execute("create database old encoding 'SQL_ASCII' template template0 lc_collate 'C' lc_ctype 'C'")
    postgres_server.execute(
        "create table people as select * from (values (1, 'Zoe'), (2, E'Zo\\353')) t(n, name)", "old"
    )
    source = open_source(postgres_server.url_of("old"))
    with pytest.raises(DataError, match="0xeb") as caught:
        workspace.load("people", source, "select name from people")
    assert caught.value.code == "conversion"
    remedy = caught.value.remedy.rpartition("query: ")[2].removesuffix(".").replace("COLUMN", "name")
    workspace.load("read", source, f"select {remedy} as name from people order by n")
    assert list(workspace.rows("read")) == [("Zoe",), ("Zoë",)]


def test_a_database_in_latin1_comes_as_the_same_letters(postgres_server: PostgresServer, workspace: Workspace) -> None:
    postgres_server.execute("create database latin encoding 'LATIN1' template template0 lc_collate 'C' lc_ctype 'C'")
    source = open_source(postgres_server.url_of("latin"))
    workspace.load("people", source, "select chr(235) as name, :given as given", {"given": "Zoë"})
    assert list(workspace.rows("people")) == [("ë", "Zoë")]
    with pytest.raises(DataError, match="has no equivalent") as caught:
        workspace.load("other", source, "select :given as given", {"given": "日本"})
    assert caught.value.code == "conversion"
