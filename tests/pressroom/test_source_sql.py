"""Queries as sources read them: parameters, parts, statements."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressroom.sources.postgresql_session import check_reading
from pressroom.sql import Dialect, ParameterStyle, named_parameters, rewrite, scan, statements, with_nulls


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("select :a, :b, :a", ["a", "b"]),
        ("select ':a', \":b\", `:c`, 1 -- :d\n, :e /* :f */", ["e"]),
        ("select x::date, y ::int, :z::date", ["z"]),
        ("select $$ :a $$, $tag$ :b $other$ :c $tag$, :d", ["d"]),
        ("select 'it''s :a', :b", ["b"]),
        (r"select E'\' :a', :b", ["b"]),
        (r"select 'c:\', :b", ["b"]),
        ("select list[1:n], list[x:y], {'k':v}, f(x):g", []),
        ("select a := :b", ["b"]),
        ("select ':never closed", []),
        ("select 1 /* :never closed", []),
        ("select 12:30, :_x1", ["_x1"]),
    ],
)
def test_parameters_are_found_where_they_bind_and_nowhere_else(sql: str, names: list[str]) -> None:
    assert named_parameters(sql) == names


@pytest.mark.parametrize(
    ("sql", "names", "plain"),
    [
        (r"select 'it\'s :a', :b", ["b"], ["a"]),
        (r'select "\", :a, " :b', ["b"], ["a"]),
        (r"select 'c:\\', :b", ["b"], ["b"]),
        ("select 5--3, :a # :b\n, :c -- :d\n, `:e`", ["a", "c"], ["a", "c"]),
        ("select $$ :a, $$ /* :b */", ["a"], ["a"]),
    ],
)
def test_parameters_are_found_as_mysql_reads_them(sql: str, names: list[str], plain: list[str]) -> None:
    assert named_parameters(sql, Dialect.MYSQL) == names
    assert named_parameters(sql, Dialect.MYSQL_PLAIN) == plain


def test_a_query_is_rewritten_for_each_driver() -> None:
    sql = "select :a, ':a', 10 % :b, :a"
    assert rewrite(sql, ParameterStyle.COLON) == (sql, ["a", "b"])
    assert rewrite(sql, ParameterStyle.DOLLAR_NAME)[0] == "select $a, ':a', 10 % $b, $a"
    assert rewrite(sql, ParameterStyle.DOLLAR_NUMBER)[0] == "select $1, ':a', 10 % $2, $1"
    assert rewrite(sql, ParameterStyle.PYFORMAT)[0] == "select %(a)s, ':a', 10 %% %(b)s, %(a)s"
    assert with_nulls(sql) == "select NULL, ':a', 10 % NULL, NULL"


@given(st.text(alphabet="ab:;'\"$-/*\n% \\`#E1", max_size=40), st.sampled_from(Dialect))
def test_the_parts_of_a_query_make_up_the_query(sql: str, dialect: Dialect) -> None:
    assert "".join(token.text for token in scan(sql, dialect)) == sql


def test_statements_are_counted_without_comments_and_blanks() -> None:
    assert statements("select ';' ; -- one;\n ; /* ; */") == ["select ';'"]
    assert len(statements("select 1; select 2;")) == 2
    assert statements(" -- nothing\n") == []


@pytest.mark.parametrize(
    "sql", ["(select 1)", "with a as (select 1) select * from a;", "values (1)", "/* x */ table t"]
)
def test_reading_statements_pass_the_check(sql: str) -> None:
    check_reading(sql)
