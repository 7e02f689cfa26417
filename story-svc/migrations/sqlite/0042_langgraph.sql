-- Assistants that people make of graphs, with their versions; schedules that begin runs of threads; addresses that are told a run's end.

CREATE TABLE assistants (
    id         BLOB NOT NULL PRIMARY KEY,
    owner_id   BLOB NOT NULL,
    -- The one that is run.
    version    INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);

CREATE INDEX assistants_by_owner ON assistants (owner_id, created_at, id);

-- Each version once, as it was put.
CREATE TABLE assistant_versions (
    assistant_id BLOB NOT NULL REFERENCES assistants (id) ON DELETE CASCADE,
    owner_id     BLOB NOT NULL,
    version      INTEGER NOT NULL,
    graph        TEXT NOT NULL,
    name         TEXT NOT NULL,
    description  TEXT,
    -- JSON objects.
    config       TEXT NOT NULL,
    context      TEXT NOT NULL,
    metadata     TEXT NOT NULL,
    created_at   TEXT NOT NULL,
    PRIMARY KEY (assistant_id, version)
);

-- JSON: the run of a thread that is begun in place of a workflow. The thread, where it is always the same one; the assistant.
ALTER TABLE workflow_schedules ADD COLUMN thread_run TEXT;
ALTER TABLE workflow_schedules ADD COLUMN thread_id BLOB;
ALTER TABLE workflow_schedules ADD COLUMN assistant_id BLOB;
-- It is not due any more from then on.
ALTER TABLE workflow_schedules ADD COLUMN ends_at TEXT;

-- The newest values, as far as it was looked for them: fields that are no list and no object, each as `name=JSON` between U+001F; and the
-- step of the run, or the state, whose they are.
ALTER TABLE threads ADD COLUMN shown TEXT;
ALTER TABLE threads ADD COLUMN shown_run BLOB;
ALTER TABLE threads ADD COLUMN shown_step INTEGER;
ALTER TABLE threads ADD COLUMN shown_state BLOB;

-- Who is told of the run's end, from when on that may be tried (NULL: never, or not any more), and how often it was.
ALTER TABLE thread_runs ADD COLUMN webhook TEXT;
ALTER TABLE thread_runs ADD COLUMN webhook_at TEXT;
ALTER TABLE thread_runs ADD COLUMN webhook_round INTEGER NOT NULL DEFAULT 0;

CREATE INDEX thread_runs_webhooks ON thread_runs (webhook_at) WHERE webhook_at IS NOT NULL;
