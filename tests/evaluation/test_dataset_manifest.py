"""The shipped description of the sets, and descriptions that break its rules."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from restorekit import manifests
from restorekit.errors import ManifestError, UnknownNameError
from restorekit.evaluation.datasets import manifest
from restorekit.evaluation.datasets.content import set_sha256
from restorekit.evaluation.datasets.manifest import Part, Pattern, dataset, datasets, parse, spelled

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SHA = "0" * 64
GOOD: dict[str, Any] = {
    "version": 1,
    "datasets": [
        {
            "name": "a-set",
            "title": "two photos",
            "tasks": ["sr", "denoise"],
            "count": 2,
            "sizes": "4x3",
            "colour": "grey",
            "licence": "CC0",
            "address": "https://example.org/",
            "take": "all",
            "spellings": ["seta"],
            "sha256": SHA,
            "photos": {"one": f"4x3 grey {SHA}", "two": f"4x3 grey {SHA}"},
        }
    ],
}


def test_shipped_sets() -> None:
    known = {it.name for it in datasets() if it.is_known}
    assert known >= {"set5", "set14", "bsd68", "cbsd68", "set12", "kodak24", "levin", "polyu"}
    assert {it.name for it in datasets()} - known >= {"bsd100", "urban100", "manga109", "mcmaster"}
    for it in datasets():
        assert it.licence
        assert it.take
        assert it.address.startswith("https://")
        assert it.is_known == bool(it.photos)
        if it.is_known:
            assert it.sha256 == set_sha256(it.photos)


def test_the_crops_of_kodak_are_another_set_than_its_photos() -> None:
    assert {it.size for it in dataset("kodak24").photos.values()} == {(500, 500)}
    assert "768x512" in dataset("kodak").sizes
    assert not dataset("kodak").is_known


@pytest.mark.parametrize(
    ("typed", "name"),
    [("Set5", "set5"), ("BSDS100", "bsd100"), ("b-100", "bsd100"), ("Kodak 24", "kodak24")],
)
def test_spellings(typed: str, name: str) -> None:
    assert dataset(typed).name == name


def test_unknown_names_have_neighbours() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown data set 'set6' \(did you mean set5"):
        dataset("set6")


def test_a_good_description() -> None:
    made = parse(json.dumps(GOOD), "test")["a-set"]
    assert made.tasks == ("sr", "denoise")
    assert str(made.photos["one"]) == f"4x3 grey {SHA}"
    assert (made.photos["one"].size.width, made.photos["one"].channels) == (4, 1)
    assert made.part_of("inner/one") == Part("one", "one", is_truth=True)


def put(key: str, value: object) -> Callable[[dict[str, Any]], object]:
    return lambda document: document["datasets"][0].update({key: value})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda it: it.update(version=2), "version: expected 1, got 2"),
        (lambda it: it["datasets"].append(it["datasets"][0]), "'aset' means two sets"),
        (put("name", "A Set"), "'name'"),
        (put("tasks", ["painting"]), "'tasks': expected sr denoise"),
        (put("tasks", []), "'tasks'"),
        (put("count", 3), "'photos': expected 3 of them with the hash of the set, or neither"),
        (put("sha256", None), "'photos'"),
        (put("sha256", "0"), "64 hexadecimal digits or null"),
        (put("colour", "blue"), "grey or colour or both"),
        (put("address", "http://example.org"), "an https address"),
        (put("photos", {"one": "4x3"}), "'one': expected width x height"),
        (put("truth", "sharp_{name}"), "'photos'"),
        (put("mood", "good"), "unknown key 'mood'"),
    ],
)
def test_bad_descriptions(change: Callable[[dict[str, Any]], object], words: str) -> None:
    document = copy.deepcopy(GOOD)
    change(document)
    with pytest.raises(ManifestError) as caught:
        parse(json.dumps(document), "test.json")
    assert words in str(caught.value)
    assert str(caught.value).startswith("test.json")


def test_no_json() -> None:
    with pytest.raises(ManifestError, match=r"^test.json is no JSON"):
        parse("{", "test.json")


def test_a_lost_manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifests, "FOLDERS", (tmp_path,))
    manifest._shipped.cache_clear()
    with pytest.raises(ManifestError, match=r"datasets_manifest\.json is missing"):
        datasets()


@pytest.mark.parametrize(
    ("pattern", "key", "pair"),
    [
        ("{name}", "deep/inside/Baby", "Baby"),
        ("{name}_real", "x_y_real", "x_y"),
        ("{name}_real", "x_mean", None),
        ("im{name}_kernel*_img", "blurred/IM3_kernel12_img", "3"),
        ("gt/{name}", "gt/a", "a"),
        ("gt/{name}", "a", None),
        ("gt/{name}", "gt/a/b", None),
        ("a.b{name}", "axb1", None),
    ],
)
def test_patterns(pattern: str, key: str, pair: str | None) -> None:
    assert Pattern(pattern).pair_of(key) == pair


def test_spelled() -> None:
    assert spelled("BSD-100_v 2") == "bsd100v2"
