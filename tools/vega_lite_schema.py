"""Put Vega-Lite's JSON Schema, without its prose, beside the code that reads it.

    npm pack vega-lite@6.4.1 && python -m tools.vega_lite_schema vega-lite-6.4.1.tgz

The version is the one that vl-convert draws with; a test compares them. Users never run this: its output is committed.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import sys
import tarfile
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / "src" / "pressroom" / "schemas"
SHA256 = "7226845c140626b2bf2dae3dd7372d6e2dbdf65380d857c70da8e487ca6cf15e"
PROSE = ("description", "default", "examples", "format")


def plain(schema: Any, *, is_names: bool = False) -> Any:
    """*schema* without what a reader of values has no use for; the names of properties are kept whatever they are."""
    if isinstance(schema, dict):
        return {
            key: plain(value, is_names=key in ("properties", "definitions") and not is_names)
            for key, value in schema.items()
            if is_names or key not in PROSE
        }
    return [plain(item) for item in schema] if isinstance(schema, list) else schema


def main(archive: Path) -> None:
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    if digest != SHA256:
        raise SystemExit(
            f"{archive.name} has the SHA-256 {digest}, and {SHA256} is known. Look at it, then write it here."
        )
    with tarfile.open(archive) as package:
        files = {
            name: package.extractfile(f"package/{name}")
            for name in ("package.json", "build/vega-lite-schema.json", "LICENSE")
        }
        content = {name: file.read() for name, file in files.items() if file is not None}
    schema = plain(json.loads(content["build/vega-lite-schema.json"]))
    schema["$comment"] = f"vega-lite {json.loads(content['package.json'])['version']}"
    text = json.dumps(schema, ensure_ascii=False, separators=(",", ":")).encode()
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "vega-lite.json.gz").write_bytes(gzip.compress(text, 9, mtime=0))
    (FOLDER / "vega-lite-LICENSE.txt").write_bytes(content["LICENSE"])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
