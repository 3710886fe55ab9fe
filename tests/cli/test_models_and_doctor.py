"""``restorekit models`` and ``restorekit doctor``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from hand_placed import MODEL, place_weights
from PIL import Image

import restorekit
from restorekit.cli import console
from restorekit.zoo import blind, manifest, methods

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest
    from conftest import Command

CLASSICAL = {it.name for it in methods.methods()}
METRICS = {entry.name for entry in manifest.metric_weights()}
NETWORKS = (*manifest.entries(), *manifest.unreleased())
BLIND = {it.name for it in blind.blind_networks()}
LISTED = {it.name for it in NETWORKS if not getattr(it, "hidden", False)} | METRICS | BLIND

SHIPPED = {entry.name for entry in manifest.entries() if entry.is_shipped}


def test_list(command: Command) -> None:
    done = command("models", "list")
    lines = done.out.splitlines()
    assert (done.status, done.err) == (0, "")
    assert lines[0].split()[:4] == ["name", "task", "scale", "licence"]
    assert {line.split()[0] for line in lines[1:]} == LISTED | CLASSICAL
    assert all(line == line.rstrip() for line in lines)
    at = lines[0].index("good for")
    assert all(line[at - 2 : at] == "  " and line[at] != " " for line in lines)
    here = {line.split()[0] for line in lines if "yes" in line[:at].split()}
    assert here == CLASSICAL | SHIPPED


def test_list_on_a_narrow_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [("one", "x" * 30), ("two", "a long tale " * 4)]
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "34")
    console.print_table(("name", "good for"), rows)
    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == ["name", "one", "  " + "x" * 30]
    assert lines[3] == "two"
    assert max(map(len, lines)) <= 34
    monkeypatch.setenv("COLUMNS", "60")
    console.print_table(("name", "good for"), rows)
    assert capsys.readouterr().out.splitlines()[1] == "one   " + "x" * 30


def test_list_as_json(command: Command) -> None:
    events = command("models", "list", "--json").events
    assert {event["name"] for event in events} == LISTED | CLASSICAL
    assert all(event["licence"] and event["event"] == "model" for event in events)


def test_info(command: Command) -> None:
    done = command("models", "info", MODEL)
    facts = dict(line.split("  ", 1) for line in done.out.splitlines() if line[0] != " ")
    assert done.status == 0
    assert facts["scale"].strip() == "x4"
    assert facts["licence"].strip() == "BSD-3-Clause"
    assert facts["here"].strip() == "no"
    hashes = [file.sha256 for it in manifest.entry(MODEL).sources for file in it.files]
    assert len(hashes) == 3
    assert all(str(digest) in done.out for digest in hashes)
    assert "weights" in command("models", "info", "lanczos").out


def test_weights_of_metrics_are_no_models_for_photos(
    command: Command, photo: Callable[..., Path]
) -> None:
    photo("a.png", height=20, width=24)
    rows = {event["name"]: event for event in command("models", "list", "--json").events}
    assert {name for name, row in rows.items() if row["task"] == "metric"} == METRICS
    assert rows["vgg16"]["scale"] == "-"
    facts = command("models", "info", "vgg16").out
    assert "metric" in facts
    assert "architecture" not in facts
    refused = command("sr", "a.png", "--model", "vgg16", "--offline")
    assert refused.status == 2
    assert "unknown model 'vgg16'" in refused.complaint


def test_networks_without_weights_say_how_to_make_some(
    command: Command, photo: Callable[..., Path]
) -> None:
    photo("a.png", height=20, width=24)
    rows = {event["name"]: event for event in command("models", "list", "--json").events}
    assert (rows["sr3"]["task"], rows["sr3"]["licence"]) == ("sr", "none released")
    assert not rows["sr3"]["here"]
    for wanted in (("sr", "a.png", "--model", "sr3"), ("models", "download", "sr3")):
        refused = command(*wanted)
        assert refused.status == 1
        assert "the authors of sr3 released no weights" in refused.complaint
        assert "restorekit train --recipe sr3 --data" in refused.complaint
    facts = command("models", "info", "sr3-plus").out
    assert "released no weights" in facts
    assert "2302.07864" in facts


def test_path_and_licenses(command: Command, tmp_path: Path) -> None:
    assert command("models", "path").out == f"{tmp_path / 'cache'}\n"
    lines = command("models", "licenses").out.splitlines()
    assert {line.split()[0] for line in lines} == {entry.name for entry in manifest.everything()}
    assert all("commercial use" in line for line in lines)


def test_download_of_what_is_here_and_of_what_is_not(command: Command, weights: Path) -> None:
    path = weights / "weights" / f"{MODEL}.safetensors"
    done = command("models", "download", MODEL, "lanczos", "--offline")
    assert (done.status, done.data) == (0, b"")
    assert done.err.splitlines()[-2:] == [f"{MODEL}: {path}", "lanczos needs no weights"]
    assert path.is_file()
    events = command("models", "download", MODEL, "--offline", "--json").events
    assert events[-1] == {"event": "notice", "text": f"{MODEL}: {path}"}
    refused = command("models", "download", "esrgan", "--offline")
    assert refused.status == 1
    assert "the weights of esrgan are not on this machine" in refused.complaint


def own_names() -> list[str]:
    return [entry.name for entry in manifest.entries() if entry.name in SHIPPED]


def test_verify_finds_the_damage(command: Command, tmp_path: Path) -> None:
    own = command("models", "verify")
    assert own.out.split() == [word for name in own_names() for word in (name, "whole")]
    place_weights(tmp_path / "cache")
    assert command("models", "download", MODEL, "--offline").status == 0
    whole = command("models", "verify")
    assert whole.status == 0
    assert whole.out.removeprefix(own.out).split() == [MODEL, "whole"]
    assert command("models", "verify", MODEL).out.split() == [MODEL, "whole"]
    assert "not on this machine: esrgan" in command("models", "verify", "esrgan", MODEL).complaint
    assert "unknown model 'nosuch'" in command("models", "verify", "nosuch").complaint
    path = tmp_path / "cache" / "weights" / f"{MODEL}.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    damaged = command("models", "verify")
    assert damaged.status == 1
    problem, summary = damaged.out.removeprefix(own.out).splitlines()
    assert "expected sha256" in problem
    assert summary.startswith("1 damaged")


def test_a_name_and_its_file_are_one_network(
    command: Command, weights: Path, photo: Callable[..., Path]
) -> None:
    photo("a.png", height=20, width=24)
    common = ("sr", "a.png", "--offline", "--device", "cpu", "--precision", "fp32")
    named = command(*common, "--model", MODEL, "-o", "named.png")
    assert named.status == 0
    assert f"model {MODEL}  licence BSD-3-Clause  device cpu" in named.err
    assert "precision fp32" in named.err
    file = weights / "weights" / f"{MODEL}.safetensors"
    assert command(*common, "--model", file, "-o", "filed.png").status == 0
    soft = command(*common, "--model", MODEL, "--denoise-strength", "0.5", "-o", "soft.png")
    assert soft.status == 0
    results: dict[str, Any] = {}
    for name in ("named", "filed", "soft"):
        with Image.open(f"{name}.png") as image:
            results[name] = np.asarray(image).astype(int)
    assert results["named"].shape == (80, 96, 3)
    np.testing.assert_array_equal(results["named"], results["filed"])
    assert np.abs(results["named"] - results["soft"]).max() > 0


def test_doctor(command: Command, tmp_path: Path) -> None:
    done = command("doctor")
    facts = dict(line.split(maxsplit=1) for line in done.out.splitlines() if line)
    assert (done.status, done.err) == (0, "")
    assert facts["restorekit"] == restorekit.__version__
    assert facts["cache"] == str(tmp_path / "cache")
    assert set(facts["weights"].removeprefix("here").replace(",", " ").split()) == SHIPPED
    assert "auto precision is" in done.out


def test_version(command: Command) -> None:
    assert command("--version").out == f"restorekit {restorekit.__version__}\n"
