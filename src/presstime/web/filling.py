"""What a service refused, put beside the fields of the form that brought it."""

from __future__ import annotations

from collections.abc import Mapping

from django import forms

from presstime.base.errors import Invalid


def put_problems(form: forms.Form, error: Invalid, fields: Mapping[str, str] | None = None) -> None:
    """Add each problem of *error* to its field of *form*; *fields* maps the beginning of a path to another field's name."""
    for problem in error.problems:
        form.add_error(_field_of(form, problem.field, fields or {}), problem.message)


def _field_of(form: forms.Form, path: str, fields: Mapping[str, str]) -> str | None:
    for length in range(path.count(".") + 1, 0, -1):
        beginning = ".".join(path.split(".")[:length])
        name = fields.get(beginning, beginning)
        if name in form.fields:
            return name
    return None
