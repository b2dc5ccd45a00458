"""RT dose: planes where their offsets say, in gray, and the sum of a plan's parts.

PS3.3 C.8.8.3 (RT Dose Module). Each file is a dose of its own; files of single planes that share
their series, plan and beams make one.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from heatviewer.io.dicom.dose_planes import UnevenHeatmap, placed_planes, stack_of
from heatviewer.io.dicom.dose_sum import DoseSum, reason_against
from heatviewer.io.dicom.elements import integer, item, items, number, text
from heatviewer.io.dicom.file_elements import DAMAGE, by_object, damaged, read_with
from heatviewer.io.dicom.series import volume_id
from heatviewer.io.dicom.stack_heatmap import StackHeatmap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from heatviewer.io.dicom.elements import Elements
    from heatviewer.io.dicom.header import SliceHeader
    from heatviewer.io.listing import Found
    from heatviewer.io.progress import Progress

_UNITS: Final = {"GY": "Gy", "RELATIVE": "relative"}
#: What the parts of a plan's dose are called; these are added up.
_PARTS: Final = {
    "BEAM": "beam",
    "BEAM_SESSION": "beam of one session",
    "FRACTION": "fraction group",
    "FRACTION_SESSION": "fraction of one session",
    "BRACHY": "brachytherapy setup",
    "BRACHY_SESSION": "brachytherapy setup of one session",
}
#: What other doses that are not the plan's are.
_OTHERS: Final = {
    "CONTROL_POINT": "is the dose of control points of a beam, not of the plan",
    "MULTI_PLAN": "is the dose of several plans together",
    "PLAN_OVERVIEW": "is an overview of the doses of several plans",
    "RECORD": "is the dose of a treatment record, not of the plan",
    "": "does not say what dose it is (DoseSummationType (3004,000A) is missing)",
}


@dataclass(frozen=True, eq=False)
class DoseFile:
    """One RT dose, as its file says: planes in the unit of the data, and whose dose it is.

    Attributes
    ----------
    planes : tuple of SliceHeader
        In the file's order, each at its place.
    summation, dose_type, unit : str
        DoseSummationType, DoseType, and the unit as it is shown.
    plan, study : str
        UIDs of the plan that it is of, and of the study.
    parts : tuple of int
        Numbers of the beams, or else fraction groups, that it is of.
    facts : dict
        For ``Volume.info``.
    warnings : tuple of str
        What is odd about it.
    """

    planes: tuple[SliceHeader, ...]
    summation: str
    dose_type: str
    unit: str
    plan: str
    study: str
    parts: tuple[int, ...]
    facts: dict[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def first(self) -> SliceHeader:
        """Its first plane."""
        return self.planes[0]

    @property
    def kin(self) -> tuple[str, ...]:
        """What doses have in common that may be added up."""
        frame = self.first.file.frame_of_reference
        return self.plan or self.study, frame, self.summation, self.dose_type, self.unit

    @property
    def name(self) -> str:
        """As lists show it: ``Dose (BEAM 2)``."""
        numbers = "+".join(str(part) for part in self.parts) if self.summation in _PARTS else ""
        kind = "" if self.dose_type in ("", "PHYSICAL") else f", {self.dose_type.lower()}"
        of = f"{self.summation} {numbers}".strip() or "of unknown parts"
        return f"{self.first.file.description or 'Dose'} ({of}{kind})"


def doses_of(headers: Sequence[SliceHeader], progress: Progress) -> list[Found]:
    """Return the doses of all RT dose files found, plans first, and the sums of parts of a plan.

    Parameters
    ----------
    headers : sequence of SliceHeader
        Of all series, as beams may lie in series of their own.
    """
    single = []
    for planes in by_object(headers):
        progress.check()
        single.append(_dose_file(planes[0]))
    files = _stacked(single)
    has_plan = any(dose.summation == "PLAN" for dose in files)
    kin: dict[tuple[str, ...], list[DoseFile]] = defaultdict(list)
    for dose in files:
        kin[dose.kin].append(dose)
    for family in kin.values():
        family.sort(key=lambda dose: dose.parts)
    plans: list[Found] = []
    sums: list[Found] = []
    others: list[Found] = []
    counts: dict[str, int] = defaultdict(int)
    for family in sorted(kin.values(), key=lambda family: family[0].summation != "PLAN"):
        found = [_heatmap(dose, counts, _role_in(dose, family), has_plan) for dose in family]
        of_plan = family[0].summation == "PLAN"
        (plans if of_plan else others).extend(found)
        if family[0].summation in _PARTS and len(family) > 1:
            added, reason = _sum(family, found, has_plan)
            sums.extend(added)
            if reason:
                others[-len(found) :] = [_with_warning(one, reason) for one in found]
    return [*plans, *sums, *others]


def _dose_file(header: SliceHeader) -> DoseFile:
    try:
        return read_with(header.path, lambda ds: _dose_of(header, ds))
    except DAMAGE:
        return DoseFile((damaged(header),), "", "", "", "", "", ())


def _dose_of(header: SliceHeader, ds: Elements) -> DoseFile:
    warnings: list[str] = []
    header, unit = _scaled(header, ds, warnings)
    summation = text(ds, "DoseSummationType").upper()
    dose_type = text(ds, "DoseType").upper()
    if dose_type == "ERROR":
        warnings.append("is the error of a dose (DoseType (3004,0004) ERROR), not a dose")
    plan = item(ds, "ReferencedRTPlanSequence")
    facts = {
        "dose summation": summation,
        "dose type": dose_type.lower(),
        "dose comment": text(ds, "DoseComment"),
        "dose grid scaling": number(ds, "DoseGridScaling"),
    }
    return DoseFile(
        placed_planes(header, ds, warnings),
        summation,
        dose_type,
        unit,
        "" if plan is None else text(plan, "ReferencedSOPInstanceUID"),
        text(ds, "StudyInstanceUID"),
        _parts_in(plan),
        {key: value for key, value in facts.items() if value not in ("", None)},
        tuple(warnings),
    )


def _scaled(header: SliceHeader, ds: Elements, warnings: list[str]) -> tuple[SliceHeader, str]:
    """Return the header with the dose's scale, unit and kind, and the unit."""
    scaling = number(ds, "DoseGridScaling")
    if scaling is None or scaling <= 0:
        missing = "is missing" if scaling is None else "is not positive"
        warnings.append(f"shows stored numbers: DoseGridScaling (3004,000E) {missing}, the dose is not known")
        return replace(header, slope=1.0, intercept=0.0, unit="", kind="", notes=()), ""
    units = text(ds, "DoseUnits").upper()
    if not units:
        warnings.append("does not name its unit (DoseUnits (3004,0002) is missing)")
    unit = _UNITS.get(units, units.lower())
    return replace(header, slope=scaling, intercept=0.0, unit=unit, kind="dose", notes=()), unit


def _parts_in(plan: Elements | None) -> tuple[int, ...]:
    """Return the numbers of the beams or brachytherapy setups, else of the fraction groups."""
    groups = [] if plan is None else items(plan, "ReferencedFractionGroupSequence")
    beams = [
        integer(part, keyword, 0)
        for group in groups
        for sequence, keyword in (
            ("ReferencedBeamSequence", "ReferencedBeamNumber"),
            ("ReferencedBrachyApplicationSetupSequence", "ReferencedBrachyApplicationSetupNumber"),
        )
        for part in items(group, sequence)
    ]
    return tuple(beams or [integer(group, "ReferencedFractionGroupNumber", 0) for group in groups])


def _stacked(doses: list[DoseFile]) -> list[DoseFile]:
    """Join files of single planes at different places that are otherwise one dose."""
    joined: dict[object, DoseFile] = {}
    for dose in doses:
        key: object = id(dose)
        if len(dose.planes) == 1 and dose.first.position is not None:
            key = (dose.first.file.series_uid, dose.kin, dose.parts)
        found = joined.get(key)
        if found is None:
            joined[key] = dose
        elif dose.first.position in {plane.position for plane in found.planes}:
            joined[id(dose)] = dose
        else:
            joined[key] = replace(found, planes=(*found.planes, *dose.planes))
    return list(joined.values())


def _role_in(dose: DoseFile, family: Sequence[DoseFile]) -> str:
    """Return the warning that says whose dose it is; empty for a plan's."""
    if dose.summation == "PLAN":
        return ""
    if dose.summation not in _PARTS:
        return _OTHERS.get(dose.summation, f"is a dose of the kind {dose.summation}, not of the plan")
    of = f" ({family.index(dose) + 1} of {len(family)})" if len(family) > 1 else ""
    what = _PARTS[dose.summation]
    if len(dose.parts) > 1:
        listed = ", ".join(str(part) for part in dose.parts)
        return f"is the dose of {len(dose.parts)} parts ({what} {listed}){of}, not of the plan"
    return f"is the dose of one {what}{of}, not of the plan"


def _heatmap(dose: DoseFile, counts: dict[str, int], role: str, has_plan: bool) -> StackHeatmap:
    stack, file = stack_of(dose.planes), dose.first.file
    secondary = dose.summation != "PLAN" if has_plan else dose.summation in (*_PARTS, "CONTROL_POINT")
    made = StackHeatmap(
        replace(stack, id=volume_id(file, counts[file.series_uid])),
        dose.name,
        dose.facts,
        tuple(filter(None, (role, *dose.warnings))),
        secondary=secondary,
    )
    counts[file.series_uid] += 1
    return UnevenHeatmap.of(made)


def _sum(
    family: Sequence[DoseFile], found: Sequence[StackHeatmap], has_plan: bool
) -> tuple[list[DoseSum], str]:
    """Return the sum of a plan's parts, or why there is none, as a warning of each part."""
    reason = reason_against(found)
    if reason:
        return [], f"cannot be added to the others: {reason}"
    summation = family[0].summation
    warnings = [
        f"was added up here from {len(family)} {summation} doses; whether the plan has more is not known"
    ]
    numbers = [part for dose in family for part in dose.parts]
    twice = sorted({part for part in numbers if numbers.count(part) > 1})
    if twice:
        listed = ", ".join(str(part) for part in twice)
        warnings.append(f"holds the dose of {_PARTS[summation]} {listed} more than once")
    if family[0].unit == "relative":
        warnings.append("is right only where the parts are relative to one dose")
    facts = {"dose summation": f"sum of {len(family)} {summation}", "dose type": family[0].dose_type.lower()}
    name = f"Sum of {len(family)} {summation} doses"
    return [DoseSum(tuple(found), name, facts, tuple(warnings), has_plan)], ""


def _with_warning(one: StackHeatmap, text: str) -> StackHeatmap:
    return replace(one, warnings=(*one.warnings, text))
