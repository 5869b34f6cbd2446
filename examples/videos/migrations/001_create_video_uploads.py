"""Create the table of uploaded videos."""

import sqlalchemy as sa

from lockgate import Migration


class CreateVideoUploads(Migration):
    async def up(self) -> None:
        await self.db.create_table(
            "video_uploads",
            sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
            sa.Column("file_name", sa.Text, nullable=False),
            sa.Column("size_bytes", sa.BigInteger, nullable=False),
            sa.Column("status", sa.String(20), nullable=False, server_default="received"),
            sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
            sa.CheckConstraint("size_bytes >= 0", name="video_uploads_size_check"),
        )

    async def down(self) -> None:
        await self.db.drop_table("video_uploads")
