"""What a run was asked for: kept in its folder, so that it goes on as it was begun."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from restorekit.errors import UsageError
from restorekit.training._tables import from_table, to_table
from restorekit.training.checkpoint import LAST, write_text
from restorekit.training.recipe import read_recipe
from restorekit.training.request import Training

if TYPE_CHECKING:
    from restorekit.training.recipe import Recipe
    from restorekit.training.request import Engine

RECIPE, SETTINGS = "recipe.toml", "run.toml"
"""The recipe as it is run, and all else that decides what comes out."""


@dataclasses.dataclass(frozen=True)
class Settings:
    """What is kept beside the recipe; paths are whole."""

    data: str
    seed: int
    validate_every: int
    precision: str
    degraded: str | None = None
    validation: str | None = None


def keep(request: Training) -> None:
    """Write ``recipe.toml`` and ``run.toml`` into the folder of a run that begins.

    Raises:
        OSError: The folder cannot be written.
    """
    import tomli_w

    settings = Settings(
        _absolute(request.data),
        request.seed,
        request.validate_every,
        request.engine.precision,
        request.degraded and _absolute(request.degraded),
        request.validation and _absolute(request.validation),
    )
    table: Any = to_table(settings)
    write_text(request.out / RECIPE, request.recipe.to_toml())
    write_text(request.out / SETTINGS, tomli_w.dumps(table))


def begun_recipe(out: Path) -> Recipe:
    """The recipe of the run in ``out``.

    Raises:
        UsageError: There is no such run.
    """
    for name in (SETTINGS, RECIPE, LAST):
        if not (out / name).exists():
            raise UsageError(f"{out} holds no run to resume", expected=f"{name} in it")
    return read_recipe(str(out / RECIPE))


def resumed(
    out: Path,
    engine: Engine,
    *,
    recipe: Recipe | None = None,
    data: str | None = None,
    degraded: str | None = None,
    validation: str | None = None,
    seed: int | None = None,
    validate_every: int | None = None,
) -> Training:
    """The request with which the run in ``out`` goes on.

    Args:
        out: The run's folder.
        engine: Where it runs now; where its precision is ``auto``, the run's own is taken.
        recipe: What the user takes it to be; None: whatever it is.
        data: Where the photos are now; None: where they were. So with the next two.
        degraded: See :class:`Training`.
        validation: See :class:`Training`.
        seed: What the user takes it to be.
        validate_every: See :class:`Training`; None: as before.

    Raises:
        UsageError: There is no such run, or it was begun with another recipe or seed.
    """
    begun, kept = begun_recipe(out), _kept(out)
    check_begun(out, recipe or begun, kept.seed if seed is None else seed)
    precision: Any = kept.precision if engine.precision == "auto" else engine.precision
    return Training(
        begun,
        data or kept.data,
        out,
        degraded=degraded or kept.degraded,
        validation=validation or kept.validation,
        resume=True,
        seed=kept.seed,
        validate_every=validate_every or kept.validate_every,
        engine=dataclasses.replace(engine, precision=precision),
    )


def check_begun(out: Path, recipe: Recipe, seed: int) -> None:
    """Refuse to go on with the run in ``out`` otherwise than it was begun.

    Raises:
        UsageError: There is no such run, or it was begun with another recipe or seed.
    """
    _check_same(out, _flat(to_table(begun_recipe(out))), _flat(to_table(recipe)))
    _check_same(out, {"seed": _kept(out).seed}, {"seed": seed})


def _kept(out: Path) -> Settings:
    import tomli

    table = tomli.loads((out / SETTINGS).read_text(encoding="utf-8"))
    return from_table(Settings, table, str(out / SETTINGS))


def _check_same(out: Path, begun: dict[str, object], asked: dict[str, object]) -> None:
    for name in [*begun, *asked]:
        if begun.get(name) != asked.get(name):
            raise UsageError(
                f"{out} was begun otherwise",
                expected=f"{name} {begun.get(name)}",
                got=str(asked.get(name)),
                hint="--resume without options of the recipe goes on as it was begun",
            )


def _flat(table: object, name: str = "") -> dict[str, object]:
    """The values of tables in tables, by names with dots."""
    if not isinstance(table, dict):
        return {name: table}
    found: dict[str, object] = {}
    for key, value in cast("dict[str, object]", table).items():
        found |= _flat(value, f"{name}.{key}" if name else key)
    return found


def _absolute(text: str) -> str:
    return str(Path(text).absolute())
