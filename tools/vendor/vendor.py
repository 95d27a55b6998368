"""Copy the browser files that Presstime ships from node_modules into the Python package.

    cd tools/vendor && npm ci && python vendor.py

Users never run this: its output is committed. `manifest.json` names every file with its package, version and SHA-256, and a
test hashes the files again. Icons come as one sprite with only those of icons.txt; CodeMirror, which is many packages, is
bundled by esbuild into one script.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
MODULES = HERE / "node_modules"
TARGET = HERE.parent.parent / "src" / "presstime" / "web" / "static" / "vendor"

# The maps are not shipped, and a hashed static storage refuses a file that names a map it cannot find.
SOURCE_MAP = re.compile(rb"\n?(/\*# sourceMappingURL=[^*]*\*/|//# sourceMappingURL=\S+)\s*$")
DRAWING = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
# Tabler draws an invisible square first, to give editors a size.
FRAME = re.compile(r'<path stroke="none" d="M0 0h24v24H0z" fill="none" ?/>')
COMPRESSIBLE = {".css", ".js", ".svg"}
LEAST_COMPRESSED = 5_000
# Latin first: browsers load a subset only when the page has a character of it.
FONT_SUBSETS = ("latin", "latin-ext", "cyrillic", "greek")


class Copied(NamedTuple):
    """A file of a package and its name here."""

    package: str
    source: str
    name: str


FILES = (
    Copied("@tabler/core", "dist/css/tabler.min.css", "tabler.min.css"),
    Copied("htmx.org", "dist/htmx.min.js", "htmx.min.js"),
    Copied("idiomorph", "dist/idiomorph-ext.min.js", "idiomorph-ext.min.js"),
    Copied("uplot", "dist/uPlot.iife.min.js", "uplot.min.js"),
    Copied("uplot", "dist/uPlot.min.css", "uplot.min.css"),
    *(
        Copied("@fontsource-variable/inter", f"files/inter-{subset}-wght-normal.woff2", f"inter-{subset}.woff2")
        for subset in FONT_SUBSETS
    ),
    Copied("htmx.org", "LICENSE", "licences/htmx.txt"),
    Copied("idiomorph", "LICENSE", "licences/idiomorph.txt"),
    Copied("uplot", "LICENSE", "licences/uplot.txt"),
    Copied("@tabler/icons", "LICENSE", "licences/tabler-icons.txt"),
    Copied("@fontsource-variable/inter", "LICENSE", "licences/inter.txt"),
)


def version_of(package: str) -> str:
    """The version of *package* that npm installed."""
    return str(json.loads((MODULES / package / "package.json").read_text("utf-8"))["version"])


def write(name: str, content: bytes) -> None:
    path = TARGET / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def compress(origins: dict[str, str]) -> None:
    """Write a .gz beside each large text: WhiteNoise sends that one, so that the server never compresses."""
    for name, origin in list(origins.items()):
        path = TARGET / name
        if path.suffix in COMPRESSIBLE and path.stat().st_size > LEAST_COMPRESSED:
            write(f"{name}.gz", gzip.compress(path.read_bytes(), 9, mtime=0))
            origins[f"{name}.gz"] = origin


def icon_names() -> list[str]:
    """The icons that pages may use, one a line in icons.txt."""
    return (HERE / "icons.txt").read_text("utf-8").split()


def sprite() -> str:
    """One SVG whose symbols are the icons, drawn in the colour of the text around them."""
    symbols = []
    for name in icon_names():
        drawing = DRAWING.search((MODULES / "@tabler/icons/icons/outline" / f"{name}.svg").read_text("utf-8"))
        if drawing is None:
            raise SystemExit(f"icons.txt: {name} is not a drawing")
        body = " ".join(FRAME.sub("", drawing[1]).split())
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{body}</symbol>')
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" fill="none" stroke="currentColor" stroke-width="2" '
        'stroke-linecap="round" stroke-linejoin="round">\n' + "\n".join(symbols) + "\n</svg>\n"
    )


BUNDLE = "codemirror.min.js"
BROWSERS = "chrome125,firefox128,safari18"


def bundle() -> tuple[bytes, list[str]]:
    """The editor's script, and the packages that esbuild found it to be made of."""
    with tempfile.TemporaryDirectory() as folder:
        made, facts = Path(folder) / BUNDLE, Path(folder) / "facts.json"
        options = ["--bundle", "--minify", "--format=iife", "--global-name=CodeMirror", "--legal-comments=none"]
        command = [MODULES / ".bin" / "esbuild", "codemirror.mjs", *options]
        command += [f"--target={BROWSERS}", f"--outfile={made}", f"--metafile={facts}", "--log-level=warning"]
        subprocess.run(command, cwd=HERE, check=True)
        inputs = json.loads(facts.read_text("utf-8"))["inputs"]
        found = {match[1] for name in inputs if (match := re.search(r"node_modules/((?:@[^/]+/)?[^/]+)/", name))}
        return made.read_bytes(), sorted(found)


def write_bundle(origins: dict[str, str]) -> None:
    """Write the editor's script, and the licences of everything in it."""
    content, packages = bundle()
    names = ", ".join(f"{package} {version_of(package)}" for package in packages)
    licences = [f"{package}\n\n{(MODULES / package / 'LICENSE').read_text('utf-8')}" for package in packages]
    for name, text in ((BUNDLE, content), ("licences/codemirror.txt", "\n\n".join(licences).encode())):
        write(name, text)
        origins[name] = names


def manifest(origins: dict[str, str]) -> dict[str, dict[str, str]]:
    """Every shipped file with the package it came from and its SHA-256."""
    return {
        name: {"from": origin, "sha256": hashlib.sha256((TARGET / name).read_bytes()).hexdigest()}
        for name, origin in sorted(origins.items())
    }


def main() -> None:
    shutil.rmtree(TARGET, ignore_errors=True)
    origins: dict[str, str] = {}
    for file in FILES:
        write(file.name, SOURCE_MAP.sub(b"\n", (MODULES / file.package / file.source).read_bytes()))
        origins[file.name] = f"{file.package} {version_of(file.package)}"
    write("icons.svg", sprite().encode())
    origins["icons.svg"] = f"@tabler/icons {version_of('@tabler/icons')}"
    # The package has no licence file; this is the text that its README and the head of its style sheet name.
    write("licences/tabler-core.txt", (HERE / "licences" / "tabler-core.txt").read_bytes())
    origins["licences/tabler-core.txt"] = f"@tabler/core {version_of('@tabler/core')}"
    write_bundle(origins)
    compress(origins)
    write("manifest.json", (json.dumps(manifest(origins), indent=2) + "\n").encode())
    size = sum(path.stat().st_size for path in TARGET.rglob("*") if path.is_file())
    print(f"{len(origins)} files, {size / 1000:.0f} kB in {TARGET.relative_to(HERE.parent.parent)}")


if __name__ == "__main__":
    main()
