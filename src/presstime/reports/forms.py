"""Forms of the reports' pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from pressroom.parameters import Parameter, Type
from pressroom.periods import NAMES
from presstime.reports.service import LONGEST_NAME, LONGEST_NOTE
from presstime.reports.starts import STARTS, start_text

PREFIX = "p"
_YES_NO = [("true", "yes"), ("false", "no")]
_LOCAL = "%Y-%m-%dT%H:%M"


class ReportForm(forms.Form):
    """A report's name and text, and the revision that the text was begun from."""

    name = forms.CharField(max_length=LONGEST_NAME, help_text="Schedules name it; it may be changed later.")
    definition = forms.CharField(
        label="Text",
        strip=False,
        widget=forms.Textarea(attrs={"class": "source-text", "spellcheck": "false", "wrap": "off", "rows": 26}),
    )

    note = forms.CharField(
        label="What changed",
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.TextInput(attrs={"placeholder": "for the list of revisions", "autocomplete": "off"}),
    )
    revision = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput())

    def given(self) -> dict[str, Any]:
        """What a service is given: name, text and note."""
        return {name: self.cleaned_data[name] for name in ("name", "definition", "note")}

    def clean_definition(self) -> str:
        """Browsers send every line end as CR LF; a report file has LF."""
        return str(self.cleaned_data["definition"]).replace("\r\n", "\n")


class StartForm(forms.Form):
    """What a new report begins with; a choice that there is not is left out."""

    use_required_attribute = False
    start = forms.ChoiceField(
        label="Begin with", required=False, choices=[(start.name, start.label) for start in STARTS]
    )
    source = forms.ChoiceField(label="Source", required=False)

    def __init__(self, data: Mapping[str, Any], sources: Iterable[str]) -> None:
        super().__init__(data)
        names = list(sources)
        self.fields["source"].choices = [(name, name) for name in names]  # type: ignore[attr-defined]
        self._first = names[0] if names else ""

    def text(self) -> str:
        """The text that was chosen, about the source that was chosen."""
        self.is_valid()
        chosen = self.cleaned_data
        return start_text(chosen.get("start", ""), chosen.get("source") or self._first)


class MomentForm(forms.Form):
    """The moment at which a report evaluates its periods; empty is now."""

    as_of = forms.DateTimeField(
        label="As of",
        required=False,
        input_formats=[_LOCAL, f"{_LOCAL}:%S"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_LOCAL),
        help_text="As if it ran then; empty is now.",
    )

    def moment(self, now: datetime, zone: ZoneInfo) -> datetime:
        """What was filled in, as a moment of *zone*; *now* when nothing that can be read was."""
        self.is_valid()
        given = self.cleaned_data.get("as_of")
        return given.replace(tzinfo=zone) if isinstance(given, datetime) else now


class ParameterForm(forms.Form):
    """One field for each parameter of a report; an empty field is the report's default."""

    use_required_attribute = False

    def __init__(
        self,
        parameters: Iterable[Parameter],
        data: Mapping[str, Any] | None = None,
        given: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, prefix=PREFIX, initial={name: written(value) for name, value in (given or {}).items()})
        for parameter in parameters:
            self.fields[parameter.name] = _field(parameter, written((given or {}).get(parameter.name, "")))

    def values(self) -> dict[str, str]:
        """What was filled in, as text; pressroom knows the types."""
        if not self.is_bound:
            return {}
        self.is_valid()
        return {name: value for name in self.fields if (value := self.cleaned_data.get(name)) not in (None, "")}


def written(value: Any) -> str:
    """A parameter's value as a person types it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(written(part) for part in value) if isinstance(value, list | tuple) else str(value)


def _field(parameter: Parameter, given: str = "") -> forms.CharField | forms.ChoiceField:
    default = "" if parameter.default is None else written(parameter.default)
    label, hint = parameter.label or parameter.name, parameter.description
    options = _options(parameter)
    if options:
        first = ("", f"{default} (default)" if default else "choose one")
        if given and given not in dict(options):  # a choice that its query gave once
            options = [*options, (given, f"{given} (not among the choices)")]
        return forms.ChoiceField(label=label, help_text=hint, required=False, choices=[first, *options])
    return forms.CharField(
        label=label, help_text=hint or _hint(parameter), required=False, widget=_input(parameter, default)
    )


def _options(parameter: Parameter) -> list[tuple[str, str]]:
    if parameter.type is Type.BOOLEAN:
        return _YES_NO
    if parameter.type is Type.LIST:
        return []
    return [(written(value), str(parameter.choice_labels.get(value, value))) for value in parameter.choices]


def _input(parameter: Parameter, default: str) -> forms.TextInput:
    attributes = {"placeholder": f"{default} (default)" if default else "", "autocomplete": "off"}
    if parameter.type is Type.PERIOD:
        attributes["list"] = "periods"
    if parameter.type is Type.DATE:
        attributes["list"] = "dates"
    return forms.TextInput(attrs=attributes)


def _hint(parameter: Parameter) -> str:
    if parameter.type is Type.PERIOD:
        return f"{', '.join(NAMES[:6])}, …, 2013-07, 2013-Q3 or 2013-07-01..2013-07-31"
    if parameter.choices_query:
        return f"One of those that the query {parameter.choices_query.query} gives"
    if parameter.type is Type.DATE:
        return (
            "2013-07-04, or seen from the day of the run: yesterday, today - 7 days, start of month, end of last month"
        )
    return "Several values with commas between them" if parameter.type is Type.LIST else ""
