"""3D engines: who draws a VolumeRequest, and how one is chosen."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, Literal, Protocol

from heatviewer.core.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from heatviewer.model.requests import VolumeRequest

EngineName = Literal["auto", "cpu", "off"]
#: Overrides what was asked for: 'off' switches 3D off on a machine where it does harm.
VARIABLE: Final = "HEATVIEWER_3D"


def never() -> bool:
    """Return that the work goes on."""
    return False


class VolumeEngine(Protocol):
    """Draws 3D pictures; used on one thread, which need not be the main one."""

    @property
    def name(self) -> str:
        """Which engine it is: ``'cpu'``, or another from the registry."""
        ...

    def render(
        self, request: VolumeRequest, transparent: bool = False, cancelled: Callable[[], bool] = never
    ) -> NDArray[np.uint8]:
        """Return RGBA, uint8 (height, width, 4), straight alpha.

        On black with alpha 255; with `transparent` the layers alone, colour 0 where alpha is 0.
        `cancelled` may be asked on the way to a full picture: once it says yes, `Cancelled` is raised.
        """
        ...

    def close(self) -> None:
        """Let go of all memory; the engine may be used again."""
        ...


def _cpu() -> VolumeEngine:
    # Loaded late: the caster's libraries cost 70 ms, and no slice needs them.
    from heatviewer.drawing.engine_cpu import CpuEngine

    return CpuEngine()


#: How an engine is made, by name; 'auto' takes the first that works, so a faster one goes in front.
ENGINES: dict[str, Callable[[], VolumeEngine]] = {"cpu": _cpu}


def create_engine(name: EngineName | str = "auto") -> VolumeEngine:
    """Return a 3D engine; EngineError says why there is none.

    'auto' tries the registered engines in order. The environment variable HEATVIEWER_3D, where
    set, is taken for 'auto'.
    """
    if name == "auto":
        name = os.environ.get(VARIABLE) or "auto"
    if name == "off":
        raise EngineError("3D", "switched off", f"Unset {VARIABLE} or choose 'auto' to switch it on")
    if name != "auto" and name not in ENGINES:
        known = ", ".join(("auto", *ENGINES, "off"))
        raise EngineError("3D", f"there is no engine called '{name}'", f"Choose one of {known}")
    return _first_that_works(list(ENGINES) if name == "auto" else [name])


def _first_that_works(names: list[str]) -> VolumeEngine:
    reasons = []
    for name in names:
        try:
            return ENGINES[name]()
        except (EngineError, ImportError, OSError) as error:
            reasons.append(f"{name}: {error}")
    raise EngineError("3D", "no engine works here", "; ".join(reasons))
