-- Workflows: the lasting things; each time one is executed is a run (0001_runs.sql). What has been checked and made flat of a
-- definition lies with the workflow, so that it keeps the version it was made of.
CREATE TABLE workflows (
    id                 UUID NOT NULL PRIMARY KEY,
    owner_id           UUID NOT NULL,
    workflow_type      TEXT NOT NULL,
    -- 0 for a built-in type.
    definition_version BIGINT NOT NULL,
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
    priority           BIGINT NOT NULL,
    concurrency_key    TEXT,
    keep_last          BIGINT,
    ttl_seconds        BIGINT,
    fork_from_id       UUID,
    created_at         TIMESTAMPTZ NOT NULL,
    updated_at         TIMESTAMPTZ NOT NULL
);

CREATE INDEX workflows_by_owner ON workflows (owner_id, created_at DESC, id DESC);

-- Every run of a workflow: 1, 2, 3…
CREATE TABLE workflow_runs (
    run_id      UUID NOT NULL PRIMARY KEY,
    workflow_id UUID NOT NULL REFERENCES workflows (id) ON DELETE CASCADE,
    owner_id    UUID NOT NULL,
    ordinal     BIGINT NOT NULL,
    -- JSON: what it was executed with.
    user_input  TEXT NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL
);

CREATE UNIQUE INDEX workflow_runs_by_workflow ON workflow_runs (workflow_id, ordinal);

-- Links by which others may read a workflow. The token opens nothing that is not in this database, so it is kept as it is.
CREATE TABLE workflow_shares (
    id          UUID NOT NULL PRIMARY KEY,
    workflow_id UUID NOT NULL REFERENCES workflows (id) ON DELETE CASCADE,
    owner_id    UUID NOT NULL,
    token       TEXT NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    expires_at  TIMESTAMPTZ
);

CREATE UNIQUE INDEX workflow_shares_token ON workflow_shares (token);
CREATE INDEX workflow_shares_by_workflow ON workflow_shares (workflow_id);

-- Which sign-in sessions worked with which workflows.
CREATE TABLE workflow_sessions (
    workflow_id   UUID NOT NULL REFERENCES workflows (id) ON DELETE CASCADE,
    session_id    TEXT NOT NULL,
    owner_id      UUID NOT NULL,
    first_used_at TIMESTAMPTZ NOT NULL,
    last_used_at  TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (workflow_id, session_id)
);

CREATE INDEX workflow_sessions_by_owner ON workflow_sessions (owner_id, last_used_at);

-- Graphs as data, each version as it was written.
CREATE TABLE workflow_definitions (
    owner_id   UUID NOT NULL,
    name       TEXT NOT NULL,
    version    BIGINT NOT NULL,
    source     TEXT NOT NULL,
    -- JSON: the flat graph.
    compiled   TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (owner_id, name, version)
);

ALTER TABLE workflows ENABLE ROW LEVEL SECURITY;
ALTER TABLE workflows FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON workflows
    USING ((SELECT scope_is('system')) OR owner_id = (SELECT scope_user()));
ALTER TABLE workflow_runs ENABLE ROW LEVEL SECURITY;
ALTER TABLE workflow_runs FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON workflow_runs
    USING ((SELECT scope_is('system')) OR owner_id = (SELECT scope_user()));
ALTER TABLE workflow_shares ENABLE ROW LEVEL SECURITY;
ALTER TABLE workflow_shares FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON workflow_shares
    USING ((SELECT scope_is('system')) OR owner_id = (SELECT scope_user()));
ALTER TABLE workflow_sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE workflow_sessions FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON workflow_sessions
    USING ((SELECT scope_is('system')) OR owner_id = (SELECT scope_user()));
ALTER TABLE workflow_definitions ENABLE ROW LEVEL SECURITY;
ALTER TABLE workflow_definitions FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON workflow_definitions
    USING ((SELECT scope_is('system')) OR owner_id = (SELECT scope_user()));
