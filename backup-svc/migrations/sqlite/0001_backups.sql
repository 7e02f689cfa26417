-- How much room a user has taken: always the sum of the user's objects. Whoever changes that locks this row first.
CREATE TABLE backup_accounts (
    user_id    BLOB NOT NULL PRIMARY KEY,
    used_bytes INTEGER NOT NULL,
    updated_at TEXT NOT NULL
);

-- Every object in the blob store that is ours, from before its first byte until its end.
CREATE TABLE backup_objects (
    -- Ordered as the blob store lists its keys.
    s3_key        TEXT NOT NULL PRIMARY KEY,
    user_id       BLOB NOT NULL,
    -- What it counts for: its length, or the room that was taken for it.
    size_bytes    INTEGER NOT NULL,
    -- Until when whoever writes it is waited for; none once it is whole.
    expires_at    TEXT,
    -- Since when it is not in the blob store, though it should be.
    missing_since TEXT,
    created_at    TEXT NOT NULL
);

CREATE INDEX backup_objects_by_user ON backup_objects (user_id);
CREATE INDEX backup_objects_by_expiry ON backup_objects (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE backup_metadata (
    id          BLOB NOT NULL PRIMARY KEY,
    user_id     BLOB NOT NULL,
    s3_key      TEXT NOT NULL UNIQUE REFERENCES backup_objects (s3_key),
    version     INTEGER NOT NULL,
    -- Seconds since 1970, as the client says.
    timestamp   INTEGER NOT NULL,
    -- SHA-256 in small hexadecimal letters.
    checksum    TEXT NOT NULL,
    size_bytes  INTEGER NOT NULL,
    chunk_count INTEGER NOT NULL,
    device      TEXT NOT NULL,
    created_at  TEXT NOT NULL
);

CREATE INDEX backup_metadata_by_user ON backup_metadata (user_id, timestamp, created_at, id);
