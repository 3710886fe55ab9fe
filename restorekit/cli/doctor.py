"""``restorekit doctor``: what is installed, which devices there are, and what each can do."""

from __future__ import annotations


def doctor() -> None:
    """Print versions, devices, the cache, and what each can do."""
    from restorekit.inference.diagnosis import diagnose

    for key, value in diagnose().items():
        print(f"{key:16} {value}")
    print()
    from restorekit.zoo.cache import Cache
    from restorekit.zoo.listing import listing

    here = [row.name for row in listing() if row.here and row.size != "-"]
    print(f"{'cache':16} {Cache().root}")
    print(f"{'weights here':16} {', '.join(here) or 'none yet'}")
