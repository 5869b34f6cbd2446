"""The service's models: what its migrations give, as SQLAlchemy's tables."""

import sqlalchemy as sa

metadata = sa.MetaData()

video_uploads = sa.Table(
    "video_uploads",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("file_name", sa.Text, nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("status", sa.String(20), nullable=False, server_default="received"),
    sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.CheckConstraint("size_bytes >= 0", name="video_uploads_size_check"),
)

videos = sa.Table(
    "videos",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("upload_id", sa.BigInteger, sa.ForeignKey("video_uploads.id"), unique=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("seconds", sa.Integer, nullable=False, server_default=sa.text("0")),
    sa.Column("published", sa.Boolean, nullable=False, server_default=sa.text("false")),
    sa.Column("views", sa.BigInteger, nullable=False, server_default=sa.text("0")),
    sa.CheckConstraint("title <> ''", name="videos_title_check"),
    sa.Index("videos_title", "title"),
)

video_tags = sa.Table(
    "video_tags",
    metadata,
    sa.Column("video_id", sa.ForeignKey("videos.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("tag", sa.String(40), primary_key=True),
)
