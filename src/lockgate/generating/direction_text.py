"""Both directions of a draft, as one file or as two."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lockgate.diffing.differ import reversed_changes
from lockgate.diffing.effects import added_labels
from lockgate.diffing.postgresql_names import string
from lockgate.generating.arranging import arranged, every_serial
from lockgate.generating.cautions import made_by
from lockgate.generating.code import flat
from lockgate.generating.file_text import Body, Head, Script, python_file, sql_file
from lockgate.generating.plain_sql import unqualified, without_noise
from lockgate.generating.python_changes import PythonChanges, grouped, plain
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
    from lockgate.generating.extensions import Added
    from lockgate.generating.renames import Rename
    from lockgate.nouns.schema import Enumeration, Schema


class Manner(NamedTuple):
    """How a draft is written.

    Attributes:
        sql: as SQL, and not in Python.
        exact: the very statements, one for one; else as a person would write them.
    """

    sql: bool
    exact: bool = False


class Said(NamedTuple):
    """What a draft says beside the changes.

    Attributes:
        default: the schema that goes without saying.
        renamed: what has a new name.
        added: the extensions without which it does not run.
    """

    default: str
    renamed: Sequence[Rename] = ()
    added: Sequence[Added] = ()


class Directions:
    """The statements of one comparison, up and down."""

    def __init__(self, engine: Engine, comparison: Comparison, said: Said) -> None:
        self._comparison, self._default, self._renamed = comparison, said.default, said.renamed
        self._extensions = [one.name for added in said.added for one in added.extensions]
        self._extending = [text for added in said.added for text in added.statements(said.default)]
        self._flavour = engine.session.flavour
        have, want, changes = comparison.have, comparison.want, comparison.changes
        self._labels = [one for one in changes if _adds_labels(one)]
        self._up = engine.statements(changes, have, want)
        back = reversed_changes(one for one in changes if one not in self._labels)
        down = engine.statements(back, want, have)
        # Going down is one transaction, and a label that it brings back and uses cannot be added in there.
        again = [_with_a_new_type(one) if _adds_labels(one) and _uses_labels(down, [one]) else one for one in back]
        self._down = engine.statements(again, want, have)

    def files(self, directory: Path, description: str, manner: Manner) -> dict[str, str]:
        """The text of each file by its name; a label that is used at once is added by a file of its own, which comes first."""
        early = [one for one in self._up if one.early]
        rest = [one for one in self._up if not one.early]
        number, sentence = next_number(directory), sentence_of(description, sql=manner.sql)
        if not _uses_labels(rest, self._labels):
            head = Head(sentence, [*self._kept(), *self._probable(manner)], self._default, self._extending)
            texts = self._texts(head, slug_of(description), self._up, self._down, manner)
            return {f"{number}_{_file(description, manner)}": texts}
        after = str(int(number) + 1).zfill(len(number))
        first = Head(f"{sentence}: the new labels", [_COMMITTED, *self._kept()], self._default, self._extending)
        second = Head(sentence, self._probable(manner), self._default)
        labels = f"{description} labels"
        return {
            f"{number}_{_file(labels, manner)}": self._texts(first, slug_of(labels), early, [], manner, renames=False),
            f"{after}_{_file(description, manner)}": self._texts(
                second, slug_of(description), rest, self._down, manner
            ),
        }

    def _kept(self) -> list[str]:
        one, several = ("extension", "it") if len(self._extensions) == 1 else ("extensions", "them")
        leaving = f"Going down leaves the {one} {', '.join(self._extensions)}: other things may use {several} by then."
        labels = [
            f"PostgreSQL takes no label of an enum type back: going down, {one.owner.name} keeps what this adds."
            for one in self._labels
        ]
        return [*([leaving] if self._extensions else []), *labels]

    def _probable(self, manner: Manner) -> list[str]:
        found = probable_renames(self._comparison.changes)
        if manner.sql:
            return [one.note(self._plain(statement_of(one))) for one in found]
        return [one.note(f"self.db.{flat(verb_of(one, self._default))}") for one in found]

    def _texts(
        self,
        head: Head,
        slug: str,
        up: Sequence[Statement],
        down: Sequence[Statement],
        manner: Manner,
        *,
        renames: bool = True,
    ) -> str:
        have, want, renamed = self._comparison.have, self._comparison.want, self._renamed if renames else ()
        if manner.sql:
            opening: Script = [((), [text]) for text in head.opening]
            said: list[Script] = [self._script(up, have, want, manner), self._script(down, want, have, manner)]
            there, back = (
                [((), [self._plain(statement_of(one, back=way))]) for one in renamed] for way in (False, True)
            )
            return sql_file(head, [*opening, *there, *said[0]], [*said[1], *reversed(back)])
        first: Body = [((), [execute(text)]) for text in head.opening]
        bodies: list[Body] = [self._body(up, have, want, manner), self._body(down, want, have, manner)]
        verbs: list[Body] = [
            [((), [verb_of(one, self._default, back=way)]) for one in renamed] for way in (False, True)
        ]
        return python_file(head, class_of(slug), [*first, *verbs[0], *bodies[0]], [*bodies[1], *reversed(verbs[1])])

    def _script(self, statements: Sequence[Statement], have: Schema, want: Schema, manner: Manner) -> Script:
        if manner.exact:
            return [(one.changes, [one.text]) for one in statements]
        if self._flavour is Flavour.SQLITE:
            return [(changes, [self._plain(text) for text in texts]) for changes, texts in grouped(statements)]
        ordered = arranged(statements, have, want, every_serial(want)).statements
        return [(made_by(one.text, one.changes), [self._plain(one.text)]) for one in ordered]

    def _plain(self, text: str) -> str:
        if self._flavour is Flavour.SQLITE:
            return plain(text, self._default)
        return unqualified(without_noise(text), self._default)

    def _body(self, statements: Sequence[Statement], have: Schema, want: Schema, manner: Manner) -> Body:
        if manner.exact:
            return [(one.changes, [execute(one.text)]) for one in statements]
        if self._flavour is Flavour.SQLITE:
            return PythonChanges(self._default).body(statements)
        return PythonStatements(have, want, self._default).body(statements)


_COMMITTED = "A new label cannot be used in the transaction that adds it, so it is committed first."


def _file(description: str, manner: Manner) -> str:
    return f"{slug_of(description)}.{'sql' if manner.sql else 'py'}"


def _adds_labels(change: Change) -> bool:
    if change.kind is not Kind.ENUM or change.before is None or change.after is None:
        return False
    return added_labels(change.before.labels, change.after.labels) is not None


def _uses_labels(statements: Sequence[Statement], changes: Sequence[Change]) -> bool:
    """Whether a label that is added is said by another statement."""
    added = [label for one in changes for label, *_ in added_labels(one.before.labels, one.after.labels) or ()]
    return any(string(label) in one.text for one in statements if not one.early for label in added)


def _with_a_new_type(change: Change) -> Change:
    """The same, so that the type is made anew: it is, where it has a label that is to go."""
    before: Enumeration = change.before
    return change._replace(before=before._replace(labels=(*before.labels, "")))
