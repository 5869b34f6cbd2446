"""Who owns what, who may use it, and what only an administrator could make."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from lockgate.generating.squashing import squash
from squash.conftest import settings

if TYPE_CHECKING:
    from conformance.bench import Bench

pytestmark = pytest.mark.asyncio


async def test_a_user_without_all_rights_gets_owners_and_grants(bench: Bench) -> None:
    app, other = (f"squash_{uuid.uuid4().hex[:8]}" for _ in range(2))
    database = bench.database
    bench.files.write(
        "001_rights.sql",
        f"""
        CREATE TABLE likes (id int, said text);
        CREATE INDEX alike ON likes USING gin (said gin_trgm_ops);
        CREATE SCHEMA shelf;
        GRANT ALL ON SCHEMA shelf TO {other};
        CREATE TABLE shelf.books (id int);
        ALTER TABLE shelf.books OWNER TO {other};
        GRANT SELECT ON likes TO {other};
        ALTER DEFAULT PRIVILEGES IN SCHEMA shelf GRANT SELECT ON TABLES TO {other};
        """,
    )
    bench.files.write("002_function.sql", "CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER RETURN 1;")
    ((name,),) = await database.rows("SELECT current_database()")
    roles = f"CREATE ROLE {app} LOGIN CREATEDB PASSWORD 'a;b'; CREATE ROLE {other}; GRANT {other} TO {app}"
    await database.execute(f"{roles}; ALTER DATABASE {name} OWNER TO {app}; CREATE EXTENSION pg_trgm")
    try:
        parts = urlsplit(database.url)
        url = parts._replace(netloc=f"{app}:a%3Bb@{parts.hostname}:{parts.port}").geturl()
        async with bench.runner(url) as runner:
            await runner.up()
        text = (await squash(settings(bench, database_url=url))).text
    finally:
        ending = (f"ALTER DATABASE {name} OWNER TO CURRENT_USER", "DROP SCHEMA IF EXISTS shelf CASCADE")
        ending += (f"DROP OWNED BY {app}", f"DROP OWNED BY {other}", f"DROP ROLE {app}, {other}")
        for statement in ending:
            await database.execute(statement)
    assert f"ALTER TABLE shelf.books OWNER TO {other};" in text
    assert f"OWNER TO {app}" not in text
    assert f"GRANT SELECT ON TABLE public.likes TO {other};" in text
    assert "COMMENT ON EXTENSION" not in text
