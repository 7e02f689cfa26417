-- What agents do for projects. A job is a run: it goes with it.
CREATE TABLE agent_jobs (
    id         UUID NOT NULL PRIMARY KEY REFERENCES runs (id) ON DELETE CASCADE,
    owner_id   UUID NOT NULL,
    project_id UUID NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    -- The same as the id.
    run_id     UUID NOT NULL,
    agent_type TEXT NOT NULL,
    -- JSON of what was made.
    result     TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);

CREATE INDEX agent_jobs_by_project ON agent_jobs (project_id, created_at, id);

ALTER TABLE agent_jobs ENABLE ROW LEVEL SECURITY;
ALTER TABLE agent_jobs FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON agent_jobs
    USING ((SELECT scope_is('system')) OR owner_id = (SELECT scope_user()));
