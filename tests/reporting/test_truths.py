"""What a report claims, against what a run does: names that change, what is lost, how to roll back, and which is gravest."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lockgate.diffing.differ import diff
from lockgate.nouns.findings import Finding, LintReport, Severity
from lockgate.nouns.flavours import Flavour
from lockgate.nouns.migrations import Direction
from lockgate.nouns.rehearsals import LiveFacts, LockMode, Rehearsal, Rehearsed, Sent, TableFacts, Touch
from lockgate.nouns.schema import Column, Constraint, ConstraintKind, Index, Name, Schema, Sequence, Table
from lockgate.rehearsing.verdicts import verdicts
from lockgate.reporting.contents import Contents, duration
from lockgate.reporting.points import points
from lockgate.reporting.words import back, commands, said

TEAMS, USERS, OTHER = Name("public", "teams"), Name("public", "users"), Name("app", "users")
_ID = Column("id", "bigint", nullable=False)
_KEY = Constraint("users_team_fkey", ConstraintKind.FOREIGN, "FOREIGN KEY (team) REFERENCES public.teams(id)", ("team",),
                  TEAMS, ("id",))  # fmt: skip
BEFORE = Schema(
    {
        TEAMS: Table(TEAMS, (_ID,)),
        USERS: Table(USERS, (_ID, Column("team", "bigint")), (_KEY,), (Index("i", "USING btree (team)", False, ("team",)),)),
        OTHER: Table(OTHER, (_ID,)),
    },
    sequences={Name("public", "s"): Sequence(Name("public", "s"), "AS bigint", (TEAMS, "id"))},
)  # fmt: skip
GROUPS = Name("public", "groups")


def _migration(*sent: Sent | str, name: str = "1.sql", reversible: bool = True) -> Rehearsed:
    statements = tuple(one if isinstance(one, Sent) else Sent(one) for one in sent)
    return Rehearsed(name, name, "", Direction.UP, sent=statements, reversible=reversible)


def _contents(*migrations: Rehearsed, after: Schema | None = None, **known: object) -> Contents:
    base = Rehearsal(Flavour.POSTGRESQL, Direction.UP, migrations, place="files", before=BEFORE, after=after or BEFORE)
    return Contents(replace(base, **known), LintReport())


def _with_group(*, column: str = "team") -> Schema:
    """As the catalog is after the table, and the column that refers to it, have other names."""
    key = _KEY._replace(
        columns=(column,), target=GROUPS, definition=f"FOREIGN KEY ({column}) REFERENCES public.groups(id)"
    )
    index = Index("i", f"USING btree ({column})", False, (column,))
    users = Table(USERS, (_ID, Column(column, "bigint")), (key,), (index,))
    tables = {GROUPS: Table(GROUPS, (_ID,)), USERS: users, OTHER: BEFORE.tables[OTHER]}
    return replace(
        BEFORE,
        tables=tables,
        sequences={Name("public", "s"): Sequence(Name("public", "s"), "AS bigint", (GROUPS, "id"))},
    )


_RENAMED = "table groups renamed from teams"


@pytest.mark.parametrize(
    ("statements", "column", "wanted"),
    [
        (["ALTER TABLE teams RENAME TO groups"], "team", [_RENAMED]),
        (["-- why\nalter table only public.teams\n  rename to \"groups\""], "team", [_RENAMED]),
        (["ALTER TABLE teams RENAME TO x", "ALTER TABLE IF EXISTS x RENAME TO groups"], "team", [_RENAMED]),
        (["ALTER TABLE teams RENAME TO groups", 'ALTER TABLE "public"."users" RENAME team TO group_id'], "group_id",
         [_RENAMED, "column users.group_id renamed from team"]),
        (["ALTER TABLE public.users RENAME COLUMN team TO group_id", "ALTER TABLE teams RENAME TO groups"], "group_id",
         [_RENAMED, "column users.group_id renamed from team"]),
    ],
)  # fmt: skip
def test_what_has_another_name_is_neither_dropped_nor_lost(
    statements: list[str], column: str, wanted: list[str]
) -> None:
    contents = _contents(_migration(*statements), after=_with_group(column=column))
    assert list(map(said, contents.differences)) == wanted
    assert not [sentence for sentence in back(contents) if "brings" in sentence]
    assert "Data that goes" not in [one.asked for one in points(contents)]


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE teams",
        "ALTER TABLE users RENAME CONSTRAINT a TO b",
        "ALTER TABLE teams RENAME TO users",
        "SELECT 'ALTER TABLE teams RENAME TO groups'",
        "/* a */ " * 60 + "SELECT 1",
    ],
)
def test_what_is_dropped_is_lost_whatever_comes_in_its_place(statement: str) -> None:
    contents = _contents(_migration(statement), after=_with_group())
    assert {(one.kind, one.name) for one in contents.differences} >= {
        ("table", "teams"),
        ("table", "groups"),
    }
    assert any("no down brings those back: table teams." in sentence for sentence in back(contents))
    assert ("Data that goes", "1 table") in [(one.asked, one.answer) for one in points(contents)]


def test_of_two_tables_of_one_name_the_locked_one_has_another_name() -> None:
    touch = Touch(OTHER, LockMode.ACCESS_EXCLUSIVE, LockMode.ACCESS_EXCLUSIVE)
    people = Name("app", "people")
    tables = {name: one for name, one in BEFORE.tables.items() if name != OTHER}
    after = replace(BEFORE, tables={**tables, people: Table(people, (_ID,))})
    contents = _contents(_migration(Sent("ALTER TABLE users RENAME TO people", touches=(touch,))), after=after)
    assert list(map(said, contents.differences)) == ["table people renamed from users"]


def test_a_type_that_changes_takes_no_rows_with_it() -> None:
    users = BEFORE.tables[USERS]
    narrow = users._replace(columns=(_ID, Column("team", "smallint")))
    contents = _contents(_migration("A"), after=replace(BEFORE, tables={**BEFORE.tables, USERS: narrow}))
    assert diff(BEFORE, contents.rehearsal.after or BEFORE)
    [sentence] = [one for one in back(contents) if "brings" in one]
    assert sentence == "What a change cuts off of a value, no down brings back: column type users.team."


@pytest.mark.parametrize(
    ("reversible", "first", "wanted"),
    [
        ([True], "The migration has a down.", ["down", "down --batch N", "down --steps 1"]),
        ([True, True], "Each of them has a down.", ["down", "down --batch N", "down --steps 2"]),
        ([False, True], "0.sql has no down: the run cannot be rolled back as a whole.", ["down --steps 1"]),
        ([True, False], "1.sql has no down: the run cannot be rolled back.", []),
        ([False, False], "0.sql, 1.sql have no down: the run cannot be rolled back.", []),
    ],
)  # fmt: skip
def test_only_commands_that_work_are_told(reversible: list[bool], first: str, wanted: list[str]) -> None:
    each = [_migration(name=f"{number}.sql", reversible=one) for number, one in enumerate(reversible)]
    contents = _contents(*each)
    assert next(iter(back(contents))) == first
    assert [command.removeprefix("lockgate ") for command, _ in commands(contents)] == wanted


def test_the_gravest_is_what_lasts_on_the_biggest_table() -> None:
    def scans(table: Name, mode: LockMode, name: str) -> Rehearsed:
        return _migration(Sent("X", touches=(Touch(table, mode, mode, scanned=True),)), name=name)

    live = LiveFacts(
        "15.1 (Debian)",
        {TEAMS: TableFacts(9, 16_384), USERS: TableFacts(10**8, 41 * 2**30), OTHER: TableFacts(9, 8192)},
    )
    each = [scans(OTHER, LockMode.ACCESS_EXCLUSIVE, "1.sql"), scans(TEAMS, LockMode.ACCESS_EXCLUSIVE, "2.sql")]
    told = _contents(*each, live=live).headline
    assert told.startswith("2 migrations are pending; the gravest, 2.sql, reads all of teams (16 kB)")
    told = _contents(*each, scans(USERS, LockMode.SHARE, "3.sql"), live=live).headline
    assert "the gravest, 3.sql, reads all of users (41 GB) under SHARE: nothing else can write to it meanwhile." in told


@pytest.mark.parametrize(
    ("later", "words"),
    [
        ([False], "1 statement on."),
        ([True], "1 statement on, which reads or rewrites a table."),
        ([False, True], "2 statements on, of which 1 reads or rewrites a table."),
        ([True, True], "2 statements on, which read or rewrite a table."),
        ([True, False, True], "3 statements on, of which 2 read or rewrite a table."),
    ],
)
def test_how_long_a_lock_is_kept(later: list[bool], words: str) -> None:
    def sent(*, scanned: bool) -> Sent:
        return Sent("X", touches=(Touch(USERS, LockMode.ACCESS_EXCLUSIVE, LockMode.ACCESS_EXCLUSIVE, scanned=scanned),))

    rehearsal = _contents(_migration(sent(scanned=False), *(sent(scanned=one) for one in later))).rehearsal
    assert verdicts(rehearsal)[0].words.endswith(f" The lock is kept until the end of the migration, {words}")


def test_who_changes_the_same_rows_waits() -> None:
    mode = LockMode.ROW_EXCLUSIVE
    contents = _contents(
        _migration(Sent("UPDATE users SET team = 1", touches=(Touch(USERS, mode, mode, scanned=True),)))
    )
    assert contents.headline == "1 migration is pending; only writing to rows that it changes waits."
    [[verdict]] = contents.verdicts.values()
    assert verdict.words == "UPDATE users SET team = 1 reads all of users; only writing to rows that it changes waits."
    assert not verdict.grave


def test_what_a_reviewer_asks_first() -> None:
    finding = Finding("r", Severity.WARNING, "1.sql", "1.sql", "What.", "Do.", "")
    contents = replace(_contents(_migration(), unrestored=()), lint=LintReport((finding,)))
    assert [(one.asked, one.answer) for one in points(contents)] == [
        ("Lint", "1 warning"),
        ("Rolling back", "restores the schema"),
    ]
    contents = _contents(_migration(reversible=False), _migration(reversible=False), unknown=("It.",))
    assert [(one.asked, one.answer) for one in points(contents)] == [
        ("Lint", "nothing found"),
        ("Rolling back", "1.sql and 1 other have no down"),
        ("Not known", "1 point"),
    ]


@pytest.mark.parametrize(
    ("seconds", "words"), [(None, "not run"), (0.00001, "under 0.1 ms"), (0.0004, "0.4 ms"), (125, "2 min 5 s")]
)
def test_a_time_is_never_nothing(seconds: float | None, words: str) -> None:
    assert duration(seconds) == words
