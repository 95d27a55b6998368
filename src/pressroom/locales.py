"""How numbers and dates are written in the languages that reports speak.

Separators and names follow Unicode CLDR. A language that is not in the table is written as English.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from typing import Any, Final

NARROW_SPACE: Final = "\u202f"  # what CLDR groups French numbers with; does not break at the end of a line
SPACE: Final = "\u00a0"
APOSTROPHE: Final = "\u2019"  # groups Swiss numbers


@dataclass(frozen=True, slots=True)
class Locale:
    """One language's ways of writing."""

    language: str
    group: str
    decimal: str
    percent: str  # what follows the number, e.g. "%" or a space and "%"
    money_first: bool
    day: str  # a whole date, e.g. "{d} {month} {year}"
    month_of_year: str
    months: tuple[str, ...]
    short_months: tuple[str, ...]
    weekdays: tuple[str, ...]  # from Monday
    short_weekdays: tuple[str, ...]
    yes: str
    no: str
    months_in_dates: tuple[str, ...] = ()  # where the name changes after a day: Polish, Czech
    day_short: str = ""  # "{d} {short} {year}" when empty
    money_gap: str = ""  # between a sign and the figures that follow it
    symbols: Mapping[str, str] = field(default_factory=dict)  # of currencies, where they differ from the usual
    has_lakhs: bool = False  # 12,34,567
    groups_thousands: bool = True  # not where 1234 stands beside 12.345 (minimumGroupingDigits of CLDR)

    def month_name(self, month: int, *, with_day: bool = False) -> str:
        names = self.months_in_dates if with_day and self.months_in_dates else self.months
        return names[month - 1]

    def date_text(self, day: date) -> str:
        """*day* in full, e.g. 4 July 2013."""
        return self.day.format(d=day.day, m=day.month, month=self.month_name(day.month, with_day=True), year=day.year)

    def short_date_text(self, day: date) -> str:
        """*day* as it stands in a table, e.g. 4 Jul 2013."""
        pattern = self.day_short or "{d} {short} {year}"
        return pattern.format(
            d=day.day,
            dd=f"{day:%d}",
            m=day.month,
            mm=f"{day:%m}",
            short=self.short_months[day.month - 1],
            year=day.year,
        )

    def month_text(self, day: date) -> str:
        """The month of *day*, e.g. July 2013."""
        return self.month_of_year.format(month=self.month_name(day.month), m=day.month, year=day.year)


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_EAST_ASIAN_MONTHS = tuple(f"{month}月" for month in range(1, 13))

_LOCALES: Final = (
    Locale(
        "en",
        ",",
        ".",
        "%",
        money_first=True,
        day="{d} {month} {year}",
        month_of_year="{month} {year}",
        months=_names("January February March April May June July August September October November December"),
        short_months=_names("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"),
        weekdays=_names("Monday Tuesday Wednesday Thursday Friday Saturday Sunday"),
        short_weekdays=_names("Mon Tue Wed Thu Fri Sat Sun"),
        yes="Yes",
        no="No",
    ),
    Locale(
        "de",
        ".",
        ",",
        SPACE + "%",
        money_first=False,
        day="{d}. {month} {year}",
        month_of_year="{month} {year}",
        months=_names("Januar Februar März April Mai Juni Juli August September Oktober November Dezember"),
        short_months=_names("Jan. Feb. März Apr. Mai Juni Juli Aug. Sept. Okt. Nov. Dez."),
        weekdays=_names("Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag"),
        short_weekdays=_names("Mo Di Mi Do Fr Sa So"),
        yes="Ja",
        no="Nein",
        day_short="{d}. {short} {year}",
    ),
    Locale(
        "fr",
        NARROW_SPACE,
        ",",
        NARROW_SPACE + "%",
        money_first=False,
        day="{d} {month} {year}",
        month_of_year="{month} {year}",
        months=_names("janvier février mars avril mai juin juillet août septembre octobre novembre décembre"),
        short_months=_names("janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc."),
        weekdays=_names("lundi mardi mercredi jeudi vendredi samedi dimanche"),
        short_weekdays=_names("lun. mar. mer. jeu. ven. sam. dim."),
        yes="Oui",
        no="Non",
    ),
    Locale(
        "es",
        ".",
        ",",
        SPACE + "%",
        money_first=False,
        day="{d} de {month} de {year}",
        month_of_year="{month} de {year}",
        months=_names("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"),
        short_months=_names("ene feb mar abr may jun jul ago sept oct nov dic"),
        weekdays=_names("lunes martes miércoles jueves viernes sábado domingo"),
        short_weekdays=_names("lun mar mié jue vie sáb dom"),
        yes="Sí",
        no="No",
        groups_thousands=False,
    ),
    Locale(
        "it",
        ".",
        ",",
        "%",
        money_first=False,
        day="{d} {month} {year}",
        month_of_year="{month} {year}",
        months=_names("gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre"),
        short_months=_names("gen feb mar apr mag giu lug ago set ott nov dic"),
        weekdays=_names("lunedì martedì mercoledì giovedì venerdì sabato domenica"),
        short_weekdays=_names("lun mar mer gio ven sab dom"),
        yes="Sì",
        no="No",
        groups_thousands=False,
    ),
    Locale(
        "nl",
        ".",
        ",",
        "%",
        money_first=True,
        day="{d} {month} {year}",
        month_of_year="{month} {year}",
        months=_names("januari februari maart april mei juni juli augustus september oktober november december"),
        short_months=_names("jan feb mrt apr mei jun jul aug sep okt nov dec"),
        weekdays=_names("maandag dinsdag woensdag donderdag vrijdag zaterdag zondag"),
        short_weekdays=_names("ma di wo do vr za zo"),
        yes="Ja",
        no="Nee",
        money_gap=SPACE,
    ),
    Locale(
        "pl",
        SPACE,
        ",",
        "%",
        money_first=False,
        day="{d} {month} {year}",
        month_of_year="{month} {year}",
        months=_names(
            "styczeń luty marzec kwiecień maj czerwiec lipiec sierpień wrzesień październik listopad grudzień"
        ),
        months_in_dates=_names(
            "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia"
        ),
        short_months=_names("sty lut mar kwi maj cze lip sie wrz paź lis gru"),
        weekdays=_names("poniedziałek wtorek środa czwartek piątek sobota niedziela"),
        short_weekdays=_names("pon. wt. śr. czw. pt. sob. niedz."),
        yes="Tak",
        no="Nie",
        groups_thousands=False,
    ),
    Locale(
        "pt",
        ".",
        ",",
        "%",
        money_first=True,
        day="{d} de {month} de {year}",
        month_of_year="{month} de {year}",
        months=_names("janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro"),
        short_months=_names("jan. fev. mar. abr. mai. jun. jul. ago. set. out. nov. dez."),
        weekdays=_names("segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado domingo"),
        short_weekdays=_names("seg. ter. qua. qui. sex. sáb. dom."),
        yes="Sim",
        no="Não",
        day_short="{d} de {short} de {year}",
        money_gap=SPACE,
    ),
    Locale(
        "sv",
        SPACE,
        ",",
        SPACE + "%",
        money_first=False,
        day="{d} {month} {year}",
        month_of_year="{month} {year}",
        months=_names("januari februari mars april maj juni juli augusti september oktober november december"),
        short_months=_names("jan. feb. mars apr. maj juni juli aug. sep. okt. nov. dec."),
        weekdays=_names("måndag tisdag onsdag torsdag fredag lördag söndag"),
        short_weekdays=_names("mån tis ons tors fre lör sön"),
        yes="Ja",
        no="Nej",
        symbols={"SEK": "kr"},
    ),
    Locale(
        "da",
        ".",
        ",",
        SPACE + "%",
        money_first=False,
        day="{d}. {month} {year}",
        month_of_year="{month} {year}",
        months=_names("januar februar marts april maj juni juli august september oktober november december"),
        short_months=_names("jan. feb. mar. apr. maj juni juli aug. sep. okt. nov. dec."),
        weekdays=_names("mandag tirsdag onsdag torsdag fredag lørdag søndag"),
        short_weekdays=_names("man. tirs. ons. tors. fre. lør. søn."),
        yes="Ja",
        no="Nej",
        day_short="{d}. {short} {year}",
        symbols={"DKK": "kr."},
    ),
    Locale(
        "cs",
        SPACE,
        ",",
        SPACE + "%",
        money_first=False,
        day="{d}. {month} {year}",
        month_of_year="{month} {year}",
        months=_names("leden únor březen duben květen červen červenec srpen září říjen listopad prosinec"),
        months_in_dates=_names("ledna února března dubna května června července srpna září října listopadu prosince"),
        short_months=_names("led úno bře dub kvě čvn čvc srp zář říj lis pro"),
        weekdays=_names("pondělí úterý středa čtvrtek pátek sobota neděle"),
        short_weekdays=_names("po út st čt pá so ne"),
        yes="Ano",
        no="Ne",
        day_short="{d}. {m}. {year}",
    ),
    Locale(
        "ja",
        ",",
        ".",
        "%",
        money_first=True,
        day="{year}年{m}月{d}日",
        month_of_year="{year}年{m}月",
        months=_EAST_ASIAN_MONTHS,
        short_months=_EAST_ASIAN_MONTHS,
        weekdays=_names("月曜日 火曜日 水曜日 木曜日 金曜日 土曜日 日曜日"),
        short_weekdays=_names("月 火 水 木 金 土 日"),
        yes="はい",
        no="いいえ",
        day_short="{year}年{m}月{d}日",
    ),
    Locale(
        "zh",
        ",",
        ".",
        "%",
        money_first=True,
        day="{year}年{m}月{d}日",
        month_of_year="{year}年{m}月",
        months=_EAST_ASIAN_MONTHS,
        short_months=_EAST_ASIAN_MONTHS,
        weekdays=_names("星期一 星期二 星期三 星期四 星期五 星期六 星期日"),
        short_weekdays=_names("周一 周二 周三 周四 周五 周六 周日"),
        yes="是",
        no="否",
        day_short="{year}年{m}月{d}日",
    ),
)
_BY_LANGUAGE: Final = {locale.language: locale for locale in _LOCALES}
LANGUAGES: Final = tuple(_BY_LANGUAGE)

_SWISS: Final[Mapping[str, Any]] = {
    "group": APOSTROPHE, "decimal": ".", "percent": "%", "money_first": True, "money_gap": SPACE,
}  # fmt: skip
_AMERICAN_DAYS: Final = {"day": "{month} {d}, {year}", "day_short": "{short} {d}, {year}"}
_LATIN_AMERICAN: Final[Mapping[str, Any]] = {
    "group": ",", "decimal": ".", "money_first": True, "groups_thousands": True,
}  # fmt: skip
_SOUTH_AMERICAN: Final[Mapping[str, Any]] = {"money_first": True, "money_gap": SPACE, "groups_thousands": True}
_CANADIAN_MONTHS: Final = _names("janv. févr. mars avr. mai juin juill. août sept. oct. nov. déc.")
# What a region writes otherwise than its language.
_REGIONS: Final[Mapping[str, Mapping[str, Any]]] = {
    "de-at": {"group": SPACE, "money_first": True, "money_gap": SPACE},
    "de-ch": _SWISS,
    "de-li": _SWISS,
    "en-au": {"symbols": {"AUD": "$", "USD": "USD"}},
    "en-ca": {**_AMERICAN_DAYS, "symbols": {"CAD": "$", "USD": "US$"}},
    "en-gb": {"symbols": {"USD": "US$"}},
    "en-in": {"has_lakhs": True},
    "en-nz": {"symbols": {"NZD": "$", "USD": "US$"}},
    "en-us": _AMERICAN_DAYS,
    "es-ar": {**_SOUTH_AMERICAN, "symbols": {"ARS": "$", "USD": "US$"}},
    "es-cl": {**_SOUTH_AMERICAN, "money_gap": "", "symbols": {"CLP": "$", "USD": "US$"}},
    "es-co": {**_SOUTH_AMERICAN, "symbols": {"COP": "$", "USD": "US$"}},
    "es-mx": {**_LATIN_AMERICAN, "symbols": {"MXN": "$", "USD": "USD"}},
    "es-us": _LATIN_AMERICAN,
    **{f"es-{region}": _LATIN_AMERICAN for region in ["419", "cu", "do", "gt", "hn", "ni", "pa", "pe", "pr", "sv"]},
    **{f"es-{region}": _SOUTH_AMERICAN for region in ["bo", "ec", "py", "uy", "ve"]},
    "fr-ca": {
        "group": SPACE, "percent": SPACE + "%", "short_months": _CANADIAN_MONTHS, "symbols": {"CAD": "$", "USD": "$ US"},
    },
    "fr-ch": {"percent": "%"},
    "it-ch": _SWISS,
    "pt-br": {"symbols": {"BRL": "R$", "USD": "US$"}},
    "pt-pt": {
        "group": SPACE, "money_first": False, "day_short": "{dd}/{mm}/{year}", "groups_thousands": False,
    },
}  # fmt: skip
_BY_REGION: Final = {
    region: replace(_BY_LANGUAGE[region.partition("-")[0]], **changes) for region, changes in _REGIONS.items()
}


@lru_cache(maxsize=64)  # asked for every cell
def find_locale(tag: str) -> Locale:
    """How to write in the language and region of the BCP 47 *tag* (`de`, `de-CH`); English when the table lacks it."""
    language, *others = tag.replace("_", "-").lower().split("-")
    regions = [f"{language}-{other}" for other in others]
    found = next((_BY_REGION[region] for region in regions if region in _BY_REGION), None)
    return found or _BY_LANGUAGE.get(language, _BY_LANGUAGE["en"])
