"""Health: whether each part does its work, asked at most once at a time and never for longer than an answer may take.

This package knows no feature: each hands in its checks (`registry`). It keeps what they said, and since when.
"""
