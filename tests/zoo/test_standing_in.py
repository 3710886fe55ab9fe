"""What is named in place of weights that cannot be had, and what is listed as here."""

from __future__ import annotations

from dataclasses import replace

import pytest
from bad_server import entry_of, file_of

from restorekit.errors import CheckpointError, DownloadError
from restorekit.tasks import deblur, denoise, super_resolve
from restorekit.tasks.deblur import Deblurring
from restorekit.tasks.denoise import Denoising
from restorekit.tasks.super_resolve import SuperResolution
from restorekit.zoo import manifest
from restorekit.zoo.cache import VARIABLE, Cache
from restorekit.zoo.listing import facts, listing
from restorekit.zoo.restorers import WeightsOptions, load_first
from restorekit.zoo.standing_in import WITHOUT_WEIGHTS, stand_in


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Cache:
    """The user's cache, empty."""
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    return Cache()


@pytest.fixture
def held(monkeypatch) -> set[str]:
    """Names of what is taken for being in the cache."""
    names = set[str]()
    monkeypatch.setattr(Cache, "holds", lambda _, entry: entry.name in names)
    return names


def test_what_is_here_comes_first(held):
    held |= {"srmd-x3", "imdn-x2", "imdn-x3", "hinet"}
    assert stand_in("edsr-x2") == "-m restorekit-sr-x2 is on this machine"  # the program's own
    assert stand_in("edsr-x3") == "-m imdn-x3 is on this machine"
    assert stand_in("usrnet-tiny-x3") == "-m srmd-x3 is on this machine"
    held.add("realesrgan-x4plus")
    assert stand_in("bsrgan") == "-m realesrgan-x4plus is on this machine"
    assert stand_in("maxim-deblurring") == "-m restorekit-deblur is on this machine"
    held.add("maxim-deblurring")
    assert stand_in("mprnet-deblurring") == "-m maxim-deblurring is on this machine"


def test_what_needs_people_names_what_does_not(held):
    assert stand_in("hinet") == "-m restorekit-deblur is on this machine"
    assert stand_in("mprnet-denoising") == "-m restorekit-denoise is on this machine"
    assert stand_in("rcan-x3") == "-m lanczos needs no weights"


def test_where_nothing_can_be_fetched_a_method_without_weights_serves(held):
    assert stand_in("edsr-x3") == "-m lanczos needs no weights"
    assert stand_in("drunet") == "-m restorekit-denoise is on this machine"
    assert stand_in("maxim-enhancement") is None
    assert stand_in("./mine.pth") is None
    rows = {row.name: row for row in listing()}
    assert all(
        rows[name].task == task and rows[name].here for task, name in WITHOUT_WEIGHTS.items()
    )


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize(
    ("task", "options", "says"),
    [
        (deblur, Deblurring("srn"), r"--model FOLDER/; or -m .* is on this machine\)$"),
        (
            denoise,
            Denoising("drunet", weights=WeightsOptions(offline=True)),
            "-m restorekit-denoise is on",
        ),
        (super_resolve, SuperResolution("rcan", scale=3), r"RCAN_BIX3\.pt .*-m lanczos needs no"),
    ],
)
def test_the_message_names_it(task, options, says):
    with pytest.raises(DownloadError, match=says) as refused:
        task.load(options)
    assert "\n" not in str(refused.value)


def test_what_is_wrong_with_a_file_is_told_as_it_is(held):
    def damaged(model):
        raise CheckpointError(f"{model} is damaged")

    with pytest.raises(CheckpointError, match=r"^drunet is damaged$"):
        load_first(["drunet"], damaged)


def test_files_that_a_person_put_there_are_listed(cache, monkeypatch):
    entry = entry_of(file_of("https://example.org/a.pth", b"a network"), name="a-net")
    unknown = entry_of(file_of("https://example.org/b.pth", b"b", known=False), name="b-net")
    sized = file_of("https://example.org/c.pth", b"c")
    sizeless = entry_of(replace(sized, bytes=None), name="c-net")
    entries = {it.name: it for it in (entry, unknown, sizeless)}
    monkeypatch.setattr(manifest, "everything", lambda: tuple(entries.values()))
    monkeypatch.setattr(manifest, "entries", lambda: tuple(entries.values()))
    monkeypatch.setattr(manifest, "weights", lambda name: entries[name])

    def here() -> set[str]:
        return {row.name for row in listing() if row.here} & entries.keys()

    assert here() == set()
    assert facts("a-net")["here"] == "no"
    cache.root.mkdir()
    for name, content in {"mine": b"a network", "b.pth": b"b", "c.pth": b"c"}.items():
        (cache.root / name).write_bytes(content)
    assert here() == {"a-net"}
    assert facts("a-net")["here"] == f"below {cache.root}, as it was put there"
    (cache.root / "mine").write_bytes(b"A network")
    assert here() == set()
