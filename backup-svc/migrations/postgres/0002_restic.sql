-- Repositories of restic.
CREATE TABLE restic_repositories (
    user_id    UUID NOT NULL,
    repository TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (user_id, repository)
);

-- What is in them.
CREATE TABLE restic_objects (
    user_id    UUID NOT NULL,
    repository TEXT NOT NULL,
    -- config, data, keys, locks, snapshots or index.
    kind       TEXT NOT NULL,
    -- SHA-256 of the bytes in small hexadecimal letters; empty for the config.
    name       TEXT COLLATE "C" NOT NULL,
    s3_key     TEXT COLLATE "C" NOT NULL UNIQUE REFERENCES backup_objects (s3_key),
    size_bytes BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (user_id, repository, kind, name),
    FOREIGN KEY (user_id, repository) REFERENCES restic_repositories (user_id, repository)
);

ALTER TABLE restic_repositories ENABLE ROW LEVEL SECURITY;
ALTER TABLE restic_repositories FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON restic_repositories
    USING ((SELECT scope_is('system')) OR user_id = (SELECT scope_user()));

ALTER TABLE restic_objects ENABLE ROW LEVEL SECURITY;
ALTER TABLE restic_objects FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON restic_objects
    USING ((SELECT scope_is('system')) OR user_id = (SELECT scope_user()));
