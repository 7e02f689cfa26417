-- Uploads that go on where they broke off.
CREATE TABLE resumable_uploads (
    id          BLOB NOT NULL PRIMARY KEY,
    user_id     BLOB NOT NULL,
    -- The object that it becomes; its row in backup_objects is the room for all of it.
    s3_key      TEXT NOT NULL,
    length      INTEGER NOT NULL,
    -- Bytes that are kept, in segments.
    received    INTEGER NOT NULL,
    -- Whoever appends raises it; whoever finds it raised has been replaced.
    fence       INTEGER NOT NULL,
    partial     BOOLEAN NOT NULL,
    -- It is a backup now, of the same id.
    finished    BOOLEAN NOT NULL,
    -- JSON: ids of the partial uploads that it joins.
    joins       TEXT NOT NULL,
    version     INTEGER NOT NULL,
    timestamp   INTEGER NOT NULL,
    -- Empty when nobody has said it.
    checksum    TEXT NOT NULL,
    chunk_count INTEGER NOT NULL,
    device      TEXT NOT NULL,
    created_at  TEXT NOT NULL,
    expires_at  TEXT NOT NULL
);

CREATE INDEX resumable_uploads_by_expiry ON resumable_uploads (expires_at);

-- Their bytes so far, each an object that takes no room of its own.
CREATE TABLE resumable_segments (
    upload_id  BLOB NOT NULL REFERENCES resumable_uploads (id),
    user_id    BLOB NOT NULL,
    -- Where its bytes begin.
    position   INTEGER NOT NULL,
    s3_key     TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    PRIMARY KEY (upload_id, position)
);
