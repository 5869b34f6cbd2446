"""Labels of an enum type that go, and come back going down, where they are used in the same transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

if TYPE_CHECKING:
    from generating.places import Workshop

pytestmark = pytest.mark.asyncio(loop_scope="module")


def offers(*labels: str, first: str, listed: str) -> sa.MetaData:
    metadata = sa.MetaData()
    state = sa.Column("state", sa.Enum(*labels, name="state"), server_default=first)
    table = sa.Table("offers", metadata, sa.Column("id", sa.Integer, primary_key=True), state)
    sa.Index("listed", table.c.id, postgresql_where=table.c.state == sa.literal_column(f"'{listed}'"))
    return metadata


@pytest.mark.parametrize("sql", [False, True], ids=["python", "sql"])
@pytest.mark.parametrize("uses", [{"first": "new", "listed": "live"}, {"first": "live", "listed": "new"}], ids=str)
async def test_a_label_that_comes_back_and_is_used_at_once(workshop: Workshop, sql: bool, uses: dict[str, str]) -> None:
    before = offers("new", "live", "gone", **uses)
    await workshop.given(before, ["INSERT INTO offers VALUES (1, 'gone')"])
    after = offers("new", "gone", first="gone", listed="new")
    assert len(await workshop.write(after, sql=sql)) == 1
    await workshop.up()
    assert await workshop.differences(after) == []
    await workshop.down(1)
    assert await workshop.differences(before) == []
    assert await workshop.rows(before) == {"offers": [{"id": 1, "state": "gone"}]}
