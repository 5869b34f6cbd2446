"""How cost grows with size: lines through measured points by least squares."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def exponent(points: Mapping[int, float]) -> float:
    """The k of `seconds = c * size ** k`: 0 does not grow, 1 grows as the size does, 2 as its square; NaN for one size."""
    return _slope([math.log(size) for size in points], [math.log(seconds) for seconds in points.values()])


def for_each(points: Mapping[int, float]) -> float:
    """The seconds that one more costs, beside what is spent once; NaN for one size."""
    return _slope(list(points), list(points.values()))


def _slope(across: Sequence[float], up: Sequence[float]) -> float:
    middle, level = sum(across) / len(across), sum(up) / len(up)
    spread = sum((x - middle) ** 2 for x in across)
    if not spread:
        return math.nan
    return sum((x - middle) * (y - level) for x, y in zip(across, up, strict=True)) / spread
