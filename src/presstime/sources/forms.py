"""Forms of the sources' pages."""

from __future__ import annotations

from typing import Any

from django import forms

from pressroom.sources import mask_url
from presstime.accounts.models import Group
from presstime.accounts.queries import list_groups

EXAMPLES = (
    "sqlite:////srv/data/sales.db, duckdb:///…, files:///folder of CSV, Excel or Parquet files, "
    "postgresql://reader:password@host/name, mysql://reader:password@host/name"
)


class AddressField(forms.CharField):
    """An address; one with a password is not even shown again to whoever typed it wrong."""

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        # Of an address without its beginning nobody knows where its password stands.
        may_hold_one = mask_url(value) != value or "@" in value or "password" in value.lower()
        return "" if may_hold_one else value


class SourceForm(forms.Form):
    """A source's name and where it is."""

    name = forms.CharField(
        max_length=100,
        help_text="Reports name it as source: this-name. Letters, digits, - and _.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    groups = forms.ModelMultipleChoiceField(
        queryset=Group.objects.none(),
        required=False,
        label="Limited to",
        help_text="Only reports by members of these groups may query it; everybody's when none is chosen.",
        widget=forms.CheckboxSelectMultiple,
    )
    url = AddressField(
        label="Address",
        help_text=f"For example {EXAMPLES}. It is encrypted, and its password is never shown again.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "mono"}),
    )

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        groups = self.fields["groups"]
        assert isinstance(groups, forms.ModelMultipleChoiceField)
        groups.queryset = list_groups()
        if not groups.queryset.exists():
            del self.fields["groups"]
