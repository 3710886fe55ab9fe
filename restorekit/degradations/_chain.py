"""Chains: degradations one after the other, written as one line, drawn from a recipe."""

from __future__ import annotations

import ast
import dataclasses
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from restorekit.catalog import Catalog
from restorekit.contracts import Composite, Size
from restorekit.degradations._parameters import Kind, Parameters, check, kinds
from restorekit.degradations._step import RandomStep
from restorekit.errors import UnknownNameError, UsageError

if TYPE_CHECKING:
    import numpy as np

    from restorekit.contracts import Degradation, DegradationFamily, Image

CATALOG: Catalog[DegradationFamily] = Catalog(
    "restorekit.degradations", "DEGRADATION", "degradation"
)
SEEDS = 2**32
"""Drawn seeds lie below this: many enough, and short enough to be read."""


@dataclass(frozen=True)
class Chain:
    """Degradations that follow one another, all settled; a chain of none changes nothing.

    ``str(chain)`` is the text from which :func:`parse` makes an equal one.
    """

    steps: tuple[Degradation, ...] = ()

    def __call__(self, image: Image, start: Size | None = None) -> Image:
        """Spoil ``image``, ``(H, W, 1 or 3)`` float32 in ``[0, 1]``, which is not changed.

        Raises:
            UsageError: An array of another form.
        """
        start = start or Size(image.shape[0], image.shape[1])
        for step in self.steps:
            image = step(image, start)
        return image

    def __str__(self) -> str:
        return "|".join(map(str, self.steps))


@dataclass(frozen=True)
class _Term:
    """One step of a recipe."""

    make: Any
    """The class of the step, or of the composite."""
    values: dict[str, object]
    """Lists stand for what is still to be drawn."""

    def draw(self, rng: np.random.Generator) -> tuple[Degradation, ...]:
        known = kinds(self.make)
        drawn = {
            name: _drawn(value, known[name], rng) if isinstance(value, list) else value
            for name, value in self.values.items()
        }
        made = self.make(**drawn)
        if isinstance(made, Composite):
            chain = made.draw(rng)
            return chain.steps if isinstance(chain, Chain) else (chain,)
        return (seeded(made, rng),)


@dataclass(frozen=True)
class Recipe:
    """A chain of which seeds, ranges and composites are still to be drawn."""

    terms: tuple[_Term, ...]

    def draw(self, rng: np.random.Generator) -> Chain:
        """The chain that ``rng`` draws; one in which all is settled already takes no numbers."""
        return Chain(tuple(step for term in self.terms for step in term.draw(rng)))

    def settled(self, name: str, seed: int) -> Chain:
        """The chain for the photo called ``name``: the same whatever lies beside it.

        Args:
            name: Of the file, without its folder.
            seed: Of the whole set, 0 or more.
        """
        import numpy as np

        return self.draw(np.random.default_rng([seed, zlib.crc32(name.encode())]))


def parse(text: str) -> Recipe:
    """The recipe that ``text`` writes, such as ``motion_blur(15)|gaussian_noise([5, 50])``.

    ``[a, b]`` stands for a number drawn evenly from a to b, whole where both are and the parameter
    is; a list of anything else for one of its entries. A step with chance in it and no ``seed``
    gets one when the recipe is drawn. The name of a composite, such as ``bsrgan(4)``, stands for
    the steps that are drawn then.

    Raises:
        UsageError: The text cannot be read, or a parameter is unknown or out of its range.
        UnknownNameError: There is no such degradation.
    """
    try:
        tree = ast.parse(text.strip(), mode="eval").body if text.strip() else None
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise _unreadable(text) from error
    return Recipe(tuple(_term(call, text) for call in _calls(tree, text)))


def seeded(step: Degradation, rng: np.random.Generator) -> Degradation:
    """``step`` with a seed from ``rng`` where it needs one and has none."""
    if isinstance(step, RandomStep) and step.is_random and step.seed is None:
        return dataclasses.replace(step, seed=drawn_seed(rng))
    return step


def drawn_seed(rng: np.random.Generator) -> int:
    """A seed for one step."""
    return int(rng.integers(SEEDS))


def names() -> list[str]:
    """The names of all degradations, as chains write them."""
    return [name.replace("-", "_") for name in CATALOG.names()]


def family(name: str) -> DegradationFamily:
    """The degradations called ``name``.

    Raises:
        UnknownNameError: There are none.
    """
    if name not in names():
        raise UnknownNameError.among("degradation", name, names())
    return CATALOG[name.replace("_", "-")]


def _calls(tree: ast.expr | None, text: str) -> list[ast.Call | ast.Name]:
    """The steps between the bars."""
    if tree is None:
        return []
    if isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.BitOr):
        return [*_calls(tree.left, text), *_calls(tree.right, text)]
    if isinstance(tree, ast.Name) or (
        isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name)
    ):
        return [tree]
    raise _unreadable(text)


def _term(call: ast.Call | ast.Name, text: str) -> _Term:
    name = call.id if isinstance(call, ast.Name) else cast("ast.Name", call.func).id
    make = cast("type[Parameters]", family(name).make)
    known = kinds(make)
    given = [] if isinstance(call, ast.Name) else call.args
    keywords = [] if isinstance(call, ast.Name) else call.keywords
    if len(given) > len(known):
        raise UsageError(name, expected=f"at most {len(known)} values", got=str(len(given)))
    pairs = [*zip(known, given, strict=False), *((it.arg, it.value) for it in keywords)]
    values: dict[str, object] = {}
    for key, node in pairs:
        if key not in known:
            raise UnknownNameError.among(f"parameter of {name}", str(key), known)
        if key in values:
            raise UsageError(f"{name}: {key} is given twice")
        values[key] = _literal(node, text)
        for value in _alternatives(name, key, values[key]):
            check(make, key, value)
    _check_complete(make, name, values)
    return _Term(make, values)


def _check_complete(make: type[Parameters], name: str, values: dict[str, object]) -> None:
    needed = [it.name for it in dataclasses.fields(make) if it.default is dataclasses.MISSING]
    missing = [it for it in needed if it not in values]
    if missing:
        raise UsageError(f"{name} needs {' and '.join(missing)}", hint=f"such as {name}(...)")


def _literal(node: ast.expr, text: str) -> object:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError) as error:
        raise _unreadable(text) from error


def _alternatives(name: str, key: str, value: object) -> list[object]:
    if value == []:
        raise UsageError(f"{name}: {key}", expected="something to draw from", got="an empty list")
    return cast("list[object]", value) if isinstance(value, list) else [value]


def _drawn(choices: list[Any], kind: Kind, rng: np.random.Generator) -> object:
    """A number between the two of ``choices``, or one entry where they are no such pair."""
    numbers = [it for it in choices if isinstance(it, (int, float)) and not isinstance(it, bool)]
    if len(choices) != 2 or len(numbers) != 2 or kind.type not in {int, float}:
        return choices[int(rng.integers(len(choices)))]
    low, high = sorted(numbers)
    if kind.type is int:
        step = kind.range.step if kind.range else 1
        return int(rng.integers(int(high - low) // step, endpoint=True)) * step + int(low)
    return float(rng.uniform(low, high))


def _unreadable(text: str) -> UsageError:
    return UsageError(
        "the chain cannot be read",
        expected="steps such as motion_blur(15)|gaussian_noise(25, seed=3)|jpeg(40)",
        got=repr(text),
    )
