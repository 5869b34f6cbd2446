BEGIN;
ALTER TABLE videos ADD COLUMN views BIGINT NOT NULL DEFAULT 0;
CREATE VIEW popular_videos AS
    SELECT id, title, views FROM videos WHERE views > 1000;
COMMIT;
