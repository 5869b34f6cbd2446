"""What a workload found: tables of times, and targets with the ratio that was measured beside each."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benchmarks.samples import ratio

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Target:
    """A ratio (or a figure) that is to be at most `bound`, and what it is by the medians and by the minima."""

    words: str
    bound: float
    median: float
    minimum: float
    unit: str = "×"

    @classmethod
    def of_ratio(cls, words: str, bound: float, over: Sequence[float], under: Sequence[float]) -> Target:
        """A target for what one took over what another took."""
        return cls(words, bound, *ratio(over, under))

    @property
    def verdict(self) -> str:
        """Met, missed, met by the minima only, which the noise of a machine reaches least, or not measured."""
        if math.isnan(self.median):
            return "**not measured**"
        if self.median <= self.bound:
            return "met"
        return "met by the minima" if self.minimum <= self.bound else "**missed**"


@dataclass(frozen=True, slots=True)
class Table:
    """Times of contestants in seconds; `limit` and `ours` are the names that the others are compared with.

    `extra` are further columns: a heading, and each contestant's words. `against` says which of ours a peer is to be no
    faster than, where that is not each of `ours` for each peer.
    """

    title: str
    samples: Mapping[str, Sequence[float]]
    titles: Mapping[str, str]
    limit: str | None = None
    ours: Sequence[str] = ()
    extra: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)
    against: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Growth:
    """Times in seconds by contestant and by size, of so many of `counted`; `failed` says at which size one failed."""

    title: str
    counted: str
    samples: Mapping[str, Mapping[int, Sequence[float]]]
    titles: Mapping[str, str]
    failed: Mapping[str, str] = field(default_factory=dict)

    def medians(self, name: str) -> dict[int, float]:
        """A contestant's median at each size."""
        return {size: statistics.median(seconds) for size, seconds in sorted(self.samples[name].items())}


@dataclass(frozen=True, slots=True)
class Section:
    """A workload's findings."""

    title: str
    words: str
    tables: Sequence[Table] = ()
    targets: Sequence[Target] = ()
    facts: Sequence[str] = ()
    growths: Sequence[Growth] = ()


def add_target(
    targets: list[Target], samples: Mapping[str, Sequence[float]], words: str, bound: float, pair: tuple[str, str]
) -> None:
    """Add the target of the time of the first of a pair over the second's; one that failed leaves it not measured."""
    ours, theirs = pair
    if ours in samples and theirs in samples:
        targets.append(Target.of_ratio(words, bound, samples[ours], samples[theirs]))
    else:
        targets.append(Target(words, bound, math.nan, math.nan))
