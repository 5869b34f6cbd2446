"""Both directions of a draft, as one file or as two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockgate.diffing.differ import reversed_changes
from lockgate.diffing.effects import added_labels
from lockgate.diffing.postgresql_names import string
from lockgate.generating.file_text import python_file, sql_file
from lockgate.generating.python_changes import PythonChanges, plain
from lockgate.generating.python_parts import unqualified
from lockgate.generating.python_statements import PythonStatements, execute
from lockgate.generating.renames import probable_renames, statement_of, verb_of
from lockgate.nouns.changes import Change, Kind, Statement
from lockgate.nouns.flavours import Flavour
from lockgate.sources.naming import class_of, next_number, sentence_of, slug_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lockgate.following.comparing import Comparison
    from lockgate.following.engine import Engine
    from lockgate.generating.file_text import Body
    from lockgate.generating.renames import Rename
    from lockgate.nouns.schema import Schema


class Directions:
    """The statements of one comparison, up and down."""

    def __init__(self, engine: Engine, comparison: Comparison, default: str, renamed: Sequence[Rename]) -> None:
        self._comparison, self._default, self._renamed = comparison, default, renamed
        self._flavour = engine.session.flavour
        have, want, changes = comparison.have, comparison.want, comparison.changes
        self._labels = [one for one in changes if _adds_labels(one)]
        self._up = engine.statements(changes, have, want)
        back = reversed_changes(one for one in changes if one not in self._labels)
        self._down = engine.statements(back, want, have)

    def files(self, directory: Path, description: str, *, sql: bool, verbs: bool) -> dict[str, str]:
        """The text of each file by its name; a label that is used at once is added by a file of its own, which comes first."""
        early = [one for one in self._up if one.early]
        rest = [one for one in self._up if not one.early]
        used = any(string(label) in one.text for one in rest for label in self._new_labels())
        number = next_number(directory)
        if not (early and used):
            return dict([self._file(number, description, self._up, self._down, sql=sql, verbs=verbs)])
        after = str(int(number) + 1).zfill(len(number))
        first = self._file(number, f"{description}: labels", early, [], sql=sql, verbs=verbs)
        return dict([first, self._file(after, description, rest, self._down, sql=sql, verbs=verbs)])

    def _new_labels(self) -> list[str]:
        return [label for one in self._labels for label, *_ in added_labels(one.before.labels, one.after.labels) or ()]

    def _file(
        self, number: str, description: str, up: list[Statement], down: list[Statement], *, sql: bool, verbs: bool
    ) -> tuple[str, str]:
        slug, sentence = slug_of(description), sentence_of(description, sql=sql)
        notes, have, want = self._notes(), self._comparison.have, self._comparison.want
        if sql:
            return f"{number}_{slug}.sql", sql_file(sentence, self._texts(up), self._texts(down, back=True), notes)
        bodies = self._body(up, have, want, verbs=verbs), self._body(down, want, have, verbs=verbs, back=True)
        return f"{number}_{slug}.py", python_file(sentence, class_of(slug), *bodies, notes)

    def _notes(self) -> list[str]:
        notes = [
            f"PostgreSQL takes no label of an enum type back: {one.owner.name} keeps what this adds."
            for one in self._labels
        ]
        for one in probable_renames(self._comparison.changes):
            what = f"{one.owner.name}.{one.column}" if one.column else one.owner.name
            notes.append(
                f"If {what} is only to be called {one.new}, rename it instead of dropping the one and adding the other."
            )
        return notes

    def _texts(self, statements: list[Statement], *, back: bool = False) -> Body:
        said: Body = [(one.changes, [self._plain(one.text)]) for one in statements]
        renames: Body = [((), [self._plain(statement_of(one, back=back))]) for one in self._renamed]
        return [*said, *reversed(renames)] if back else [*renames, *said]

    def _plain(self, text: str) -> str:
        return plain(text, self._default) if self._flavour is Flavour.SQLITE else unqualified(text, self._default)

    def _body(
        self, statements: list[Statement], have: Schema, want: Schema, *, verbs: bool, back: bool = False
    ) -> Body:
        if not verbs:
            return [
                (changes, [execute(text) for text in texts]) for changes, texts in self._texts(statements, back=back)
            ]
        renames: Body = [((), [verb_of(one, self._default, back=back)]) for one in self._renamed]
        if self._flavour is Flavour.SQLITE:
            said = PythonChanges(self._default).lines(statements)
        else:
            said = PythonStatements(have, want, self._default).lines(statements)
        return [*said, *reversed(renames)] if back else [*renames, *said]


def _adds_labels(change: Change) -> bool:
    if change.kind is not Kind.ENUM or change.before is None or change.after is None:
        return False
    return added_labels(change.before.labels, change.after.labels) is not None
