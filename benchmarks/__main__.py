"""`python -m benchmarks [NAME…]` runs all measurements, or those named, and prints a table of each."""

from __future__ import annotations

import argparse
import importlib
import os
import platform
import subprocess
import sys

NAMES = ("footprint", "latency", "burst", "mail", "many", "audit", "exports", "pages", "health", "metrics", "backup")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*NAMES, []], default=NAMES, metavar="NAME")
    names = parser.parse_args().names or NAMES
    # Whoever installs a package has its bytecode, and so has each peer: without it a process compiles for 0.1 s first.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if len(names) == 1:
        importlib.import_module(f"benchmarks.{names[0]}").main()
        return 0
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    return max(subprocess.run([sys.executable, "-m", "benchmarks", name], check=False).returncode for name in names)


if __name__ == "__main__":
    sys.exit(main())
