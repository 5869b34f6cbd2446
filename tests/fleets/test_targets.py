"""How targets are named: what a line, a row or a callable may say, and what is said of one that cannot be read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lockgate import Fleet, SettingsError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HOME = "postgresql://app:hidden@db/app"
ELSEWHERE = "postgresql://app:hidden@other/app"


def written(text: str, encoding: str = "utf-8") -> None:
    Path("targets.txt").write_text(text, encoding=encoding)


async def named(targets: object) -> list[tuple[str, str | None]]:
    fleet = Fleet(targets, database_url=HOME)  # type: ignore[arg-type]
    return [(target.name, target.schema) for target in await fleet.targets()]


LINES = {
    "schema:acme": ("schema:acme", "acme"),
    "schema: Two Words ": ("schema:Two Words", "Two Words"),
    ELSEWHERE: ("postgresql://app:***@other/app", None),
    f"{ELSEWHERE}  schema:acme": ("postgresql://app:***@other/app schema:acme", "acme"),
    "sqlite:///one.db": ("sqlite:///one.db", None),
    "mariadb://app:hidden@db/app": ("mariadb://app:***@db/app", None),
}


@pytest.mark.asyncio
async def test_a_file_a_list_and_callables_name_the_same_targets() -> None:
    written("\n# tenants\n" + "\n".join(LINES) + "\n")

    async def asked() -> list[str]:
        return list(LINES)

    async def streamed() -> AsyncIterator[str]:
        for line in LINES:
            yield line

    twice = ["schema:acme", *LINES]
    for targets in ("targets.txt", Path("targets.txt"), list(LINES), asked, streamed, twice):
        assert await named(targets) == list(LINES.values())


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "line",
    [
        "acme",
        "schema:",
        "nosuch://app:hidden@db/app",
        "sqlite:///one.db schema:acme",
        f"schema:{'x' * 64}",
        "schema:a\tb",
    ],
)
async def test_what_is_no_target_is_refused_by_its_line_and_not_shown(line: str) -> None:
    written(f"schema:fine\n{line}\n")
    with pytest.raises(SettingsError, match=r"^targets.txt:2: ") as refused:
        await named("targets.txt")
    assert "hidden" not in str(refused.value)


@pytest.mark.asyncio
async def test_a_file_that_is_not_there_and_one_that_is_no_text() -> None:
    with pytest.raises(SettingsError, match="nowhere cannot be read: No such file"):
        await named("nowhere")
    written("\xff", encoding="latin-1")
    with pytest.raises(SettingsError, match="not UTF-8"):
        await named("targets.txt")


@pytest.mark.parametrize("bound", ["concurrency", "per_server", "stop_after"])
def test_bounds_are_at_least_one(bound: str) -> None:
    with pytest.raises(SettingsError, match=f"{bound} must be 1 or more"):
        Fleet([], **{bound: 0})  # type: ignore[arg-type]
