"""From when until when locks are held: a table of runs as a scratch tells them."""

from __future__ import annotations

import re

from lockgate.nouns.migrations import Direction
from lockgate.nouns.rehearsals import LockMode, Rehearsed, Sent, Touch
from lockgate.nouns.schema import Name
from lockgate.reporting.spans import Held, Kept, TimeLine, time_line
from lockgate.reporting.time_line import drawn_time_line

VIDEOS, USERS = Name("public", "videos"), Name("app", "users")
WEAK, STRONG = LockMode.ROW_EXCLUSIVE, LockMode.ACCESS_EXCLUSIVE


def _line(*sent: Sent) -> TimeLine:
    found = time_line(Rehearsed("1.sql", "1.sql", "", Direction.UP, sent=sent))
    assert found is not None
    return found


def _sent(text: str, started: float, *touches: Touch, own: bool = False, alone: bool = False) -> Sent:
    return Sent(text, own, None, 1.0, started, touches, in_transaction=not alone)


def test_a_lock_is_held_until_commit_and_may_become_stronger() -> None:
    line = _line(
        _sent("BEGIN", 0, own=True),
        _sent("UPDATE videos SET a = 1", 2, Touch(VIDEOS, WEAK, WEAK)),
        _sent("CREATE INDEX ON other (a)", 4),
        _sent("ALTER TABLE videos ADD b int", 6, Touch(VIDEOS, STRONG, STRONG, since=1)),
        _sent("COMMIT", 9, own=True),
    )
    assert (line.start, line.end) == (2, 10)
    assert line.kept == (Kept("videos", (Held(WEAK, 2, 6), Held(STRONG, 6, 10)), 1, "COMMIT"),)


def test_without_a_transaction_it_is_held_for_the_statement_alone() -> None:
    touch = Touch(USERS, LockMode.SHARE_UPDATE_EXCLUSIVE, LockMode.SHARE_UPDATE_EXCLUSIVE)
    line = _line(
        _sent("CREATE INDEX CONCURRENTLY a ON app.users (a)", 1, touch, alone=True),
        _sent("COMMIT", 3, own=True),
        _sent("CREATE INDEX CONCURRENTLY b ON app.users (b)", 5, touch, alone=True),
    )
    mode = LockMode.SHARE_UPDATE_EXCLUSIVE
    assert line.kept == (
        Kept("app.users", (Held(mode, 1, 2),), 1, "its own end"),
        Kept("app.users", (Held(mode, 5, 6),), 2, "its own end"),
    )


def test_an_index_has_no_line_of_its_own_and_the_strongest_lock_comes_first() -> None:
    index = Touch(Name("public", "videos_pkey"), STRONG, STRONG, kind="i", table=VIDEOS)
    line = _line(_sent("A", 0, Touch(USERS, WEAK, WEAK), index), _sent("B", 1, Touch(VIDEOS, STRONG, STRONG)))
    assert [one.relation for one in line.kept] == ["videos", "app.users"]


def test_what_did_not_run_has_no_time_line() -> None:
    assert time_line(Rehearsed("1.sql", "1.sql", "", Direction.UP, sent=(Sent("SELECT 1"),))) is None


def test_bars_stay_within_the_drawing_and_modes_are_written() -> None:
    drawn = drawn_time_line(
        _line(_sent("A", 0, Touch(VIDEOS, WEAK, WEAK)), _sent("B", 999, Touch(USERS, STRONG, STRONG))), "<1>.sql"
    )
    bars = re.findall(r'<i class="([\w-]+)" style="left:([\d.]+)%;width:([\d.]+)%"', drawn)
    assert [kind for kind, _, _ in bars] == ["statement", "statement", "bars-all", "bars-nothing"]
    assert all(float(left) + float(width) <= 100 and float(width) > 0.5 for _, left, width in bars)
    assert "ACCESS EXCLUSIVE</b> on <code>app.users</code>" in drawn
    assert "&lt;1&gt;.sql" in drawn


def test_of_many_statements_those_that_take_longest_are_drawn() -> None:
    sent = [Sent(f"S{number}", False, None, 0.001, number) for number in range(100)]
    sent[50] = Sent("LONG", False, None, 5.0, 50)
    drawn = drawn_time_line(_line(*sent), "1.sql")
    assert drawn.count('<i class="statement"') == 24
    assert ">LONG<" in drawn
    assert "Not drawn: the 76 quicker statements." in drawn
