-- Web applications that agents and people write. What changes them is a revision; a file has a version for each change of it.
CREATE TABLE projects (
    id                UUID NOT NULL PRIMARY KEY,
    owner_id          UUID NOT NULL,
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
    revision          BIGINT NOT NULL,
    created_at        TIMESTAMPTZ NOT NULL,
    updated_at        TIMESTAMPTZ NOT NULL
);

CREATE INDEX projects_by_owner ON projects (owner_id, created_at, id);

-- What was ever written, once for each owner.
CREATE TABLE project_contents (
    owner_id UUID NOT NULL,
    -- BLAKE3, in hex.
    digest   TEXT NOT NULL,
    content  TEXT NOT NULL,
    bytes    BIGINT NOT NULL,
    PRIMARY KEY (owner_id, digest)
);

CREATE INDEX project_contents_by_owner ON project_contents (owner_id, bytes);

CREATE TABLE project_revisions (
    project_id   UUID NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    number       BIGINT NOT NULL,
    owner_id     UUID NOT NULL,
    message      TEXT NOT NULL,
    author_name  TEXT NOT NULL,
    author_email TEXT NOT NULL,
    -- JSON object: path and digest of each file that the server owns.
    scaffold     TEXT NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (project_id, number)
);

-- Files as they are; what was deleted has no digest.
CREATE TABLE project_files (
    id         UUID NOT NULL PRIMARY KEY,
    project_id UUID NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    path       TEXT COLLATE "C" NOT NULL,
    owner_id   UUID NOT NULL,
    language   TEXT NOT NULL,
    version    BIGINT NOT NULL,
    digest     TEXT,
    bytes      BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    UNIQUE (project_id, path)
);

CREATE TABLE project_file_versions (
    project_id UUID NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    path       TEXT COLLATE "C" NOT NULL,
    version    BIGINT NOT NULL,
    owner_id   UUID NOT NULL,
    revision   BIGINT NOT NULL,
    language   TEXT NOT NULL,
    -- None for a deletion.
    digest     TEXT,
    bytes      BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (project_id, path, version)
);

CREATE INDEX project_file_versions_by_revision ON project_file_versions (project_id, revision);

ALTER TABLE projects ENABLE ROW LEVEL SECURITY;
ALTER TABLE projects FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON projects
    USING ((SELECT scope_is('system')) OR owner_id = (SELECT scope_user()));

ALTER TABLE project_contents ENABLE ROW LEVEL SECURITY;
ALTER TABLE project_contents FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON project_contents
    USING ((SELECT scope_is('system')) OR owner_id = (SELECT scope_user()));

ALTER TABLE project_revisions ENABLE ROW LEVEL SECURITY;
ALTER TABLE project_revisions FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON project_revisions
    USING ((SELECT scope_is('system')) OR owner_id = (SELECT scope_user()));

ALTER TABLE project_files ENABLE ROW LEVEL SECURITY;
ALTER TABLE project_files FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON project_files
    USING ((SELECT scope_is('system')) OR owner_id = (SELECT scope_user()));

ALTER TABLE project_file_versions ENABLE ROW LEVEL SECURITY;
ALTER TABLE project_file_versions FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON project_file_versions
    USING ((SELECT scope_is('system')) OR owner_id = (SELECT scope_user()));
