"""PET: an SUV where every number that it needs is there and can be true, else raw values with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from heatviewer.io import open_volume, scan
from heatviewer.model.defaults import default_range
from tests.dicom_files import as_volume, stored
from tests.io.frame_files import along_normal, group, plane_at, write_frames
from tests.io.pet_files import DOSE, HALF_LIFE, WEIGHT, injection, suv, write_pet

if TYPE_CHECKING:
    from pathlib import Path

    from heatviewer.core.volume import Volume

RAW = as_volume(stored(3)) * 2.0
HOUR = 3600.0


def _is_suv(volume: Volume, expected: Any) -> None:
    np.testing.assert_allclose(volume.array, expected, rtol=1e-5)
    assert (volume.unit, volume.kind) == ("SUV", "suv")
    assert default_range(volume) == (0.0, 7.0)


def _is_raw(volume: Volume, words: str, unit: str = "Bq/ml") -> None:
    np.testing.assert_array_equal(volume.array, RAW)
    assert (volume.unit, volume.kind) == (unit, "")
    assert any("not SUV" in text and words in text for text in volume.warnings), volume.warnings


def test_real_pet_has_its_known_suv(data_dir: Path) -> None:
    """A real PET in Bq/ml has the factor and the maximum that its publisher gives for its SUV."""
    path = data_dir / "pet-ct" / "pet_bqml_one_slice.dcm"
    volume = open_volume(path)
    _is_suv(volume, dcmread(path).pixel_array.T[:, :, None] * 9.12329 * 0.00059424853)
    assert volume.range is not None
    assert volume.range[1] == pytest.approx(7.194333, abs=1e-6)
    assert volume.info["SUV per Bq/ml"] == pytest.approx(0.00059424853, rel=1e-7)
    assert volume.info["patient weight (kg)"] == pytest.approx(69.7344)
    assert volume.info["injected dose (MBq)"] == pytest.approx(178.34001)
    assert volume.info["half-life (min)"] == pytest.approx(109.77)
    assert (volume.info["injection time"], volume.info["reference time"]) == ("14:17:00", "15:23:16")
    assert not volume.warnings
    assert scan(path).series[0].role == "heatmap"


def test_start_decays_the_dose_to_the_start_of_the_scan(tmp_path: Path) -> None:
    """START: one hour from injection to series, so the dose is one hour's decay smaller."""
    volume = open_volume(write_pet(tmp_path))
    _is_suv(volume, suv(RAW, HOUR))
    assert not volume.warnings


def test_admin_takes_the_dose_undecayed(tmp_path: Path) -> None:
    """ADMIN: images are corrected to the injection; times are not needed."""
    _is_suv(open_volume(write_pet(tmp_path, DecayCorrection="ADMIN", SeriesTime="170000")), suv(RAW, 0.0))


def test_uncorrected_frames_decay_by_their_own_time(tmp_path: Path) -> None:
    """NONE: each slice's dose is decayed to its own acquisition, and through its duration."""
    times = [{"AcquisitionTime": f"11{10 * n:02d}00"} for n in range(3)]
    corrected = ["ATTN"]
    volume = open_volume(write_pet(tmp_path / "a", DecayCorrection="NONE", CorrectedImage=corrected,
                                   slice_tags=times))  # fmt: skip
    expected = np.concatenate([suv(RAW[:, :, n : n + 1], HOUR + 600.0 * n) for n in range(3)], axis=2)
    _is_suv(volume, expected)
    assert "each image's AcquisitionTime" in volume.info["decay correction"]
    lasting = open_volume(write_pet(tmp_path / "b", DecayCorrection="NONE", CorrectedImage=corrected,
                                    slice_tags=times, ActualFrameDuration=1_800_000))  # fmt: skip
    seconds = np.linspace(0, 1800, 200_001)
    mean = np.trapezoid(0.5 ** (seconds / HALF_LIFE), seconds) / 1800.0
    _is_suv(lasting, expected / mean)


@pytest.mark.parametrize(
    ("scan_day", "tracer", "seconds"),
    [
        # 23:30 to 00:30 the next day, the injection's day given or not.
        ("20200311", {"RadiopharmaceuticalStartTime": "233000"}, HOUR),
        ("20200311", {"RadiopharmaceuticalStartDateTime": "20200310233000.00"}, HOUR),
        ("20200311", {"RadiopharmaceuticalStartDateTime": "20200310223000.00",
                      "RadiopharmaceuticalStartTime": "233000"}, 2 * HOUR),
        # The end of February of a leap year, and of a year.
        ("20200301", {"RadiopharmaceuticalStartDateTime": "20200229233000"}, HOUR),
        ("20210101", {"RadiopharmaceuticalStartDateTime": "20201231233000"}, HOUR),
        # Without any date times of day are enough.
        (None, {"RadiopharmaceuticalStartTime": "233000"}, HOUR),
    ],
)  # fmt: skip
def test_dates_past_midnight(
    tmp_path: Path, scan_day: str | None, tracer: dict[str, str], seconds: float
) -> None:
    """An injection before midnight is of the day before, by its date or, without one, as the only way."""
    dates = dict.fromkeys(("StudyDate", "SeriesDate", "AcquisitionDate"), scan_day)
    volume = open_volume(
        write_pet(
            tmp_path,
            **dates,
            SeriesTime="003000",
            AcquisitionTime="003000",
            RadiopharmaceuticalInformationSequence=injection(**tracer),
        )
    )
    _is_suv(volume, suv(RAW, seconds))


@pytest.mark.parametrize("start", ["20200310090000+0100", "20200310040000-0400", "20200309220000-1000"])
def test_the_time_zone_of_an_injection_counts(tmp_path: Path, start: str) -> None:
    """An injection's own offset from UTC is brought to that of the images."""
    tracer = injection(RadiopharmaceuticalStartDateTime=start)
    volume = open_volume(
        write_pet(tmp_path, TimezoneOffsetFromUTC="+0200", RadiopharmaceuticalInformationSequence=tracer)
    )
    _is_suv(volume, suv(RAW, HOUR))


@pytest.mark.parametrize("part", ["5", "50", "500000"])
def test_parts_of_a_second_are_decimals(tmp_path: Path, part: str) -> None:
    """However many digits a time has, they count from the point on."""
    tracer = injection(RadiopharmaceuticalStartDateTime=f"20200310100000.{part}")
    volume = open_volume(write_pet(tmp_path, RadiopharmaceuticalInformationSequence=tracer))
    assert volume.info["injection to reference (min)"] == pytest.approx(60 - 0.5 / 60, abs=1e-9)


def test_an_intercept_is_part_of_the_activity(tmp_path: Path) -> None:
    """SUV is of the rescaled value, intercept and all."""
    _is_suv(open_volume(write_pet(tmp_path, RescaleIntercept=50.0)), suv(RAW + 50.0, HOUR))


def test_a_series_time_after_the_scan_gives_way_to_the_earliest_acquisition(tmp_path: Path) -> None:
    """A series time set by later processing is not the scan's start; the first bed's is, with a warning."""
    times = [{"AcquisitionTime": text} for text in ("112000", "111000", "110000")]
    volume = open_volume(write_pet(tmp_path, SeriesTime="163000", slice_tags=times))
    _is_suv(volume, suv(RAW, HOUR))
    assert any("later than its first acquisition" in text for text in volume.warnings)
    assert volume.info["reference time"] == "11:00:00"


@pytest.mark.parametrize(
    ("elements", "words"),
    [
        ({"PatientWeight": None}, "PatientWeight (0010,1030) is missing"),
        ({"PatientWeight": 0.0}, "PatientWeight (0010,1030) is 0"),
        ({"PatientWeight": 70000.0}, "PatientWeight (0010,1030)"),
        ({"RadiopharmaceuticalInformationSequence": None}, "RadionuclideTotalDose (0018,1074) is missing"),
        ({"DecayCorrection": None}, "DecayCorrection (0054,1102) is missing"),
        ({"SeriesTime": None, "AcquisitionTime": None}, "SeriesTime (0008,0031)"),
        ({"CorrectedImage": ["DECY"]}, "not corrected for attenuation"),
        ({"CorrectedImage": ["ATTN"]}, "lacks DECY"),
        ({"DecayCorrection": "NONE", "AcquisitionTime": None}, "AcquisitionTime (0008,0032) is missing"),
    ],
)
def test_without_a_needed_number_values_stay_raw(
    tmp_path: Path, elements: dict[str, Any], words: str
) -> None:
    """What is missing or cannot be is named with its tag, and nothing is labelled SUV."""
    _is_raw(open_volume(write_pet(tmp_path, **elements)), words)


@pytest.mark.parametrize(
    ("tracer", "words"),
    [
        ({"RadionuclideTotalDose": None}, "RadionuclideTotalDose (0018,1074) is missing"),
        ({"RadionuclideTotalDose": 0.0}, "RadionuclideTotalDose (0018,1074) is 0"),
        ({"RadionuclideTotalDose": 350.0}, "may be in MBq"),
        ({"RadionuclideHalfLife": None}, "RadionuclideHalfLife (0018,1075) is missing"),
        ({"RadionuclideHalfLife": 0.0}, "RadionuclideHalfLife (0018,1075) is 0"),
        ({"RadiopharmaceuticalStartTime": None}, "RadiopharmaceuticalStartDateTime (0018,1078)"),
        ({"RadiopharmaceuticalStartTime": "120000"}, "later than the images"),
        ({"RadiopharmaceuticalStartDateTime": "20200310120000"}, "later than the images"),
        ({"RadiopharmaceuticalStartDateTime": "20200301100000"}, "half-lives before the images"),
        ({"RadionuclideHalfLife": 282240.0}, "does not tell the day"),
        ({"RadionuclideHalfLife": 45720.0}, "does not tell the day"),
    ],
)
def test_an_injection_that_cannot_be_leaves_values_raw(
    tmp_path: Path, tracer: dict[str, Any], words: str
) -> None:
    """A dose in MBq, a half-life of 0, an injection after the scan or days before: raw, with the tag."""
    _is_raw(
        open_volume(write_pet(tmp_path, RadiopharmaceuticalInformationSequence=injection(**tracer))), words
    )


def test_a_half_life_in_minutes_is_noticed(tmp_path: Path) -> None:
    """Fluorine-18 with a half-life of 109.77 is no fluorine: the number is in minutes."""
    tracer = injection(RadionuclideHalfLife=109.77)
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "C-111A1", "SRT", "^18^Fluorine"
    tracer[0].RadionuclideCodeSequence = [code]
    _is_raw(
        open_volume(write_pet(tmp_path, RadiopharmaceuticalInformationSequence=tracer)),
        "cannot be that of the nuclide",
    )


@pytest.mark.parametrize(
    ("suv_type", "unit"), [(None, "SUV"), ("BW", "SUV"), ("LBM", "SUVlbm"), ("BSA", "SUVbsa")]
)
def test_g_per_ml_is_an_suv_already(tmp_path: Path, suv_type: str | None, unit: str) -> None:
    """GML is taken as it is, and named by its SUVType."""
    volume = open_volume(write_pet(tmp_path, Units="GML", SUVType=suv_type, PatientWeight=None))
    np.testing.assert_array_equal(volume.array, RAW)
    assert (volume.unit, volume.kind) == (unit, "suv")


def _write_philips(folder: Path, factors: dict[int, float], creator: bool = True) -> Path:
    write_pet(folder, Units="CNTS")
    for path in folder.iterdir():
        ds = dcmread(path)
        block = ds.private_block(0x7053, "Philips PET Private Group", create=True)
        for element, factor in factors.items():
            block.add_new(element, "DS", f"{factor:.10g}")
        if not creator:
            del ds[0x70530010]
        ds.save_as(path)
    return folder


@pytest.mark.parametrize("creator", [True, False])
def test_philips_counts_by_its_suv_scale(tmp_path: Path, creator: bool) -> None:
    """CNTS times (7053,1000) is SUV, also where the private creator was removed."""
    _is_suv(open_volume(_write_philips(tmp_path, {0x00: 0.00025}, creator)), RAW * 0.00025)


def test_philips_counts_by_its_activity_scale(tmp_path: Path) -> None:
    """Without an SUV scale CNTS times (7053,1009) is Bq/ml, and the SUV follows from that."""
    _is_suv(open_volume(_write_philips(tmp_path, {0x00: 0.0, 0x09: 1.75})), suv(RAW * 1.75, HOUR))


@pytest.mark.parametrize(
    ("units", "shown"), [("CNTS", "counts"), ("PROPCPS", "proportional to counts/s"), ("CM2ML", "cm²/ml")]
)
def test_other_units_are_never_labelled_suv(tmp_path: Path, units: str, shown: str) -> None:
    """Counts without a scale, proportional counts and the like are shown raw in their own unit."""
    _is_raw(open_volume(write_pet(tmp_path, Units=units)), "", shown)


def test_a_slope_for_each_slice_is_kept(tmp_path: Path) -> None:
    """SUV multiplies the slope of each slice."""
    slopes = [{"RescaleSlope": slope} for slope in (1.0, 2.5, 0.25)]
    expected = as_volume(stored(3)) * np.array([1.0, 2.5, 0.25])
    _is_suv(open_volume(write_pet(tmp_path, slice_tags=slopes)), suv(expected, HOUR))


def test_the_headers_window_is_in_the_unit_shown(tmp_path: Path) -> None:
    """A window in Bq/ml is brought to SUV with the values."""
    volume = open_volume(
        write_pet(tmp_path, WindowCenter=5000.0, WindowWidth=10000.0, VOILUTFunction="LINEAR_EXACT")
    )
    assert volume.window == pytest.approx((suv(5000.0, HOUR), suv(10000.0, HOUR)))
    assert [window[1:] for window in volume.windows] == [volume.window]


def test_unknown_corrections_are_told(tmp_path: Path) -> None:
    """An SUV of images that do not say how they were corrected carries a warning."""
    volume = open_volume(write_pet(tmp_path, CorrectedImage=None))
    _is_suv(volume, suv(RAW, HOUR))
    assert any("CorrectedImage (0028,0051)" in text for text in volume.warnings)


def test_no_patient_data_in_what_is_shown(tmp_path: Path) -> None:
    """Facts and warnings hold weight, dose and times of day, but no name, number or date."""
    volume = open_volume(write_pet(tmp_path))
    shown = f"{volume.info} {volume.warnings} {volume.name}"
    assert "SECRET" not in shown.upper()
    assert "2020" not in shown.replace(str(volume.info["series"]), "")
    assert volume.info["patient weight (kg)"] == WEIGHT
    assert volume.info["injected dose (MBq)"] == DOSE / 1e6


ENHANCED_CLASS = "1.2.840.10008.5.1.4.1.1.130"


def _write_enhanced(path: Path, unit: str = "Bq/ml", duration_ms: float = 0.0, **elements: Any) -> Path:
    """Write an enhanced PET of three frames, 10 minutes apart, the values corrected to 11:00."""
    code = group(CodeValue=unit, CodingSchemeDesignator="UCUM", CodeMeaning=unit)
    mapping = group(RealWorldValueSlope=2.0, RealWorldValueIntercept=0.0, MeasurementUnitsCodeSequence=[code])
    rescale = group(RescaleSlope=2.0, RescaleIntercept=0.0, RescaleType="US")
    frames = [
        {
            **plane_at(place),
            "FrameContentSequence": [
                group(
                    FrameAcquisitionDateTime=f"2020031011{10 * n:02d}00",
                    FrameAcquisitionDuration=duration_ms,
                )
            ],
        }
        for n, place in enumerate(along_normal([0.0, 2.0, 4.0]))
    ]
    tracer = injection(RadiopharmaceuticalStartTime=None, RadiopharmaceuticalStartDateTime="20200310100000")
    tags = {
        "Modality": "PT",
        "PatientWeight": WEIGHT,
        "AttenuationCorrected": "YES",
        "DecayCorrected": "YES",
        "DecayCorrectionDateTime": "20200310110000",
        "RadiopharmaceuticalInformationSequence": tracer,
        **elements,
    }
    shared = {"RealWorldValueMappingSequence": [mapping], "PixelValueTransformationSequence": [rescale]}
    return write_frames(
        path, stored(3), frames, sop_class=ENHANCED_CLASS, shared=shared,
        tags={key: value for key, value in tags.items() if value is not None},
    )  # fmt: skip


def test_enhanced_pet_names_its_reference_time(tmp_path: Path) -> None:
    """An enhanced PET says itself to which time its decay is corrected."""
    volume = open_volume(_write_enhanced(tmp_path / "pet.dcm"))
    _is_suv(volume, suv(RAW, HOUR))
    assert volume.info["reference time"] == "11:00:00"


def test_uncorrected_enhanced_pet_decays_by_frame(tmp_path: Path) -> None:
    """Frames without decay correction are taken at their own time, and through their duration."""
    expected = np.concatenate([suv(RAW[:, :, n : n + 1], HOUR + 600.0 * n) for n in range(3)], axis=2)
    for seconds in (0.0, 600.0):
        path = _write_enhanced(
            tmp_path / f"{seconds:g}" / "pet.dcm",
            duration_ms=1000 * seconds,
            DecayCorrected="NO",
            DecayCorrectionDateTime=None,
        )
        mean = np.mean(0.5 ** (seconds * (np.arange(10_000) + 0.5) / 10_000 / HALF_LIFE))
        _is_suv(open_volume(path), expected / mean)


def test_enhanced_pet_in_other_units(tmp_path: Path) -> None:
    """An SUV in the mapping's unit is taken as it is; without a weight Bq/ml stays raw."""
    volume = open_volume(_write_enhanced(tmp_path / "a" / "pet.dcm", unit="g/ml{SUVbw}"))
    assert (volume.unit, volume.kind) == ("SUV", "suv")
    np.testing.assert_array_equal(volume.array, RAW)
    raw = open_volume(_write_enhanced(tmp_path / "b" / "pet.dcm", PatientWeight=None))
    _is_raw(raw, "PatientWeight (0010,1030) is missing")
