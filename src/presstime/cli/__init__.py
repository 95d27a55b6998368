"""The command line, `presstime …`: a shell that loads a feature's commands when one of them is called."""

from __future__ import annotations

from presstime.cli.shell import app, main

__all__ = ["app", "main"]
