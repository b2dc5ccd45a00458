"""Round numbers: for the marks of a colour bar and the length of a scale bar."""

from __future__ import annotations

import math


def round_ticks(low: float, high: float, most: int) -> list[float]:
    """Return multiples of 1, 2 or 5 × 10^n inside a range, at most `most` (and one) of them."""
    width = high - low
    if not (width > 0 and math.isfinite(width)) or most < 1:
        return []
    least = width / most
    power = 10.0 ** math.floor(math.log10(least))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= least * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [n * step for n in range(first, last + 1)]


def number(value: float, width: float) -> str:
    """Return a number as a person would write it, to about a thousandth of a range's width."""
    largest = max(abs(value), abs(width))
    if largest and not 1e-3 <= largest < 1e5:
        mantissa, _, exponent = f"{value:.2e}".partition("e")
        mantissa = mantissa.rstrip("0").rstrip(".")
        # As with plain digits, what is nothing beside the range is 0.
        nothing = abs(value) < width / 2000 or float(mantissa) == 0
        text = "0" if nothing else f"{mantissa}e{int(exponent)}"
    else:
        digits = 3 - math.floor(math.log10(width)) if width > 0 else 4
        text = f"{value:.{min(max(digits, 0), 9)}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text.replace("-", "−")


def widest_number(low: float, high: float) -> str:
    """Return a text as wide as any end of a range of this size is written, however its digits change.

    So that a bar whose range is being dragged keeps its width.
    """
    width = high - low
    found = []
    for value in (low, high):
        text = number(value, width)
        if "e" in text:
            found.append(f"−8.88e{text.partition('e')[2]}")
            continue
        digits = min(max(3 - math.floor(math.log10(width)), 0), 9) if 0 < width < math.inf else 0
        whole = "8" * len(str(int(abs(value))))
        found.append(f"{'−' if low < 0 else ''}{whole}{'.' if digits else ''}{'8' * digits}")
    return max(found, key=len)


def round_length(wished: float) -> float:
    """Return the 1, 2 or 5 × 10^n nearest a positive length, by ratio: off by at most √2.5."""
    power = 10.0 ** math.floor(math.log10(wished))
    return min((m * power for m in (1, 2, 5, 10)), key=lambda length: abs(math.log(length / wished)))


def length_text(mm: float) -> str:
    """Return a length in the unit that a person would use, such as ``"50 mm"`` or ``"10 cm"``."""
    for unit, size in (("m", 1000.0), ("cm", 10.0), ("mm", 1.0), ("µm", 1e-3)):
        # Centimetres from 10 cm on: '50 mm' is the usual way to write the smaller ones.
        if mm >= size * (10 if unit == "cm" else 1) * (1 - 1e-9):
            return f"{mm / size:.6g} {unit}"
    return f"{mm * 1e6:.6g} nm"
