-- Stories of any kind: what was asked for and what was made are JSON that says its kind; columns are only what is filtered or
-- sorted by. A request that may be repeated is remembered by the run that it made.

ALTER TABLE stories ADD COLUMN request TEXT NOT NULL DEFAULT '{}';

UPDATE stories SET request = json_object(
    'kind', 'code',
    'repo_url', repo_url,
    'repo_name', repo_name,
    'style', style,
    'duration_minutes', duration_minutes,
    'voice', voice,
    'focus_areas', json(focus_areas),
    'technical_depth', technical_depth
);

ALTER TABLE stories DROP COLUMN repo_url;
ALTER TABLE stories DROP COLUMN repo_name;
ALTER TABLE stories DROP COLUMN style;
ALTER TABLE stories DROP COLUMN duration_minutes;
ALTER TABLE stories DROP COLUMN voice;
ALTER TABLE stories DROP COLUMN focus_areas;
ALTER TABLE stories DROP COLUMN technical_depth;

ALTER TABLE story_results RENAME TO old_results;
DROP INDEX story_results_by_story;

-- What an attempt made, written whole and once. It counts when that run is the story's current one and has completed.
CREATE TABLE story_results (
    run_id     BLOB NOT NULL PRIMARY KEY,
    story_id   BLOB NOT NULL REFERENCES stories (id) ON DELETE CASCADE,
    title      TEXT NOT NULL,
    -- The deterministic offline author wrote it.
    offline    BOOLEAN NOT NULL,
    -- What lists show: blob keys, lengths.
    result     TEXT NOT NULL,
    created_at TEXT NOT NULL,
    -- What is read one story at a time, most of its bytes: last, so that lists need not pass over it.
    content    TEXT NOT NULL
);

INSERT INTO story_results (run_id, story_id, title, offline, result, created_at, content)
SELECT
    run_id,
    story_id,
    title,
    offline,
    json_object(
        'kind', 'code',
        'audio_key', audio_key,
        'audio_chunk_keys', json(audio_chunk_keys),
        'cover_key', cover_key,
        'transcript_key', transcript_key,
        'captions_key', captions_key,
        'duration_seconds', duration_seconds
    ),
    created_at,
    json_object('kind', 'code', 'chapters', json(chapters))
FROM old_results;

DROP TABLE old_results;
CREATE INDEX story_results_by_story ON story_results (story_id);

-- A request was written with the run that it made, or just before.
UPDATE runs SET idempotency_key = asked.key, fingerprint = asked.request_hash
FROM story_requests AS asked
WHERE runs.owner = asked.owner_id AND runs.idempotency_key IS NULL AND runs.id = (
    SELECT made.run_id FROM story_runs AS made
    WHERE made.story_id = asked.story_id AND made.created_at >= asked.created_at
    ORDER BY made.created_at, made.run_id LIMIT 1
);

DROP TABLE story_requests;
