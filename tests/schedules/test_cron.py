from __future__ import annotations

import pytest

from presstime.schedules.cron import CronError, describe, parse


@pytest.mark.parametrize(
    "text",
    [
        "* * * * *", "30 7 * * 1-5", "*/15 8-18 * * MON-FRI", "0 6 L * *", "0 6 LW * *", "0 6 * * 5L", "0 6 * * mon#2",
        "0 0 29 2 *", "5/15 3 * * *", "0 0 1 jan,APR *", "0 0 * * 7", "  0  0 1 1   *  ", "0 0 30 2 MON",
    ],
)  # fmt: skip
def test_what_cron_knows_is_taken(text: str) -> None:
    assert parse(text).text == " ".join(text.split())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("61 * * * *", 'minute "61" is not in 0-59.'),
        ("0 24 * * *", 'hour "24" is not in 0-23.'),
        ("0 0 0 * *", 'day of the month "0" is not in 1-31.'),
        ("0 0 * 13 *", 'month "13" is not in 1-12 or JAN-DEC.'),
        ("0 0 * * 8", 'day of the week "8" is not in 0-7 or SUN-SAT.'),
        ("0 0 * January *", 'month "January" is not in 1-12 or JAN-DEC.'),
        ("*/90 * * * *", 'minute "*/90": a step is 1 to 59.'),
        ("*/0 * * * *", 'minute "*/0": a step is 1 to 59.'),
        ("0 22-2 * * *", 'hour "22-2" ends before it begins; write "22-23,0-2".'),
        ("0 0 * * FRI-SUN", 'day of the week "FRI-SUN" ends before it begins; write "FRI-7".'),
        ("0,,5 * * * *", 'minute "" cannot be read; allowed are 0-59, such as 0, */15 or 5,35.'),
        ("*-5 * * * *", 'minute "*-5" cannot be read; allowed are 0-59, such as 0, */15 or 5,35.'),
        ("\u0661 * * * *", 'minute "\u0661" cannot be read; allowed are 0-59, such as 0, */15 or 5,35.'),
        ("0 0 30 2 *", '"0 0 30 2 *" never runs: no day of the calendar is in all of its fields.'),
        ("0 0 31 4,6,9,11 *", '"0 0 31 4,6,9,11 *" never runs: no day of the calendar is in all of its fields.'),
        ("0 0 */30 2 MON#2", '"0 0 */30 2 MON#2" never runs: no day of the calendar is in all of its fields.'),
        ("@daily", '"@daily" is not allowed here; write "0 0 * * *".'),
        ("@reboot", '"@reboot" is not a cron expression.'),
        ("", 'A cron expression is missing; "30 7 * * 1-5" is 07:30 from Monday to Friday.'),
        (
            "* * * *",
            '"* * * *" has 4 fields; a schedule has five: minute, hour, day of the month, month, day of the week.',
        ),
        (
            "0 0 7 * * *",
            '"0 0 7 * * *" has 6 fields; a schedule has five: minute, hour, day of the month, month, day of the week.',
        ),
        ("0 " * 200, "The expression has 400 characters; at most 200 are allowed."),
    ],
)
def test_what_is_wrong_names_the_field_what_was_read_and_what_is_allowed(text: str, problem: str) -> None:
    with pytest.raises(CronError) as caught:
        parse(text)
    assert caught.value.problems == (problem,)


def test_every_wrong_field_is_named_at_once() -> None:
    with pytest.raises(CronError) as caught:
        parse("99 99 * * 9")
    assert [problem.split(" is ")[0] for problem in caught.value.problems] == [
        'minute "99"', 'hour "99"', 'day of the week "9"',
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("30 7 * * 1-5", "At 07:30, Monday through Friday"),
        ("0 18 L * *", "At 18:00, on the last day of the month"),
        ("*/15 * * * *", "Every 15 minutes"),
        ("0 9 1 * MON", "At 09:00, on day 1 of the month, or on Monday"),
    ],
)
def test_an_expression_is_said_in_words_of_the_24_hour_clock(text: str, sentence: str) -> None:
    assert describe(parse(text)) == sentence


def test_months_that_are_too_short_for_the_day_are_known() -> None:
    assert parse("0 7 31 * *").skipped_months() == ["Feb", "Apr", "Jun", "Sep", "Nov"]
    assert parse("0 7 30 * *").skipped_months() == ["Feb"]
    assert parse("0 7 31 1,3 *").skipped_months() == []
    assert parse("0 7 L * *").skipped_months() == []
    assert parse("0 7 1-31 * *").skipped_months() == []
