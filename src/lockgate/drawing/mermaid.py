"""A schema as Mermaid's entity diagram: https://mermaid.js.org/syntax/entityRelationshipDiagram.html."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from lockgate.drawing.composing import compose
from lockgate.drawing.entities import Mark
from lockgate.drawing.shortening import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lockgate.drawing.entities import Attribute, Drawing, Entity, Note, Relation
    from lockgate.nouns.changes import Change
    from lockgate.nouns.schema import Name, Schema

_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# Words that its lexer takes for something else where a table's name may stand.
_TAKEN: Final = frozenset(
    {"accdescr", "acctitle", "class", "classdef", "direction",
     "end", "erdiagram", "many", "one", "only", "optionally", "style", "subgraph", "to", "u", "zero"}
)  # fmt: skip
_NO_WORD: Final = re.compile(r"[^A-Za-z0-9_()\[\]\u00C0-\uFFFF]+")
_KEY: Final = re.compile(r"(?:pk|fk|uk)\b", re.IGNORECASE)


def mermaid(schema: Schema, changes: Sequence[Change] = ()) -> str:
    """The tables, their columns and foreign keys as text for Mermaid, which Markdown of many places draws.

    Args:
        schema: as it is, or as it will be after the changes.
        changes: what `diff` found between the schema before and this one. What they add, drop or change is marked `+`, `−` or
            `~`; of a big schema only the tables that change and their neighbours are drawn.
    """
    return "\n".join(_lines(compose(schema, changes))) + "\n"


def _lines(drawing: Drawing) -> Iterator[str]:
    yield "erDiagram"
    for note in drawing.notes:
        yield f"    %% {_said(note)}"
    if drawing.left_out:
        yield f"    %% … and {drawing.left_out} unchanged table{'s' * (drawing.left_out > 1)}"
    names = _names(drawing)
    for entity in drawing.entities:
        yield from _entity(entity, names[entity.name])
    for one in drawing.relations:
        yield _relation(one, names[one.source], names[one.target])


def _names(drawing: Drawing) -> dict[Name, str]:
    """Each table's name as it can be written there; two that differ only in what cannot stay two."""
    names: dict[str, Name] = {}
    for entity in sorted(drawing.entities, key=lambda one: _inner(one.title) != one.title):
        name = _inner(entity.title)
        while name in names:
            name += "'"
        names[name] = entity.name
    return {name: said for said, name in names.items()}


def _entity(entity: Entity, name: str) -> Iterator[str]:
    for note in entity.notes:
        yield f"    %% {_said(note)}, of {name}"
    alias = f'["{entity.mark.value} {name}"]' if entity.mark is not Mark.SAME else ""
    if not entity.attributes:
        yield f"    {_name(name)}{alias}"
        return
    yield f"    {_name(name)}{alias} {{"
    yield from (f"        {_attribute(one)}" for one in entity.attributes)
    yield "    }"


def _attribute(one: Attribute) -> str:
    keys = ", ".join(one.keys)
    # A word between two tildes on one line is a generic type to it.
    told = [f"{one.mark.value} {one.was or one.mark.word}"] if one.mark is not Mark.SAME else []
    told += ["null"] if one.nullable else []
    comment = f'"{", ".join(_inner(part) for part in told)}"' if told else ""
    return " ".join(part for part in (_word(one.type or "any"), _word(one.name), keys, comment) if part)


def _relation(one: Relation, source: str, target: str) -> str:
    ends = f"{'|o' if one.optional else '||'}--{'o|' if one.single else 'o{'}"
    label = f"{one.mark.value} {', '.join(one.columns)}".strip()
    return f'    {_name(target)} {ends} {_name(source)} : "{_inner(label)}"'


def _name(name: str) -> str:
    return name if _PLAIN.fullmatch(name) and name.lower() not in _TAKEN else f'"{name}"'


def _word(text: str) -> str:
    """What may stand as a type or a name of an attribute."""
    word = _NO_WORD.sub("_", visible(text).replace(", ", ",")).strip("_") or "_"
    return f"_{word}" if _KEY.match(word) or not re.match(r"[A-Za-z_\u00C0-\uFFFF]", word) else word


def _inner(text: str) -> str:
    """What may stand within quotes."""
    head, rest = (text[:1], text[1:]) if text.startswith("~ ") else ("", text)
    rest = visible(re.sub(r"\s+", " ", rest)).translate({34: "'", 37: "_", 92: "/", 126: "-"})
    return head + rest


def _said(note: Note) -> str:
    return f"{note.mark.value} {_inner(note.text)}".replace("{", "(").replace("}", ")")
