"""The order of revisions is read from their texts; what is wrong with it is told with the files' names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from alembic_layout.histories import write, write_all
from lockgate.errors import HistoryError, MigrationFileError, SettingsError
from lockgate.nouns.history import Applied, History
from lockgate.nouns.layouts import Layout
from lockgate.nouns.migrations import Order
from lockgate.nouns.plans import ProblemKind, Selection, State
from lockgate.planning.alembic_text import read_revision
from lockgate.planning.drift import compare
from lockgate.planning.planner import plan_down, plan_stamp, plan_up
from lockgate.rehearsing.compiling import assumed_history
from lockgate.sources.directory import Folder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lockgate.nouns.migrations import Source

_TEXTS = {
    "plain": ('revision = "a1"\ndown_revision = "b1"', ("b1",)),
    "annotated": (
        "from typing import Union\nrevision: str = 'a1'\ndown_revision: Union[str, None] = 'b1'  # x",
        ("b1",),
    ),
    "a base": ('"""Doc."""\nrevision = "a1"\ndown_revision = None\ndepends_on = None', ()),
    "several lines": ('"""D."""\nrevision = "a1"\ndown_revision = (\n    "b1",\n    "c1",\n)', ("b1", "c1")),
    "a list": ('"""D."""\nrevision = "a1"\ndown_revision = ["b1", "c1"]', ("b1", "c1")),
    "put together": ('BEFORE = "b" + "1"\nrevision = "a1"\ndown_revision = BEFORE', ("b1",)),
    "tuples put together": ('revision = "a1"\ndown_revision = ("b1",) + ("c1",)', ("b1", "c1")),
    "said twice": ('"""\ndown_revision = "no"\n"""\nrevision = "a1"\ndown_revision = "b1"', ("b1",)),
    "other names": ('"""D."""\nrevision_of = 3\nrevision = "a1"\ndown_revision_old = 2\ndown_revision = "b1"', ("b1",)),
    "labels from a module": (
        'from other import LABEL\nrevision = "a1"\ndown_revision = "b1"\nbranch_labels = (LABEL,)',
        ("b1",),
    ),
}


@pytest.mark.parametrize(("text", "down"), _TEXTS.values(), ids=_TEXTS)
def test_a_revision_is_read_without_being_executed(text: str, down: tuple[str, ...]) -> None:
    found = read_revision("x.py", "x", f"{text}\nraise SystemExit('executed')\n", "x.py")
    assert found is not None
    assert (found.id, found.down, found.labels) == ("a1", down, ())


def test_what_is_computed_is_refused_with_its_line() -> None:
    text = 'import os\nrevision = "a1"\ndown_revision = os.environ["X"]\n'
    with pytest.raises(MigrationFileError, match=r"x\.py:3: down_revision is computed"):
        read_revision("x.py", "x", text, "x.py")


def test_a_file_of_the_oldest_alembic_has_its_name_for_its_id() -> None:
    text = "down_revision = None\ndef upgrade(): pass\n"
    assert [read_revision("1a2b.py", "1a2b", text, "p").id, read_revision("h.py", "h", text, "p")] == ["1a2b", None]  # type: ignore[union-attr]


@pytest.mark.parametrize(("above", "env"), [(False, False), (True, False), (True, True)])
def test_the_folder_or_the_one_above_it_is_read_in_the_order_of_the_graph(
    tmp_path: Path, above: bool, env: bool
) -> None:
    names = write_all(tmp_path / "versions")
    if env:
        (tmp_path / "env.py").write_text("raise SystemExit('env.py was executed')")
    (tmp_path / "versions" / "_helpers.py").write_text("raise SystemExit('a helper was executed')")
    (tmp_path / "versions" / "__pycache__").mkdir()
    folder = Folder(tmp_path if above else tmp_path / "versions")
    sources = folder.read()
    assert [source.name for source in sources] == names
    assert {source.layout for source in sources} == {Layout.ALEMBIC}
    assert folder.notes == ()


def test_several_heads_are_put_in_one_order_and_said(tmp_path: Path) -> None:
    for name, down in {"a1_x": None, "b1_x": "a1", "c1_x": "a1", "b2_x": "b1", "d1_x": None}.items():
        write(tmp_path / "deep" / name[0], name, down_revision=down)
    folder = Folder(tmp_path, Layout.ALEMBIC)
    assert [source.name for source in folder.read()] == ["a1_x.py", "b1_x.py", "b2_x.py", "c1_x.py", "d1_x.py"]
    (said,) = folder.notes
    assert "3 heads" in said
    assert "b2_x.py, c1_x.py, d1_x.py" in said


def test_files_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    write(tmp_path / "a", "init", revision="a1")
    write(tmp_path / "b", "init", revision="b1", down_revision="a1")
    assert [source.name for source in Folder(tmp_path, Layout.ALEMBIC).read()] == ["a/init.py", "b/init.py"]


_BAD = {
    "a cycle": (
        {"a1_x": {"down_revision": "c1"}, "b1_x": {"down_revision": "a1"}, "c1_x": {"down_revision": "b1"}},
        "abc",
    ),
    "a cycle below a head": (
        {"a1_x": {"down_revision": "b1"}, "b1_x": {"down_revision": "a1"}, "c1_x": {"down_revision": "b1"}},
        "ab",
    ),
    "a dangling down_revision": ({"a1_x": {"down_revision": "nowhere"}}, "a"),
    "a dangling depends_on": ({"a1_x": {"depends_on": ("nowhere",)}}, "a"),
    "one id twice": ({"a1_x": {}, "b1_x": {"revision": "a1"}}, "ab"),
}


@pytest.mark.parametrize(("revisions", "named"), _BAD.values(), ids=_BAD)
def test_a_graph_that_is_none_is_refused_with_its_files(
    tmp_path: Path, revisions: dict[str, dict[str, object]], named: str
) -> None:
    for name, fields in revisions.items():
        write(tmp_path / "versions", name, **fields)
    with pytest.raises(MigrationFileError) as caught:
        Folder(tmp_path, Layout.ALEMBIC).read()
    assert {name for name in revisions if f"{name}.py" in str(caught.value)} == {f"{one}1_x" for one in named}


def test_a_stray_file_is_refused_and_a_history_of_ten_thousand_needs_no_stack(tmp_path: Path) -> None:
    for number in range(3000):
        write(tmp_path / "versions", f"r{number}_x", down_revision=f"r{number - 1}" if number else None)
    assert [source.revision for source in Folder(tmp_path, Layout.ALEMBIC).read()][-2:] == ["r2998", "r2999"]
    (tmp_path / "versions" / "helpers.py").write_text("x = 1\n")
    with pytest.raises(MigrationFileError, match=r"helpers\.py is no revision"):
        Folder(tmp_path, Layout.ALEMBIC).read()


@pytest.fixture
def sources(tmp_path: Path) -> tuple[Source, ...]:
    write_all(tmp_path / "versions")
    return Folder(tmp_path / "versions").read()


def _history(sources: Sequence[Source], *names: str) -> History:
    hashes = {source.name: source.hash for source in sources}
    return History(tuple(Applied(i, name, hashes.get(name, ""), None, 1) for i, name in enumerate(names, 1)))  # type: ignore[arg-type]


@pytest.mark.parametrize("wanted", ["b0b0b0b0", "b0b0", "b0b0b0b0_items", "b0b0b0b0_items.py"])
def test_a_revision_is_named_by_its_id_and_brings_only_what_it_needs(sources: tuple[Source, ...], wanted: str) -> None:
    plan = plan_up(sources, History(), Selection(to=wanted), Order.STRICT)
    assert [one.revision for one in plan.migrations] == ["aaaa1111", "c0ffee01", "b0b0b0b0"]
    assert [one.revision for one in plan_up(sources, History(), Selection(to="c0ffee01"), Order.STRICT).migrations] == [
        "aaaa1111",
        "c0ffee01",
    ]
    assert len(plan_stamp(sources, History(), wanted).migrations) == 3
    assert assumed_history(sources, wanted).names == ("aaaa1111_base.py", "c0ffee01_orders.py", "b0b0b0b0_items.py")


@pytest.mark.parametrize(
    ("wanted", "meant"),
    [
        ("head", "0abc6666"),
        ("heads", "0abc6666"),
        ("orders", "c0ffee01"),
        ("orders@head", "0abc6666"),
        ("orders@dddd", "dddd4444"),
    ],
)
def test_a_revision_is_named_by_its_branch(sources: tuple[Source, ...], wanted: str, meant: str) -> None:
    assert plan_up(sources, History(), Selection(to=wanted), Order.STRICT).migrations[-1].revision == meant
    history = _history(sources, *(source.name for source in sources))
    assert meant not in {row.revision for row in plan_down(sources, history, Selection(to=wanted)).migrations}


def test_a_label_holds_for_what_was_written_upon_it_and_not_for_what_depends_on_it(tmp_path: Path) -> None:
    write(tmp_path / "versions", "aaaa1111_x")
    write(tmp_path / "versions", "bbbb2222_x", down_revision="aaaa1111", branch_labels=("web",))
    write(tmp_path / "versions", "cccc3333_x", down_revision="aaaa1111", depends_on="web")
    write(tmp_path / "versions", "dddd4444_x", down_revision="bbbb2222")
    sources = Folder(tmp_path).read()
    plan = plan_up(sources, History(), Selection(to="web@head"), Order.STRICT)
    assert [one.revision for one in plan.migrations] == ["aaaa1111", "bbbb2222", "dddd4444"]
    with pytest.raises(SettingsError, match=r"'head' means several migrations: cccc3333_x\.py, dddd4444_x\.py"):
        plan_up(sources, History(), Selection(to="head"), Order.STRICT)
    with pytest.raises(SettingsError, match=r"dddd4444_x\.py is not applied here"):
        plan_down(sources, _history(sources, "aaaa1111_x.py"), Selection(to="web@head"))


@pytest.mark.parametrize(
    ("wanted", "hint"),
    [
        ("+1", "`up --steps N`"),
        ("dddd4444-2", "`down --steps N`"),
        ("base", "`down --all`"),
        ("orders@base", "`down --all`"),
        ("items@head", "labels are orders"),
    ],
)
def test_what_is_said_otherwise_than_in_alembic_is_told(sources: tuple[Source, ...], wanted: str, hint: str) -> None:
    with pytest.raises(SettingsError, match="no migration") as caught:
        plan_up(sources, History(), Selection(to=wanted), Order.STRICT)
    assert hint in caught.value.hint


def test_down_and_unknown_ids(sources: tuple[Source, ...]) -> None:
    history = _history(sources, *(source.name for source in sources))
    assert [row.revision for row in plan_down(sources, history, Selection(to="eeee")).migrations] == ["0abc6666"]
    with pytest.raises(SettingsError, match="no migration 'ffff'"):
        plan_down(sources, history, Selection(to="ffff"))


def test_a_new_branch_is_in_order_and_one_put_below_what_is_applied_is_not(tmp_path: Path) -> None:
    versions = tmp_path / "versions"
    write(versions, "a1_x")
    write(versions, "z1_x", down_revision="a1")
    before = Folder(tmp_path, Layout.ALEMBIC).read()
    history = _history(before, "a1_x.py", "z1_x.py")
    write(versions, "b1_x", down_revision="a1")
    branched = Folder(tmp_path, Layout.ALEMBIC).read()
    assert (compare(branched, history).state, compare(branched, history).problems) == (State.BEHIND, ())
    write(versions, "b2_x", down_revision="b1")
    write(versions, "z2_x", down_revision=("z1", "b2"))
    history = _history(Folder(tmp_path, Layout.ALEMBIC).read(), "a1_x.py", "z1_x.py", "z2_x.py")
    problems = compare(Folder(tmp_path, Layout.ALEMBIC).read(), history).problems
    assert [(one.kind, one.name) for one in problems] == [
        (ProblemKind.OUT_OF_ORDER, "b1_x.py"),
        (ProblemKind.OUT_OF_ORDER, "b2_x.py"),
    ]


@pytest.mark.parametrize(("rows", "state"), [("a1 b1 n1", State.AHEAD), ("a1 n1 b1", State.DIVERGED)])
def test_what_newer_code_has_applied_comes_last(tmp_path: Path, rows: str, state: State) -> None:
    write(tmp_path / "versions", "a1_x")
    write(tmp_path / "versions", "b1_x", down_revision="a1")
    sources = Folder(tmp_path, Layout.ALEMBIC).read()
    assert compare(sources, _history(sources, *(f"{row}_x.py" for row in rows.split()))).state is state


def test_a_revision_that_is_gone_is_missing_once_another_is_pending_in_its_place(tmp_path: Path) -> None:
    for name in ("b1_x", "c1_x"):
        write(tmp_path / "versions", name, down_revision="a1")
    write(tmp_path / "versions", "a1_x")
    sources = Folder(tmp_path, Layout.ALEMBIC).read()
    history = _history(sources, "a1_x.py", "b1_x.py")
    left = tuple(source for source in sources if source.name != "b1_x.py")
    assert [(one.kind, one.name) for one in compare(left, history).problems] == [(ProblemKind.MISSING, "b1_x.py")]
    with pytest.raises(HistoryError, match=r"b1_x\.py is applied, but its file is gone"):
        plan_up(left, history, Selection(), Order.STRICT)
    assert compare(left[:1], history).state is State.AHEAD


def test_a_file_of_lockgates_own_hides_no_revisions_whose_names_begin_with_digits(tmp_path: Path) -> None:
    write(tmp_path, "1a2b3c4d_x")
    (tmp_path / "001_next.py").write_text("")
    assert [source.layout for source in Folder(tmp_path).read()] == [Layout.ALEMBIC, Layout.LOCKGATE]


def test_lockgates_own_files_go_on_after_the_revisions(tmp_path: Path) -> None:
    names = write_all(tmp_path / "versions")
    (tmp_path / "versions" / "001_next.sql").write_text("CREATE TABLE n (id INTEGER)")
    sources = Folder(tmp_path / "versions").read()
    assert [source.name for source in sources] == [*names, "001_next.sql"]
    write(tmp_path / "versions", "ffff7777_late", down_revision="0abc6666")
    grown = Folder(tmp_path / "versions").read()
    (problem,) = compare(grown, _history(grown, *names, "001_next.sql")).problems
    assert (problem.kind, problem.name) == (ProblemKind.OUT_OF_ORDER, "ffff7777_late.py")
