"""What stands in one box, and how large it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from lockgate.drawing.entities import Mark
from lockgate.drawing.shortening import cut, cut_name, width_of

if TYPE_CHECKING:
    from lockgate.drawing.entities import Entity

PLACE: Final = 7.25  # the width of a character of 12 pixels, in whatever monospaced font there is
HEAD: Final = 28.0
ROW: Final = 20.0
PADDING: Final = 10.0
_NAME, _TYPE, _TEXT = 36, 30, 44
_LEAST: Final = 140.0


class Line(NamedTuple):
    """One line of a box.

    Attributes:
        cells: texts in columns, of which the second is the name; or one, for what is said of the line above.
        full: what is told in full where it is pointed at.
    """

    mark: Mark
    cells: tuple[str, ...]
    full: str


class Content(NamedTuple):
    """The lines of a box, where its columns begin, and its size; all in pixels from its corner."""

    title: str
    lines: tuple[Line, ...]
    starts: tuple[float, ...]
    width: float
    rows: dict[str, float]

    @property
    def height(self) -> float:
        """Of the whole box."""
        return HEAD + ROW * len(self.lines) + (6.0 if self.lines else 0.0)

    def at(self, columns: tuple[str, ...]) -> float:
        """The middle of the first of the columns' lines; of the head where there is none."""
        return self.rows.get(columns[0], HEAD / 2) if columns else HEAD / 2


def content_of(entity: Entity) -> Content:
    """Lay a table out."""
    lines, rows = list[Line](), dict[str, float]()
    for one in entity.attributes:
        rows.setdefault(one.name, HEAD + ROW * (len(lines) + 0.5) + 3.0)
        null = "null" if one.nullable else ""
        cells = (",".join(one.keys), cut_name(one.name, _NAME), cut(one.type, _TYPE), null)
        full = " ".join(part for part in (one.name, one.type, null or "not null", *one.keys, one.was) if part)
        lines.append(Line(one.mark, cells, full))
        if one.was:
            lines.append(Line(one.mark, (cut(one.was, _TEXT),), one.was))
    lines += [Line(note.mark, (cut(note.text, _TEXT),), note.text) for note in entity.notes]
    starts = _starts(lines)
    title = cut_name(entity.title, _TEXT)
    widest = max((width_of(line.cells[0]) for line in lines if len(line.cells) == 1), default=0)
    need = (starts[-1], starts[1] + widest * PLACE, PADDING + (width_of(title) + 2) * PLACE)
    return Content(title, tuple(lines), starts, max(_LEAST, *need) + PADDING, rows)


def _starts(lines: list[Line]) -> tuple[float, ...]:
    """Where each column begins, and last where they end; the sign has the first place."""
    rows = [line.cells for line in lines if len(line.cells) > 1]
    signs = 2 if any(line.mark is not Mark.SAME for line in lines) else 0
    x = PADDING + signs * PLACE
    starts = [x]
    for cells in zip(*rows, strict=True):
        widest = max(map(width_of, cells))
        x += (widest + 2) * PLACE if widest else 0.0
        starts.append(x)
    starts += [x] * (5 - len(starts))
    starts[-1] -= 2 * PLACE if rows else 0.0
    return tuple(starts)
