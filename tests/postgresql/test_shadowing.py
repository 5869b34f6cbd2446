"""SQL texts of models mean the shadow where they name what is made there, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from lockgate import Runner
from lockgate.following.shadowing import in_shadow
from lockgate.nouns.schema import Name

if TYPE_CHECKING:
    from conformance.bench import PostgresDatabase

MADE = {Name("app", "mood"), Name("app", "Odd name"), Name("My app", "it's")}
SHADOWS = {"app": "shade_0", "public": "shade_1", "My app": "shade_2"}
MOVED = {
    "'calm'::app.mood": "'calm'::shade_0.mood",
    "'calm'::APP.Mood": "'calm'::shade_0.mood",
    "a = ANY (ARRAY['x'::\"app\".mood])": "a = ANY (ARRAY['x'::shade_0.mood])",
    "nextval('app.mood')": "nextval('shade_0.mood')",
    "NextVal ( 'app.\"Odd name\"'::regclass)": "NextVal ( 'shade_0.\"Odd name\"'::regclass)",
    "nextval('\"My app\".\"it''s\"')": "nextval('shade_2.\"it''s\"')",
    "'app.mood'::regtype": "'shade_0.mood'::regtype",
    "/* app.mood */ app.mood -- app.mood": "/* app.mood */ shade_0.mood -- app.mood",
}
KEPT = [
    "'app.mood'",
    "E'it\\'s app.mood'",
    "'it''s app.mood '",
    "$$ app.mood $$",
    "$body$ app.mood $$ $body$",
    "other.mood",
    "app.other",
    "x.app.mood",
    "lower('app.mood')",
    "app . mood_",
]


@pytest.mark.parametrize("text", MOVED)
def test_what_is_made_there_is_meant_there(text: str) -> None:
    assert in_shadow(text, SHADOWS, MADE) == MOVED[text]


@pytest.mark.parametrize("text", KEPT)
def test_all_else_stays(text: str) -> None:
    assert in_shadow(text, SHADOWS, MADE) == text


@pytest.mark.asyncio
async def test_models_whose_texts_name_their_own_types_and_sequences(database: PostgresDatabase) -> None:
    metadata = sa.MetaData(schema="app")
    sa.Sequence("numbers", metadata=metadata)
    mood = sa.Enum("calm", "cross", name="mood", metadata=metadata)
    sa.Table(
        "t",
        metadata,
        sa.Column("id", sa.BigInteger, primary_key=True, server_default=sa.text("nextval('app.numbers')")),
        sa.Column("mood", mood, server_default=sa.text("'calm'::app.mood")),
        sa.Column("said", sa.Text, server_default="app.mood"),
        sa.CheckConstraint("mood <> 'cross'::app.mood", name="calm_enough"),
    )
    async with Runner(database.url, environment="development", models=metadata, migrations=[]) as runner:
        before = await runner.check()
        assert await database.tables() == set()
        await database.execute("; ".join(before.up))
        assert (await runner.check()).differences == ()
        assert (await runner.auto_migrate()).changes == ()
