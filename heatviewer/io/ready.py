"""Everything that the first file needs, loaded before it comes."""

from __future__ import annotations


def get_ready() -> None:
    """Load the readers of DICOM and NIfTI with their libraries, for which the first file would wait."""
    import pydicom
    import pydicom.charset
    import pydicom.datadict  # noqa: F401

    import heatviewer.io.dicom.findings
    import heatviewer.io.dicom.volumes
    import heatviewer.io.nifti  # noqa: F401
