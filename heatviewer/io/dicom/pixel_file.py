"""The pixels of one open file, frame by frame: raw, deflated or compressed."""

from __future__ import annotations

import io
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO, Final, cast

import numpy as np

from heatviewer.core.errors import ReadError
from heatviewer.io.dicom.codestream import BadFrame
from heatviewer.io.dicom.decoders import CODECS, Decoded
from heatviewer.io.dicom.file_header import DEFLATED, inflated_pixels
from heatviewer.io.dicom.fragments import frames_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from heatviewer.io.dicom.fragments import Fragment
    from heatviewer.io.dicom.header import ImageFile

#: Transfer syntaxes whose pixels lie in the file as they are; files without any are read so too.
_NATIVE: Final = ("", "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2")
_COLORS: Final = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_RCT", "YBR_ICT")
_HINT: Final = "Export it uncompressed, or as JPEG 2000 or RLE"


def stored_type(file: ImageFile) -> np.dtype[Any]:
    """Return the type of a file's numbers; single bits become bytes."""
    if file.floating:
        return np.dtype(f"f{file.bits_allocated // 8}")
    return np.dtype(f"{'i' if file.signed else 'u'}{max(file.bits_allocated // 8, 1)}")


def is_color(file: ImageFile) -> bool:
    """Return whether a file's pixels are colours."""
    return file.samples == 3 or file.photometric == "PALETTE COLOR"


def refusal(file: ImageFile) -> str:
    """Return why pixels of a file's kind are not read, as the predicate of a message; or empty.

    Of a file without a `problem`, whose pixels have a possible form.
    """
    if file.samples != 1 and (file.samples != 3 or file.photometric not in _COLORS):
        return (
            f"has {file.samples} numbers a pixel ({file.photometric or 'no colour space'}), which is not read"
        )
    if file.samples == 3 and (file.floating or file.bits_allocated == 1):
        return "has colours of a type that is not read"
    return _syntax_refusal(file)


def _syntax_refusal(file: ImageFile) -> str:
    if file.syntax == DEFLATED or file.syntax in CODECS:
        return ""
    if file.syntax not in _NATIVE:
        return f"is stored in the transfer syntax {file.syntax}, which is not read"
    if file.pixels is None or file.pixels.length < 0:
        return f"is compressed, but its transfer syntax says nothing of it ({file.syntax or 'none'})"
    return ""


def bits_of_frame(file: ImageFile) -> int:
    """Return the bits that one raw frame takes."""
    if _is_halved(file):
        return file.rows * file.columns * 2 * file.bits_allocated
    return file.rows * file.columns * file.samples * file.bits_allocated


def _is_halved(file: ImageFile) -> bool:
    """Return whether two pixels share their chroma: some files only say so (PS3.3 C.7.6.3.1.2)."""
    if file.photometric != "YBR_FULL_422" or file.pixels is None or file.columns % 2:
        return False
    full = file.rows * file.columns * 3 * file.bits_allocated // 8 * file.frames
    return file.pixels.length < full


def missing_bytes(file: ImageFile, frame: int) -> str:
    """Return how a file falls short of a raw frame, or empty."""
    place = file.pixels
    if place is None or place.length < 0:
        return ""
    there = min(place.length, file.size - place.offset)
    if there >= -(-(frame + 1) * bits_of_frame(file) // 8):
        return ""
    needed = -(-file.frames * bits_of_frame(file) // 8)
    return f"is cut short: {max(there, 0)} of {needed} bytes of pixels are there"


@contextmanager
def opened(file: ImageFile, threads: int = 1) -> Iterator[PixelSource]:
    """Open a file's pixels; `threads` is how many a decoder may use for one frame.

    Raises
    ------
    ReadError
        It cannot be opened, or its pixels cannot be found.
    """
    try:
        stream = file.path.open("rb", buffering=0)
    except OSError as error:
        raise ReadError(file.path.name, f"cannot be opened ({error.strerror})", "Read it again") from None
    with stream:
        yield PixelSource(file, cast("BinaryIO", stream), threads)


class PixelSource:
    """The frames of one open file; used by one thread."""

    def __init__(self, file: ImageFile, stream: BinaryIO, threads: int) -> None:
        self._file = file
        self._stream = stream
        self._threads = threads
        self._encapsulated = file.pixels is not None and file.pixels.length < 0
        self._fragments: list[list[Fragment]] | None = None
        self._raw: BinaryIO | None = None
        self._last: tuple[int, NDArray[Any], str] | None = None

    @property
    def frames(self) -> int:
        """How many frames are in the file, whatever it claims.

        Raises
        ------
        ReadError
            They cannot be told apart.
        """
        if not self._encapsulated:
            return self._file.frames
        try:
            return len(self._found())
        except BadFrame as error:
            raise self._error(str(error)) from None

    def frame(self, number: int, out: NDArray[Any] | None = None) -> tuple[NDArray[Any], str]:
        """Return one frame's stored numbers, and what its samples are.

        Parameters
        ----------
        number : int
            From 0.
        out : ndarray, optional
            (rows, columns), C-ordered, of the stored type: raw numbers are read straight into it,
            and it is what is returned then.

        Returns
        -------
        pixels : ndarray
            (rows, columns) or (rows, columns, samples), of `stored_type`.
        photometric : str
            PhotometricInterpretation after decoding.

        Raises
        ------
        ReadError
            It is damaged, cut short, or compressed in a way that no decoder here knows.
        """
        raw = "YBR_FULL" if _is_halved(self._file) else self._file.photometric
        if out is not None and not self._encapsulated:
            return self._raw_frame(number, out), raw
        if self._last is None or self._last[0] != number:  # a mosaic's tiles are of one frame
            if self._encapsulated:
                decoded = self._decoded(number)
                self._last = number, self._numbers(decoded), decoded.photometric
            else:
                self._last = number, self._raw_frame(number), raw
        return self._last[1:]

    # --- compressed ----------------------------------------------------------------------------

    def _found(self) -> list[list[Fragment]]:
        if self._fragments is None:
            self._fragments = frames_of(self._stream, self._file)
        return self._fragments

    def _decoded(self, number: int) -> Decoded:
        codec = CODECS.get(self._file.syntax)
        if codec is None:
            raise self._error(_syntax_refusal(self._file))
        try:
            if number >= len(self._found()):
                raise BadFrame(f"is cut short: {len(self._found())} of {self._file.frames} frames are there")
            return codec.decode(self._bytes(self._found()[number]), self._file, self._threads)
        except ImportError:
            raise self._error(f"is stored as {codec.name}, which no decoder here can read") from None
        except MemoryError:
            raise ReadError(self._file.path.name, "does not fit in memory", "Close other programs") from None
        except BadFrame as error:
            raise self._error(str(error)) from None
        except Exception:  # each decoder has errors of its own, and their texts are for programmers
            raise self._error(f"is stored as {codec.name} and cannot be decoded") from None

    def _bytes(self, fragments: list[Fragment]) -> bytes:
        parts = []
        for offset, length in fragments:
            self._stream.seek(offset)
            parts.append(self._stream.read(length))
        return b"".join(parts)

    def _numbers(self, decoded: Decoded) -> NDArray[Any]:
        """Return decoded numbers as the stored type, with the sign of their highest bit.

        Codestreams of signed pixels are often unsigned, of as many bits as they have.
        """
        file, found = self._file, decoded.pixels
        shape: tuple[int, ...] = (file.rows, file.columns)
        shape = shape if file.samples == 1 else (*shape, file.samples)
        if found.size != np.prod(shape):
            raise self._error("decodes to another size than it claims")
        pixels = found.reshape(shape).astype(stored_type(file))
        if decoded.bits:
            keep_bits(pixels, pixels.itemsize * 8 - min(decoded.bits, file.bits_stored))
        else:
            unpack(pixels, file)
        return pixels

    # --- raw -----------------------------------------------------------------------------------

    def _raw_frame(self, number: int, out: NDArray[Any] | None = None) -> NDArray[Any]:
        file = self._file
        if file.bits_allocated == 1:
            return self._bits(number)
        dtype, size = stored_type(file), bits_of_frame(file) // 8
        swapped = not file.encoding[1]
        if swapped and dtype.itemsize == 1 and file.pixels is not None and file.pixels.words:
            start = number * size
            flat = self._words(start, size).view(dtype)
        else:
            flat = np.empty(size // dtype.itemsize, dtype) if out is None else out.reshape(-1)
            self._read_into(number * size, flat)
            if swapped and dtype.itemsize > 1:
                flat.byteswap(inplace=True)
        if dtype.kind != "f":
            unpack(flat, file)
        return self._arranged(flat)

    def _arranged(self, flat: NDArray[Any]) -> NDArray[Any]:
        """Return a frame's numbers as (rows, columns) or (rows, columns, samples)."""
        file = self._file
        if file.samples == 1:
            return flat.reshape(file.rows, file.columns)
        if _is_halved(file):
            pairs = flat.reshape(file.rows, file.columns // 2, 4)  # Y Y Cb Cr
            out = np.empty((file.rows, file.columns // 2, 2, 3), flat.dtype)
            out[..., 0] = pairs[..., :2]
            out[..., 1:] = pairs[:, :, None, 2:]
            return out.reshape(file.rows, file.columns, 3)
        if file.planar == 1:
            return flat.reshape(3, file.rows, file.columns).transpose(1, 2, 0)
        return flat.reshape(file.rows, file.columns, 3)

    def _bits(self, number: int) -> NDArray[Any]:
        """Return a frame of single bits, the lowest of a byte first; frames may start within a byte."""
        file = self._file
        count = bits_of_frame(file)
        first, skipped = divmod(number * count, 8)
        size = -(-(skipped + count) // 8)
        words = not file.encoding[1] and file.pixels is not None and file.pixels.words
        if words:
            packed = self._words(first, size)
        else:
            packed = np.empty(size, np.uint8)
            self._read_into(first, packed)
        bits = np.unpackbits(packed, count=skipped + count, bitorder="little")[skipped:]
        return bits.reshape(file.rows, file.columns).view(stored_type(file))

    def _words(self, start: int, size: int) -> NDArray[np.uint8]:
        """Return bytes that lie in big-endian words of two: each pair is turned."""
        first, last = start & ~1, (start + size + 1) & ~1
        pairs = np.zeros(last - first, np.uint8)
        self._read_into(first, pairs, spare=last - start - size)
        pairs.view(np.uint16).byteswap(inplace=True)
        return pairs[start - first : start - first + size]

    def _read_into(self, start: int, out: NDArray[Any], spare: int = 0) -> None:
        """Fill an array with the bytes from `start` of the pixels on; the last `spare` may be missing."""
        stream, offset = self._place()
        view = out.data.cast("B")
        stream.seek(offset + start)
        done = 0
        while done < len(view):
            count = cast("io.RawIOBase", stream).readinto(view[done:])
            if not count:
                break
            done += count
        if done + spare < len(view):
            raise ReadError(self._file.path.name, "was cut short while it was read", "Read it again")

    def _place(self) -> tuple[BinaryIO, int]:
        """Return what the raw pixels are read from, and where they start in it."""
        if self._file.pixels is not None:
            return self._stream, self._file.pixels.offset
        if self._raw is None:
            self._raw = io.BytesIO(self._inflated())
        return self._raw, 0

    def _inflated(self) -> bytes:
        """Return the pixels of a deflated data set, and never more than its header claims."""
        file = self._file
        needed = -(-file.frames * bits_of_frame(file) // 8)
        self._stream.seek(0)
        try:
            place, source = inflated_pixels(self._stream)
            if place is None or place.length < 0:
                raise ValueError
            source.seek(place.offset, 1)
            return source.read(min(needed, place.length))
        except Exception:  # whatever damaged data provoke in the walk over the header
            raise self._error("is deflated and cannot be inflated") from None

    def _error(self, what: str) -> ReadError:
        return ReadError(self._file.path.name, what, _HINT)


def unpack(numbers: NDArray[Any], file: ImageFile) -> None:
    """Take the stored bits out of their cells, in place, and extend the sign (PS3.5 8.1.1).

    Old files keep overlays or garbage in the unused bits.
    """
    if file.bits_stored < file.bits_allocated:
        above = file.bits_allocated - 1 - file.high_bit
        keep_bits(numbers, file.bits_allocated - file.bits_stored, max(above, 0))


def keep_bits(numbers: NDArray[Any], spare: int, above: int | None = None) -> None:
    """Keep all but `spare` bits, in place, and extend the sign; `above` of the spare ones lie on top."""
    if spare <= 0:
        return
    if above is None or above > 0:
        np.left_shift(numbers, spare if above is None else above, out=numbers)
    np.right_shift(numbers, spare, out=numbers)
