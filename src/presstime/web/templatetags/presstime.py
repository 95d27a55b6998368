"""Tags of the pages: icons, moments, states, sizes, and regions that refresh themselves."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from django import forms, template
from django.contrib.messages.storage.base import Message
from django.forms import BoundField
from django.template.base import NodeList, Parser, Token
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from presstime.web import wording
from presstime.web.toasts import UNDO
from presstime.web.vocabulary import Sign, sign


class Timed(Protocol):
    """An execution or an attempt."""

    started_at: datetime | None
    finished_at: datetime | None


register = template.Library()
register.filter("duration", wording.duration)
register.filter("size", wording.size)
register.filter("number", wording.number)
register.filter("plural", wording.plural)

# A CSRF token is masked anew for every page; it says nothing about what the page shows.
TOKENS = re.compile(r'<input type="hidden" name="csrfmiddlewaretoken"[^>]*>')


@register.simple_tag
def icon(name: str, kind: str = "") -> SafeString:
    """A drawing of the sprite in the colour of the text; decoration, so readers of the page skip it."""
    classes = f"ico ico-{kind}" if kind else "ico"
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>', classes, static("vendor/icons.svg"), name
    )


@register.filter
def coded(text: str) -> SafeString:
    """*text* with what stands between backticks as code."""
    parts = text.split("`")
    shown = [
        format_html("<code>{}</code>", part) if number % 2 else format_html("{}", part)
        for number, part in enumerate(parts)
    ]
    return SafeString("".join(shown))


@register.simple_tag(takes_context=True)
def moment(context: template.Context, at: datetime | None, zone: str = "UTC", *, small: bool = True) -> SafeString:
    """*at* as a distance from now, with the exact moment and its zone beside it in small print.

    Moments in UTC follow the reader's switch between UTC and local time; with another *zone* they stay in it.
    """
    if at is None:
        return SafeString('<span class="text-secondary">—</span>')
    place, now = ZoneInfo(zone), context["now"]
    detail = (
        format_html('<span class="small-print" data-exact>{}</span>', wording.short(at, place, now)) if small else ""
    )
    return format_html(
        '<time class="moment" datetime="{}" title="{}"{}><span data-relative>{}</span>{}</time>',
        at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        wording.exact(at, place),
        SafeString(" data-follows") if zone == "UTC" else "",
        wording.relative(at, now),
        detail,
    )


@register.simple_tag(takes_context=True)
def moment_short(context: template.Context, at: datetime, zone: str = "UTC") -> str:
    """*at* as day and time with its zone."""
    return wording.short(at, ZoneInfo(zone), context["now"])


@register.simple_tag
def instant(at: datetime | None, zone: str = "UTC") -> str:
    """*at* with weekday, seconds and zone."""
    return "—" if at is None else wording.exact(at, ZoneInfo(zone))


@register.filter
def wall(at: datetime) -> str:
    """*at* on its own clock, with the distance of that clock from UTC: "Tue 24 Nov 2026, 07:30 +01:00"."""
    offset = f"{at:%z}"
    zone = "UTC" if offset == "+0000" else f"{offset[:3]}:{offset[3:]}"
    return f"{at:%a} {at.day} {at:%b %Y, %H:%M} {zone}"


@register.filter
def took(run: Timed) -> timedelta | None:
    """How long *run* ran; None while it runs or when it never did."""
    return run.finished_at - run.started_at if run.started_at and run.finished_at else None


@register.filter
def control(field: BoundField) -> SafeString:
    """The input of a form's field, dressed."""
    kind = "form-select" if isinstance(field.field.widget, forms.Select) else "form-control"
    return field.as_widget(attrs={"class": f"{kind} {field.field.widget.attrs.get('class', '')}".strip()})


@register.simple_tag
def badge(kind: str, value: str) -> SafeString:
    """A state as icon, word and colour, from the fixed vocabulary."""
    shown = sign(kind, value)
    return format_html('<span class="sign sign-{}">{}{}</span>', shown.tone, icon(shown.icon, "sm"), shown.word)


@register.filter
def word(value: str, kind: str) -> str:
    """The word of a state alone."""
    return sign(kind, value).word


@register.simple_tag
def signs(kind: str, value: str) -> Sign:
    """The word, icon and tone of a state, for templates that lay them out themselves."""
    return sign(kind, value)


@register.filter
def undo_of(message: Message) -> str:
    """The address that takes back what *message* tells of, or nothing."""
    tags = message.extra_tags or ""
    return tags.removeprefix(UNDO) if tags.startswith(UNDO) else ""


class LiveNode(template.Node):
    """A region with a name and a fingerprint of what it shows."""

    def __init__(self, name: str, nodelist: NodeList) -> None:
        self.name = name
        self.nodelist = nodelist

    def render(self, context: template.Context) -> SafeString:
        body = self.nodelist.render(context)
        tag = hashlib.sha256(TOKENS.sub("", body).encode()).hexdigest()[:16]
        opening = format_html('<div id="{}" data-live="{}">', self.name, tag)
        return mark_safe(f"{opening}{body}</div>")  # noqa: S308 - both halves are rendered templates


@register.tag
def live(parser: Parser, token: Token) -> LiveNode:
    """`{% live rows %}…{% endlive %}`: a region that a page refreshes while it is open, when its content changed."""
    _, name = token.split_contents()
    nodelist = parser.parse(("endlive",))
    parser.delete_first_token()
    return LiveNode(name, nodelist)


@register.simple_tag
def percent(part: float, whole: float) -> str:
    """*part* of *whole* as "98.6%"; a dash when there is no whole."""
    return f"{100 * part / whole:.1f}%" if whole else "—"
