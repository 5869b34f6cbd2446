BEGIN;
DROP VIEW popular_videos;
ALTER TABLE videos DROP COLUMN views;
COMMIT;
