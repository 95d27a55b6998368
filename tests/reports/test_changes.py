from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from presstime.reports.changes import Row, counted, rows

TEXTS = st.lists(st.sampled_from(["one", "two words", "three small words", ""]), max_size=12).map("\n".join)


def marked(row: Row) -> tuple[list[str], list[str]]:
    """The words that are marked, before and after."""
    sides = (row.before.parts if row.before else (), row.after.parts if row.after else ())
    return ([part.text for part in sides[0] if part.is_changed], [part.text for part in sides[1] if part.is_changed])


def test_only_the_words_that_differ_are_marked() -> None:
    [row] = rows("select count(*) from flights", "select count(*) from airlines")
    assert (row.kind, marked(row)) == ("changed", (["flights"], ["airlines"]))


def test_lines_that_have_nothing_in_common_are_not_marked_word_by_word() -> None:
    [row] = rows("select count(*) from flights", "- {label: Orders}")
    assert marked(row) == ([], [])


def test_unchanged_lines_far_away_are_left_out_and_numbers_stay_those_of_the_texts() -> None:
    before = [f"line {number}" for number in range(1, 31)]
    found = rows("\n".join(before), "\n".join([*before[:19], "new", *before[19:]]))
    assert [row.kind for row in found] == ["gap", "same", "same", "same", "added", "same", "same", "same"]
    assert found[4].after is not None
    assert (found[4].after.number, found[4].after.text) == (20, "new")
    assert found[5].before is not None
    assert found[5].before.number == 20


@given(TEXTS, TEXTS)
def test_both_texts_can_be_read_back_from_their_changes(before: str, after: str) -> None:
    found = [row for row in rows(before, after) if row.kind != "gap"]
    old, new = before.splitlines(), after.splitlines()
    assert all(old[row.before.number - 1] == row.before.text for row in found if row.before)
    assert all(new[row.after.number - 1] == row.after.text for row in found if row.after)
    added, removed = counted(before, after)
    assert added == sum(row.after is not None for row in found if row.kind != "same")
    assert removed == sum(row.before is not None for row in found if row.kind != "same")
    assert len(old) - removed == len(new) - added
