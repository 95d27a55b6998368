"""The shell of the API: authentication, the guard before every operation, errors as problems, pages of lists.

Features bring their routers (`routes.py` lists them) and build on `schemas`, `paging` and `Status`. This module imports
nothing, so that a feature's `api.py` can be imported first.
"""
