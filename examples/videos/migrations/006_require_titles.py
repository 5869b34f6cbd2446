"""Tighten what the first months have taught: a title is never empty, and a tag is short."""

import sqlalchemy as sa

from lockgate import Migration


class RequireTitles(Migration):
    async def up(self) -> None:
        await self.db.create_check_constraint("videos_title_check", "videos", "title <> ''")
        await self.db.alter_column("video_tags", "tag", type_=sa.String(40))

    async def down(self) -> None:
        await self.db.alter_column("video_tags", "tag", type_=sa.Text)
        await self.db.drop_constraint("videos_title_check", "videos", type_="check")
