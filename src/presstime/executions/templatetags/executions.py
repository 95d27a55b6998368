"""Filters of the pages about executions."""

from __future__ import annotations

from django import template

from presstime.executions.codes import summary
from presstime.executions.presentation import Failing

register = template.Library()


@register.filter
def error_summary(of: Failing) -> str:
    """The sentence of its error that anybody understands."""
    return summary(of.error_category, of.error_code) if of.error_category else ""
