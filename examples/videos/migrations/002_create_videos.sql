-- The videos that viewers see; an upload becomes at most one of them.

-- migrate:up
CREATE TABLE videos (
    id         INTEGER PRIMARY KEY,
    upload_id  BIGINT UNIQUE REFERENCES video_uploads (id),
    title      TEXT NOT NULL,       -- "Untitled; draft" until somebody names it
    seconds    INTEGER NOT NULL DEFAULT 0,
    published  BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE TABLE video_tags (
    video_id  INTEGER NOT NULL REFERENCES videos (id) ON DELETE CASCADE,
    tag       TEXT NOT NULL,
    PRIMARY KEY (video_id, tag)
);

-- migrate:down
DROP TABLE video_tags;
DROP TABLE videos;
