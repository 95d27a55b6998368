"""The pages of all features, at the addresses of the contract. Named by text, so that this package imports no feature."""

from __future__ import annotations

from django.urls.resolvers import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
