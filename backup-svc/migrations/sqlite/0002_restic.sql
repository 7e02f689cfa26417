-- Repositories of restic.
CREATE TABLE restic_repositories (
    user_id    BLOB NOT NULL,
    repository TEXT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (user_id, repository)
);

-- What is in them.
CREATE TABLE restic_objects (
    user_id    BLOB NOT NULL,
    repository TEXT NOT NULL,
    -- config, data, keys, locks, snapshots or index.
    kind       TEXT NOT NULL,
    -- SHA-256 of the bytes in small hexadecimal letters; empty for the config.
    name       TEXT NOT NULL,
    s3_key     TEXT NOT NULL UNIQUE REFERENCES backup_objects (s3_key),
    size_bytes INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (user_id, repository, kind, name),
    FOREIGN KEY (user_id, repository) REFERENCES restic_repositories (user_id, repository)
);
