-- Projects as git has them. Commits and what is in them are kept, so that they have the same names for ever; a content is here a
-- second time, as packs carry it.
CREATE TABLE project_git_objects (
    project_id UUID NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    -- SHA-1, in hex.
    id         TEXT COLLATE "C" NOT NULL,
    owner_id   UUID NOT NULL,
    -- commit, tree or blob.
    kind       TEXT NOT NULL,
    -- Of the content, and of what is kept of it.
    size       BIGINT NOT NULL,
    bytes      BIGINT NOT NULL,
    -- In zlib's format.
    deflated   BYTEA NOT NULL,
    PRIMARY KEY (project_id, id)
);

CREATE INDEX project_git_objects_by_owner ON project_git_objects (owner_id, bytes);

CREATE TABLE project_git_commits (
    project_id UUID NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    id         TEXT COLLATE "C" NOT NULL,
    owner_id   UUID NOT NULL,
    tree       TEXT NOT NULL,
    -- With spaces between them.
    parents    TEXT NOT NULL,
    -- What it is for the project; none of what was merged into it.
    revision   BIGINT,
    PRIMARY KEY (project_id, id)
);

CREATE UNIQUE INDEX project_git_commits_by_revision ON project_git_commits (project_id, revision);

ALTER TABLE project_git_objects ENABLE ROW LEVEL SECURITY;
ALTER TABLE project_git_objects FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON project_git_objects
    USING ((SELECT scope_is('system')) OR owner_id = (SELECT scope_user()));

ALTER TABLE project_git_commits ENABLE ROW LEVEL SECURITY;
ALTER TABLE project_git_commits FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON project_git_commits
    USING ((SELECT scope_is('system')) OR owner_id = (SELECT scope_user()));
