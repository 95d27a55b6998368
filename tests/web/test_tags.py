from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django import forms
from django.template import Context, Template

from presstime.base.errors import FieldProblem, Invalid
from presstime.web.filling import put_problems

NOW = datetime(2026, 11, 24, 9, 42, 8, tzinfo=UTC)


def rendered(text: str, **values: Any) -> str:
    return Template("{% load presstime %}" + text).render(Context({"now": NOW, **values}))


def test_a_moment_says_how_far_it_is_and_when_exactly() -> None:
    said = rendered("{% moment at %}", at=NOW - timedelta(minutes=26))
    assert 'datetime="2026-11-24T09:16:08Z"' in said
    assert 'title="Tue 24 Nov 2026, 09:16:08 UTC"' in said
    assert "26 min ago" in said
    assert "24 Nov 09:16 UTC" in said
    assert "data-follows" in said


def test_a_moment_in_a_zone_of_its_own_does_not_follow_the_switch() -> None:
    said = rendered("{% moment at zone='Europe/Berlin' %}", at=NOW)
    assert "24 Nov 10:42 CET" in said
    assert "data-follows" not in said


def test_no_moment_is_a_dash() -> None:
    assert "—" in rendered("{% moment at %}", at=None)


@pytest.mark.parametrize(
    ("kind", "value", "word", "tone"),
    [
        ("execution", "dead", "Dead", "bad"),
        ("email", "pending", "Pending", "quiet"),
        ("category", "network", "Network", "warn"),
    ],
)
def test_a_state_is_a_word_a_sign_and_a_colour(kind: str, value: str, word: str, tone: str) -> None:
    said = rendered("{% badge kind value %}", kind=kind, value=value)
    assert f"sign-{tone}" in said
    assert word in said
    assert "<use href=" in said


def test_a_state_without_a_word_is_shown_and_escaped() -> None:
    said = rendered("{% badge 'execution' value %}", value="<new_one>")
    assert "&lt;new one&gt;" in said


def test_a_live_region_has_the_same_fingerprint_while_it_shows_the_same() -> None:
    page = '{% live rows %}<input type="hidden" name="csrfmiddlewaretoken" value="{{ token }}">{{ shown }}{% endlive %}'
    first, same, other = (
        rendered(page, token=token, shown=shown).split('data-live="')[1][:16]
        for token, shown in (("a", "1"), ("b", "1"), ("a", "2"))
    )
    assert first == same
    assert first != other


class Form(forms.Form):
    to = forms.CharField(required=False)
    name = forms.CharField(required=False)


def test_problems_stand_at_their_fields_and_strays_at_the_top() -> None:
    form = Form({})
    problems = [FieldProblem("recipients.to.3", "wrong"), FieldProblem("name", "taken"), FieldProblem("other", "stray")]
    put_problems(form, Invalid(problems), {"recipients.to": "to"})
    assert {name: list(errors) for name, errors in form.errors.items()} == {
        "to": ["wrong"], "name": ["taken"], "__all__": ["stray"],
    }  # fmt: skip


def test_commands_between_backticks_are_code_and_nothing_else_is_markup() -> None:
    shown = Template("{% load presstime %}{{ text|coded }}").render(Context({"text": "Run `a <b>` & <i>wait</i>."}))
    assert shown == "Run <code>a &lt;b&gt;</code> &amp; &lt;i&gt;wait&lt;/i&gt;."
