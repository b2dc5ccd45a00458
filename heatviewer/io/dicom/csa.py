"""Siemens' own header (CSA), of which mosaics are understood.

Both layouts are as nibabel's nicom documentation describes them ("Siemens CSA header").
"""

from __future__ import annotations

import struct
from typing import Final

_TAG: Final = struct.Struct("<64si4s3i")
_ITEM: Final = struct.Struct("<4i")
_SECOND_LAYOUT: Final = b"SV10"
#: More tags than this no header has.
_MOST_TAGS: Final = 1024


def csa_tags(raw: bytes) -> dict[str, tuple[str, ...]]:
    """Return the texts of each tag of a CSA header by its name; as far as it is whole."""
    second = raw.startswith(_SECOND_LAYOUT)
    at = 8 if second else 0
    found: dict[str, tuple[str, ...]] = {}
    try:
        (count,) = struct.unpack_from("<I", raw, at)
        at += 8
        surplus = 0
        for number in range(min(count, _MOST_TAGS)):
            name, values, _, _, items, _ = _TAG.unpack_from(raw, at)
            at += _TAG.size
            # The first layout adds the first tag's number of items to all lengths.
            surplus = items if number == 0 else surplus
            texts, at = _texts(raw, at, items, None if second else surplus)
            found[_text(name)] = tuple(texts[: max(values, 0)])
    except struct.error:
        pass
    return found


def csa_numbers(tags: dict[str, tuple[str, ...]], name: str) -> tuple[float, ...]:
    """Return a tag's numbers; empty where it has none."""
    try:
        return tuple(float(text) for text in tags.get(name, ()) if text)
    except ValueError:
        return ()


def _texts(raw: bytes, at: int, items: int, surplus: int | None) -> tuple[list[str], int]:
    """Return the texts of a tag's items, which begin at byte `at`, and where they end."""
    texts = []
    for _ in range(items):
        first, second, _, _ = _ITEM.unpack_from(raw, at)
        at += _ITEM.size
        length = second if surplus is None else first - surplus
        if length < 0 or at + length > len(raw):
            break
        texts.append(_text(raw[at : at + length]))
        at += length + -length % 4
    return texts, at


def _text(raw: bytes) -> str:
    return raw.split(b"\0")[0].decode("ascii", "replace").strip()
