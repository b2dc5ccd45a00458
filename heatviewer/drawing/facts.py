"""What OpenGL is on this machine. A broken driver may end the process: ask in a child."""

from __future__ import annotations

from typing import Any

from heatviewer.core.errors import EngineError

_LINES = {
    "OpenGL vendor string": "vendor",
    "OpenGL renderer string": "renderer",
    "OpenGL version string": "version",
}


def opengl_facts() -> dict[str, Any]:
    """Return OpenGL's vendor, renderer and version, and how it is reached without a window.

    Raises
    ------
    EngineError
        No OpenGL context can be made.
    """
    from vtkmodules.vtkRenderingCore import vtkRenderWindow
    from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLRenderWindow  # noqa: F401 (registers itself)

    window = vtkRenderWindow()
    window.SetOffScreenRendering(True)
    window.SetSize(8, 8)
    window.Render()
    pairs = (line.partition(":") for line in window.ReportCapabilities().splitlines())
    facts = {_LINES[name]: value.strip() for name, _, value in pairs if name in _LINES}
    if not facts:
        raise EngineError("OpenGL", "no context can be made", "3D works without it, in software")
    return facts | {"through": window.GetClassName()}
