"""Rounds of measurements, in each of which every contestant is measured once, and what they come to."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Samples = dict[str, list[float]]


class ContestantFailed(Exception):
    """A contestant's process failed; its last words."""


def interleaved(
    contestants: Sequence[str], rounds: int, measure: Callable[[str], Mapping[str, float]], say: Callable[[str], None]
) -> tuple[dict[str, Samples], dict[str, str]]:
    """Measure each contestant once a round, each round beginning with another one.

    `measure` gives seconds by what was measured. The answer is samples by that and by contestant, and who failed and how.
    """
    found: dict[str, Samples] = {}
    failed: dict[str, str] = {}
    for number in range(rounds):
        shift = number % len(contestants)
        for name in [*contestants[shift:], *contestants[:shift]]:
            if name in failed:
                continue
            try:
                measured = measure(name)
            except ContestantFailed as error:
                failed[name] = str(error)
                say(f"{name} failed: {error}")
                continue
            for what, seconds in measured.items():
                found.setdefault(what, {}).setdefault(name, []).append(seconds)
        say(f"round {number + 1} of {rounds}")
    return found, failed


def ratio(over: Sequence[float], under: Sequence[float]) -> tuple[float, float]:
    """How the medians compare, and how the minima do."""
    return statistics.median(over) / statistics.median(under), min(over) / min(under)
