"""Who may import whom, read from the source: the table of layers in the design is the law."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1] / "restorekit"
LAYERS = (
    ("errors",),
    ("contracts",),
    ("catalog", "files", "kernels", "manifests", "printable"),
    ("down_scaling",),
    ("images", "tiling"),
    ("metrics", "classical", "architectures", "inference"),
    ("kernel_estimation", "internal_learning"),
    ("zoo", "batch", "viewing"),
    ("degradations",),
    ("tasks", "evaluation", "training"),
    ("cli",),
    ("__init__",),  # the table of contents of the public names
)
LEVEL = {part: level for level, parts in enumerate(LAYERS) for part in parts}
NAMELESS = {"utils", "util", "helpers", "helper", "common", "misc", "tools"}
MODULE_LINES, TRANSFORMER_LINES, BODY_LINES = 300, 500, 40
SPEAKS = {"print", "sys.exit", "exit", "quit", "os._exit"}
ENVIRONMENT = {"os.environ", "os.getenv", "os.putenv", "os.environb"}
READS_ENVIRONMENT = {"zoo/cache.py"}

Function = (ast.FunctionDef, ast.AsyncFunctionDef)


def modules() -> list[str]:
    return sorted(path.relative_to(HOUSE).as_posix() for path in HOUSE.rglob("*.py"))


def parse(module: str) -> ast.Module:
    return ast.parse((HOUSE / module).read_text(encoding="utf-8"))


def part_of(module: str) -> str:
    """``images/png.py`` belongs to ``images``, ``tiling.py`` to ``tiling``."""
    return module.split("/", maxsplit=1)[0].removesuffix(".py")


def imported_parts(tree: ast.AST) -> set[str]:
    """The parts of the house that a module imports, inside functions and for types too."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module == "restorekit":
            # Everybody may know the version.
            names.update(f"restorekit.{a.name}" for a in node.names if a.name != "__version__")
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return {name.split(".")[1] for name in names if name.startswith("restorekit.")}


def dotted(node: ast.AST) -> str:
    """``os.environ`` as it is written; nothing for what is no plain name."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"{node.value.id}.{node.attr}"
    return ""


def names_used(tree: ast.AST) -> set[str]:
    used = {dotted(node) for node in ast.walk(tree)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in {"os", "sys"}:
            used.update(f"{node.module}.{alias.name}" for alias in node.names)
    return used


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function's body without its docstring and the imports that may not be above."""
    documented = ast.get_docstring(function) is not None
    body = function.body[1:] if documented else function.body
    spans = [range(node.lineno, (node.end_lineno or node.lineno) + 1) for node in body]
    imports = [
        len(lines)
        for node, lines in zip(body, spans, strict=True)
        if isinstance(node, (ast.Import, ast.ImportFrom))
    ]
    return spans[-1].stop - spans[0].start - sum(imports) if body else 0


@pytest.mark.parametrize("module", modules())
def test_only_lower_layers_are_imported(module: str) -> None:
    part = part_of(module)
    assert part in LEVEL, f"{part} has no layer: the design and LAYERS must say where it belongs"
    for wanted in imported_parts(parse(module)) - {part}:
        assert wanted in LEVEL, f"{module} imports restorekit.{wanted}, which has no layer"
        # Types of the contracts bind nobody at run time; only errors.py lies below them.
        assert LEVEL[wanted] < LEVEL[part] or wanted == "contracts", (
            f"{module} (layer of {part}) imports restorekit.{wanted}, which is not below it: "
            "what both need moves down"
        )


def test_errors_know_the_contracts_as_types_only() -> None:
    tree = parse("errors.py")
    guarded = [n for n in tree.body if isinstance(n, ast.If) and dotted(n.test) == "TYPE_CHECKING"]
    tree.body = [node for node in tree.body if node not in guarded]
    assert imported_parts(tree) == set()


@pytest.mark.parametrize("module", modules())
def test_imports_are_absolute(module: str) -> None:
    relative = [
        n.lineno for n in ast.walk(parse(module)) if isinstance(n, ast.ImportFrom) if n.level
    ]
    assert relative == []


@pytest.mark.parametrize("module", modules())
def test_words_and_exits_belong_to_the_command_line(module: str) -> None:
    if part_of(module) == "cli":
        return
    used = names_used(parse(module))
    assert used & SPEAKS == set()
    if module not in READS_ENVIRONMENT:
        assert used & ENVIRONMENT == set()


@pytest.mark.parametrize("module", modules())
def test_modules_have_a_noun_and_a_size_that_can_be_read(module: str) -> None:
    assert not NAMELESS & set(module.removesuffix(".py").split("/")), "name it for what it does"
    tree = parse(module)
    classes = [node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    transformer = part_of(module) == "architectures" and any("Attention" in c for c in classes)
    limit = TRANSFORMER_LINES if transformer else MODULE_LINES
    lines = (HOUSE / module).read_text(encoding="utf-8").count("\n")
    assert lines <= limit, f"{lines} lines of {limit}: it does two jobs"


@pytest.mark.parametrize("module", modules())
def test_functions_fit_a_screen(module: str) -> None:
    functions = [node for node in ast.walk(parse(module)) if isinstance(node, Function)]
    long = {f.name: body_lines(f) for f in functions if body_lines(f) > BODY_LINES}
    assert long == {}, f"more than {BODY_LINES} lines"


WRONG = '''
import restorekit.cli.app
from os import environ
from restorekit import tasks, __version__
def f():
    """Two

    paragraphs."""
    from restorekit.zoo import load
    print(environ)
    sys.exit(1)
'''


def test_this_reading_of_the_source_sees_what_is_forbidden() -> None:
    tree = ast.parse(WRONG)
    assert imported_parts(tree) == {"cli", "tasks", "zoo"}
    assert names_used(tree) & SPEAKS == {"print", "sys.exit"}
    assert names_used(tree) & ENVIRONMENT == {"os.environ"}
    function = next(node for node in ast.walk(tree) if isinstance(node, Function))
    assert body_lines(function) == 2
