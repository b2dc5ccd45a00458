"""Maps of a quantity: DICOM Parametric Maps, and derived images such as ADC or CBF.

PS3.3 A.75 and C.8.23 (Parametric Map). Stored numbers become values by the file's real world
value mapping; in a classic image the rescale slope and intercept are shown, as everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from heatviewer.io.dicom.elements import private_numbers, text
from heatviewer.io.dicom.file_elements import of_frame, read_with, said_in
from heatviewer.io.dicom.real_world import Mapping, mappings_of
from heatviewer.io.dicom.series import Stack, stacks_of
from heatviewer.io.dicom.stack_heatmap import StackHeatmap
from heatviewer.io.scaling import slabs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from heatviewer.core.volume import Volume
    from heatviewer.io.dicom.elements import Elements
    from heatviewer.io.dicom.header import SliceHeader
    from heatviewer.io.listing import Early, Found, SeriesInfo
    from heatviewer.io.progress import Progress

#: The Storage SOP Class of a Parametric Map.
SOP_CLASS: Final = "1.2.840.10008.5.1.4.1.1.30"
#: What ImageType calls a derived quantity (PS3.3 C.8.13.3.1.1 and makers' words), and its name.
_QUANTITIES: Final = {
    "ADC": "ADC", "EADC": "exponential ADC", "FA": "FA", "CBF": "CBF", "RELCBF": "relative CBF",
    "RCBF": "relative CBF", "CBV": "CBV", "RELCBV": "relative CBV", "RCBV": "relative CBV", "MTT": "MTT",
    "RELMTT": "relative MTT", "TTP": "time to peak", "TMAX": "Tmax", "TTD": "time to drain", "GBP": "GBP",
    "PBP": "percentage of baseline", "KTRANS": "Ktrans", "KEP": "kep", "VE": "ve", "VP": "vp",
    "IAUC": "initial area under the curve", "T1 MAP": "T1", "T2 MAP": "T2", "T2 STAR MAP": "T2*",
    "R2 MAP": "R2", "R2 STAR MAP": "R2*", "T MAP": "t map", "PERFUSION MAP": "perfusion",
    "FAT FRACTION": "fat fraction", "FF": "fat fraction",
}  # fmt: skip


def maps_of(headers: Sequence[SliceHeader], progress: Progress) -> list[Found]:
    """Return the maps of a series of Parametric Maps: one for each quantity and unit."""
    files, headers = said_in(headers, _said, progress)
    planes: list[SliceHeader] = []
    mappings: dict[tuple[Any, ...], Mapping | None] = {}
    for header in headers:
        of_file = files[header.path][1] if header.path in files else [None]
        mapping = of_frame(of_file, header)
        part = (*header.part, *_part(mapping))
        mappings[part] = mapping
        planes.append(_mapped(header, mapping, part))
    return [
        _named(stack, mappings[stack.first.part], files[stack.first.path][0]) for stack in stacks_of(planes)
    ]


def _said(ds: Elements) -> tuple[str, list[Mapping | None]]:
    """Return what a file calls its content, and each frame's mapping."""
    return text(ds, "ContentDescription") or text(ds, "ContentLabel"), mappings_of(ds)


def images_of(headers: Sequence[SliceHeader], progress: Progress) -> list[Found]:
    """Return the volumes of a series of images; derived quantities as heatmaps."""
    found: list[Found] = []
    for stack in stacks_of(headers):
        progress.check()
        found.append(_image(stack))
    return found


def _part(mapping: Mapping | None) -> tuple[Any, ...]:
    """Return what planes of one map have in common; slopes may differ from plane to plane."""
    return () if mapping is None else (mapping.quantity, mapping.code, mapping.table, mapping.first)


def _mapped(header: SliceHeader, mapping: Mapping | None, part: tuple[Any, ...]) -> SliceHeader:
    if mapping is None:
        return replace(header, part=part)
    # A window is in the unit of the numbers before the mapping only where these are the same.
    same = (mapping.slope, mapping.intercept) == (header.slope, header.intercept) and not mapping.table
    return replace(
        header,
        slope=1.0 if mapping.table else mapping.slope,
        intercept=0.0 if mapping.table else mapping.intercept,
        unit=mapping.unit,
        kind=mapping.kind,
        window=header.window if same else None,
        windows=header.windows if same else (),
        part=part,
    )


def _named(stack: Stack, mapping: Mapping | None, content: str) -> StackHeatmap:
    description = stack.first.file.description
    quantity = "" if mapping is None else mapping.quantity
    name = description or content or "map"
    if quantity and quantity not in name:
        name = f"{description} ({quantity})" if description else quantity
    if mapping is None:
        missing = "has no real world value mapping: its numbers are shown as stored"
        return StackHeatmap(stack, name, warnings=(missing,))
    scales = {(plane.slope, plane.intercept) for plane in stack.slices}
    words = (
        mapping.words if len(scales) == 1 else "stored × slope + intercept, which differ from plane to plane"
    )
    facts = {"quantity": quantity, "unit code": mapping.code, "values": words}
    facts = {key: value for key, value in facts.items() if value}
    if mapping.table:
        return TableHeatmap(stack, name, facts, mapping=mapping)
    return StackHeatmap(stack, name, facts)


def _image(stack: Stack) -> Found:
    """Return an image as it is, with what its mapping says, or as the heatmap of what was derived."""
    first = stack.first
    if first.file.problem:
        return stack
    mappings, scale = read_with(first.path, _scales_in)
    facts, notes = _on_mapping(first, of_frame(mappings, first))
    if scale:
        facts["Philips scale slope (2005,100E)"] = scale[0]
        facts["values"] = "displayed values: stored × RescaleSlope + RescaleIntercept"
    quantity = _derived(first.frame_key.image_type)
    if quantity:
        name = first.file.description or quantity
        return StackHeatmap(stack, name, facts | {"quantity": quantity}, notes)
    if not facts and not notes:
        return stack
    file = replace(first.file, facts={**first.file.facts, **facts})
    frames = ((replace(first, file=file), *stack.frames[0][1:]), *stack.frames[1:])
    return replace(stack, frames=frames, warnings=(*notes, *stack.warnings))


def _scales_in(ds: Elements) -> tuple[list[Mapping | None], tuple[float, ...]]:
    """Return each frame's mapping, and Philips' scale slope where there is one."""
    return mappings_of(ds), private_numbers(ds, 0x2005, "Philips MR Imaging DD", 0x0E)


def _on_mapping(header: SliceHeader, mapping: Mapping | None) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return facts and a warning on a real world value mapping that differs from what is shown."""
    if mapping is None:
        return {}, ()
    facts = {"real world values": mapping.words, "quantity": mapping.quantity}
    shown = np.array([header.slope, header.intercept])
    if not mapping.table and np.allclose((mapping.slope, mapping.intercept), shown, rtol=1e-5, atol=0):
        return {key: value for key, value in facts.items() if value}, ()
    warning = (
        f"shows values by RescaleSlope and RescaleIntercept; its real world value mapping differs "
        f"({mapping.words})"
    )
    return {key: value for key, value in facts.items() if value}, (warning,)


def _derived(image_type: tuple[str, ...]) -> str:
    """Return the quantity that ImageType names in a derived image, or empty."""
    if not image_type or image_type[0].upper() != "DERIVED":
        return ""
    words = (word.upper().replace("_", " ") for word in image_type[2:])
    return next((_QUANTITIES[word] for word in words if word in _QUANTITIES), "")


@dataclass(frozen=True, eq=False)
class TableHeatmap(StackHeatmap):
    """A map whose stored integers become values by a table; numbers outside it have none.

    Attributes
    ----------
    mapping : Mapping
        With a table.
    """

    mapping: Mapping | None = None

    def info(self) -> SeriesInfo:
        """Return it as one line of a listing."""
        return replace(super().info(), dtype="float64")

    def open(self, progress: Progress, early: Early | None = None, like: Volume | None = None) -> Volume:  # noqa: ARG002 (a coarse volume would need the table too)
        """Read it; see ``Found.open``."""
        return self._by_table(super().open(progress), progress)

    def thumbnail(self) -> Volume:
        """Read one plane through the middle; see ``Found.thumbnail``."""
        return self._by_table(super().thumbnail(), None)

    def _by_table(self, volume: Volume, progress: Progress | None) -> Volume:
        if self.mapping is None:
            return volume
        out = np.empty(volume.shape, np.float64, order="F")
        for source, target in zip(slabs(volume.stored), slabs(out), strict=True):
            if progress is not None:
                progress.check()
            target[...] = _looked_up(source, self.mapping)
        return replace(volume, stored=out, slope=1.0, intercept=0.0, padding=None)


def _looked_up(stored: NDArray[Any], mapping: Mapping) -> NDArray[np.float64]:
    """Return a table's values of stored numbers; NaN outside the table."""
    table = np.asarray(mapping.table)
    places = stored.astype(np.int64) - mapping.first
    inside = (places >= 0) & (places < table.size)
    return np.where(inside, table[np.clip(places, 0, table.size - 1)], np.nan)
