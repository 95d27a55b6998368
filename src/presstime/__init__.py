"""Presstime: a self-hosted server for scheduled reports."""

__version__ = "0.1.0"
