-- Workflows: the lasting things; each time one is executed is a run (0001_runs.sql). What has been checked and made flat of a
-- definition lies with the workflow, so that it keeps the version it was made of.
CREATE TABLE workflows (
    id                 BLOB NOT NULL PRIMARY KEY,
    owner_id           BLOB NOT NULL,
    workflow_type      TEXT NOT NULL,
    -- 0 for a built-in type.
    definition_version INTEGER NOT NULL,
    -- JSON: the flat graph.
    compiled           TEXT NOT NULL,
    name               TEXT NOT NULL,
    description        TEXT NOT NULL,
    -- In small letters, what a search looks through.
    search             TEXT NOT NULL,
    -- JSON.
    config             TEXT NOT NULL,
    -- JSON: where and with which values a fork begins.
    start              TEXT,
    priority           INTEGER NOT NULL,
    concurrency_key    TEXT,
    keep_last          INTEGER,
    ttl_seconds        INTEGER,
    fork_from_id       BLOB,
    created_at         TEXT NOT NULL,
    updated_at         TEXT NOT NULL
);

CREATE INDEX workflows_by_owner ON workflows (owner_id, created_at DESC, id DESC);

-- Every run of a workflow: 1, 2, 3…
CREATE TABLE workflow_runs (
    run_id      BLOB NOT NULL PRIMARY KEY,
    workflow_id BLOB NOT NULL REFERENCES workflows (id) ON DELETE CASCADE,
    owner_id    BLOB NOT NULL,
    ordinal     INTEGER NOT NULL,
    -- JSON: what it was executed with.
    user_input  TEXT NOT NULL,
    created_at  TEXT NOT NULL
);

CREATE UNIQUE INDEX workflow_runs_by_workflow ON workflow_runs (workflow_id, ordinal);

-- Links by which others may read a workflow. The token opens nothing that is not in this database, so it is kept as it is.
CREATE TABLE workflow_shares (
    id          BLOB NOT NULL PRIMARY KEY,
    workflow_id BLOB NOT NULL REFERENCES workflows (id) ON DELETE CASCADE,
    owner_id    BLOB NOT NULL,
    token       TEXT NOT NULL,
    created_at  TEXT NOT NULL,
    expires_at  TEXT
);

CREATE UNIQUE INDEX workflow_shares_token ON workflow_shares (token);
CREATE INDEX workflow_shares_by_workflow ON workflow_shares (workflow_id);

-- Which sign-in sessions worked with which workflows.
CREATE TABLE workflow_sessions (
    workflow_id   BLOB NOT NULL REFERENCES workflows (id) ON DELETE CASCADE,
    session_id    TEXT NOT NULL,
    owner_id      BLOB NOT NULL,
    first_used_at TEXT NOT NULL,
    last_used_at  TEXT NOT NULL,
    PRIMARY KEY (workflow_id, session_id)
);

CREATE INDEX workflow_sessions_by_owner ON workflow_sessions (owner_id, last_used_at);

-- Graphs as data, each version as it was written.
CREATE TABLE workflow_definitions (
    owner_id   BLOB NOT NULL,
    name       TEXT NOT NULL,
    version    INTEGER NOT NULL,
    source     TEXT NOT NULL,
    -- JSON: the flat graph.
    compiled   TEXT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (owner_id, name, version)
);
