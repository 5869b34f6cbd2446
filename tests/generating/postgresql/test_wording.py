"""What a reviewer would strike out of a draft is not in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

if TYPE_CHECKING:
    from generating.places import Workshop

pytestmark = pytest.mark.asyncio(loop_scope="module")


def priced(length: int) -> sa.MetaData:
    metadata = sa.MetaData()
    price = sa.Column("price", sa.Numeric(length, 2), server_default="0")
    name = sa.Column("name", sa.String(length), server_default="none")
    sa.Table("prices", metadata, sa.Column("id", sa.Integer, primary_key=True), price, name)
    return metadata


async def test_a_default_stays_where_only_the_length_changes(workshop: Workshop) -> None:
    await workshop.given(priced(20))
    text = (await workshop.write(priced(10)))["002_change_it.py"]
    assert "server_default" not in text
    assert text.count("alter_column") == 4
    await workshop.up()
    assert await workshop.differences(priced(10)) == []
    await workshop.down(1)
    assert await workshop.differences(priced(20)) == []


async def test_tables_go_the_way_back_and_their_keys_come_first(workshop: Workshop) -> None:
    metadata = sa.MetaData(naming_convention={"pk": "pk_%(table_name)s"})
    sa.Table("b", metadata, sa.Column("id", sa.Integer, primary_key=True))
    checked = sa.CheckConstraint("id > 0", name="above")
    spans = postgresql.ExcludeConstraint(("span", "&&"), name="once", where=sa.text("id > 3"))
    span = sa.Column("span", postgresql.INT4RANGE)
    sa.Table("c", metadata, sa.Column("id", sa.ForeignKey("b.id"), primary_key=True), span, checked, spans)
    sa.Table("a", metadata, sa.Column("id", sa.ForeignKey("c.id"), primary_key=True))
    await workshop.stage.empty()
    text = (await workshop.write(metadata))["001_change_it.py"]
    up, _, down = text.partition("async def down")
    assert sorted("abc", key=lambda one: up.index(f'            "{one}",')) == ["b", "c", "a"]
    assert sorted("abc", key=lambda one: down.index(f'drop_table("{one}")')) == ["a", "c", "b"]
    assert up.index('name="pk_c"') < up.index('name="above"') < up.index("EXCLUDE")
    assert "((id > 3))" not in text
