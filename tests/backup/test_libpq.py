"""What libpq's programs are told of a URL, by their environment."""

from __future__ import annotations

import pytest

from lockgate.backup.libpq import environment_of, password_line, password_of
from lockgate.urls.database_url import DatabaseUrl


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://db", {"PGHOST": "db"}),
        (
            "postgresql+asyncpg://a%40b:p%3Aw@db.example:5433/my%20app?ssl=true",
            {"PGUSER": "a@b", "PGHOST": "db.example", "PGPORT": "5433", "PGDATABASE": "my app", "PGSSLMODE": "require"},
        ),
        (
            "postgres://u@[::1]:5/app?sslmode=verify-full&sslrootcert=/ca.pem&sslcert=/c&sslkey=/k&channel_binding=require",
            {
                "PGUSER": "u", "PGHOST": "::1", "PGPORT": "5", "PGDATABASE": "app", "PGSSLMODE": "verify-full",
                "PGSSLROOTCERT": "/ca.pem", "PGSSLCERT": "/c", "PGSSLKEY": "/k", "PGCHANNELBINDING": "require",
            },
        ),
        ("postgresql:///app?host=/var/run/pg&port=5444", {"PGHOST": "/var/run/pg", "PGPORT": "5444", "PGDATABASE": "app"}),
        (
            "postgresql://a:1,b:2/app?target_session_attrs=read-write",
            {"PGHOST": "a,b", "PGPORT": "1,2", "PGDATABASE": "app", "PGTARGETSESSIONATTRS": "read-write"},
        ),
        (
            "postgresql://db/app?options=-c%20role%3Dx&search_path=a,%20b&application_name=me&pool_size=5&pgbouncer=true",
            {"PGHOST": "db", "PGDATABASE": "app", "PGOPTIONS": "-c role=x -c search_path=a,\\ b", "PGAPPNAME": "me"},
        ),
        ("postgresql:///app?service=mine", {"PGDATABASE": "app", "PGSERVICE": "mine"}),
    ],
)  # fmt: skip
def test_what_counts_is_handed_over(url: str, said: dict[str, str]) -> None:
    assert environment_of(DatabaseUrl(url), {}, 10) == {**said, "PGCONNECT_TIMEOUT": "10"}


def test_the_url_wins_over_what_is_inherited() -> None:
    inherited = {
        "PGHOSTADDR": "1.2.3.4",
        "PGSERVICE": "other",
        "PGPASSWORD": "x",
        "PGPASSFILE": "/x",
        "PGHOST": "other",
    }
    inherited |= {"HOME": "/home/me", "PGSSLMODE": "require"}
    told = environment_of(DatabaseUrl("postgresql://u:p@db/app?connect_timeout=3"), inherited, 10)
    kept = {"HOME": "/home/me", "PGSSLMODE": "require", "PGCONNECT_TIMEOUT": "3"}
    assert told == {**kept, "PGHOST": "db", "PGUSER": "u", "PGDATABASE": "app"}
    assert environment_of(DatabaseUrl("postgresql:///app"), inherited, 10).items() >= inherited.items()


def test_a_password_line_means_the_password_whatever_is_in_it() -> None:
    assert password_of(DatabaseUrl("postgresql://u:a%3Ab%5Cc@db")) == "a:b\\c"
    assert password_of(DatabaseUrl("postgresql://u@db?password=x")) == "x"
    assert password_of(DatabaseUrl("postgresql://u@db")) is None
    assert password_line("a:b\\c é") == "*:*:*:*:a\\:b\\\\c é\n".encode()
