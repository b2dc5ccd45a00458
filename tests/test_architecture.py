"""The layers of the program, read from its own imports."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "heatviewer"
BELOW = {  # package -> packages it may import
    "core": "",
    "sampling": "core",
    "io": "core sampling",
    "analysis": "core sampling",
    "model": "core",
    "drawing": "core sampling model",
    "documents": "core model",
    "app": "core sampling io analysis model drawing documents",
    "ui": "core sampling io analysis model drawing documents app",
    "api": "core io analysis model drawing documents app ui",
    "cli": "core io analysis model drawing documents app ui",
    "__init__": "api app core",
    "__main__": "cli",
}
ONLY_IN = {
    "PySide6": "ui",
    "pyqtgraph": "ui",
    "vtkmodules": "drawing sampling",
    "vtk": "",
    "nibabel": "io",
    "pydicom": "io",
    "isal": "io",
    "pydantic": "model drawing documents app ui cli",
    "psygnal": "model drawing documents app ui",
    "cmap": "model",
    "scipy": "sampling analysis drawing",
    "contourpy": "drawing",
    "PIL": "io drawing",
    "SimpleITK": "",
    "nrrd": "io",
    "highdicom": "io",
    "imagecodecs": "io",
    "tifffile": "io",
    "tqdm": "cli app",
}
#: Never imported with the module that uses them.
LATE = (
    "scipy", "nibabel", "pydicom", "PIL", "cmap", "contourpy", "tqdm", "nrrd", "highdicom",
    "imagecodecs", "tifffile",
)  # fmt: skip


def _imports(node: ast.AST, package: tuple[str, ...]) -> Iterator[str]:
    """Yield each absolute name imported below a node, except for type checking."""
    if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
        return
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        parent = package[: len(package) - node.level + 1] if node.level else ()
        stem = ".".join([*parent, *filter(None, [node.module])])
        yield from (f"{stem}.{alias.name}" for alias in node.names)
    for child in ast.iter_child_nodes(node):
        yield from _imports(child, package)


SOURCES = sorted(ROOT.rglob("*.py"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_imports_point_downwards(path: Path) -> None:
    """A package imports only what lies below it, and each library has its owner."""
    layer = path.relative_to(ROOT).with_suffix("").parts[0]
    assert layer in BELOW, f"{path.name} lies in no layer"
    package = path.relative_to(ROOT.parent).parts[:-1]
    for name in _imports(ast.parse(path.read_text(encoding="utf-8")), package):
        library, _, rest = name.partition(".")
        if library == "heatviewer":
            target = rest.split(".")[0]
            if target in ("", "__version__"):
                continue
            assert target in {layer, *BELOW[layer].split()}, f"{layer} imports {name}"
        elif library in ONLY_IN:
            assert layer in ONLY_IN[library].split(), f"{layer} imports {name}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_slow_libraries_are_imported_late(path: Path) -> None:
    """Libraries that a start does not need are imported inside functions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    at_start = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    for node in at_start:
        for name in _imports(node, ()):
            assert name.partition(".")[0] not in LATE, f"{path.name} imports {name} with itself"


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_files_and_functions_stay_small(path: Path) -> None:
    """A file has at most 450 lines, a function at most 60."""
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 450
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or node.lineno) - node.lineno < 60, node.name


def _modules_after(code: str) -> set[str]:
    result = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    return set(result.stdout.split("\n")[-2].split())


def test_importing_the_package_is_light() -> None:
    """`import heatviewer` loads neither Qt nor VTK nor a reader."""
    loaded = _modules_after("import heatviewer")
    assert not loaded & {"PySide6", "pyqtgraph", "vtkmodules", "nibabel", "pydicom", "scipy", "numpy"}


def test_public_names_survive_importing_everything() -> None:
    """No module hides a public function of the package by its name."""
    code = (
        "import importlib, pkgutil, heatviewer as hv\n"
        "names = [m.name for m in pkgutil.walk_packages(hv.__path__, 'heatviewer.')]\n"
        "[importlib.import_module(n) for n in names if not n.endswith('__main__')]\n"
        "assert callable(hv.open) and callable(hv.render) and callable(hv.show) and callable(hv.Scene)"
    )
    assert "heatviewer.ui.main_window" in _modules_after(code)
