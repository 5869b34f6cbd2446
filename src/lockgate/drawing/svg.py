"""A schema as one SVG that needs nothing else, by itself or within a page."""

from __future__ import annotations

from html import escape
from math import sqrt
from typing import TYPE_CHECKING, Final, NamedTuple

from lockgate.drawing.boxes import HEAD, PADDING, PLACE, ROW, Content, content_of
from lockgate.drawing.composing import compose
from lockgate.drawing.entities import Drawing, Entity, Mark, Note, Relation
from lockgate.drawing.placing import grouped
from lockgate.drawing.routing import Placed, Route, Tie, placed
from lockgate.drawing.shortening import cut, visible, width_of
from lockgate.drawing.svg_style import STYLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lockgate.nouns.changes import Change
    from lockgate.nouns.schema import Name, Schema

_MARGIN: Final = 24.0
_APART: Final = 40.0  # between groups
_LEAST_WIDTH: Final = 1000.0
_FOOT: Final = 11.0  # how far a crow's foot reaches
_NOTE_PLACES: Final = 110
_SIGN: Final = 12 * PLACE  # the room of one sign and its meaning


def svg(schema: Schema, changes: Sequence[Change] | None = None) -> str:
    """Draw a schema. Light and dark follow the reader's setting.

    Args:
        schema: as it is, or as it will be after the changes.
        changes: what `diff` found between the schema before and this one, each marked by a sign and a colour. Of a big schema
            only the tables that change and those that foreign keys tie to them are drawn, and how many are left out is said.
    """
    return visible("".join(_document(compose(schema, changes or ()), marked=changes is not None)))


class _Part(NamedTuple):
    """A group and where it goes."""

    x: float
    y: float
    relations: list[Relation]
    laid: Placed


def _document(drawing: Drawing, *, marked: bool) -> Iterator[str]:
    contents = {entity.name: content_of(entity) for entity in drawing.entities}
    parts = _arranged(_parts(drawing, contents))
    foot, signs = _foot(drawing), _signs(drawing)
    bottom = max((part.y + part.laid.height for part in parts), default=0.0) + _MARGIN
    wide = [part.x + part.laid.width for part in parts]
    wide += [_MARGIN + width_of(f"{note.mark.value} {note.text}") * PLACE for note in foot]
    wide += [_MARGIN + _SIGN * len(signs)]
    width, height = (
        max(wide) + _MARGIN if wide else 2 * _MARGIN,
        bottom + ROW * (len(foot) + bool(signs)) + (_MARGIN if foot or signs else 0.0),
    )
    label = escape(_label(drawing, marked=marked))
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="lockgate-diagram" role="graphics-document"'
        f' aria-label="{label}" width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}">'
        f"<title>{label}</title><style>{STYLE}</style>"
        f'<rect class="ground" width="{width:.0f}" height="{height:.0f}"/>\n'
    )
    entities = {entity.name: entity for entity in drawing.entities}
    for part in parts:
        yield f'<g transform="translate({part.x:.1f} {part.y:.1f})">\n'
        for relation, route in zip(part.relations, part.laid.routes, strict=True):
            yield from _edge(relation, route, entities)
        for name, box in part.laid.boxes.items():
            yield from _box(entities[name], contents[name], box.x, box.y)
        yield "</g>\n"
    for number, note in enumerate(foot):
        yield _foot_line(note, _MARGIN, bottom + ROW * (number + 0.5))
    for number, mark in enumerate(signs):
        yield _foot_line(Note(mark.word, mark), _MARGIN + _SIGN * number, bottom + ROW * (len(foot) + 0.5))
    yield "</svg>\n"


def _label(drawing: Drawing, *, marked: bool) -> str:
    count = len(drawing.entities) + drawing.left_out
    tables = f"Entity diagram of {count} table{'s' * (count != 1)}"
    if not marked:
        return tables
    counts = (f"{drawing.count(mark)} {mark.word}" for mark in (Mark.ADDED, Mark.CHANGED, Mark.DROPPED))
    return f"{tables}: {', '.join(counts)}"


def _parts(drawing: Drawing, contents: dict[Name, Content]) -> list[_Part]:
    sizes = {name: (one.width, one.height) for name, one in contents.items()}
    ties = [(one.source, one.target) for one in drawing.relations]
    found = list[_Part]()
    groups = grouped(sizes, ties)
    of = {name: number for number, group in enumerate(groups) for name in group.place}
    own: list[list[Relation]] = [[] for _ in groups]
    for relation in sorted(drawing.relations, key=lambda one: one.mark is not Mark.SAME):  # those with a mark on top
        own[of[relation.source]].append(relation)
    for group, relations in zip(groups, own, strict=True):
        wanted = [_tie(one, contents) for one in relations]
        found.append(_Part(0.0, 0.0, relations, placed(group, sizes, wanted)))
    return found


def _tie(one: Relation, contents: dict[Name, Content]) -> Tie:
    source, target = contents[one.source], contents[one.target]
    return Tie(one.source, one.target, source.at(one.columns), target.at(one.target_columns), one.mark.word)


def _arranged(parts: Sequence[_Part]) -> list[_Part]:
    """The groups from left to right, in as many rows as give a page of a usual shape."""
    area = sum((one.laid.width + _APART) * (one.laid.height + _APART) for one in parts)
    limit = max([_LEAST_WIDTH, sqrt(area * 1.5), *(one.laid.width for one in parts)])
    result, x, y, lowest = list[_Part](), 0.0, 0.0, 0.0
    for one in parts:
        if x and x + one.laid.width > limit:
            x, y = 0.0, lowest + _APART
        result.append(one._replace(x=_MARGIN + x, y=_MARGIN + y))
        x += one.laid.width + _APART
        lowest = max(lowest, y + one.laid.height)
    return result


def _box(entity: Entity, content: Content, x: float, y: float) -> Iterator[str]:
    mark, word = entity.mark, entity.mark.word
    said = escape(f"table {entity.title}" + (f", {word}" if mark is not Mark.SAME else ""))
    yield (
        f'<g role="graphics-object" aria-label="{said}" transform="translate({x:.1f} {y:.1f})"><title>{said}</title>'
        f'<rect class="box" width="{content.width:.1f}" height="{content.height:.1f}" rx="5"/>'
        f'<path class="head head-{word}" d="M1 {HEAD}V6a5 5 0 0 1 5-5H{content.width - 6:.1f}a5 5 0 0 1 5 5V{HEAD}Z"/>'
    )
    if mark is not Mark.SAME:
        yield _text(PADDING, HEAD / 2, mark.value, f"name {word}")
    start = PADDING + (0 if mark is Mark.SAME else 2 * PLACE)
    yield _text(start, HEAD / 2, content.title, f"name {_class(mark)}", gone=mark is Mark.DROPPED)
    for number, line in enumerate(content.lines):
        yield f"<g><title>{escape(line.full)}</title>"
        top = HEAD + 3 + ROW * number
        if line.mark is not Mark.SAME:
            yield (
                f'<rect class="row-{line.mark.word}" x="1" y="{top:.1f}" width="{content.width - 2:.1f}" height="{ROW}"/>'
            )
        yield from _cells(line.mark, line.cells, content.starts, top + ROW / 2)
        yield "</g>"
    if mark is not Mark.SAME:
        yield f'<rect class="box-{word}" width="{content.width:.1f}" height="{content.height:.1f}" rx="5" fill="none"/>'
    yield "</g>\n"


def _cells(mark: Mark, cells: tuple[str, ...], starts: tuple[float, ...], y: float) -> Iterator[str]:
    gone = mark is Mark.DROPPED
    if len(cells) == 1:
        yield _text(PADDING, y, mark.value, _class(mark))
        yield _text(starts[1], y, cells[0], _class(mark), gone=gone)
        return
    if mark is not Mark.SAME:
        yield _text(PADDING, y, mark.value, f"name {_class(mark)}")
    for cell, x, plain in zip(cells, starts, ("dim", "", "dim", "dim"), strict=False):
        if cell:
            yield _text(x, y, cell, _class(mark) or plain, gone=gone)


def _text(x: float, y: float, text: str, classes: str, *, gone: bool = False) -> str:
    words = f"{classes} gone" if gone else classes
    said = f' class="{words.strip()}"' if words.strip() else ""
    return f'<text x="{x:.1f}" y="{y + 4:.1f}"{said}>{escape(text)}</text>'


def _class(mark: Mark) -> str:
    return "" if mark is Mark.SAME else mark.word


def _edge(one: Relation, route: Route, entities: dict[Name, Entity]) -> Iterator[str]:
    source, target = entities[one.source].title, entities[one.target].title
    sign = f"{one.mark.value} " if one.mark.value else ""
    columns = ", ".join(one.columns)
    said = f"{sign}{source} ({columns}) refers to {target}" + (f", {one.mark.word}" if sign else "")
    corners = route.corners
    path = f"M{corners[0][0]:.1f} {corners[0][1]:.1f}" + "".join(f"L{x:.1f} {y:.1f}" for x, y in corners[1:])
    ends = _many(corners[0], route.source_side, single=one.single)
    ends += _one(corners[-1], route.target_side, optional=one.optional)
    yield f'<g><title>{escape(said)}</title><path class="edge {_class(one.mark)}" d="{path}{ends}"/>'
    if sign:
        x, y = corners[0]
        yield _text(x + route.source_side * 18 - PLACE / 2, y - 9, one.mark.value, f"name {_class(one.mark)}")
    yield "</g>\n"


def _many(at: tuple[float, float], side: int, *, single: bool) -> str:
    """A crow's foot where many rows refer to one, else a bar."""
    x, y = at
    reach = x + side * _FOOT
    if single:
        return f"M{reach:.1f} {y - 5:.1f}V{y + 5:.1f}"
    return f"M{x:.1f} {y - 6:.1f}L{reach:.1f} {y:.1f}L{x:.1f} {y + 6:.1f}"


def _one(at: tuple[float, float], side: int, *, optional: bool) -> str:
    """A bar, and before it a circle where there may be none."""
    x, y = at
    bar = f"M{x + side * 6:.1f} {y - 5:.1f}V{y + 5:.1f}"
    start = x + side * 9
    return bar + (f"M{start:.1f} {y:.1f}a3 3 0 1 1 {side * 6} 0a3 3 0 1 1 {-side * 6} 0" if optional else "")


def _foot(drawing: Drawing) -> list[Note]:
    """What is said beneath: what is left out, and what else changes."""
    notes = [note._replace(text=cut(note.text, _NOTE_PLACES)) for note in drawing.notes]
    if not drawing.entities and not drawing.left_out:
        notes.append(Note("There are no tables.", Mark.SAME))
    if drawing.left_out:
        notes.append(Note(f"… and {drawing.left_out} unchanged table{'s' * (drawing.left_out > 1)}", Mark.SAME))
    return notes


def _signs(drawing: Drawing) -> list[Mark]:
    """The signs that are in it, whose meaning is said in one line."""
    found = {one.mark for one in drawing.relations} | {one.mark for one in drawing.notes}
    for entity in drawing.entities:
        found.update((entity.mark, *(one.mark for one in entity.attributes), *(one.mark for one in entity.notes)))
    return [mark for mark in (Mark.ADDED, Mark.DROPPED, Mark.CHANGED) if mark in found]


def _foot_line(note: Note, x: float, y: float) -> str:
    sign = f"{note.mark.value} " if note.mark.value else ""
    return _text(x, y, sign + note.text, _class(note.mark) or "dim") + "\n"
