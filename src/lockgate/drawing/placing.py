"""Where each box stands: connected tables in columns along their foreign keys, what they refer to at the left."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from math import sqrt
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from lockgate.nouns.schema import Name

    Size = tuple[float, float]
    Tie = tuple[Name, Name]

GAP: Final = 30.0  # between two boxes of a column; edges pass there
_SWEEPS: Final = 4
_LEAST_HEIGHT: Final = 620.0
_SPREAD: Final = 1.3  # how much more room a drawing takes than its boxes


@dataclass(slots=True)
class Group:
    """Tables that foreign keys tie together, in columns from left to right and each from top to bottom."""

    columns: list[list[Name]]
    place: dict[Name, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.place = {name: number for number, column in enumerate(self.columns) for name in column}


def grouped(sizes: Mapping[Name, Size], ties: Iterable[Tie]) -> list[Group]:
    """The tables in groups, large ones first.

    Args:
        sizes: of their boxes, in pixels.
        ties: each foreign key, from the table that has it to that which it refers to.
    """
    targets: dict[Name, list[Name]] = {name: [] for name in sizes}
    near: dict[Name, list[Name]] = {name: [] for name in sizes}
    for source, target in ties:
        if source != target:
            targets[source].append(target)
            near[source].append(target)
            near[target].append(source)
    levels = _levels(targets)
    groups = [_group(names, levels, near, sizes) for names in _components(near)]
    return sorted(groups, key=lambda one: (-len(one.place), -max(sizes[name][1] for name in one.place)))


def _components(near: Mapping[Name, Sequence[Name]]) -> list[list[Name]]:
    found: list[list[Name]] = []
    seen: set[Name] = set()
    for name in near:
        if name not in seen:
            seen.add(name)
            names = [name]
            for one in names:
                fresh = [other for other in dict.fromkeys(near[one]) if other not in seen]
                seen.update(fresh)
                names += fresh
            found.append(names)
    return found


def _levels(targets: Mapping[Name, Sequence[Name]]) -> dict[Name, int]:
    """How far each is from what refers to nothing; a key that closes a circle does not count."""
    levels: dict[Name, int] = {}
    for start in targets:
        path = [(start, iter(targets[start]))] if start not in levels else []
        open_ = {start}
        while path:
            name, rest = path[-1]
            step = next((one for one in rest if one not in levels and one not in open_), None)
            if step is not None:
                open_.add(step)
                path.append((step, iter(targets[step])))
                continue
            path.pop()
            open_.discard(name)
            levels[name] = max((levels[one] + 1 for one in targets[name] if one in levels), default=0)
    return levels


def _group(
    names: Sequence[Name], levels: Mapping[Name, int], near: Mapping[Name, Sequence[Name]], sizes: Mapping[Name, Size]
) -> Group:
    layers: dict[int, list[Name]] = defaultdict(list)
    for name in names:
        layers[levels[name]].append(name)
    ordered = [sorted(layers[level]) for level in sorted(layers)]
    for sweep in range(_SWEEPS if len(ordered) > 1 else 0):
        _sweep(ordered if sweep % 2 == 0 else ordered[::-1], near)
    area = sum(sizes[name][0] * (sizes[name][1] + GAP) for name in names)
    limit = max(_LEAST_HEIGHT, sqrt(area * _SPREAD))
    return Group([column for layer in ordered for column in _split(layer, sizes, limit)])


def _sweep(layers: Sequence[list[Name]], near: Mapping[Name, Sequence[Name]]) -> None:
    """Bring each table near the middle of those that it is tied to."""
    place = {name: index / len(layer) for layer in layers for index, name in enumerate(layer)}

    def middle(name: Name) -> float:
        tied = near[name]
        return sum(place[one] for one in tied) / len(tied) if tied else place[name]

    for layer in layers:
        layer.sort(key=middle)
        place.update((name, index / len(layer)) for index, name in enumerate(layer))


def _split(layer: Sequence[Name], sizes: Mapping[Name, Size], limit: float) -> list[list[Name]]:
    """A layer that is too high, as several columns."""
    columns: list[list[Name]] = [[]]
    height = 0.0
    for name in layer:
        if columns[-1] and height + sizes[name][1] > limit:
            columns.append([])
            height = 0.0
        columns[-1].append(name)
        height += sizes[name][1] + GAP
    return columns
