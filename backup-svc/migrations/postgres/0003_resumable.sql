-- Uploads that go on where they broke off.
CREATE TABLE resumable_uploads (
    id          UUID NOT NULL PRIMARY KEY,
    user_id     UUID NOT NULL,
    -- The object that it becomes; its row in backup_objects is the room for all of it.
    s3_key      TEXT COLLATE "C" NOT NULL,
    length      BIGINT NOT NULL,
    -- Bytes that are kept, in segments.
    received    BIGINT NOT NULL,
    -- Whoever appends raises it; whoever finds it raised has been replaced.
    fence       BIGINT NOT NULL,
    partial     BOOLEAN NOT NULL,
    -- It is a backup now, of the same id.
    finished    BOOLEAN NOT NULL,
    -- JSON: ids of the partial uploads that it joins.
    joins       JSONB NOT NULL,
    version     BIGINT NOT NULL,
    timestamp   BIGINT NOT NULL,
    -- Empty when nobody has said it.
    checksum    TEXT NOT NULL,
    chunk_count BIGINT NOT NULL,
    device      TEXT NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    expires_at  TIMESTAMPTZ NOT NULL
);

CREATE INDEX resumable_uploads_by_expiry ON resumable_uploads (expires_at);

-- Their bytes so far, each an object that takes no room of its own.
CREATE TABLE resumable_segments (
    upload_id  UUID NOT NULL REFERENCES resumable_uploads (id),
    user_id    UUID NOT NULL,
    -- Where its bytes begin.
    position   BIGINT NOT NULL,
    s3_key     TEXT COLLATE "C" NOT NULL,
    size_bytes BIGINT NOT NULL,
    PRIMARY KEY (upload_id, position)
);

ALTER TABLE resumable_uploads ENABLE ROW LEVEL SECURITY;
ALTER TABLE resumable_uploads FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON resumable_uploads
    USING ((SELECT scope_is('system')) OR user_id = (SELECT scope_user()));

ALTER TABLE resumable_segments ENABLE ROW LEVEL SECURITY;
ALTER TABLE resumable_segments FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON resumable_segments
    USING ((SELECT scope_is('system')) OR user_id = (SELECT scope_user()));
