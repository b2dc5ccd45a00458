"""Words, names and units that the readers of files share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np

NO_ORIENTATION: Final = "has no orientation in the file; left and right are not certain"

#: What is no part of a volume's name, outermost first.
_SUFFIXES: Final = (
    ".gz", ".nii", ".hdr", ".img", ".nrrd", ".nhdr", ".mha", ".mhd", ".mgh", ".mgz", ".npy", ".npz",
    ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".webp",
)  # fmt: skip

#: Millimetres in the units of length that headers name.
MM_PER_UNIT: Final = {
    "mm": 1.0, "millimeter": 1.0, "cm": 10.0, "m": 1000.0, "inch": 25.4, "um": 1e-3, "µm": 1e-3, "μm": 1e-3,
    "micron": 1e-3, "microns": 1e-3, "micrometer": 1e-3, "nm": 1e-6,
}  # fmt: skip


def short_name(path: Path) -> str:
    """Return a file's name without the suffixes of its format."""
    name = path.name
    for suffix in _SUFFIXES:
        if name.lower().endswith(suffix) and len(name) > len(suffix):
            name = name[: -len(suffix)]
    return name


def detail_of(error: Exception, path: Path) -> str:
    """Return what a library says of a file, short, in one line and without the file's folder."""
    return " ".join(str(error).replace(str(path), "it").split())[:100]


def counted(n: int, noun: str) -> str:
    """Return ``"1 file"`` or ``"3 files"``."""
    return f"{n} {noun}{'' if n == 1 else 's'}"


def listed(names: Sequence[str], most: int = 5) -> str:
    """Return names as ``"a, b and 7 more"``."""
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def file_names(paths: Sequence[Path]) -> str:
    """Return some files' names, without their folders."""
    return listed([path.name for path in paths])


def size_words(sizes: tuple[int, ...]) -> str:
    """Return sizes as ``"256 × 256 × 180"``."""
    return " × ".join(str(n) for n in sizes)


def type_words(dtype: np.dtype[Any], colors: int = 1) -> str:
    """Return an element type for the information view."""
    if colors > 1:
        name = {2: "grey and alpha", 3: "RGB", 4: "RGBA"}.get(colors, f"{colors} channels")
        return f"{name}, {8 * dtype.itemsize} bits each"
    order = "" if dtype.isnative else ", big-endian" if dtype.str[0] == ">" else ", little-endian"
    return f"{dtype.newbyteorder('=').name}{order}{', magnitudes shown' if dtype.kind == 'c' else ''}"
