"""Which compressed DICOM images can be read here."""

from __future__ import annotations

from heatviewer.io.dicom.header import pydicom_quiet

#: Transfer syntaxes that scanners and archives use for images (DICOM PS3.6 A).
_SYNTAXES = {
    "RLE": "1.2.840.10008.1.2.5",
    "JPEG baseline": "1.2.840.10008.1.2.4.50",
    "JPEG extended": "1.2.840.10008.1.2.4.51",
    "JPEG lossless": "1.2.840.10008.1.2.4.70",
    "JPEG-LS lossless": "1.2.840.10008.1.2.4.80",
    "JPEG-LS": "1.2.840.10008.1.2.4.81",
    "JPEG 2000 lossless": "1.2.840.10008.1.2.4.90",
    "JPEG 2000": "1.2.840.10008.1.2.4.91",
    "HTJ2K lossless": "1.2.840.10008.1.2.4.201",
    "HTJ2K": "1.2.840.10008.1.2.4.203",
}


def image_decoders() -> dict[str, tuple[str, ...]]:
    """Return, for each compression, the decoders that are installed; none: it cannot be read."""
    with pydicom_quiet():
        from pydicom.pixels.decoders.base import get_decoder

        return {name: tuple(get_decoder(uid).available_plugins) for name, uid in _SYNTAXES.items()}
