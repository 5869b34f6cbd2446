"""Why a peer is faster than Lockgate where it is: what it leaves out, or does once."""

from __future__ import annotations

import re
import statistics
from typing import TYPE_CHECKING

from benchmarks.peers import PEERS
from benchmarks.report import Growth, Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


UNEXPLAINED = "**unexplained**"
_APPLY = r"^(Apply|Roll back)\b"
_LOOK = r"^Nothing to do"
_PROCESS = r" applied$|^--help"
_ONE_COMMIT = "all migrations in one transaction: one commit, where Lockgate commits each with its record"
_COMPILED = "a compiled program: no interpreter starts, and nothing is imported"
_NODE = "Node starts faster than Python imports an async driver and the settings"
# By the peer, by the titles of tables, in this order; the first that fits is said.
_REASONS = (
    ("alembic|asyncpg-trek|node-pg-migrate", _APPLY, _ONE_COMMIT),
    ("dbmate", _APPLY, "compiled, and it neither takes a lock nor hashes files; compare with .sql, it has no .py"),
    ("knex", _APPLY, "its schema builder is JavaScript, compiled as it runs; it keeps names of files, no hashes"),
    ("aerich", _APPLY, "its files are SQL in a string, compare with .sql; it takes no lock and keeps no hashes"),
    ("asyncpg-trek|knex", _LOOK, "it compares names; Lockgate looks at every file, to find one that was edited"),
    ("node-pg-migrate", _LOOK, "it compares names only, where Lockgate finds one that was edited"),
    ("dbmate", _PROCESS, _COMPILED),
    ("knex|node-pg-migrate", _PROCESS, _NODE),
    ("yoyo|aerich|django", _PROCESS, "it imports less: no models of settings, or no async driver"),
    ("alembic", "^Models", "with few tables its many small queries cost less than one pass over the whole catalog"),
    ("alembic", "^A start", "its engine has a connection open from the start before; Lockgate makes one of its own"),
    ("yoyo|alembic", "^Imports", "it imports no driver and no settings until it runs"),
)


def why(peer: str, title: str) -> str:
    """The reason for a peer in a table, or the mark that there is none."""
    return next(
        (said for who, where, said in _REASONS if re.search(rf"\b({who})", peer) and re.search(where, title)),
        UNEXPLAINED,
    )


def faster(found: Table) -> dict[str, str]:
    """Words for each peer whose median is below one of ours that it is compared with."""
    said = {}
    for peer, ours in _compared(found).items():
        times = {found.titles[one]: _median(found, one) / _median(found, peer) for one in ours if one in found.samples}
        behind = [f"{times[one]:.2f} × {one}" for one in times if times[one] > 1]
        if behind:
            said[peer] = f"{', '.join(behind)}: {why(peer, found.title)}"
    return said


def faster_by_size(found: Growth) -> dict[str, str]:
    """The same for each size, of peers that ours are all compared with, in one line for each peer."""
    said: dict[str, list[str]] = {}
    for size in sorted({size for samples in found.samples.values() for size in samples}):
        samples = {name: by_size[size] for name, by_size in found.samples.items() if size in by_size}
        ours = [name for name in samples if name.startswith("lockgate")]
        against = {name: ours for name in samples if _is_peer(name) or name == "alembic"}
        for peer, words in faster(Table(found.title, samples, found.titles, against=against)).items():
            said.setdefault(peer, []).append(f"{size:,}: {words.rpartition(': ')[0]}")
    return {peer: f"{'; '.join(words)}: {why(peer, found.title)}" for peer, words in said.items()}


def _compared(found: Table) -> Mapping[str, Sequence[str]]:
    pairs = found.against or {name: found.ours for name in found.samples if _is_peer(name)}
    return {name: ours for name, ours in pairs.items() if name in found.samples}


def _is_peer(contestant: str) -> bool:
    peer = PEERS.get(contestant.split(maxsplit=1)[0])
    return peer is not None and peer.environment not in {"lockgate", "limit"}


def _median(found: Table, name: str) -> float:
    return statistics.median(found.samples[name])
