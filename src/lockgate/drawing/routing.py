"""How edges run: along the gutters between columns, and through the gaps between boxes; never through a box."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from lockgate.drawing.placing import GAP

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lockgate.drawing.placing import Group, Size
    from lockgate.nouns.schema import Name

    Key = tuple[Name, float, str, bool]

_MARGIN: Final = 22.0  # from a box to the first lane, where a crow's foot has room
_LANE: Final = 7.0
_WIDEST: Final = 140.0  # all lanes of a gutter together
_SHIFTS: Final = (0.0, 5.0, -5.0, 10.0, -10.0)  # of edges in one gap


class Box(NamedTuple):
    """A rectangle, in pixels."""

    x: float
    y: float
    width: float
    height: float


class Tie(NamedTuple):
    """An edge that is wanted, and at which height of its boxes it begins and ends; only those that look alike share a lane."""

    source: Name
    target: Name
    source_y: float
    target_y: float
    look: str = ""


class Route(NamedTuple):
    """An edge's corners; it leaves its source, and comes to its target, to the left (-1) or to the right (1) of it."""

    corners: tuple[tuple[float, float], ...]
    source_side: int
    target_side: int


@dataclass(slots=True)
class Placed:
    """A group with all in its place, its own corner at 0, 0."""

    boxes: dict[Name, Box]
    routes: list[Route]
    width: float = 0.0
    height: float = 0.0


def placed(group: Group, sizes: Mapping[Name, Size], ties: Sequence[Tie]) -> Placed:
    """Place a group's boxes, and lay its edges."""
    return _Laying(group, sizes, ties).placed()


@dataclass(slots=True)
class _Gutter:
    """The room to the left of a column; edges to one place share a lane."""

    lanes: dict[Key, int] = field(default_factory=dict)
    left: float = 0.0

    @property
    def pitch(self) -> float:
        return min(_LANE, _WIDEST / len(self.lanes)) if self.lanes else 0.0

    def width(self, *, outer: bool) -> float:
        if not self.lanes:
            return 0.0 if outer else 2 * _MARGIN
        return 2 * _MARGIN + self.pitch * (len(self.lanes) - 1)


class _Laying:
    def __init__(self, group: Group, sizes: Mapping[Name, Size], ties: Sequence[Tie]) -> None:
        self._group, self._sizes, self._ties = group, sizes, ties
        self._gutters = [_Gutter() for _ in range(len(group.columns) + 1)]
        self._boxes: dict[Name, Box] = {}
        self._gaps: list[list[float]] = []
        self._shift: dict[tuple[Name, float, str], int] = {}

    def placed(self) -> Placed:
        ways = [self._way(tie) for tie in self._ties]
        for tie, (first, last, _) in zip(self._ties, ways, strict=True):
            for number in range(min(first, last), max(first, last) + 1):
                lanes = self._gutters[number].lanes
                lanes.setdefault(_key(tie, first, last), len(lanes))
        width = self._place()
        routes = [self._route(tie, *way) for tie, way in zip(self._ties, ways, strict=True)]
        lowest = max((y for route in routes for _, y in route.corners), default=0.0)
        bottom = max(box.y + box.height for box in self._boxes.values())
        return Placed(self._boxes, routes, width, max(bottom, lowest + GAP / 2))

    def _way(self, tie: Tie) -> tuple[int, int, int]:
        """The gutters that an edge begins and ends in, and which way it runs."""
        source, target = self._group.place[tie.source], self._group.place[tie.target]
        if source > target:
            return source, target + 1, -1
        if source < target:
            return source + 1, target, 1
        return source + 1, source + 1, 0

    def _place(self) -> float:
        through = {number for tie in self._ties for number in self._crossed(tie)}
        heights = [sum(self._sizes[one][1] + GAP for one in column) - GAP for column in self._group.columns]
        top, x = (GAP if through else 0.0), 0.0
        for number, column in enumerate(self._group.columns):
            gutter = self._gutters[number]
            gutter.left = x
            x += gutter.width(outer=number == 0)
            y = top + (max(heights) - heights[number]) / 2
            gaps = [y - GAP / 2]
            for name in column:
                width, height = self._sizes[name]
                self._boxes[name] = Box(x, y, width, height)
                y += height + GAP
                gaps.append(y - GAP / 2)
            self._gaps.append(gaps)
            x += max(self._sizes[name][0] for name in column)
        self._gutters[-1].left = x
        return x + self._gutters[-1].width(outer=True)

    def _crossed(self, tie: Tie) -> range:
        first, last, _ = self._way(tie)
        return range(min(first, last), max(first, last))

    def _route(self, tie: Tie, first: int, last: int, way: int) -> Route:
        source, target = self._boxes[tie.source], self._boxes[tie.target]
        source_side, target_side = (-1, 1) if way < 0 else (1, -1) if way > 0 else (1, 1)
        x, y = (source.x if source_side < 0 else source.x + source.width), source.y + tie.source_y
        goal = target.y + tie.target_y
        corners, key = [(x, y)], _key(tie, first, last)
        for number in range(first, last, way) if way else ():
            x = self._lane(number, key)
            passed = self._gap(number - 1 if way < 0 else number, goal, tie)
            corners += [(x, y), (x, passed)]
            y = passed
        x = self._lane(last, key)
        corners += [(x, y), (x, goal), (target.x if target_side < 0 else target.x + target.width, goal)]
        return Route(tuple(corners), source_side, target_side)

    def _lane(self, number: int, key: Key) -> float:
        gutter = self._gutters[number]
        return gutter.left + _MARGIN + gutter.pitch * gutter.lanes[key]

    def _gap(self, number: int, goal: float, tie: Tie) -> float:
        gaps = self._gaps[number]
        place = bisect_left(gaps, goal)
        nearest = min(gaps[max(place - 1, 0) : place + 1], key=lambda y: abs(y - goal))
        shift = self._shift.setdefault((tie.target, tie.target_y, tie.look), len(self._shift))
        return nearest + _SHIFTS[shift % len(_SHIFTS)]


def _key(tie: Tie, first: int, last: int) -> Key:
    return tie.target, tie.target_y, tie.look, first == last
