"""The b-value of a diffusion image: DICOM's own element, or what the makers wrote before there was one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from heatviewer.io.dicom.elements import number, private_numbers

if TYPE_CHECKING:
    from heatviewer.io.dicom.elements import Elements

#: Group, how the creator's text begins, and element: GE, Siemens, Philips.
_PRIVATE: Final = (
    (0x0043, "GEMS_PARM_01", 0x39),
    (0x0019, "SIEMENS MR HEADER", 0x0C),
    (0x2001, "Philips Imaging DD 001", 0x03),
)
#: Some GE machines add this to the value.
_GE_OFFSET: Final = 1e9


def b_value_of(ds: Elements) -> float:
    """Return the diffusion weighting, s/mm²; 0 where there is none."""
    value = number(ds, "DiffusionBValue")
    if value is not None:
        return value
    for group, creator, element in _PRIVATE:
        found = private_numbers(ds, group, creator, element)
        if found:
            return found[0] % _GE_OFFSET
    return 0.0
