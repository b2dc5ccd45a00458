"""The ray caster's long steps without Python's lock, so that the window goes on while they run.

VTK's wheels hold the lock in every call but a few (Update, Render), and the caster's steps are none
of these: a full picture would stop all slices for 0.7 s (tests/benchmarks/bench_volume.py measures
it). ctypes gives the lock up for the time of a call, so the steps are called by their C++ names.
Where a build of VTK has other names the wrapped methods are called: the same picture, but locked.
"""

from __future__ import annotations

import ctypes
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from vtkmodules import vtkRenderingVolume

if TYPE_CHECKING:
    from collections.abc import Callable

#: By the rule of the Itanium C++ ABI, which Linux and macOS follow.
_NAMES = {
    "RenderSubVolume": "_ZN32vtkFixedPointVolumeRayCastMapper15RenderSubVolumeEv",
    "PerVolumeInitialization": (
        "_ZN32vtkFixedPointVolumeRayCastMapper23PerVolumeInitializationEP11vtkRendererP9vtkVolume"
    ),
}


def call(mapper: Any, method: str, *arguments: Any) -> None:
    """Call a method of a vtkFixedPointVolumeRayCastMapper that takes VTK objects and gives nothing."""
    function = _function(_NAMES[method])
    if function is None:
        getattr(mapper, method)(*arguments)
    else:
        function(*(ctypes.c_void_p(_address(thing)) for thing in (mapper, *arguments)))


@lru_cache(maxsize=2)
def _function(name: str) -> Callable[..., Any] | None:
    try:
        # The wrapper's own library: a name is also looked for in those that it depends on.
        function = getattr(ctypes.CDLL(vtkRenderingVolume.__file__), name)
    except (AttributeError, OSError, TypeError):
        return None
    function.restype = None
    return function  # type: ignore[no-any-return]


def _address(thing: Any) -> int:
    """Return where a VTK object lies: its text is '_<hex>_p_<class>'."""
    return int(thing.__this__.split("_")[1], 16)
