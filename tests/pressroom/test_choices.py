"""Choices from a query: it runs first, and what is given must be among them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pressroom.errors import DataError, LayoutError, ParameterError
from pressroom.render import Rendered, render
from pressroom.sources import open_source
from tests.pressroom.reports import AT, make_flights, only_problem_of

REPORT = """---
title: Flights of {{ airport }}
source: flights
parameters:
  airport: {type: choice, choices: {query: airports, value: origin, label: name}, default: JFK}
formats: [csv]
---
From {{ labels.airport }}.
```sql airports
select distinct origin, 'Airport ' || origin as name from flights union all select null, 'Nowhere' order by origin
```
```sql rows
select * from flights where origin = :airport
```
```table
data: rows
```
"""


def made(text: str, folder: Path, **given: Any) -> Rendered:
    sources = {"flights": open_source(make_flights(folder))}
    return render(text, sources=sources, parameters=given, at=AT, out=folder / "out", email=False)


def test_a_choice_is_among_those_that_the_query_gives_and_has_its_label(tmp_path: Path) -> None:
    rendered = made(REPORT, tmp_path, airport="LGA")
    assert rendered.rows == 1
    assert (rendered.document.title, rendered.document.parameters) == ("Flights of LGA", {"airport": "Airport LGA"})


def test_what_is_not_among_them_is_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="'JFX', which is not among its choices") as caught:
        made(REPORT, tmp_path, airport="JFX")
    assert caught.value.remedy == "Did you mean JFK? Allowed: JFK, LGA."


def test_without_a_value_column_the_first_is_taken_and_types_hold(tmp_path: Path) -> None:
    text = REPORT.replace("{type: choice, choices: {query: airports, value: origin, label: name}, default: JFK}",
                          "{type: date, choices: {query: days}, default: 2013-07-04}")  # fmt: skip
    text = text.replace("{{ labels.airport }}", "{{ airport }}").replace(
        "select * from flights where origin = :airport", "select * from flights where day = :airport")  # fmt: skip
    text = text.replace("```sql rows", "```sql days\nselect distinct day from flights\n```\n```sql rows", 1)
    assert made(text, tmp_path).rows == 1
    with pytest.raises(ParameterError, match="not among its choices"):
        made(text, tmp_path, airport="2013-07-05")


def test_a_column_that_the_query_does_not_give_is_told_at_the_choices(tmp_path: Path) -> None:
    with pytest.raises(LayoutError, match=r"report.md:5: The query airports has no column nme\. Did you mean name\?"):
        made(REPORT.replace("label: name", "label: nme"), tmp_path)


def test_more_choices_than_anyone_can_choose_from_are_an_error(tmp_path: Path) -> None:
    many = "with recursive n(i) as (select 1 union all select i + 1 from n limit 10001) select i as origin, i as name from n"
    text = REPORT.replace(REPORT.partition("```sql airports\n")[2].partition("\n")[0], many)
    with pytest.raises(DataError, match="10,001 choices of airport; at most 10,000"):
        made(text, tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("query: airports", "query: aports"), "The choices of airport come from 'aports', which is not a query."),
        (("label: name", "lable: name"), "Unknown key 'lable' in choices."),
        (("order by origin", "limit :airport"), "The query airports gives the choices of airport and binds :airport."),
    ],
)
def test_choices_that_cannot_be_are_refused_when_the_file_is_read(change: tuple[str, str], message: str) -> None:
    problem = only_problem_of(REPORT.replace(*change))
    assert problem.message.startswith(message)
    assert problem.place is not None
    assert problem.place.line == 5
