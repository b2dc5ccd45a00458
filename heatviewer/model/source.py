"""What a file was when it was read: by this a session knows it again, moved or changed."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from heatviewer.model.base import Settings


class FileIdentity(Settings):
    """The files that a layer's volume was read from.

    Attributes
    ----------
    files : int
        How many.
    size : int
        Bytes, all of them together.
    digest : str
        BLAKE2b, 16 bytes in hexadecimal digits, over the sizes of all files and the first and last
        64 KiB of the first, the middle and the last of them, in the order of their names.
    series_uid : str
        DICOM's SeriesInstanceUID; empty for other formats.
    """

    files: Annotated[int, Field(ge=1)] = 1
    size: Annotated[int, Field(ge=0)] = 0
    digest: Annotated[str, Field(max_length=64)] = ""
    series_uid: Annotated[str, Field(max_length=128)] = ""
