"""Runs that are stopped, resumed, broken and used."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file
from small_recipe import small

from restorekit.errors import CheckpointError, NumericalError, OutputError, UsageError
from restorekit.training.events import Event, Stepped, Told, Validated
from restorekit.training.parts import AdversaryPart
from restorekit.training.train import train
from restorekit.zoo.load import load_network

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from restorekit.training.request import Training

    Requests = Callable[..., Training]

pytestmark = pytest.mark.filterwarnings("error")


class StoppedError(Exception):
    """The machine went away."""


def stop_at(step: int) -> Callable[[Event], None]:
    def on_event(event: Event) -> None:
        if isinstance(event, Validated) and event.step == step:
            raise StoppedError

    return on_event


def weights(folder: Path) -> dict[str, torch.Tensor]:
    state = torch.load(folder / "last.ckpt", weights_only=True)
    return {**state["network.module"], **state.get("network.average", {})}


@pytest.mark.parametrize("ema", [0.0, 0.9])
def test_a_stopped_run_goes_on_bit_for_bit(request_for: Requests, ema: float) -> None:
    recipe = dataclasses.replace(small(), ema=ema)
    train(request_for("whole", recipe))
    with pytest.raises(StoppedError):
        train(request_for("parts", recipe), stop_at(8))
    # The validation of step 8 was not checkpointed: it goes on from step 4.
    done = train(request_for("parts", recipe, resume=True))
    assert done.steps == 12
    whole, parts = (weights(request_for(name).out) for name in ("whole", "parts"))
    assert whole.keys() == parts.keys()
    for key, value in whole.items():
        assert torch.equal(value, parts[key]), key
    tables = [(request_for(name).out / "log.csv").read_text() for name in ("whole", "parts")]
    kept = [[line.split(",")[:3] for line in table.splitlines()] for table in tables]
    assert kept[0] == kept[1]


def test_what_a_run_leaves_is_what_any_command_takes(request_for: Requests) -> None:
    events: list[Event] = []
    done = train(request_for(), events.append)
    folder = request_for().out
    assert {it.name for it in folder.iterdir()} >= {
        "best.safetensors", "newest.safetensors", "last.ckpt", "log.csv", "curves.png",
        "recipe.toml", "samples",
    }  # fmt: skip
    network = load_network(folder / "best.safetensors")
    assert network.architecture == "dncnn"
    assert network.hyperparameters["convolutions"] == 4
    assert any(isinstance(it, Stepped) for it in events)
    best = max(it.restored for it in events if isinstance(it, Validated))
    assert done.psnr == pytest.approx(best)
    assert done.weights == folder / "best.safetensors"
    last = [it.restored for it in events if isinstance(it, Validated)][-1]
    with safe_open(folder / "newest.safetensors", "pt") as newest:
        assert newest.metadata()["psnr"] == f"{last:.4f}"


def test_the_finished_network_does_what_the_trained_one_does(request_for: Requests) -> None:
    """Batch normalisation is part of the convolutions of what is kept."""
    from restorekit.architectures.dncnn import finished, untrained

    request = request_for()
    train(request)
    module = untrained(channels=1, features=8, convolutions=4, batch_norm=True)
    module.load_state_dict(weights(request.out))
    x = torch.rand(1, 1, 20, 24, generator=torch.Generator().manual_seed(0))
    plain = load_network(request.out / "best.safetensors").module
    plain.load_state_dict(finished(module))
    with torch.inference_mode():
        difference = (module.eval()(x) - plain.eval()(x)).abs().max()
    assert difference < 1e-5


def test_photos_that_cannot_be_used_are_named_before_the_first_step(
    request_for: Requests, photos: Path
) -> None:
    (photos / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    from PIL import Image

    Image.new("RGB", (10, 200)).save(photos / "thin.png")
    events: list[Event] = []
    train(request_for(), events.append)
    told = [it.text for it in events if isinstance(it, Told)]
    assert any("broken.png" in it for it in told)
    assert any("thin.png is too small" in it and "16x16" in it for it in told)
    assert any(", float32; a step takes" in it for it in told)


def test_numbers_that_overflow_cost_a_step_and_half_the_rate(
    request_for: Requests, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lightning_fabric import Fabric

    plain, calls = Fabric.clip_gradients, iter(range(1000))

    def overflowing(self: Fabric, *args: object, **options: object) -> object:
        norm = plain(self, *args, **options)  # type: ignore[arg-type]
        return norm * float("nan") if next(calls) == 7 else norm

    monkeypatch.setattr(Fabric, "clip_gradients", overflowing)
    events: list[Event] = []
    done = train(request_for(), events.append)
    assert done.steps == 12
    told = [it.text for it in events if isinstance(it, Told) and "not finite" in it.text]
    assert len(told) == 1
    rates = {it.step: it.rate for it in events if isinstance(it, Stepped)}
    assert rates[4] == pytest.approx(1e-3)
    assert rates[12] == pytest.approx(0.5e-3 * 0.1)
    assert all(bool(torch.isfinite(it).all()) for it in weights(request_for().out).values())


def test_numbers_that_always_overflow_end_the_run(
    request_for: Requests, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lightning_fabric import Fabric

    plain = Fabric.clip_gradients
    monkeypatch.setattr(Fabric, "clip_gradients", lambda *a, **k: plain(*a, **k) * float("inf"))
    recipe = dataclasses.replace(small(), steps=30)
    with pytest.raises(NumericalError, match="overflowed 11 times"):
        train(request_for(recipe=recipe))


def test_a_folder_with_a_run_is_not_begun_again(request_for: Requests) -> None:
    train(request_for())
    before = (request_for().out / "best.safetensors").read_bytes()
    with pytest.raises(UsageError, match=r"holds a run.*--resume"):
        train(request_for())
    with pytest.raises(UsageError, match=r"begun otherwise: expected optimizer\.lr"):
        train(request_for(recipe=small().with_(lr=0.5), resume=True))
    with pytest.raises(UsageError, match="begun otherwise: expected seed 0, got 1"):
        train(request_for(resume=True, seed=1))
    with pytest.raises(UsageError, match="no run to resume"):
        train(request_for("other", resume=True))
    assert (request_for().out / "best.safetensors").read_bytes() == before


def test_a_damaged_checkpoint_is_one_line(request_for: Requests) -> None:
    train(request_for())
    (request_for().out / "last.ckpt").write_bytes(b"no checkpoint")
    with pytest.raises(CheckpointError, match="cannot be resumed"):
        train(request_for(resume=True))


def test_it_begins_with_weights_that_are_named(request_for: Requests) -> None:
    train(request_for("first"))
    start = request_for("first").out / "best.safetensors"
    frozen = small().with_(lr=0.0)
    train(request_for("second", frozen, init=str(start)))
    second = load_file(request_for("second").out / "best.safetensors")
    for key, value in load_file(start).items():
        np.testing.assert_array_equal(second[key].numpy(), value.numpy())


def test_pairs_of_photos_are_learnt_from(request_for: Requests, photos: Path) -> None:
    from PIL import Image

    low = photos.parent / "low"
    low.mkdir()
    for path in photos.glob("*.png"):
        with Image.open(path) as photo:
            photo.point(lambda it: it // 2).save(low / f"{path.stem}.jpg")
    recipe = small(data=dataclasses.replace(small().data, degradation=""))
    done = train(request_for(recipe=recipe, degraded=str(low)))
    assert done.psnr > 0
    (low / "photo3.jpg").unlink()
    with pytest.raises(UsageError, match=r"without an input .*photo3"):
        train(request_for("other", recipe, degraded=str(low)))


def test_a_game_that_was_stopped_goes_on_bit_for_bit(request_for: Requests) -> None:
    """The penalty of WGAN-GP draws random numbers in the middle of a step."""
    game = AdversaryPart(critic="patch", form="wgan_gp", weight=0.1, features=8, steps=2)
    recipe = small(adversary=game).with_(patch=32)
    done = train(request_for("whole", recipe))
    # By PSNR the first steps would win, which have the least texture.
    assert done.weights == request_for("whole").out / "newest.safetensors"
    with pytest.raises(StoppedError):
        train(request_for("parts", recipe), stop_at(8))
    train(request_for("parts", recipe, resume=True))
    states = [
        torch.load(request_for(name).out / "last.ckpt", weights_only=True)
        for name in ("whole", "parts")
    ]
    for part in ("network.module", "critic.module"):
        for key, value in states[0][part].items():
            assert torch.equal(value, states[1][part][key]), key


def test_a_checkpoint_is_written_between_validations(
    request_for: Requests, monkeypatch: pytest.MonkeyPatch
) -> None:
    from restorekit.training import loop
    from restorekit.training.checkpoint import save

    train(request_for("whole"))
    monkeypatch.setattr(loop, "SAVE_SECONDS", -1)
    monkeypatch.setattr(loop, "LOOK_STEPS", 3)

    def stopping(*args: object) -> None:
        save(*args)  # type: ignore[arg-type]
        if args[3].step == 6:  # type: ignore[attr-defined]
            raise StoppedError

    monkeypatch.setattr(loop.checkpoint, "save", stopping)
    with pytest.raises(StoppedError):
        train(request_for("parts"))
    monkeypatch.undo()
    train(request_for("parts", resume=True))
    whole, parts = (weights(request_for(name).out) for name in ("whole", "parts"))
    for key, value in whole.items():
        assert torch.equal(value, parts[key]), key


def test_true_pictures_are_sharpened_and_inputs_with_them(request_for: Requests) -> None:
    from restorekit.training.folders import find
    from restorekit.training.photos import pack

    request = request_for()
    request.out.mkdir()
    files = find(request.data)
    plain, sharp = (
        pack(files, request.out / f"{it or 0}.u8", color="rgb", smallest=16, chain=it)[0]
        for it in ("", "sharpen(0.5)")
    )
    assert np.abs(plain[0].astype(int) - sharp[0]).mean() > 1
    again, _ = pack(files, request.out / "sharpen(0.5).u8", color="rgb", smallest=16, chain="")
    np.testing.assert_array_equal(again[0], plain[0])  # not what lay there


def test_a_run_goes_on_as_it_was_begun(request_for: Requests) -> None:
    from restorekit.training.resuming import resumed

    request = request_for(seed=5, validate_every=6)
    train(request)
    again = resumed(request.out, request.engine)
    assert again == dataclasses.replace(request, resume=True)
    assert resumed(request.out, request.engine, recipe=small(), seed=5, validate_every=3) == (
        dataclasses.replace(again, validate_every=3)
    )
    for asked, words in (
        ({"recipe": small().with_(steps=99)}, "begun otherwise: expected steps 12, got 99"),
        ({"recipe": small().with_(lr=0.5)}, r"expected optimizer\.lr 0\.001, got 0\.5"),
        ({"seed": 0}, "expected seed 5, got 0"),
    ):
        with pytest.raises(UsageError, match=words):
            resumed(request.out, request.engine, **asked)  # type: ignore[arg-type]
    (request.out / "last.ckpt").unlink()
    with pytest.raises(UsageError, match=r"no run to resume: expected last\.ckpt in it"):
        resumed(request.out, request.engine)


def test_what_cannot_be_leaves_no_folder(request_for: Requests, photos: Path) -> None:
    wrong = small(losses={"l7": 1.0})
    with pytest.raises(UsageError, match="unknown loss 'l7'"):
        train(request_for(recipe=wrong))
    with pytest.raises(UsageError, match="no such file or folder"):
        train(dataclasses.replace(request_for(), data=str(photos / "nowhere")))
    assert not request_for().out.exists()
    (photos.parent / "file").write_text("", encoding="utf-8")
    with pytest.raises(OutputError, match="cannot be written"):
        train(dataclasses.replace(request_for(), out=photos.parent / "file" / "run"))


def test_others_may_read_the_weights(request_for: Requests) -> None:
    train(request_for())
    folder = request_for().out
    modes = {(folder / it).stat().st_mode for it in ("best.safetensors", "recipe.toml")}
    assert len(modes) == 1
