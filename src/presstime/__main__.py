"""`python -m presstime`: the command line."""

from __future__ import annotations

if __name__ == "__main__":
    from presstime.cli import main

    main()
