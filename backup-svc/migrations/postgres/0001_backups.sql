CREATE FUNCTION scope_is(name TEXT) RETURNS BOOLEAN LANGUAGE sql STABLE
    RETURN current_setting('saga.scope', TRUE) = name;
CREATE FUNCTION scope_user() RETURNS UUID LANGUAGE sql STABLE
    RETURN CAST(NULLIF(current_setting('saga.user_id', TRUE), '') AS UUID);

-- How much room a user has taken: always the sum of the user's objects. Whoever changes that locks this row first.
CREATE TABLE backup_accounts (
    user_id    UUID NOT NULL PRIMARY KEY,
    used_bytes BIGINT NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);

-- Every object in the blob store that is ours, from before its first byte until its end.
CREATE TABLE backup_objects (
    -- Ordered as the blob store lists its keys.
    s3_key        TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    user_id       UUID NOT NULL,
    -- What it counts for: its length, or the room that was taken for it.
    size_bytes    BIGINT NOT NULL,
    -- Until when whoever writes it is waited for; none once it is whole.
    expires_at    TIMESTAMPTZ,
    -- Since when it is not in the blob store, though it should be.
    missing_since TIMESTAMPTZ,
    created_at    TIMESTAMPTZ NOT NULL
);

CREATE INDEX backup_objects_by_user ON backup_objects (user_id);
CREATE INDEX backup_objects_by_expiry ON backup_objects (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE backup_metadata (
    id          UUID NOT NULL PRIMARY KEY,
    user_id     UUID NOT NULL,
    s3_key      TEXT COLLATE "C" NOT NULL UNIQUE REFERENCES backup_objects (s3_key),
    version     BIGINT NOT NULL,
    -- Seconds since 1970, as the client says.
    timestamp   BIGINT NOT NULL,
    -- SHA-256 in small hexadecimal letters.
    checksum    TEXT NOT NULL,
    size_bytes  BIGINT NOT NULL,
    chunk_count BIGINT NOT NULL,
    device      TEXT NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL
);

CREATE INDEX backup_metadata_by_user ON backup_metadata (user_id, timestamp, created_at, id);

ALTER TABLE backup_accounts ENABLE ROW LEVEL SECURITY;
ALTER TABLE backup_accounts FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON backup_accounts
    USING ((SELECT scope_is('system')) OR user_id = (SELECT scope_user()));

ALTER TABLE backup_objects ENABLE ROW LEVEL SECURITY;
ALTER TABLE backup_objects FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON backup_objects
    USING ((SELECT scope_is('system')) OR user_id = (SELECT scope_user()));

ALTER TABLE backup_metadata ENABLE ROW LEVEL SECURITY;
ALTER TABLE backup_metadata FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON backup_metadata
    USING ((SELECT scope_is('system')) OR user_id = (SELECT scope_user()));
