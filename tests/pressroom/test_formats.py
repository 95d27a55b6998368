from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressroom.document import Kind
from pressroom.formats import NAMES, excel_format, format_value, kind_of, read_format
from pressroom.locales import languages, tags

MORNING = datetime.fromisoformat("2013-07-04T09:05")
MINUS, DASH, NBSP, NARROW = "\u2212", "\u2013", "\u00a0", "\u202f"


@pytest.mark.parametrize(
    ("value", "format_name", "text"),
    [
        (1234567, "", "1,234,567"),
        (1234.5, "", "1,234.50"),
        (Decimal("1234.5000"), "", "1,234.5000"),
        (True, "", "Yes"),
        ("text", "", "text"),
        (None, "number", DASH),
        (float("nan"), "number", DASH),
        (float("-inf"), "", MINUS + "∞"),
        (1234, "number", "1,234"),
        (1234.567, "number", "1,234.57"),
        (1234.567, "number(1)", "1,234.6"),
        (-5, "number", MINUS + "5"),
        (-0.001, "number", "0.00"),
        (2.5, "integer", "3"),
        (0.8131, "percent", "81.3%"),
        (0.8131, "percent(0)", "81%"),
        (Decimal("1234.5"), "money(EUR)", "€1,234.50"),
        (-1234.5, "money(USD, 0)", MINUS + "$1,235"),
        (1234, "money(JPY)", "¥1,234"),
        (1234, "money(CHF)", f"CHF{NBSP}1,234.00"),
        (0.05, "0.0", "0.1"),
        (1234.5, "0.00", "1234.50"),
        (1234.5, "#,##0", "1,235"),
        (0.5, "0%", "50%"),
        (3, "+0", "+3"),
        (1_234_567, "bytes", f"1.2{NBSP}MB"),
        (999, "bytes", f"999{NBSP}B"),
        (4980, "duration", f"1{NBSP}h 23{NBSP}min"),
        (0, "duration", f"0{NBSP}s"),
        (timedelta(days=1, hours=2, minutes=3), "", f"1{NBSP}d 2{NBSP}h"),
        (date(2013, 7, 4), "", "4 Jul 2013"),
        (date(2013, 7, 4), "month", "July 2013"),
        (date(2013, 7, 4), "%d %b %Y", "04 Jul 2013"),
        (date(2013, 7, 4), "%-d %B, %A", "4 July, Thursday"),
        (MORNING, "", "4 Jul 2013 09:05"),
        (MORNING, "date", "4 Jul 2013"),
        (MORNING, "time", "09:05"),
        (time(9, 5), "", "09:05"),
        ("abc", "0.0", "abc"),
        ("abc", "%d %b", "abc"),
        (5, "%d %b", "5"),
        (10**40, "number", "1" + ",000" * 13 + ",0"),
    ],
)  # fmt: skip
def test_values_are_written_as_their_format_says(value: Any, format_name: str, text: str) -> None:
    expected = f"{10**40:,}" if value == 10**40 else text
    assert format_value(value, kind_of(value), format_name) == expected


@pytest.mark.parametrize(
    ("locale", "number", "percent", "money", "day"),
    [
        ("de", "1.234,50", f"81,3{NBSP}%", f"5,00{NBSP}€", "4. Juli 2013"),
        ("fr", f"1{NARROW}234,50", f"81,3{NBSP}%", f"5,00{NBSP}€", "4 juil. 2013"),
        ("nl", "1.234,50", "81,3%", f"€{NBSP}5,00", "4 jul 2013"),
        ("ja", "1,234.50", "81.3%", "€5.00", "2013年7月4日"),
        ("pt-BR", "1.234,50", "81,3%", f"€{NBSP}5,00", "4 de jul. de 2013"),
        ("pt_PT", "1234,50", "81,3%", f"5,00{NBSP}€", "4/07/2013"),
        ("de-CH", "1'234.50", "81.3%", f"EUR{NBSP}5.00", "4. Juli 2013"),
        ("de-AT", f"1{NBSP}234,50", f"81,3{NBSP}%", f"€{NBSP}5,00", "4. Juli 2013"),
        ("it-CH", "1234.50", "81.3%", f"€{NBSP}5.00", "4 lug 2013"),
        ("fr-CA", f"1{NBSP}234,50", f"81,3{NBSP}%", f"5,00{NBSP}€", "4 juill. 2013"),
        ("fr-CH", "1'234,50", "81,3%", f"5,00{NBSP}€", "4 juil. 2013"),
        ("en-US", "1,234.50", "81.3%", "€5.00", "Jul 4, 2013"),
        ("en-GB", "1,234.50", "81.3%", "€5.00", "4 Jul 2013"),
        ("es-MX", "1,234.50", "81.3%", f"EUR{NBSP}5.00", "4 jul 2013"),
        ("es-AR", "1.234,50", "81,3%", f"EUR{NBSP}5,00", "4 de jul de 2013"),
        ("de-Latn-CH", "1'234.50", "81.3%", f"EUR{NBSP}5.00", "4. Juli 2013"),
        ("ru", f"1{NBSP}234,50", f"81,3{NBSP}%", f"5,00{NBSP}€", "4 июл. 2013\u202fг."),  # noqa: RUF001
        ("tr", "1.234,50", "%81,3", "€5,00", "4 Tem 2013"),
        ("ar", "1,234.50", "81.3%", f"5.00{NBSP}€", "4 يوليو 2013"),
        ("ko", "1,234.50", "81.3%", "€5.00", "2013년 7월 4일"),
        ("zh-TW", "1,234.50", "81.3%", "€5.00", "2013年7月4日"),
        ("no", f"1{NBSP}234,50", f"81,3{NBSP}%", f"5,00{NBSP}€", "4. juli 2013"),
        ("xx", "1,234.50", "81.3%", "€5.00", "4 Jul 2013"),
    ],
)
def test_a_report_speaks_its_language(locale: str, number: str, percent: str, money: str, day: str) -> None:
    assert format_value(1234.5, Kind.FLOAT, "number", locale) == number
    assert format_value(0.813, Kind.FLOAT, "percent", locale) == percent
    assert format_value(5, Kind.INTEGER, "money(EUR)", locale) == money
    assert format_value(date(2013, 7, 4), Kind.DATE, "", locale) == day


@pytest.mark.parametrize(
    ("locale", "currency", "money"),
    [
        ("pt-BR", "BRL", f"\u2212R${NBSP}1.234,50"),
        ("en-CA", "CAD", "\u2212$1,234.50"),
        ("en-CA", "USD", "\u2212US$1,234.50"),
        ("fr-CA", "CAD", f"\u22121{NBSP}234,50{NBSP}$"),
        ("en-GB", "GBP", "\u2212£1,234.50"),
        ("de-CH", "CHF", f"\u2212CHF{NBSP}1'234.50"),
        ("sv", "SEK", f"\u22121{NBSP}234,50{NBSP}kr"),
        ("da", "DKK", f"\u22121.234,50{NBSP}kr."),
        ("en", "SEK", f"\u2212SEK{NBSP}1,234.50"),
    ],
)
def test_money_stands_where_the_region_puts_it(locale: str, currency: str, money: str) -> None:
    """As Unicode CLDR has it, with a real minus sign."""
    assert format_value(Decimal("-1234.5"), Kind.DECIMAL, f"money({currency})", locale) == money


@pytest.mark.parametrize(
    ("locale", "texts"),
    [
        ("es", ["1234,50", "9999,99", "10.000,00", "\u22121234,50", "12.345,00"]),
        ("it", ["1234,50", "9999,99", "10.000,00", "\u22121234,50", "12.345,00"]),
        ("pl", ["1234,50", "9999,99", f"10{NBSP}000,00", "\u22121234,50", f"12{NBSP}345,00"]),
        ("pt-PT", ["1234,50", "9999,99", f"10{NBSP}000,00", "\u22121234,50", f"12{NBSP}345,00"]),
        ("pt-BR", ["1.234,50", "9.999,99", "10.000,00", "\u22121.234,50", "12.345,00"]),
        ("es-AR", ["1.234,50", "9.999,99", "10.000,00", "\u22121.234,50", "12.345,00"]),
        ("es-EC", ["1.234,50", "9.999,99", "10.000,00", "\u22121.234,50", "12.345,00"]),
        ("es-PE", ["1,234.50", "9,999.99", "10,000.00", "\u22121,234.50", "12,345.00"]),
        ("es-419", ["1,234.50", "9,999.99", "10,000.00", "\u22121,234.50", "12,345.00"]),
    ],
)
def test_four_digits_are_grouped_only_where_the_language_groups_them(locale: str, texts: list[str]) -> None:
    """CLDR's minimumGroupingDigits; the rounded number counts."""
    values = ["1234.5", "9999.994", "9999.995", "-1234.5", "12345"]
    assert [format_value(Decimal(value), Kind.DECIMAL, "number(2)", locale) for value in values] == texts


def test_no_digit_of_a_long_number_is_lost() -> None:
    """As many as a decimal of a database has; Python's own arithmetic rounds to 28."""
    whole, exact = 170141183460469231731687303715884105727, Decimal("12345678901234567890123456789.123456789")
    assert format_value(whole, Kind.INTEGER, "") == f"{whole:,}"
    assert format_value(exact.copy_negate(), Kind.DECIMAL, "number(9)") == f"−{exact:,}"  # noqa: RUF001 - a real minus
    assert format_value(exact, Kind.DECIMAL, "money(EUR)") == "€12,345,678,901,234,567,890,123,456,789.12"
    assert format_value(exact, Kind.DECIMAL, "percent(7)") == "1,234,567,890,123,456,789,012,345,678,912.3456789%"


def test_india_groups_by_lakhs() -> None:
    assert format_value(123456789, Kind.INTEGER, "number", "en-IN") == "12,34,56,789"
    assert format_value(Decimal("-1234567.5"), Kind.DECIMAL, "money(INR)", "en-IN") == "\u2212₹12,34,567.50"
    assert [format_value(n, Kind.INTEGER, "number", "en-IN") for n in (999, 1000, 99999, 100000)] == [
        "999",
        "1,000",
        "99,999",
        "1,00,000",
    ]


def test_month_names_change_after_a_day_where_the_language_wants_it() -> None:
    assert format_value(date(2013, 7, 4), Kind.DATE, "%-d %B", "pl") == "4 lipca"
    assert format_value(date(2013, 7, 4), Kind.DATE, "%B %Y", "pl") == "lipiec 2013"


@pytest.mark.parametrize(
    "text", ["numbr", "money", "money(EURO)", "money(EUR,", "percent(a)", "percent(99)", "0.x", "%d %Q", "%", "date(1)", "0.0.0"]
)  # fmt: skip
def test_what_is_no_format_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_format(text)


@pytest.mark.parametrize("name", NAMES)
def test_every_named_format_is_read_and_suits_every_value(name: str) -> None:
    for value in (None, 1, 1.5, Decimal("1.5"), "x", True, date(2013, 7, 4), MORNING, time(1)):
        assert format_value(value, kind_of(value), name)


@pytest.mark.parametrize("language", languages())
def test_every_language_has_all_names(language: str) -> None:
    months = {format_value(date(2013, month, 1), Kind.DATE, "%B %b", language) for month in range(1, 13)}
    days = {format_value(date(2013, 7, day), Kind.DATE, "%A %a", language) for day in range(1, 8)}
    assert (len(months), len(days)) == (12, 7)


@pytest.mark.parametrize("tag", tags())
def test_every_region_writes_numbers_and_dates(tag: str) -> None:
    day = format_value(date(2013, 7, 14), Kind.DATE, "", tag)
    money = format_value(Decimal("-1234567.25"), Kind.DECIMAL, "money(EUR)", tag)
    percent = format_value(Decimal("-0.25"), Kind.DECIMAL, "percent", tag)
    assert "14" in day
    assert "{" not in day
    assert MINUS in money
    assert [figure for figure in money if figure.isdecimal()] == list("123456725")
    assert re.sub(rf"[%{NBSP}{NARROW}]", "", percent) in (f"{MINUS}25.0", f"{MINUS}25,0")


@pytest.mark.parametrize(
    ("locale", "change", "text"),
    [("tr", Decimal("-0.05"), f"{MINUS}%5,0"), ("hi", Decimal("-0.05"), f"{MINUS}5.0%"), ("eu", Decimal("0.05"), f"+%{NBSP}5,0")],
)  # fmt: skip
def test_a_sign_stands_before_that_of_percent(locale: str, change: Decimal, text: str) -> None:
    assert format_value(change, Kind.DECIMAL, "+0.0%", locale) == text


def test_hindi_groups_as_india_does() -> None:
    assert format_value(1234567, Kind.INTEGER, "money(INR)", "hi") == "₹12,34,567.00"


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12))
def test_a_number_can_be_read_back_within_its_rounding(value: Decimal) -> None:
    text = format_value(value, Kind.DECIMAL, "number").replace(",", "").replace(MINUS, "-")
    assert abs(Decimal(text) - value) <= Decimal("0.005")


@given(st.floats() | st.integers() | st.text() | st.dates() | st.datetimes() | st.none() | st.booleans())
def test_no_value_is_without_text(value: Any) -> None:
    assert isinstance(format_value(value, kind_of(value)), str)


@pytest.mark.parametrize(
    ("format_name", "kind", "code"),
    [
        ("", Kind.INTEGER, "#,##0"),
        ("", Kind.FLOAT, "#,##0.00"),
        ("", Kind.TEXT, ""),
        ("0", Kind.INTEGER, "0"),
        ("number", Kind.INTEGER, "#,##0"),
        ("number(1)", Kind.FLOAT, "#,##0.0"),
        ("percent", Kind.FLOAT, "#,##0.0%"),
        ("0%", Kind.FLOAT, "0%"),
        ("money(EUR)", Kind.DECIMAL, '"€"#,##0.00'),
        ("money(USD)", Kind.DECIMAL, '"$"#,##0.00'),
        ("+0.0", Kind.FLOAT, "+0.0;-0.0;0.0"),
        ("", Kind.DATE, "yyyy-mm-dd"),
        ("%d %b %Y", Kind.DATE, "dd mmm yyyy"),
        ("datetime", Kind.TIMESTAMP, "yyyy-mm-dd hh:mm"),
        ("%d %b", Kind.TEXT, ""),
        ("text", Kind.TEXT, "@"),
    ],
)
def test_the_workbook_gets_its_own_codes(format_name: str, kind: Kind, code: str) -> None:
    assert excel_format(format_name, kind) == code


@pytest.mark.parametrize(
    ("locale", "code"),
    [
        ("de", f'#,##0.00"{NBSP}€"'),
        ("nl", f'"€{NBSP}"#,##0.00'),
        ("pt-PT", f'#,##0.00"{NBSP}€"'),
        ("en-GB", '"€"#,##0.00'),
    ],
)
def test_the_workbook_has_the_currency_where_the_report_has_it(locale: str, code: str) -> None:
    assert excel_format("money(EUR)", Kind.DECIMAL, locale) == code
