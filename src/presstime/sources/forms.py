"""Forms of the sources' pages."""

from __future__ import annotations

from django import forms

EXAMPLES = (
    "sqlite:////srv/data/sales.db, duckdb:///…, files:///folder of CSV, Excel or Parquet files, "
    "postgresql://reader:password@host/name, mysql://reader:password@host/name"
)


class SourceForm(forms.Form):
    """A source's name and where it is."""

    name = forms.CharField(
        max_length=100,
        help_text="Reports name it as source: this-name. Letters, digits, - and _.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    url = forms.CharField(
        label="Address",
        help_text=f"For example {EXAMPLES}. It is encrypted, and its password is never shown again.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "mono"}),
    )
