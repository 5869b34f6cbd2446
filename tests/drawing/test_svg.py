"""The SVG: what it says, what it marks, and that nothing in it lies over anything else."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import pytest

from drawing.shop import AFTER, BEFORE, large, schema, table
from lockgate.diffing.differ import diff
from lockgate.drawing.svg import svg
from lockgate.nouns.schema import Column, Schema

if TYPE_CHECKING:
    from collections.abc import Iterator

_NS = "{http://www.w3.org/2000/svg}"


class Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


class Drawn:
    """What a reader of the file sees."""

    def __init__(self, text: str) -> None:
        self.root = ET.fromstring(text)
        self.boxes: dict[str, Box] = {}
        self.edges: list[tuple[str, list[Box]]] = []
        self.text_ends: list[tuple[str, float]] = []
        for group in self.root.findall(f"{_NS}g"):
            self._read(group, *_moved(group))

    def _read(self, group: ET.Element, x: float, y: float) -> None:
        for part in group.findall(f"{_NS}g"):
            path = part.find(f"{_NS}path")
            assert path is not None
            if "edge" in path.get("class", ""):
                self.edges.append((part.findtext(f"{_NS}title", ""), list(_segments(path.get("d", ""), x, y))))
            else:
                self._read_box(part, x, y)

    def _read_box(self, part: ET.Element, x: float, y: float) -> None:
        (dx, dy), rect = _moved(part), part.find(f"{_NS}rect")
        assert rect is not None
        width, height = float(rect.get("width", 0)), float(rect.get("height", 0))
        self.boxes[part.get("aria-label", "")] = Box(x + dx, y + dy, x + dx + width, y + dy + height)
        for text in part.iter(f"{_NS}text"):
            self.text_ends.append((text.text or "", width - float(text.get("x", 0)) - 7.2 * len(text.text or "")))

    def lines(self, label: str) -> list[tuple[str, str]]:
        """The lines of a box: what stands there, and its classes."""
        part = next(one for one in self.root.iter() if one.get("aria-label") == label)
        rows = [list(one.iter(f"{_NS}text")) for one in part.findall(f"{_NS}g")]
        return [(" ".join(one.text or "" for one in row), row[-1].get("class", "")) for row in rows]

    def foot(self) -> list[str]:
        return [one.text or "" for one in self.root.findall(f"{_NS}text")]


def _moved(element: ET.Element) -> tuple[float, float]:
    found = re.fullmatch(r"translate\((\S+) (\S+)\)", element.get("transform", ""))
    assert found
    return float(found[1]), float(found[2])


def _segments(path: str, x: float, y: float) -> Iterator[Box]:
    """The straight pieces of an edge, as boxes without breadth."""
    route = re.match(r"M[^MV]*", path)
    assert route
    points = [(float(a) + x, float(b) + y) for a, b in re.findall(r"[ML](\S+?) ([-\d.]+)", route[0])]
    for (left, top), (right, bottom) in pairwise(points):
        assert abs(left - right) < 0.11 or abs(top - bottom) < 0.11, "an edge is slanted"
        yield Box(min(left, right), min(top, bottom), max(left, right), max(top, bottom))


@pytest.mark.parametrize(
    ("before", "after"),
    [(None, BEFORE), (BEFORE, AFTER), (None, schema(*large(150)))],
    ids=["small", "changed", "large"],
)
def test_nothing_lies_over_anything_else(before: Schema | None, after: Schema) -> None:
    drawn = Drawn(svg(after, None if before is None else diff(before, after)))
    boxes = sorted(drawn.boxes.items(), key=lambda one: one[1].left)
    for place, (name, box) in enumerate(boxes):
        for other, beside in boxes[place + 1 :]:
            assert not box.meets(beside), f"{name} lies over {other}"
    inner = [(name, Box(box.left + 1, box.top + 1, box.right - 1, box.bottom - 1)) for name, box in boxes]
    for title, segments in drawn.edges:
        for segment in segments:
            through = [name for name, box in inner if box.meets(segment)]
            assert not through, f"{title} runs through {through}"
    assert [text for text, left in drawn.text_ends if left < 0] == []
    width, height = float(drawn.root.get("width", 0)), float(drawn.root.get("height", 0))
    everything = [*drawn.boxes.values(), *(one for _, segments in drawn.edges for one in segments)]
    assert min(min(one.left, one.top) for one in everything) >= 0
    assert max(one.right for one in everything) <= width
    assert max(one.bottom for one in everything) <= height
    assert drawn.edges


def test_the_marks_of_a_change() -> None:
    drawn = Drawn(svg(AFTER, diff(BEFORE, AFTER)))
    assert drawn.root.get("aria-label") == "Entity diagram of 8 tables: 1 added, 2 changed, 1 dropped"
    assert sorted(drawn.boxes) == [
        "table likes, changed", "table odd %~ \"name", "table old, dropped", "table one", "table profiles",
        "table uploads, added", "table users", "table videos, changed",
    ]  # fmt: skip
    assert drawn.lines("table videos, changed") == [
        ("PK id bigint", "dim"),
        ("FK user_id bigint", "dim"),
        ("~ title text null", "changed"),
        ("~ was varchar(80), was not null", "changed"),
        ("+ seconds float8 null", "added"),
        ("− size integer null", "dropped gone"),
        ("+ index ix_videos USING btree (title)", "added"),
    ]
    assert {line for line, _ in drawn.lines("table old, dropped")} == {"− PK id bigint", "− FK video_id bigint null"}
    assert {title for title, _ in drawn.edges if title[0] in "+−~"} == {
        "+ uploads (video_id) refers to videos, added",
        "− likes (user_id) refers to users, dropped",
        "− old (video_id) refers to videos, dropped",
    }
    assert drawn.foot() == ["~ enum type mood: from (calm) to (calm, cross)", "+ added", "− dropped", "~ changed"]


def test_of_a_large_schema_that_changes_what_does_not_is_left_out_and_counted() -> None:
    tables = large(500)
    last = tables[-1]
    changed = last._replace(columns=(*last.columns, Column("fresh", "text")))
    near = {key.target for key in last.constraints if key.target} | {
        one.name for one in tables if any(key.target == last.name for key in one.constraints)
    }
    after = schema(*tables[:-1], changed)
    drawn = Drawn(svg(after, diff(schema(*tables), after)))
    assert len(drawn.boxes) == len(near | {last.name}) < 20
    assert f"… and {500 - len(drawn.boxes)} unchanged tables" in drawn.foot()
    assert "table t499, changed" in drawn.boxes


def test_a_large_schema_is_drawn_whole() -> None:
    assert svg(schema(*large(500))).count('<rect class="box"') == 500


def test_names_of_any_kind_are_told_apart_and_break_nothing() -> None:
    names = [f"organisation_membership_invitation_audit_log_entry_{number:03}" for number in range(3)]
    drawn = Drawn(svg(schema(*(table(name, Column(f"{name}_of_it", "text")) for name in names))))
    titles = [one for one, _ in drawn.text_ends if one.startswith("organ")]
    assert len(set(titles)) == len(titles) == 6
    assert titles[0].endswith("log_entry_000")
    assert [left for _, left in drawn.text_ends if left < 0] == []
    odd = Drawn(svg(schema(table("a\x01\u202e", Column("\x02" * 20, "text")))))
    assert list(odd.boxes) == ["table a⟨U+0001⟩⟨U+202E⟩"]
    assert [text for text, left in odd.text_ends if left < 0] == []


def test_only_signs_that_are_in_it_are_explained() -> None:
    after = schema(table("one", Column("fresh", "text")))
    assert Drawn(svg(after, diff(schema(table("one")), after))).foot() == ["+ added", "~ changed"]
    assert Drawn(svg(after, ())).foot() == []


def test_it_needs_nothing_else_and_an_empty_schema_says_so() -> None:
    text = svg(BEFORE)
    assert re.findall(r"https?://[^\"]+|url\(|@import|<script", text) == ["http://www.w3.org/2000/svg"]
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert style
    assert "prefers-color-scheme:dark" in style[1]
    # Within a page, it changes nothing of the page.
    rules = re.findall(r"(?:^|[{}])\s*([.\w][^{}@]*)\{", style[1])
    assert rules
    assert all(part.startswith(".lockgate-diagram") for rule in rules for part in rule.split(","))
    assert Drawn(svg(Schema())).foot() == ["There are no tables."]
