-- Runs of graphs, their checkpoints, their numbered events, and the journal of effects of the step in progress.
-- Times are RFC 3339 in UTC, which sorts as text.

CREATE TABLE runs (
    id BLOB NOT NULL PRIMARY KEY,
    owner BLOB NOT NULL,
    graph TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'waiting_for_input', 'cancelling', 'completed', 'failed', 'cancelled')),
    phase TEXT NOT NULL,
    -- 0 to 100.
    progress REAL NOT NULL CHECK (progress BETWEEN 0 AND 100),
    -- Number of the checkpoint that `input` is: 0, or the step that the run was forked at.
    first_step INTEGER NOT NULL,
    -- A full record of flow::codec.
    input BLOB NOT NULL,
    -- Rises with every claim; a write must carry it.
    fence INTEGER NOT NULL DEFAULT 0,
    -- Who holds the run; NULL when nobody does.
    worker TEXT,
    -- A run that is queued, running or cancelling may be claimed from this time on.
    lease_until TEXT NOT NULL,
    -- Failed attempts of the current step.
    attempt INTEGER NOT NULL DEFAULT 0,
    -- Workers in a row that vanished before they committed anything.
    lost INTEGER NOT NULL DEFAULT 0,
    error_message TEXT,
    question TEXT,
    -- Key of the effect that the answer becomes.
    answer_to TEXT,
    idempotency_key TEXT,
    fingerprint BLOB,
    forked_from BLOB,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    started_at TEXT,
    -- Time limits count from here; NULL while the run waits for an answer.
    active_since TEXT,
    ended_at TEXT,
    -- The intermediate checkpoints have expired.
    trimmed BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE UNIQUE INDEX runs_idempotency_key ON runs (owner, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX runs_due ON runs (lease_until) WHERE status IN ('queued', 'running', 'cancelling');
CREATE INDEX runs_by_owner ON runs (owner, created_at, id);
CREATE INDEX runs_ended ON runs (ended_at) WHERE ended_at IS NOT NULL AND NOT trimmed;

CREATE TABLE checkpoints (
    run_id BLOB NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    step INTEGER NOT NULL,
    -- The step of the full record that this one is read from.
    base INTEGER NOT NULL,
    record BLOB NOT NULL,
    -- Where the record's body lies when it is not in it.
    spilled TEXT,
    created_at TEXT NOT NULL,
    PRIMARY KEY (run_id, step)
) WITHOUT ROWID;

CREATE TABLE run_events (
    run_id BLOB NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    -- 1, 2, 3… without gaps.
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    -- JSON.
    data TEXT NOT NULL,
    -- The step whose node emitted it; NULL for the engine's own.
    step INTEGER,
    at TEXT NOT NULL,
    PRIMARY KEY (run_id, number)
) WITHOUT ROWID;

CREATE TABLE effects (
    run_id BLOB NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    step INTEGER NOT NULL,
    node TEXT NOT NULL,
    -- Index of the fan-out item, or -1.
    item INTEGER NOT NULL,
    key TEXT NOT NULL,
    -- JSON.
    value TEXT NOT NULL,
    PRIMARY KEY (run_id, step, node, item, key)
) WITHOUT ROWID;
