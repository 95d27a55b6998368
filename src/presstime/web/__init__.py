"""The web shell: the look, the policy of what a page may load, and the words in which pages speak.

Features bring their pages; this package knows none of them. Everything that a browser receives besides the pages' own text
comes from `static/`, so that an installation without Internet access looks the same.
"""
