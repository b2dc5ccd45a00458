"""``doctor``: what this machine has for the program.

Qt and OpenGL are asked in child processes, because a broken driver ends the process that asks: then
that is what the doctor found.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from heatviewer.cli.output import facts, write_json, write_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from heatviewer.cli.parse import Parsed

_PACKAGES = (
    "numpy", "scipy", "nibabel", "pydicom", "isal", "Pillow", "vtk", "pydantic", "psygnal", "cmap",
    "platformdirs", "tqdm", "PySide6-Essentials", "pyqtgraph",
)  # fmt: skip
#: A first start of Qt or VTK from a cold disk takes some seconds; a driver that hangs takes for ever.
_PATIENCE_S = 60
#: Asked for by this environment variable, so that no option of the command line is taken by it.
ASK = "HEATVIEWER_DOCTOR_ASKS"


def doctor(parsed: Parsed) -> int:
    """Tell versions, Qt platform, OpenGL renderer, 3D engine, image decoders and folders."""
    asked = os.environ.get(ASK)
    if asked:
        print(json.dumps(_QUESTIONS[asked]()))
        return 0
    findings = examine()
    if parsed.values.get("json"):
        write_json(findings)
    else:
        write_text(_text(findings))
    return 0


def examine() -> dict[str, Any]:
    """Return all findings; what could not be found out is a dict with an ``error``."""
    from concurrent.futures import ThreadPoolExecutor

    import platformdirs

    from heatviewer import __version__
    from heatviewer.app.settings import preferences_path

    with ThreadPoolExecutor(len(_QUESTIONS)) as pool:
        answers = dict(zip(_QUESTIONS, pool.map(_ask, _QUESTIONS), strict=True))
    return {
        "heatviewer": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "packages": {name: _version(name) for name in _PACKAGES},
        **answers,
        "folders": {
            "config": str(preferences_path().parent),
            "log": platformdirs.user_log_dir("heatviewer", appauthor=False),
        },
    }


def _version(package: str) -> str | None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return None


# --- questions, answered in a child process ------------------------------------------------------


def _qt() -> dict[str, Any]:
    from heatviewer.ui.facts import qt_facts

    return qt_facts()


def _opengl() -> dict[str, Any]:
    from heatviewer.drawing.facts import opengl_facts

    return opengl_facts()


def _engine() -> dict[str, Any]:
    from heatviewer.drawing.engine import create_engine

    return {"name": create_engine("auto").name}


def _decoders() -> dict[str, Any]:
    from heatviewer.io.dicom.decoders import image_decoders

    return {name: list(found) for name, found in image_decoders().items()}


_QUESTIONS: dict[str, Callable[[], dict[str, Any]]] = {
    "qt": _qt,
    "opengl": _opengl,
    "engine": _engine,
    "decoders": _decoders,
}


def _ask(question: str) -> dict[str, Any]:
    """Return a child's answer, or what became of it."""
    # A bundled program is its own interpreter and knows no -m.
    program = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "heatviewer"]
    try:
        child = subprocess.run(
            [*program, "doctor"],
            env=os.environ | {ASK: question},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"error": f"no answer within {_PATIENCE_S} s"}
    if child.returncode == 0:
        answer: dict[str, Any] = json.loads(child.stdout)
        return answer
    return {"error": _what_became(child.returncode, child.stderr.decode(errors="replace"))}


def _what_became(status: int, messages: str) -> str:
    """Return a child's end in words: its signal and first message, or its last message."""
    lines = [line.strip() for line in messages.splitlines() if line.strip()]
    if status < 0:
        import signal

        names = {int(s): s.name for s in signal.Signals}
        ended = f"ended by {names.get(-status, f'signal {-status}')}"
        return f"{ended} ({lines[0]})" if lines else ended
    return lines[-1].removeprefix("heatviewer: error: ") if lines else f"ended with status {status}"


# --- for people --------------------------------------------------------------------------------


def _text(findings: dict[str, Any]) -> str:
    engine, decoders = findings["engine"], findings["decoders"]
    program = {
        "heatviewer": findings["heatviewer"],
        "python": findings["python"],
        "system": findings["system"],
        "3D engine": _answer(engine, lambda: engine["name"]),
    }
    sections = {
        "Program": program,
        "Qt": _pairs(findings["qt"]),
        "OpenGL": _pairs(findings["opengl"]),
        "Image decoders of DICOM": _pairs(decoders),
        "Packages": {name: found or "not installed" for name, found in findings["packages"].items()},
        "Folders": findings["folders"],
    }
    return "\n\n".join(f"{title}\n{facts(pairs, indent=2)}" for title, pairs in sections.items())


def _pairs(answer: dict[str, Any]) -> dict[str, str]:
    return {name: _words(value) for name, value in answer.items()}


def _words(value: Any) -> str:
    return (", ".join(value) or "none") if isinstance(value, list) else str(value)


def _answer(answer: dict[str, Any], words: Callable[[], str]) -> str:
    return f"none ({answer['error']})" if "error" in answer else words()
