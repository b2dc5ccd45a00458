"""The one place that knows where the program's own data files lie."""

from __future__ import annotations

from pathlib import Path


def resource(*parts: str) -> Path:
    """Return the path of a shipped file, such as ``resource("fonts", "DejaVuSans.ttf")``.

    In an installed package the folder lies inside it; in a source checkout beside it.
    """
    package = Path(__file__).parents[1]
    for root in (package / "resources", package.parent / "resources"):
        path = root.joinpath(*parts)
        if path.exists():
            return path
    raise FileNotFoundError("/".join(("resources", *parts)))
