"""Migrations that are a package's resources: from a folder, a zip, a zipapp, a wheel."""

from __future__ import annotations

import json
import subprocess
import sys
import zipapp
from typing import TYPE_CHECKING

import pytest

from lockgate import Runner, SettingsError
from packages.conftest import APP, PLUGIN, pack, write

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from conformance.bench import Database

pytestmark = pytest.mark.asyncio
NAMES = ("001_rooms.py", "002_doors.up.sql")


async def test_up_status_down_and_up_again(installed: Callable[[Mapping[str, str]], Path], database: Database) -> None:
    installed(APP)
    before = set(sys.modules), list(sys.path), list(sys.meta_path)
    async with Runner(database.url, directory="package:depot.migrations") as runner:
        assert [one.name for one in (await runner.status()).pending] == list(NAMES)
        assert {name for name in sys.modules if name.startswith("depot")} == {"depot"}
        assert (await runner.up()).names == NAMES
        await database.rows("SELECT id FROM rooms")
        assert (await runner.status()).state == "current"
        assert (await runner.down()).names == NAMES[::-1]
        assert (await runner.up()).names == NAMES
    assert {name for name in set(sys.modules) - before[0] if "_tables" in name or "_lockgate" in name} == set()
    assert (sys.path, sys.meta_path) == before[1:]


async def test_a_folder_that_is_no_package_and_other_layouts(
    installed: Callable[[Mapping[str, str]], Path], tmp_path: Path
) -> None:
    installed(
        {
            "depot/__init__.py": "",
            "depot/sql/1_one/up.sql": "CREATE TABLE one (id INTEGER)",
            "depot/sql/1_one/down.sql": "DROP TABLE one",
            "depot/sql/1_one/metadata.toml": "run_in_transaction = false",
            "depot/revisions/versions/a.py": "from alembic import op\nimport sqlalchemy as sa\nfrom ._near import NAME\n"
            "revision = 'aaaa'\ndown_revision = None\n"
            "def upgrade():\n    op.create_table(NAME, sa.Column('id', sa.Integer))\n"
            "def downgrade():\n    op.drop_table(NAME)\n",
            "depot/revisions/versions/_near.py": "NAME = 'two'\n",
        }
    )
    async with Runner(f"sqlite:///{tmp_path}/one.db", directory="package:depot.sql") as runner:
        assert (await runner.up()).names == ("1_one",)
        assert (await runner.down()).names == ("1_one",)
    async with Runner(f"sqlite:///{tmp_path}/two.db", directory="package:depot.revisions") as runner:
        assert (await runner.up()).names == ("a.py",)
        assert (await runner.down()).names == ("a.py",)


@pytest.mark.parametrize(
    ("package", "said"),
    [
        ("nowhere.migrations", "There is no package nowhere"),
        ("depot.nowhere", "The package depot has no folder nowhere"),
        ("depot.models", "depot.models is a module, and no package"),
        ("depot.broken.migrations", r"depot.broken cannot be imported: ZeroDivisionError"),
        (
            "depot.lacking.migrations",
            r"depot.lacking cannot be imported: ModuleNotFoundError: No module named 'depot_x'",
        ),
    ],
)
async def test_what_is_wrong_with_a_package_is_said(
    package: str, said: str, installed: Callable[[Mapping[str, str]], Path]
) -> None:
    broken = {"depot/broken/__init__.py": "1 / 0", "depot/lacking/__init__.py": "import depot_x"}
    installed({**APP, **broken})
    async with Runner("sqlite:///app.db", directory=f"package:{package}") as runner:
        with pytest.raises(SettingsError, match=said):
            await runner.status()


async def test_an_error_names_the_file_and_the_line(installed: Callable[[Mapping[str, str]], Path]) -> None:
    installed({"depot/__init__.py": "", "depot/migrations/001_one.py": "\nfrom ._nothing import here\n"})
    async with Runner("sqlite:///app.db", directory="package:depot.migrations") as runner:
        with pytest.raises(SettingsError, match=r"migrations/001_one.py:2 cannot be imported: ModuleNotFoundError"):
            await runner.up()


def _run(*arguments: str, cwd: Path, path: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env={"ENV": "test", "PYTHONPATH": path, "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


async def test_a_zipapp_carries_its_migrations(tmp_path: Path) -> None:
    main = "import sys\nfrom lockgate.cli.main import main\nsys.exit(main())\n"
    write(tmp_path / "made", {**APP, **PLUGIN, "__main__.py": main})
    zipapp.create_archive(tmp_path / "made", tmp_path / "app.pyz")
    (tmp_path / "elsewhere").mkdir()
    directory = "package:depot.migrations, billing=package:billing_plugin.migrations"
    ran = _run(str(tmp_path / "app.pyz"), "up", "--json", "-d", directory, cwd=tmp_path / "elsewhere")
    assert ran.returncode == 0, ran.stderr
    assert [one["name"] for one in json.loads(ran.stdout)["applied"]] == [
        *NAMES,
        "billing/001_bills.sql",
        "billing/002_items.sql",
    ]
    refused = _run(str(tmp_path / "app.pyz"), "new", "x", "-d", directory, cwd=tmp_path / "elsewhere")
    assert refused.returncode == 2
    assert "package:depot.migrations is no folder on the disk" in refused.stderr


async def test_a_wheel_carries_its_migrations(tmp_path: Path) -> None:
    info = {
        "METADATA": "Metadata-Version: 2.1\nName: depot\nVersion: 1\n",
        "WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "RECORD": "",
    }
    wheel = tmp_path / "depot-1-py3-none-any.whl"
    pack(wheel, APP | {f"depot-1.dist-info/{name}": text for name, text in info.items()})
    options = ("--no-deps", "--no-index", "--no-compile", "--quiet", "--disable-pip-version-check")
    made = _run("-m", "pip", "install", *options, "--target", str(tmp_path / "site"), str(wheel), cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    (tmp_path / "elsewhere").mkdir()
    up = ("-m", "lockgate", "-d", "package:depot.migrations")
    ran = _run(*up, "up", "--json", cwd=tmp_path / "elsewhere", path=str(tmp_path / "site"))
    assert ran.returncode == 0, ran.stderr
    assert [one["name"] for one in json.loads(ran.stdout)["applied"]] == list(NAMES)
