-- What agents do for projects. A job is a run: it goes with it.
CREATE TABLE agent_jobs (
    id         BLOB NOT NULL PRIMARY KEY REFERENCES runs (id) ON DELETE CASCADE,
    owner_id   BLOB NOT NULL,
    project_id BLOB NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    -- The same as the id.
    run_id     BLOB NOT NULL,
    agent_type TEXT NOT NULL,
    -- JSON of what was made.
    result     TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);

CREATE INDEX agent_jobs_by_project ON agent_jobs (project_id, created_at, id);
