"""The house's rules, as far as a program can hold them."""

import ast
import functools
import importlib
import inspect
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType

import param

import clausius_panel

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = Path(clausius_panel.__file__).parent
FILES = sorted(path for path in PACKAGE.rglob("*.py") if "__pycache__" not in path.parts)
MODULES = [
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__") for path in FILES
]
MAX_MODULE_LINES = 500
MAX_FUNCTION_LINES = 60
UNMIRRORED: frozenset[str] = frozenset()
"""Modules without a test file of their own. Keep it empty, or say beside each why."""

Rule = Callable[[Path], Iterable[str]]
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@functools.cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@functools.cache
def _nodes(path: Path) -> list[ast.AST]:
    """All nodes of a file; the first is the module."""
    return list(ast.walk(ast.parse(_text(path))))


def _module(path: Path) -> ast.Module:
    module = _nodes(path)[0]
    assert isinstance(module, ast.Module)
    return module


def _against(rule: Rule) -> list[str]:
    """What breaks a rule in any file, as "file: offender"."""
    return [f"{path.relative_to(PACKAGE)}: {offender}" for path in FILES for offender in rule(path)]


def test_there_is_something_to_check():
    assert len(FILES) > 10


def test_every_name_in_all_can_be_imported_and_the_list_is_sorted():
    unsorted, missing = [], []
    for name, module in [(name, importlib.import_module(name)) for name in MODULES]:
        if name.rpartition(".")[2] == "__main__":
            continue
        names = module.__all__
        unsorted += [] if list(names) == sorted(names, key=_natural) else [name]
        missing += [f"{name}.{entry}" for entry in names if not hasattr(module, entry)]
    assert unsorted == []
    assert missing == []


def _natural(name: str) -> tuple[int, str]:
    """ruff's order: CONSTANTS, then Classes, then the rest."""
    if name.isupper() and len(name) > 1:
        return 0, name
    return (1 if name[:1].isupper() else 2), name


def _parameterized(module: ModuleType) -> Iterator[type[param.Parameterized]]:
    for _, value in inspect.getmembers(module, inspect.isclass):
        if issubclass(value, param.Parameterized) and value.__module__ == module.__name__:
            yield value


def test_every_parameter_says_what_it_is():
    names = [name for name in MODULES if re.search(r"\.(state|views)(\.|$)", name)]
    assert len(names) > 10
    undocumented = [
        f"{name}.{owner.__name__}.{parameter}"
        for name in names
        for owner in _parameterized(importlib.import_module(name))
        for parameter in owner.param
        if owner.param[parameter].owner is owner and parameter != "name" and not owner.param[parameter].doc
    ]
    assert undocumented == []


def test_no_module_is_longer_than_500_lines():
    lengths = {str(path.relative_to(PACKAGE)): len(_text(path).splitlines()) for path in FILES}
    assert {name: lines for name, lines in lengths.items() if lines > MAX_MODULE_LINES} == {}


def _long_functions(path: Path) -> Iterator[str]:
    for node in _nodes(path):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
            lines = node.end_lineno - node.lineno + 1
            if lines > MAX_FUNCTION_LINES:
                yield f"{node.name}: {lines}"


def test_no_function_is_longer_than_60_lines():
    assert _against(_long_functions) == []


def _name(node: ast.expr) -> str:
    """The last part of a dotted name."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _caught(node: ast.AST) -> list[ast.expr | None]:
    """What an `except` or a `suppress` swallows; None is a bare `except`."""
    if isinstance(node, ast.ExceptHandler):
        return list(node.type.elts) if isinstance(node.type, ast.Tuple) else [node.type]
    if isinstance(node, ast.Call) and _name(node.func) == "suppress":
        return list(node.args)
    return []


def _broad_excepts(path: Path) -> Iterator[str]:
    for node in _nodes(path):
        for caught in _caught(node):
            if caught is None or _name(caught) in ("Exception", "BaseException"):
                yield f"line {getattr(node, 'lineno', 0)}"


def test_nothing_is_caught_by_a_broad_except():
    assert _against(_broad_excepts) == []


def _public(body: list[ast.stmt], prefix: str = "") -> Iterator[tuple[str, Definition]]:
    for node in body:
        if not isinstance(node, Definition) or node.name.startswith("_"):
            continue
        marks = {ast.unparse(mark) for mark in node.decorator_list}
        if "overload" in marks or any(mark.endswith(".setter") for mark in marks):
            continue
        yield prefix + node.name, node
        if isinstance(node, ast.ClassDef):
            yield from _public(node.body, f"{prefix}{node.name}.")


def _silent(path: Path) -> Iterator[str]:
    if not ast.get_docstring(_module(path)):
        yield "the module itself"
    yield from (name for name, node in _public(_module(path).body) if ast.get_docstring(node) is None)


def test_everything_public_has_a_docstring():
    assert _against(_silent) == []


def _does_something(path: Path) -> bool:
    """Whether there is a function with a body: fields, protocols and tables have no behaviour to test."""
    return any(
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and any(not (isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant)) for line in node.body)
        for node in _nodes(path)
    )


def _untested(path: Path) -> Iterator[str]:
    relative = path.relative_to(PACKAGE)
    if relative.as_posix() in UNMIRRORED or not _does_something(path) or relative.stem == "__main__":
        return
    place, stem = ROOT / "tests" / relative.parent, relative.stem
    if stem == "__init__":
        place, stem = place.parent, place.name
    found = [*place.glob(f"test_{stem}.py"), *place.glob(f"test_{stem}_*.py"), *place.glob(f"{stem}/test_*.py")]
    if not found:
        yield f"no {place.relative_to(ROOT)}/test_{stem}.py"


def test_every_module_that_does_something_has_a_test_file_of_its_name():
    assert _against(_untested) == []


def _addresses(path: Path) -> list[str]:
    return re.findall(r"https?://(?:cdn|unpkg|fonts\.|esm\.sh)[^\s\"']*", _text(path))


def test_nothing_is_fetched_from_the_internet():
    assert _against(_addresses) == []


def test_no_layer_imports_what_stands_above_it():
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def _loaded_by(code: str) -> set[str]:
    """The top-level packages that a fresh interpreter has loaded after `code`."""
    report = "import sys; print('\\n' + ' '.join(sorted({name.partition('.')[0] for name in sys.modules})))"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{report}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return set(done.stdout.splitlines()[-1].split())


def test_importing_the_package_loads_nothing_heavy():
    loaded = _loaded_by("import clausius_panel")
    assert "clausius_panel" in loaded
    assert loaded & {"panel", "bokeh", "mcp", "pandas", "duckdb", "paramiko", "click", "holoviews"} == set()


def test_the_command_line_answers_help_without_panel_or_mcp():
    loaded = _loaded_by(
        "import contextlib, sys\n"
        "from clausius_panel.cli import main\n"
        "sys.argv = ['clausius', '--help']\n"
        "with contextlib.suppress(SystemExit):\n"
        "    main()"
    )
    assert "click" in loaded
    assert loaded & {"panel", "bokeh", "mcp", "pandas", "holoviews"} == set()
