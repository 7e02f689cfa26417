-- Web applications that agents and people write. What changes them is a revision; a file has a version for each change of it.
CREATE TABLE projects (
    id                BLOB NOT NULL PRIMARY KEY,
    owner_id          BLOB NOT NULL,
    title             TEXT NOT NULL,
    description       TEXT NOT NULL,
    -- builder or student.
    mode              TEXT NOT NULL,
    status            TEXT NOT NULL,
    -- JSON, each.
    tech_stack        TEXT NOT NULL,
    requirements_spec TEXT,
    architecture_spec TEXT,
    dependencies      TEXT NOT NULL,
    -- README of the scaffold, as an author wrote it.
    readme            TEXT,
    -- Number of the newest revision.
    revision          INTEGER NOT NULL,
    created_at        TEXT NOT NULL,
    updated_at        TEXT NOT NULL
);

CREATE INDEX projects_by_owner ON projects (owner_id, created_at, id);

-- What was ever written, once for each owner.
CREATE TABLE project_contents (
    owner_id BLOB NOT NULL,
    -- BLAKE3, in hex.
    digest   TEXT NOT NULL,
    content  TEXT NOT NULL,
    bytes    INTEGER NOT NULL,
    PRIMARY KEY (owner_id, digest)
);

CREATE INDEX project_contents_by_owner ON project_contents (owner_id, bytes);

CREATE TABLE project_revisions (
    project_id   BLOB NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    number       INTEGER NOT NULL,
    owner_id     BLOB NOT NULL,
    message      TEXT NOT NULL,
    author_name  TEXT NOT NULL,
    author_email TEXT NOT NULL,
    -- JSON object: path and digest of each file that the server owns.
    scaffold     TEXT NOT NULL,
    created_at   TEXT NOT NULL,
    PRIMARY KEY (project_id, number)
);

-- Files as they are; what was deleted has no digest.
CREATE TABLE project_files (
    id         BLOB NOT NULL PRIMARY KEY,
    project_id BLOB NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    path       TEXT NOT NULL,
    owner_id   BLOB NOT NULL,
    language   TEXT NOT NULL,
    version    INTEGER NOT NULL,
    digest     TEXT,
    bytes      INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    UNIQUE (project_id, path)
);

CREATE TABLE project_file_versions (
    project_id BLOB NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    path       TEXT NOT NULL,
    version    INTEGER NOT NULL,
    owner_id   BLOB NOT NULL,
    revision   INTEGER NOT NULL,
    language   TEXT NOT NULL,
    -- None for a deletion.
    digest     TEXT,
    bytes      INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (project_id, path, version)
);

CREATE INDEX project_file_versions_by_revision ON project_file_versions (project_id, revision);
