"""Memory that was used for a moment is given back to the system."""

from __future__ import annotations

import ctypes
import sys


def give_back() -> None:
    """Return freed memory to the system, where the C library keeps it for later.

    Reading and fusing take as much again as a study for a moment, on threads whose freed memory
    glibc does not return by itself (tests/benchmarks/bench_memory.py: a quarter of a CT's size).
    Elsewhere nothing happens.
    """
    if not sys.platform.startswith("linux"):
        return
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
