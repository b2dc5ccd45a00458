"""A DICOM data set as it lies in the file: elements are decoded when they are asked for.

Only what describes images is decoded, and as pydicom does it; whatever is unusual raises
`Unusual`, and pydicom reads the file instead.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from heatviewer.io.dicom.tags import tag_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

UNDEFINED: Final = 0xFFFFFFFF
_DELIMITERS: Final = 0xFFFE
_PIXELS: Final = 0x7FE0
_ITEM: Final = 0xE000
_ITEM_END: Final = 0xE00D
_SEQUENCE_END: Final = 0xE0DD
_CHARSET: Final = 0x00080005
_PIXEL_ELEMENTS: Final = (0x0008, 0x0009, 0x0010)
#: VRs with a 32-bit length in explicit VR (PS3.5 7.1.2), and those with a 16-bit one.
LONG_VRS: Final = frozenset(
    (b"OB", b"OW", b"OF", b"OD", b"OL", b"OV", b"UN", b"SQ", b"UC", b"UR", b"UT", b"SV", b"UV")
)
_SHORT_VRS: Final = frozenset(
    (b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FL", b"FD", b"IS", b"LO", b"LT", b"PN", b"SH",
     b"SL", b"SS", b"ST", b"TM", b"UI", b"UL", b"US")
)  # fmt: skip
_NAMES: Final = {vr: vr.decode() for vr in LONG_VRS | _SHORT_VRS}
#: Implicit VR, and a VR that was unknown to the writer: the dictionary's counts.
_UNNAMED: Final = (b"", b"UN")
_NUMBERS: Final = {
    "US": "H", "SS": "h", "UL": "I", "SL": "i", "FL": "f", "FD": "d", "UV": "Q", "SV": "q",
    "US_or_SS": "H",
}  # fmt: skip
_BYTES: Final = frozenset(
    ("OB", "OW", "OF", "OD", "OL", "OV", "UN", "US_or_OW", "OB_or_OW", "US_or_SS_or_OW")
)
_SINGLE_TEXTS: Final = frozenset(("ST", "LT", "UT", "UR"))
#: Texts that another character set may be used for.
_LOCAL_TEXTS: Final = frozenset(("LO", "SH", "PN", "UC", "ST", "LT", "UT"))
#: How to take apart, by byte order: tag, VR and short length; tag and long length; a long length.
_UNPACKERS: Final = {
    order: tuple(struct.Struct(order + parts).unpack_from for parts in ("HH2sH", "HHI", "I"))
    for order in "<>"
}
#: Values up to so many bytes are remembered: a series repeats most of them.
_REMEMBERED: Final = 128
#: Longer than this no element of a `Part` is: parts are kept.
_SHORT: Final = 1024


class Unusual(Exception):
    """Something that is left to pydicom."""


class NeedMore(Exception):
    """The bytes end within an element."""


class Form(NamedTuple):
    """How elements are written.

    Attributes
    ----------
    explicit : bool
        Whether each names its VR.
    order : str
        ``"<"`` or ``">"``.
    """

    explicit: bool
    order: str


#: Where an element's value lies: VR (empty in implicit VR), the bytes, its start and length there.
#: A plain tuple, as a header has hundreds and few are looked at.
Place = tuple[bytes, bytes, int, int]


class Part(NamedTuple):
    """Some elements of a data set, apart from their file: equal where they are so byte for byte.

    Attributes
    ----------
    charset : bytes
        SpecificCharacterSet, as it lies in the file.
    elements : tuple of (int, bytes, bytes)
        Tag, VR and value.
    """

    form: Form
    charset: bytes
    elements: tuple[tuple[int, bytes, bytes], ...]


class RawElement(NamedTuple):
    """An element that was asked for by its tag; as pydicom's, it has a `value`."""

    value: Any


class RawSet:
    """A data set, or one item of a sequence, with pydicom's `get`, `in` and `original_encoding`."""

    __slots__ = ("_charset", "_places", "form")

    def __init__(self, places: dict[int, Place], form: Form, charset: bytes = b"") -> None:
        self._places = places
        self.form = form
        own = places.get(_CHARSET)
        self._charset = _bytes(own) if own is not None else charset

    @classmethod
    def of(cls, part: Part) -> RawSet:
        """Return the data set that has the elements of a part, and no others."""
        places = {tag: (vr, value, 0, len(value)) for tag, vr, value in part.elements}
        return cls(places, part.form, part.charset)

    def part(self, tags: Sequence[int]) -> Part | None:
        """Return the elements of some tags, as far as there are; None where one is long, or a sequence."""
        found = []
        for tag in tags:
            place = self._places.get(tag)
            if place is not None:
                vr, data, start, length = place
                if length > _SHORT or vr == b"SQ":
                    return None
                found.append((tag, vr, data[start : start + length]))
        return Part(self.form, self._charset, tuple(found))

    @property
    def original_encoding(self) -> tuple[bool, bool]:
        """Whether it is implicit VR, and little endian."""
        return not self.form.explicit, self.form.order == "<"

    def __contains__(self, keyword: str) -> bool:
        return tag_of(keyword)[0] in self._places

    def get(self, key: str | int, default: Any = None) -> Any:
        """Return an element's value by keyword, or the `RawElement` of a tag; `default` where it is missing.

        Numbers and texts come alone or, where there are several, as a tuple; sequences as a list of
        `RawSet`; empty elements as None.

        Raises
        ------
        ValueError, TypeError
            The value does not fit its VR.
        Unusual
            A sequence is written in a way that is left to pydicom.
        """
        tag, known = tag_of(key) if isinstance(key, str) else (key, "UN")
        place = self._places.get(tag)
        if place is None:
            return default
        vr = place[0]
        name = known if vr in _UNNAMED else _NAMES[vr]
        if name == "SQ":
            value: Any = self._items(place)
        else:
            decode = _remembered if place[3] <= _REMEMBERED else _decoded
            value = decode(name, _bytes(place), self.form.order, self._charset)
        return value if isinstance(key, str) else RawElement(value)

    def _items(self, place: Place) -> list[RawSet]:
        vr, data, start, length = place
        undefined = length == UNDEFINED
        # PS3.5 6.2.2: a sequence of undefined length in UN is written in implicit VR, little endian.
        form = Form(False, "<") if undefined and vr == b"UN" else self.form
        end = len(data) if undefined else start + length
        found: list[RawSet] = []

        def add(places: dict[int, Place]) -> None:
            found.append(RawSet(places, form, self._charset))

        try:
            skip_items(data, start, end, form, add)
        except NeedMore:
            raise Unusual("sequence") from None
        return found


def walk(
    data: bytes, at: int, form: Form, places: dict[int, Place], end: int, *, nested: bool = False
) -> int:
    """Note where elements lie, and return where the walk stopped.

    At the top level it stops before the pixels, and before an element that `end` cuts; nested
    it stops at `end` or after the delimiter of an item.

    Raises
    ------
    NeedMore
        `end` cuts an element of an item.
    Unusual
        A VR that does not exist, or a delimiter out of place.
    """
    explicit = form.explicit
    header, item, word = _UNPACKERS[form.order]
    if not explicit:
        header = item
    vr = b""
    while at + 8 <= end:
        start = at + 8
        if explicit:
            group, number, vr, length = header(data, at)
            if vr not in _SHORT_VRS and group != _DELIMITERS:
                if vr not in LONG_VRS:
                    raise Unusual("VR")
                if at + 12 > end:
                    break
                start = at + 12
                (length,) = word(data, at + 8)
        else:
            group, number, length = header(data, at)
        if group >= _PIXELS:
            if group == _DELIMITERS:
                if nested and number == _ITEM_END:
                    return at + 8
                raise Unusual("delimiter")
            if number in _PIXEL_ELEMENTS and group == _PIXELS and not nested:
                return at
        if length != UNDEFINED:
            after = start + length
        else:
            try:
                after = skip_items(data, start, end, Form(False, "<") if vr == b"UN" else form)
            except NeedMore:
                if nested:
                    raise
                return at
        if after > end:
            break
        places[group << 16 | number] = vr, data, start, length
        at = after
    if nested and at != end:
        raise NeedMore
    return at


def skip_items(
    data: bytes, at: int, end: int, form: Form, add: Callable[[dict[int, Place]], None] | None = None
) -> int:
    """Return where a sequence (or encapsulated pixels) ends; `add` gets the places within each item.

    Raises
    ------
    NeedMore
        `end` comes first.
    Unusual
        Something else than an item is there.
    """
    _, header, _ = _UNPACKERS[form.order]
    while at < end:
        if at + 8 > end:
            raise NeedMore
        group, number, length = header(data, at)
        at += 8
        if group == _DELIMITERS and number == _SEQUENCE_END:
            return at
        if group != _DELIMITERS or number != _ITEM:
            raise Unusual("item")
        places: dict[int, Place] = {}
        if length == UNDEFINED:
            at = walk(data, at, form, places, end, nested=True)
        else:
            if at + length > end:
                raise NeedMore
            if add is not None:
                walk(data, at, form, places, at + length, nested=True)
            at += length
        if add is not None:
            add(places)
    if add is None:
        raise NeedMore
    return at


def _bytes(place: Place) -> bytes:
    _, data, start, length = place
    return data[start : start + length]


def _decoded(vr: str, raw: bytes, order: str, charset: bytes) -> Any:
    """Return an element's value: a number or text, a tuple of several, bytes, or None."""
    letter = _NUMBERS.get(vr)
    if letter is not None:
        count, rest = divmod(len(raw), struct.calcsize("=" + letter))
        if rest:
            raise ValueError(f"{len(raw)} bytes of {vr}")
        return _alone(struct.unpack(f"{order}{count}{letter}", raw))
    if vr in _BYTES:
        return raw
    if vr == "AT":
        words = struct.unpack(f"{order}{len(raw) // 4 * 2}H", raw)
        return _alone(tuple(a << 16 | b for a, b in zip(words[::2], words[1::2], strict=True)))
    raw = raw.strip(b" \0")
    if not raw:
        return None
    if vr == "DS":
        return _alone(tuple(float(part) for part in raw.split(b"\\")))
    if vr == "IS":
        return _alone(tuple(_whole(part) for part in raw.split(b"\\")))
    text = _text(raw, charset if vr in _LOCAL_TEXTS else b"")
    return text if vr in _SINGLE_TEXTS else _alone(tuple(part.strip(" \0") for part in text.split("\\")))


_remembered = lru_cache(maxsize=8192)(_decoded)


def _alone(values: tuple[Any, ...]) -> Any:
    """Return a single value without its tuple, and none as None."""
    return values if len(values) > 1 else values[0] if values else None


def _whole(part: bytes) -> int:
    """Return an integer string's number; some write it with a point.

    Raises
    ------
    TypeError, ValueError
        It is not whole, or no number.
    """
    try:
        return int(part)
    except ValueError:
        value = float(part)
    if not value.is_integer():
        raise TypeError("not whole")
    return int(value)


def _text(raw: bytes, charset: bytes) -> str:
    """Return text in the data set's character set (PS3.3 C.12.1.1.2)."""
    if b"\x1b" not in raw:
        try:
            return raw.decode("ascii")
        except UnicodeDecodeError:
            pass
    from pydicom.charset import convert_encodings, decode_bytes

    names = [name.strip() for name in charset.decode("ascii", "replace").strip(" \0").split("\\")]
    return decode_bytes(raw, convert_encodings(names), {ord(letter) for letter in "\\\r\n\t\f=^"})
