-- Stories of any kind: what was asked for and what was made are JSON that says its kind; columns are only what is filtered or
-- sorted by. A request that may be repeated is remembered by the run that it made.

ALTER TABLE stories ADD COLUMN request JSONB NOT NULL DEFAULT '{}';

UPDATE stories SET request = jsonb_build_object(
    'kind', 'code',
    'repo_url', repo_url,
    'repo_name', repo_name,
    'style', style,
    'duration_minutes', duration_minutes,
    'voice', voice,
    'focus_areas', focus_areas,
    'technical_depth', technical_depth
);

ALTER TABLE stories DROP COLUMN repo_url;
ALTER TABLE stories DROP COLUMN repo_name;
ALTER TABLE stories DROP COLUMN style;
ALTER TABLE stories DROP COLUMN duration_minutes;
ALTER TABLE stories DROP COLUMN voice;
ALTER TABLE stories DROP COLUMN focus_areas;
ALTER TABLE stories DROP COLUMN technical_depth;

-- What lists show: blob keys, lengths.
ALTER TABLE story_results ADD COLUMN result JSONB NOT NULL DEFAULT '{}';
-- What is read one story at a time: most of its bytes.
ALTER TABLE story_results ADD COLUMN content JSONB NOT NULL DEFAULT '{}';

UPDATE story_results SET
    result = jsonb_build_object(
        'kind', 'code',
        'audio_key', audio_key,
        'audio_chunk_keys', audio_chunk_keys,
        'cover_key', cover_key,
        'transcript_key', transcript_key,
        'captions_key', captions_key,
        'duration_seconds', duration_seconds
    ),
    content = jsonb_build_object('kind', 'code', 'chapters', chapters);

ALTER TABLE story_results DROP COLUMN audio_key;
ALTER TABLE story_results DROP COLUMN audio_chunk_keys;
ALTER TABLE story_results DROP COLUMN cover_key;
ALTER TABLE story_results DROP COLUMN transcript_key;
ALTER TABLE story_results DROP COLUMN captions_key;
ALTER TABLE story_results DROP COLUMN chapters;
ALTER TABLE story_results DROP COLUMN duration_seconds;

-- A request was written with the run that it made, or just before.
UPDATE runs SET idempotency_key = asked.key, fingerprint = asked.request_hash
FROM story_requests AS asked
WHERE runs.owner = asked.owner_id AND runs.idempotency_key IS NULL AND runs.id = (
    SELECT made.run_id FROM story_runs AS made
    WHERE made.story_id = asked.story_id AND made.created_at >= asked.created_at
    ORDER BY made.created_at, made.run_id LIMIT 1
);

DROP TABLE story_requests;
