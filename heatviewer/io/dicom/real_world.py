"""Real world values: what stored numbers mean, and in which unit (PS3.3 C.7.6.16.2.11)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from heatviewer.io.dicom.elements import item, items, number, numbers, text
from heatviewer.io.dicom.frames import frame_groups

if TYPE_CHECKING:
    from heatviewer.io.dicom.elements import Elements

_SEQUENCE: Final = "RealWorldValueMappingSequence"
#: UCUM codes as people write them; others are shown as they are.
_UNITS: Final = {
    "1": "",
    "[hnsf'U]": "HU",
    "{SUVbw}g/ml": "SUV",
    "g/ml{SUVbw}": "SUV",
    "{SUVlbm}g/ml": "SUVlbm",
    "g/ml{SUVlbm}": "SUVlbm",
    "{SUVbsa}cm2/ml": "SUVbsa",
    "cm2/ml{SUVbsa}": "SUVbsa",
    "{SUVibw}g/ml": "SUVibw",
    "g/ml{SUVibw}": "SUVibw",
}


@dataclass(frozen=True)
class Mapping:
    """How a frame's stored numbers become values: linear, or by a table.

    Attributes
    ----------
    slope, intercept : float
        Value = stored × slope + intercept, where there is no table.
    table : tuple of float
        Values of the stored numbers from `first` on; empty for a linear mapping.
    first : int
        Stored number of the table's first value.
    unit, code : str
        As shown, and as coded.
    quantity : str
        What is measured, or how the file calls the mapping; empty where it does not say.
    """

    slope: float
    intercept: float
    table: tuple[float, ...]
    first: int
    unit: str
    code: str
    quantity: str

    @property
    def kind(self) -> str:
        """As in ``Volume``."""
        return "suv" if self.unit.startswith("SUV") else ""

    @property
    def words(self) -> str:
        """The mapping in words."""
        unit = f" {self.unit}" if self.unit else ""
        if self.table:
            return f"a table of {len(self.table)} values{unit}"
        return f"stored × {self.slope:.6g} + {self.intercept:.6g}{unit}"


def mappings_of(ds: Elements) -> list[Mapping | None]:
    """Return the first mapping of each frame, or of the image; None where one has none."""
    groups = frame_groups(ds)
    if not groups:
        shared = item(ds, "SharedFunctionalGroupsSequence")
        return [_mapping(item(shared, _SEQUENCE) or item(ds, _SEQUENCE))]
    top = item(ds, _SEQUENCE)
    return [_mapping(group.find(_SEQUENCE) or top) for group in groups]


def _mapping(ds: Elements | None) -> Mapping | None:
    """Return an item of the sequence; None where it maps nothing."""
    if ds is None:
        return None
    table = numbers(ds, "RealWorldValueLUTData") or ()
    slope = number(ds, "RealWorldValueSlope")
    if not table and not slope:
        return None
    units = item(ds, "MeasurementUnitsCodeSequence")
    code = "" if units is None else text(units, "CodeValue") or text(units, "LongCodeValue")
    return Mapping(
        slope=slope or 1.0,
        intercept=number(ds, "RealWorldValueIntercept") or 0.0,
        table=table,
        first=int(number(ds, "RealWorldValueFirstValueMapped") or 0),
        unit=_UNITS.get(code, code),
        code=code,
        quantity=_quantity(ds),
    )


def _quantity(ds: Elements) -> str:
    for definition in items(ds, "QuantityDefinitionSequence"):
        code = item(definition, "ConceptCodeSequence")
        if code is not None and text(code, "CodeMeaning"):
            return text(code, "CodeMeaning")
    return text(ds, "LUTExplanation") or text(ds, "LUTLabel")
