-- Threads, as LangGraph's clients know them: each is a workflow of the same id (0010_workflows.sql) from its first run on, whose values go
-- from run to run.
CREATE TABLE threads (
    id               BLOB NOT NULL PRIMARY KEY,
    owner_id         BLOB NOT NULL,
    -- JSON object.
    metadata         TEXT NOT NULL,
    -- Its fields that are no list and no object, each as `name=JSON` between U+001F.
    fields           TEXT NOT NULL,
    -- Where it stands: at a step of a run (the newest when null), or at a state that somebody put in place.
    head_run         BLOB,
    head_step        INTEGER,
    head_state       BLOB,
    -- Rises whenever something begins or is put in place: only who knows the newest one may write.
    fence            INTEGER NOT NULL,
    created_at       TEXT NOT NULL,
    updated_at       TEXT NOT NULL,
    state_updated_at TEXT NOT NULL
);

CREATE INDEX threads_by_owner ON threads (owner_id, created_at DESC, id DESC);

-- What a thread was asked to run. Each is a stretch of a run of the engine, between two waits, or nothing at all.
CREATE TABLE thread_runs (
    id           BLOB NOT NULL PRIMARY KEY,
    thread_id    BLOB NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
    owner_id     BLOB NOT NULL,
    -- 1, 2, 3… within the thread.
    place        INTEGER NOT NULL,
    assistant_id BLOB NOT NULL,
    graph        TEXT NOT NULL,
    -- JSON: what it does.
    request      TEXT NOT NULL,
    -- JSON objects: as they were sent.
    metadata     TEXT NOT NULL,
    kwargs       TEXT NOT NULL,
    -- enqueue, reject, interrupt or rollback.
    strategy     TEXT NOT NULL,
    -- JSON: in whose name it begins.
    actor        TEXT NOT NULL,
    worker_share BLOB NOT NULL,
    due_at       TEXT NOT NULL,
    -- The engine's run, and its place among those of the workflow.
    run_id       BLOB,
    ordinal      INTEGER NOT NULL,
    -- The engine's step that it begins at, and what is added to one to count through the thread.
    first_step   INTEGER NOT NULL,
    step_offset  INTEGER NOT NULL,
    -- Its events are above this number of the engine's run.
    first_event  INTEGER NOT NULL,
    -- Answers that were not given yet (JSON).
    reply        TEXT,
    -- How it ended, where the engine's run does not say: success, error or interrupted.
    outcome      TEXT,
    error        TEXT,
    -- Where the thread stood.
    base_run     BLOB,
    base_step    INTEGER,
    base_state   BLOB,
    created_at   TEXT NOT NULL,
    updated_at   TEXT NOT NULL
);

CREATE UNIQUE INDEX thread_runs_by_thread ON thread_runs (thread_id, place);
CREATE INDEX thread_runs_waiting ON thread_runs (due_at) WHERE outcome IS NULL AND (run_id IS NULL OR reply IS NOT NULL);

-- States that somebody put in place of a run's.
CREATE TABLE thread_states (
    id          BLOB NOT NULL PRIMARY KEY,
    thread_id   BLOB NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
    owner_id    BLOB NOT NULL,
    graph       TEXT NOT NULL,
    -- JSON.
    state       TEXT NOT NULL,
    frontier    TEXT NOT NULL,
    next        TEXT NOT NULL,
    step        INTEGER NOT NULL,
    source      TEXT NOT NULL,
    -- The checkpoint that it comes from.
    parent      BLOB,
    created_at  TEXT NOT NULL
);

CREATE INDEX thread_states_by_thread ON thread_states (thread_id, created_at);

