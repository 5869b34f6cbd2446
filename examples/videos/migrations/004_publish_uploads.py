"""Make a video of every upload that was waiting, titled after its file: a data migration."""

import sqlalchemy as sa
from _names import title_of

from lockgate import Migration

uploads = sa.table("video_uploads", sa.column("id"), sa.column("file_name"), sa.column("status"))
videos = sa.table("videos", sa.column("id"), sa.column("upload_id"), sa.column("title"))


class PublishUploads(Migration):
    async def up(self) -> None:
        waiting = await self.db.execute(sa.select(uploads.c.id, uploads.c.file_name).order_by(uploads.c.id))
        rows = [{"id": one.id, "upload_id": one.id, "title": title_of(one.file_name)} for one in waiting]
        await self.db.bulk_insert(videos, rows)
        await self.db.execute(sa.update(uploads).values(status="published"))

    async def down(self) -> None:
        await self.db.execute(sa.delete(videos).where(videos.c.upload_id.is_not(None)))
        await self.db.execute(sa.update(uploads).values(status="received"))
