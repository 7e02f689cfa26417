-- Projects as git has them. Commits and what is in them are kept, so that they have the same names for ever; a content is here a
-- second time, as packs carry it.
CREATE TABLE project_git_objects (
    project_id BLOB NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    -- SHA-1, in hex.
    id         TEXT NOT NULL,
    owner_id   BLOB NOT NULL,
    -- commit, tree or blob.
    kind       TEXT NOT NULL,
    -- Of the content, and of what is kept of it.
    size       INTEGER NOT NULL,
    bytes      INTEGER NOT NULL,
    -- In zlib's format.
    deflated   BLOB NOT NULL,
    PRIMARY KEY (project_id, id)
);

CREATE INDEX project_git_objects_by_owner ON project_git_objects (owner_id, bytes);

CREATE TABLE project_git_commits (
    project_id BLOB NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    id         TEXT NOT NULL,
    owner_id   BLOB NOT NULL,
    tree       TEXT NOT NULL,
    -- With spaces between them.
    parents    TEXT NOT NULL,
    -- What it is for the project; none of what was merged into it.
    revision   INTEGER,
    PRIMARY KEY (project_id, id)
);

CREATE UNIQUE INDEX project_git_commits_by_revision ON project_git_commits (project_id, revision);
