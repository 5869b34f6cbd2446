"""Histories of Alembic's, small and with all that is awkward in large ones."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_HEAD: Final = "from alembic import context, op\nimport sqlalchemy as sa\n"


def write(folder: Path, name: str, up: str = "pass", down: str | None = "pass", **fields: object) -> None:
    """Write a revision; the id is what its name begins with, unless `revision` says it."""
    folder.mkdir(parents=True, exist_ok=True)
    said = {"revision": name.partition("_")[0], "down_revision": None, **fields}
    lines = [_HEAD, *(f"{field} = {value!r}" for field, value in said.items())]
    for direction, body in (("upgrade", up), ("downgrade", down)):
        if body is not None:
            lines.append(f"def {direction}():\n{textwrap.indent(textwrap.dedent(body).strip(), '    ')}\n")
    (folder / f"{name}.py").write_text("\n".join(lines))


def write_all(folder: Path) -> list[str]:
    """A base, two branches of which one depends on the other, their merge, and what comes after it; in order."""
    write(folder, "aaaa1111_base", _BASE, "op.drop_table('users')")
    write(
        folder,
        "c0ffee01_orders",
        "op.create_table('orders', sa.Column('id', sa.Integer, primary_key=True), sa.Column('state', sa.String(9)))",
        "op.drop_table('orders')",
        down_revision="aaaa1111",
        branch_labels=("orders",),
    )
    write(
        folder,
        "b0b0b0b0_items",
        "op.create_table('items', sa.Column('id', sa.Integer, sa.ForeignKey('orders.id'), primary_key=True))",
        "op.drop_table('items')",
        down_revision="aaaa1111",
        depends_on="orders",
    )
    write(folder, "dddd4444_merge", down_revision=("b0b0b0b0", "c0ffee01"))
    write(folder, "eeee5555_outside", _OUTSIDE, "op.drop_index('ix_users_name', 'users')", down_revision="dddd4444")
    write(folder, "0abc6666_batch", _BATCH, _BATCH_DOWN, down_revision="eeee5555")
    names = [
        "aaaa1111_base",
        "c0ffee01_orders",
        "b0b0b0b0_items",
        "dddd4444_merge",
        "eeee5555_outside",
        "0abc6666_batch",
    ]
    return [f"{name}.py" for name in names]


_BASE: Final = """
    users = op.create_table(
        "users", sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(20)), sa.Column("age", sa.Integer)
    )
    op.bulk_insert(users, [{"id": 1, "name": "Ann", "age": 3}, {"id": 2, "name": "Bob; \\"b'", "age": 4}])
    if not context.is_offline_mode():
        assert sa.inspect(op.get_bind()).has_table("users")
        assert op.get_bind().execute(sa.text("SELECT count(*) FROM users WHERE name LIKE :n"), {"n": "A%"}).scalar() == 1
"""
_OUTSIDE: Final = """
    op.execute("INSERT INTO users (id, name) VALUES (3, 'Cid')")
    with op.get_context().autocommit_block():
        concurrently = op.get_context().dialect.name == "postgresql"
        op.create_index("ix_users_name", "users", ["name"], postgresql_concurrently=concurrently)
    op.execute("UPDATE users SET age = 1 WHERE id = 3; UPDATE users SET age = age + 1 WHERE id = 3")
"""
_BATCH: Final = """
    with op.batch_alter_table("users") as batch:
        batch.alter_column("name", existing_type=sa.String(20), nullable=False)
        batch.add_column(sa.Column("email", sa.String(9), server_default=op.inline_literal("none")))
        batch.create_unique_constraint(op.f("uq_users_name"), ["name"])
"""
_BATCH_DOWN: Final = """
    with op.batch_alter_table("users") as batch:
        batch.drop_constraint("uq_users_name", type_="unique")
        batch.drop_column("email")
        batch.alter_column("name", existing_type=sa.String(20), nullable=True)
"""
