from __future__ import annotations

import copy
import pickle
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from lockgate.errors import SettingsError
from lockgate.urls.database_url import DatabaseUrl


@pytest.mark.parametrize(
    ("text", "spoken", "scheme", "driver", "database"),
    [
        ("postgres://h/d", "postgresql", "postgresql", "", "d"),
        ("postgresql://u:p@h:5432/d", "postgresql", "postgresql", "", "d"),
        ("postgresql+asyncpg://h/d", "postgresql", "postgresql", "asyncpg", "d"),
        ("postgresql+psycopg2://h/d%20e", "postgresql", "postgresql", "psycopg2", "d e"),
        ("POSTGRESQL+PsycoPG://h/d", "postgresql", "postgresql", "psycopg", "d"),
        ("postgresql://", "postgresql", "postgresql", "", ""),
        ("sqlite://", "sqlite", "sqlite", "", ""),
        ("sqlite:///a.db", "sqlite", "sqlite", "", "a.db"),
        ("sqlite+aiosqlite:////a/b.db", "sqlite", "sqlite", "aiosqlite", "/a/b.db"),
        ("mysql://u:p@h:3306/d?charset=utf8mb4", "mysql", "mysql", "", "d"),
        ("mysql+asyncmy://h/d", "mysql", "mysql", "asyncmy", "d"),
        ("mariadb://h/d", "mysql", "mariadb", "", "d"),
        ("mariadb+mariadbconnector://h/d", "mysql", "mariadb", "mariadbconnector", "d"),
        ("  postgres://h/d \n", "postgresql", "postgresql", "", "d"),
    ],
)
def test_what_people_have(text, spoken, scheme, driver, database):
    url = DatabaseUrl(text)
    assert (url.engine, url.scheme, url.driver, url.database) == (spoken, scheme, driver, database)
    assert url.secret() == text.strip()


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("postgres://u:hunter2@h/d", "postgres://u:***@h/d"),
        (
            "postgresql+asyncpg://u%40t:hun%2Fter2@h:1/d?sslmode=require",
            "postgresql+asyncpg://u%40t:***@h:1/d?sslmode=require",
        ),
        ("postgres://u:hun@ter2@h/d", "postgres://u:***@h/d"),
        ("postgres://:hunter2@h", "postgres://:***@h"),
        ("postgres://u@h", "postgres://u@h"),
        ("postgres://u:@h", "postgres://u:@h"),
        ("postgres:///d?user=u&password=hunter2&host=/s", "postgres:///d?user=u&password=***&host=/s"),
        ("postgres:///d?%70assword=hunter2", "postgres:///d?%70assword=***"),
        ("postgres://h/d?sslpassword=hunter2&keepalives=1", "postgres://h/d?sslpassword=***&keepalives=1"),
        ("postgres://h/d?options=-c%20my.password%3Dhunter2", "postgres://h/d?options=***"),
        ("postgres://h:1/d?user=me@tenant&password=hunter2", "postgres://h:1/d?user=me@tenant&password=***"),
        ("mysql://u:hunter2@h/d?passwd=hunter2", "mysql://u:***@h/d?passwd=***"),
        ("sqlite:////a/b@c.db?key=hunter2", "sqlite:////a/b@c.db?key=***"),
        ("sqlite://", "sqlite://"),
    ],
)
def test_masked(text, masked):
    url = DatabaseUrl(text)
    assert url.masked == str(url) == f"{url}" == masked
    assert repr(url) == f"DatabaseUrl({masked!r})"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no scheme"),
        ("hunter2.example/app", "no scheme"),
        ("sqlite:hunter2.db", "no scheme"),
        ("postgress://u:hunter2@h", "Did you mean postgres"),
        ("postgre://u:hunter2@h", "Did you mean postgres"),
        ("sqlite3:///hunter2.db", "Did you mean sqlite://"),
        ("mongodb://u:hunter2@h", "its scheme is not known"),
        ("jdbc:postgresql://u:hunter2@h", "its scheme is not known"),
        ('"postgres://u:hunter2@h"', "its scheme is not known"),
        ("+asyncpg://u:hunter2@h", "its scheme is not known"),
        ("postgresql+://u:hunter2@h", "its scheme is not known"),
        ("postgres://u:hunter2@h:port/d", "host and port"),
        ("postgres://u:hunter2@h:70000/d", "host and port"),
        ("postgres://u:hunter2@h:0/d", "host and port"),
        ("postgres://u:hunter2@my host/d", "host and port"),
        ("postgres://u:hunter2@[::1/d", "host and port"),
        ("postgres://u:hun/ter2@h/d", "%2F"),
        ("postgres://u:hun?ter2@h/d", "%3F"),
        ("postgres://u:12/hunter2@h/d", "@ where none is expected"),
        ("postgres://u:12?a=hunter2@h/d", "@ where none is expected"),
        ("postgres://u:12@34?hunter2@h/d", "name=value"),
        ("postgres://u:hunter2@h/d?sslmode", "name=value"),
        ("postgres://u:hunter2\n@h/d", "not text"),
        ("postgres://u:hunter2\udcff@h/d", "not text"),
        ("sqlite://hunter2.db", "sqlite:///file.db"),
        ("sqlite://u:hunter2@/a.db", "no host"),
        ("sqlite:///a.db?timeout=hunter2", "timeout"),
        ("sqlite:///a.db?timeout=-1", "timeout"),
        ("sqlite:///a.db?timeout=nan", "timeout"),
        ("sqlite:///a.db?uri=true", "file:"),
        ("postgres://h/d?sslmode=hunter2", "verify-full"),
        ("postgres://h/d?ssl=hunter2", "verify-full"),
        ("postgres://h/d?sslrootcert=system", "ca-certificates"),
        ("postgres://h/d?connect_timeout=hunter2", "number of seconds"),
        ("postgres://h/d?connect_timeout=inf", "number of seconds"),
        ("postgres://h/d?statement_cache_size=hunter2", "whole number"),
        ("postgres://h/d?port=hunter2", "1 to 65535"),
        ("postgres://h/d?port=1,2", "1 to 65535"),
        ("postgres://h/d?port=0", "1 to 65535"),
        ("postgres://h/d?port=" + "1" * 5000, "1 to 65535"),
        ("postgres://h/d?statement_cache_size=" + "1" * 5000, "whole number"),
        ("postgres://h/d?host=hun%20ter2", "host and port"),
        ("postgres://a,,b/d", "one of them is empty"),
    ],
)
def test_what_cannot_be_used(text, words):
    with pytest.raises(SettingsError) as caught:
        DatabaseUrl(text)
    assert words in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert "ter2" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.parametrize("value", [7, b"postgres://h", None, object()])
def test_what_is_no_text(value):
    with pytest.raises(SettingsError, match="is text"):
        DatabaseUrl.of(value)


def test_it_is_a_value():
    url = DatabaseUrl("postgres://u:hunter2@h")
    assert url == DatabaseUrl("postgres://u:hunter2@h")
    assert url != DatabaseUrl("postgres://u:other@h")
    assert url != "postgres://u:hunter2@h"
    assert len({url, DatabaseUrl(url.secret())}) == 1
    assert copy.copy(url) == copy.deepcopy(url) == pickle.loads(pickle.dumps(url)) == url
    assert not hasattr(url, "__dict__")
    with pytest.raises(AttributeError, match="_text cannot be set"):
        url._text = "x"
    with pytest.raises(AttributeError, match="_text cannot be deleted"):
        del url._text


@pytest.mark.parametrize(
    ("text", "path", "options"),
    [
        ("sqlite://", ":memory:", {}),
        ("sqlite:///", ":memory:", {}),
        ("sqlite:///:memory:", ":memory:", {}),
        ("sqlite:///a/b.db", "a/b.db", {}),
        ("sqlite+aiosqlite:////abs/b%20c.db", "/abs/b c.db", {}),
        ("sqlite:///C:/data/a.db", "C:/data/a.db", {}),
        ("sqlite:///a.db?timeout=2.5", "a.db", {"timeout": 2.5}),
        ("sqlite:///a.db?mode=ro", "a.db", {}),
        ("sqlite:///a.db?uri=false", "a.db", {}),
        ("sqlite:///file:a.db?mode=ro&uri=true", "file:a.db?mode=ro", {"uri": True}),
        ("sqlite:///file:a.db?uri=true", "file:a.db", {"uri": True}),
        (
            "sqlite:///file:/a b.db?vfs=x%26y&uri=1&timeout=3&check_same_thread=false&mode=rw",
            "file:/a b.db?mode=rw&vfs=x%26y",
            {"uri": True, "timeout": 3.0},
        ),
        ("sqlite:///file::memory:?cache=shared&uri=true", "file::memory:?cache=shared", {"uri": True}),
    ],
)
def test_sqlite(text, path, options):
    url = DatabaseUrl(text)
    assert url.sqlite_path() == path
    assert url.sqlite_options() == options
    assert (url.connect_timeout, url.statement_cache_size) == (None, None)


def test_sqlite_takes_it_as_it_is(project):
    with closing(sqlite3.connect(DatabaseUrl("sqlite:///a.db").sqlite_path())) as connection:
        connection.execute("CREATE TABLE t (x)")
    url = DatabaseUrl("sqlite:///file:a.db?mode=ro&uri=true&timeout=1")
    with closing(sqlite3.connect(url.sqlite_path(), **url.sqlite_options())) as connection:
        assert connection.execute("SELECT * FROM t").fetchall() == []
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            connection.execute("DROP TABLE t")
    assert (project / "a.db").exists()


def test_each_engine_is_asked_for_its_own():
    with pytest.raises(SettingsError, match="A SQLite URL is needed"):
        DatabaseUrl("postgres://h").sqlite_path()
    with pytest.raises(SettingsError, match="A PostgreSQL URL is needed here, and this is one of mariadb"):
        DatabaseUrl("mariadb://u:hunter2@h").asyncpg_dsn()


def test_gate_and_url_are_light():
    heavy = {"pydantic", "sqlalchemy", "asyncpg"}
    code = f"import sys, lockgate.gate, lockgate.urls.database_url; print({heavy} & set(sys.modules) or set())"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
