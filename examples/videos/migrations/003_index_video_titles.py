"""Index the titles, on PostgreSQL without stopping anybody who writes meanwhile."""

from lockgate import Migration


class IndexVideoTitles(Migration):
    transactional = False  # CREATE INDEX CONCURRENTLY refuses to run in a transaction

    async def up(self) -> None:
        await self.db.create_index("videos_title", "videos", ["title"], postgresql_concurrently=True)

    async def down(self) -> None:
        await self.db.drop_index("videos_title", "videos", postgresql_concurrently=True)
