"""MariaDB's own cases: passwords in a file of options, and dumps that are not whole."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import pytest

from backup.conftest import seed
from lockgate.backup.copying import CopyFailed
from lockgate.backup.mysql import MysqlCopying, option_file
from lockgate.urls.database_url import DatabaseUrl

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.bench import Bench

pytestmark = pytest.mark.asyncio

AWKWARD = 'a:b\\c"d #é\\n %'


async def test_any_password_will_do(bench: Bench, tmp_path: Path) -> None:
    await seed(bench.database)
    bench.files.tables(1)
    user = f"u_{uuid.uuid4().hex[:8]}"
    await bench.database.execute(f"CREATE USER {user}@'%' IDENTIFIED BY '{AWKWARD.replace(chr(92), chr(92) * 2)}'")
    await bench.database.execute(f"GRANT ALL ON *.* TO {user}@'%'")
    parts = urlsplit(bench.database.url)
    url = f"mariadb://{user}:{quote(AWKWARD, safe='')}@{parts.hostname}:{parts.port}{parts.path}"
    async with bench.runner(url) as runner:
        assert (await runner.up(backup=str(tmp_path / "before.sql"))).backup
    assert "shouts" in (tmp_path / "before.sql").read_text()
    await bench.database.execute(f"DROP USER {user}")


async def test_a_dump_that_is_cut_off_or_of_another_history_is_refused(bench: Bench, tmp_path: Path) -> None:
    await seed(bench.database)
    bench.files.write("001_it's \\a.sql", "SELECT 1")
    bench.files.tables(2)
    bench.files.remove("001_t1.sql")
    await bench.up(steps=1)
    async with bench.runner() as runner:
        history = await runner.history()
        copying = MysqlCopying(DatabaseUrl(bench.database.url), bench.database.url.rsplit("/", 1)[1], "schema_migrations", 5,
                               is_mariadb=True)  # fmt: skip
        copy = tmp_path / "copy.sql"
        await copying.copy(copy)
        await copying.verify(copy, history)
        await runner.up()
        with pytest.raises(CopyFailed, match="lacks 1 of the 2 rows"):
            await copying.verify(copy, await runner.history())
    whole = copy.read_bytes()
    for short in (whole[: len(whole) // 2], whole[:-200], b""):
        copy.write_bytes(short)
        with pytest.raises(CopyFailed, match="not whole"):
            await copying.verify(copy, history)


@pytest.mark.parametrize(
    ("query", "mariadb", "mysql"),
    [
        ("", {'protocol="TCP"', 'ssl="0"', 'host="db"', 'port="3307"'}, {'protocol="TCP"', 'host="db"', 'port="3307"'}),
        ("?unix_socket=/run/x.sock", {'protocol="SOCKET"', 'socket="/run/x.sock"'}, {'socket="/run/x.sock"'}),
        ("?ssl_mode=REQUIRED", {'ssl="1"', 'ssl-verify-server-cert="0"'}, {'ssl-mode="REQUIRED"'}),
        (
            "?ssl_mode=VERIFY_IDENTITY&ssl_ca=/ca&ssl_cert=/c&ssl_key=/k",
            {'ssl-ca="/ca"', 'ssl-cert="/c"', 'ssl-key="/k"', 'ssl-verify-server-cert="1"'},
            {'ssl-ca="/ca"', 'ssl-mode="VERIFY_IDENTITY"'},
        ),
        ("?ssl_ca=/ca&ssl_check_hostname=false", {'ssl-verify-server-cert="1"'}, {'ssl-mode="VERIFY_CA"'}),
    ],
)
async def test_what_counts_is_handed_over(query: str, mariadb: set[str], mysql: set[str]) -> None:
    arguments = DatabaseUrl(f"mysql://u:p@db:3307/app{query}").mysql_arguments()
    for said, is_mariadb in ((mariadb, True), (mysql, False)):
        lines = option_file(arguments, is_mariadb=is_mariadb).decode().splitlines()
        assert said <= set(lines)
        assert not any(line.startswith("ssl-mode" if is_mariadb else "ssl-verify") for line in lines)
