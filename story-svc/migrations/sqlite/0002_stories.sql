-- Stories: the lasting thing. Each attempt at making one is a run (0001_runs.sql).
CREATE TABLE stories (
    id               BLOB NOT NULL PRIMARY KEY,
    owner_id         BLOB NOT NULL,
    -- A guest's story is readable by whoever knows its id.
    guest_owned      BOOLEAN NOT NULL,
    kind             TEXT NOT NULL CHECK (kind IN ('fiction', 'code')),
    title            TEXT NOT NULL,
    repo_url         TEXT NOT NULL DEFAULT '',
    repo_name        TEXT NOT NULL DEFAULT '',
    style            TEXT NOT NULL DEFAULT '',
    duration_minutes INTEGER NOT NULL DEFAULT 0,
    voice            TEXT NOT NULL DEFAULT '',
    focus_areas      TEXT NOT NULL DEFAULT '[]',
    technical_depth  TEXT NOT NULL DEFAULT '',
    -- The current attempt; its row holds status, phase, progress and error.
    run_id           BLOB NOT NULL,
    created_at       TEXT NOT NULL,
    updated_at       TEXT NOT NULL
);

CREATE INDEX stories_by_owner ON stories (owner_id, created_at DESC, id DESC);

-- Every attempt at a story, the current one included.
CREATE TABLE story_runs (
    run_id     BLOB NOT NULL PRIMARY KEY,
    story_id   BLOB NOT NULL REFERENCES stories (id) ON DELETE CASCADE,
    created_at TEXT NOT NULL
);

CREATE INDEX story_runs_by_story ON story_runs (story_id);

-- What an attempt made, written whole and once. It counts when that run is the story's current one and has completed.
CREATE TABLE story_results (
    run_id           BLOB NOT NULL PRIMARY KEY,
    story_id         BLOB NOT NULL REFERENCES stories (id) ON DELETE CASCADE,
    title            TEXT NOT NULL,
    audio_key        TEXT NOT NULL,
    audio_chunk_keys TEXT NOT NULL,
    cover_key        TEXT NOT NULL,
    transcript_key   TEXT NOT NULL,
    captions_key     TEXT NOT NULL,
    chapters         TEXT NOT NULL,
    duration_seconds REAL NOT NULL,
    -- The deterministic offline author wrote it.
    offline          BOOLEAN NOT NULL,
    created_at       TEXT NOT NULL
);

CREATE INDEX story_results_by_story ON story_results (story_id);

-- What an owner already asked for under a key, so that a repeated request starts nothing twice.
CREATE TABLE story_requests (
    owner_id     BLOB NOT NULL,
    key          TEXT NOT NULL,
    request_hash BLOB NOT NULL,
    story_id     BLOB NOT NULL REFERENCES stories (id) ON DELETE CASCADE,
    created_at   TEXT NOT NULL,
    PRIMARY KEY (owner_id, key)
);

CREATE INDEX story_requests_by_story ON story_requests (story_id);
