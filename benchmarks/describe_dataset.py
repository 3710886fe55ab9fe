"""Describes a folder of photos as an entry of ``datasets_manifest.json`` does.

    python benchmarks/describe_dataset.py Set5/
    python benchmarks/describe_dataset.py GoPro/ --truth 'sharp_{name}' --degraded 'blur_{name}'

Prints the keys that come from the photos: count, sizes, colour, sha256 and photos.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

from restorekit.batch.pairs import named_photos
from restorekit.evaluation.datasets.content import content, set_sha256
from restorekit.evaluation.datasets.manifest import CHANNELS, Content, Pattern


def described(folder: str, truth: Pattern, degraded: Pattern | None) -> dict[str, Any]:
    """The keys of the entry."""
    patterns = [pattern for pattern in (degraded, truth) if pattern]
    found = named_photos(folder, recursive=degraded is not None)
    photos: dict[str, Content] = {}
    truths: list[Content] = []
    for name, path in found.items():
        pattern = next((it for it in patterns if it.pair_of(name)), None)
        if pattern is not None:
            photos[pattern.key_of(name)] = content(path)
            truths += [content(path)] * (pattern is truth)
    return {
        "count": len(truths),
        "sizes": _sizes(truths),
        "colour": _colour(truths),
        "sha256": set_sha256(photos),
        "photos": {name: str(it) for name, it in sorted(photos.items())},
    }


def _sizes(photos: list[Content]) -> str:
    sizes = sorted({it.size for it in photos}, key=lambda size: size.height * size.width)
    if len(sizes) <= 2:
        return " and ".join(map(str, sizes))
    return f"{sizes[0]} to {sizes[-1]}"


def _colour(photos: list[Content]) -> str:
    kinds = {it.channels for it in photos}
    return "both" if len(kinds) > 1 else next(k for k, n in CHANNELS.items() if n in kinds)


def main() -> None:
    """Print the description of the folder that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("--truth", type=Pattern, default=Pattern("{name}"))
    parser.add_argument("--degraded", type=Pattern)
    asked = parser.parse_args()
    print(json.dumps(described(asked.folder, asked.truth, asked.degraded), indent=2))


if __name__ == "__main__":
    main()
