from __future__ import annotations

from types import SimpleNamespace
from urllib.parse import quote

import pytest
from asyncpg.connect_utils import _parse_connect_dsn_and_args
from hypothesis import given
from hypothesis import strategies as st

from lockgate.urls.database_url import DatabaseUrl

NOTHING = dict.fromkeys(
    [
        *("host", "port", "user", "password", "passfile", "database", "ssl", "service", "servicefile", "direct_tls"),
        *("server_settings", "target_session_attrs", "krbsrvname", "gsslib"),
    ]
)


def as_asyncpg_reads(text: str) -> SimpleNamespace:
    addresses, parameters = _parse_connect_dsn_and_args(**{**NOTHING, "dsn": DatabaseUrl(text).asyncpg_dsn()})
    settings = parameters.server_settings or {}
    return SimpleNamespace(
        addresses=addresses,
        settings=settings,
        **{
            name: getattr(parameters, name)
            for name in ("user", "password", "database", "sslmode", "target_session_attrs")
        },
    )


@pytest.mark.parametrize(
    ("text", "dsn"),
    [
        ("postgres://u:p@h/d", "postgresql://u:p@h/d"),
        ("postgresql+asyncpg://u:p@h:5433/d", "postgresql://u:p@h:5433/d"),
        ("postgresql+psycopg2://h", "postgresql://h"),
        ("postgresql://", "postgresql://"),
        ("postgresql:///d", "postgresql:///d"),
        ("postgresql://u@/d?host=/run/pg", "postgresql://u@/d?host=/run/pg"),
        ("postgresql://%2Frun%2Fpg/d", "postgresql:///d?host=/run/pg"),
        ("postgresql://[::1]:5433/d", "postgresql://[::1]:5433/d"),
        ("postgresql:///d?host=::1", "postgresql://[::1]/d"),
        ("postgresql://:5433/d", "postgresql:///d?port=5433"),
        ("postgres://u:p@h/d?pgbouncer=true&connection_limit=1&pool_timeout=5", "postgresql://u:p@h/d"),
        ("postgres://h/d?sslmode=", "postgresql://h/d"),
    ],
)
def test_the_dsn(text, dsn):
    assert DatabaseUrl(text).asyncpg_dsn() == dsn


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("postgres://h/d", [("h", 5432)]),
        ("postgres://h:5433/d", [("h", 5433)]),
        ("postgres://a:1,b:2/d", [("a", 1), ("b", 2)]),
        ("postgres://a,b:2/d", [("a", 5432), ("b", 2)]),
        ("postgres://a,b/d", [("a", 5432), ("b", 5432)]),
        ("postgres://a,b/d?port=7", [("a", 7), ("b", 7)]),
        ("postgres:///d?host=a,b&port=1,2", [("a", 1), ("b", 2)]),
        ("postgres:///d?host=a:1&host=b:2", [("a", 1), ("b", 2)]),
        ("postgres:///d?host=a&host=b&port=1&port=2", [("a", 1), ("b", 2)]),
        ("postgres://[::1],[::2]:7/d", [("::1", 5432), ("::2", 7)]),
        ("postgres://[::1]/d", [("::1", 5432)]),
        ("postgres:///d?host=/run/pg", ["/run/pg/.s.PGSQL.5432"]),
        ("postgres:///d?host=/run/pg&port=7", ["/run/pg/.s.PGSQL.7"]),
        ("postgres://u:p@localhost/d?host=/cloudsql/p:r:i", ["/cloudsql/p:r:i/.s.PGSQL.5432"]),
        ("postgres://%2Frun%2Fpg:7/d", ["/run/pg/.s.PGSQL.7"]),
        ("postgres:///d?hostaddr=10.0.0.1", [("10.0.0.1", 5432)]),
        ("postgres://h/d?port=7", [("h", 7)]),
        ("postgres://h:1/d?port=7", [("h", 7)]),
    ],
)
def test_addresses(text, addresses):
    assert as_asyncpg_reads(text).addresses == addresses


@pytest.mark.parametrize(
    ("query", "settings"),
    [
        ("channel_binding=require&sslmode=require", {}),
        ("keepalives=1&keepalives_idle=5&tcp_user_timeout=9&gssencmode=disable&sslsni=1&load_balance_hosts=random", {}),
        ("client_encoding=utf8&fallback_application_name=x&require_auth=none", {}),
        ("prepared_statement_cache_size=0&async_fallback=true&ssl=require&command_timeout=3&timeout=4", {}),
        ("connect_timeout=5", {}),
        ("x-migrations-table=v&x-multi-statement=true", {}),
        ("target_session_attrs=read-write", {}),
        ("options=-c%20statement_timeout%3D5s", {"options": "-c statement_timeout=5s"}),
        ("options=-c+search_path%3Da", {"options": "-c search_path=a"}),
        ("application_name=a%26b%2Bc", {"application_name": "a&b+c"}),
        ("search_path=a,b&statement_timeout=5000", {"search_path": "a,b", "statement_timeout": "5000"}),
        ("schema=app", {"search_path": "app"}),
        ("currentSchema=app", {"search_path": "app"}),
        ("schema=app&search_path=b", {"search_path": "b"}),
        ("application_name=a&application_name=b&&", {"application_name": "b"}),
        ("my.setting=1&TimeZone=UTC", {"my.setting": "1", "TimeZone": "UTC"}),
    ],
)
def test_settings_of_the_server(query, settings):
    assert as_asyncpg_reads(f"postgres://h/d?{query}").settings == settings


@pytest.mark.parametrize(
    ("query", "mode"),
    [
        *[(f"sslmode={mode}", mode) for mode in ("disable", "allow", "prefer", "require", "verify-ca")],
        *[
            ("sslmode=verify_ca", "verify-ca"),
            ("ssl=require", "require"),
            ("ssl=true", "require"),
            ("ssl=0", "disable"),
        ],
        *[("sslmode=no-verify", "require"), ("ssl=true&sslmode=disable", "disable"), ("sslmode=Require", "require")],
        *[("", "prefer")],
    ],
)
def test_ssl(query, mode):
    assert f"sslmode={mode}" in DatabaseUrl(f"postgres://h/d?{query}").asyncpg_dsn() or mode == "prefer"
    if not mode.startswith("verify"):
        assert as_asyncpg_reads(f"postgres://h/d?{query}").sslmode.name == mode


def test_certificates_are_kept():
    text = "postgres://h/d?sslmode=verify-full&sslrootcert=/a/b.crt&sslcert=c&sslkey=k&ssl_min_protocol_version=TLSv1.3"
    assert DatabaseUrl(text).asyncpg_dsn() == text.replace("postgres:", "postgresql:")


@pytest.mark.parametrize(
    ("text", "login"),
    [
        ("postgres://u:p@h/d", ("u", "p", "d")),
        ("postgres://u:p@h/d?user=v&password=q&dbname=e", ("v", "q", "e")),
        ("postgres://u:p@h/d?database=e", ("u", "p", "e")),
        ("postgres:///?user=a%40b&password=c%2Fd&dbname=e%3Ff", ("a@b", "c/d", "e?f")),
        ("postgres://u%40t:p%2F%3F%23@h/d%20e", ("u@t", "p/?#", "d e")),
        ("postgres://u:a@b#c@h/d", ("u", "a@b#c", "d")),
        ("postgres://u:a+b%2Bc%@h/d", ("u", "a+b+c%", "d")),
    ],
)
def test_the_login(text, login):
    read = as_asyncpg_reads(text)
    assert (read.user, read.password, read.database) == login


def test_what_a_dsn_cannot_say():
    assert DatabaseUrl("postgres://h").connect_timeout is None
    assert DatabaseUrl("postgres://h?connect_timeout=5").connect_timeout == 5.0
    assert DatabaseUrl("postgres://h?timeout=2.5").connect_timeout == 2.5
    assert DatabaseUrl("postgres://h?connect_timeout=0").connect_timeout is None


@pytest.mark.parametrize(
    ("query", "size"),
    [
        *[("", None), ("pgbouncer=false", None), ("prepared_statement_cache_size=500", None)],
        *[("pgbouncer=true", 0), ("statement_cache_size=0", 0), ("prepared_statement_cache_size=0", 0)],
        *[("statement_cache_size=20", 20), ("statement_cache_size=20&pgbouncer=TRUE", 0)],
    ],
)
def test_a_pooler_keeps_no_prepared_statements(query, size):
    assert DatabaseUrl(f"postgres://h/d?{query}").statement_cache_size == size


printable = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1)


@given(user=printable, password=printable, database=printable)
def test_asyncpg_reads_what_was_escaped(user, password, database):
    escaped = [quote(part, safe="") for part in (user, password, database)]
    for text in (
        "postgres://{}:{}@h/{}".format(*escaped),
        "postgresql+asyncpg:///?user={}&password={}&dbname={}".format(*escaped),
    ):
        read = as_asyncpg_reads(text)
        assert (read.user, read.password, read.database) == (user, password, database)
