"""What codes of a NIfTI header mean, in words (nifti1.h)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from heatviewer.core.volume import FrameAxis

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Intent codes whose values the program knows how to show.
KINDS: Final = {3: "t", 5: "z", 22: "p", 1002: "label"}
#: CIFTI: matrices of connectivity between places, in a NIfTI-2 file.
MATRIX_INTENTS: Final = range(3000, 3100)

_INTENTS: Final = {
    2: "correlation", 3: "t statistic", 4: "F statistic", 5: "z score", 6: "chi-squared statistic",
    7: "beta distribution", 8: "binomial distribution", 9: "gamma distribution",
    10: "Poisson distribution", 11: "normal distribution", 12: "non-central F statistic",
    13: "non-central chi-squared statistic", 14: "logistic distribution", 15: "Laplace distribution",
    16: "uniform distribution", 17: "non-central t statistic", 18: "Weibull distribution",
    19: "chi statistic", 20: "inverse Gaussian distribution", 21: "extreme value distribution",
    22: "p value", 23: "ln of the p value", 24: "log10 of the p value", 1001: "estimate of a parameter",
    1002: "label", 1003: "label of NeuroNames", 1004: "matrices", 1005: "symmetric matrices",
    1006: "displacement vectors", 1007: "vectors", 1008: "points", 1009: "triangles",
    1010: "quaternions", 1011: "a number without unit", 2001: "time series", 2002: "node index",
    2003: "RGB vectors", 2004: "RGBA vectors", 2005: "shape",
}  # fmt: skip
#: Intents with parameters in the header, and their names.
_PARAMETERS: Final = {
    2: ("degrees of freedom",), 3: ("degrees of freedom",), 6: ("degrees of freedom",),
    4: ("numerator degrees of freedom", "denominator degrees of freedom"),
}  # fmt: skip
_COMPONENTS: Final = (1004, 1005, 1006, 1007, 1010, 2003, 2004)
#: xyzt_units & 0x38: what the fourth axis counts, its unit, and how many of that a unit of pixdim is.
_FRAME_UNITS: Final = {
    8: ("time", "s", 1.0), 16: ("time", "s", 1e-3), 24: ("time", "s", 1e-6), 32: ("frequency", "Hz", 1.0),
    40: ("chemical shift", "ppm", 1.0), 48: ("angular frequency", "rad/s", 1.0),
}  # fmt: skip
_SPACE_UNITS: Final = {1: "m", 2: "mm", 3: "µm"}
_SPACES: Final = {
    1: "scanner", 2: "aligned with another image", 3: "Talairach", 4: "MNI 152", 5: "another template",
}  # fmt: skip


def intent_words(fields: Mapping[str, Any]) -> str:
    """Return what the values are said to be, with their parameters and name; empty where nothing is."""
    code = int(fields["intent"])
    words = _INTENTS.get(code, f"code {code}" if code else "")
    numbers = [
        f"{value:g} {name}"
        for name, value in zip(_PARAMETERS.get(code, ()), fields["parameters"], strict=False)
        if np.isfinite(value) and value > 0
    ]
    if numbers:
        words = f"{words} ({', '.join(numbers)})"
    name = bytes(fields["intent_name"]).split(b"\0")[0].decode("utf-8", "replace").strip()
    name = "".join(letter for letter in name if letter.isprintable())
    return ": ".join(part for part in (words, name) if part)


def space_words(code: int) -> str:
    """Return the space that an sform or qform leads to."""
    return _SPACES.get(code, f"code {code}")


def unit_words(units: int) -> str:
    """Return the header's unit of length."""
    return _SPACE_UNITS.get(units & 7, "not said; mm assumed")


def frame_axis(fields: Mapping[str, Any], dims: tuple[int, ...]) -> FrameAxis | None:
    """Return what the frames differ in, times in seconds; None where the header does not say."""
    further = [axis for axis, n in enumerate(dims) if axis > 2 and n > 1]
    if len(further) != 1:
        return None
    n = dims[further[0]]
    if further[0] == 4 and int(fields["intent"]) in _COMPONENTS:
        return FrameAxis("component", tuple(float(c) for c in range(1, n + 1)))
    if further[0] != 3 or int(fields["units"]) & 0x38 not in _FRAME_UNITS:
        return None
    name, unit, scale = _FRAME_UNITS[int(fields["units"]) & 0x38]
    step, first = float(fields["pixdim"][4]), float(fields["first_frame"])
    if not np.isfinite(step) or step <= 0:
        return None
    first = first if np.isfinite(first) else 0.0
    # Through decimal digits: 2.2 stored as float32 is 2.2 s, not 2.2000000477 s.
    first, step = (float(f"{value:.7g}") for value in (first, step))
    return FrameAxis(name, tuple(round((first + step * t) * scale, 9) for t in range(n)), unit)
