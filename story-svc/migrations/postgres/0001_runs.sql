-- Runs of graphs, their checkpoints, their numbered events, and the journal of effects of the step in progress.

CREATE TABLE runs (
    id UUID NOT NULL PRIMARY KEY,
    owner UUID NOT NULL,
    graph TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'waiting_for_input', 'cancelling', 'completed', 'failed', 'cancelled')),
    phase TEXT NOT NULL,
    -- 0 to 100.
    progress NUMERIC(5, 2) NOT NULL CHECK (progress BETWEEN 0 AND 100),
    -- Number of the checkpoint that `input` is: 0, or the step that the run was forked at.
    first_step BIGINT NOT NULL,
    -- A full record of flow::codec.
    input BYTEA NOT NULL,
    -- Rises with every claim; a write must carry it.
    fence BIGINT NOT NULL DEFAULT 0,
    -- Who holds the run; NULL when nobody does.
    worker TEXT,
    -- A run that is queued, running or cancelling may be claimed from this time on.
    lease_until TIMESTAMPTZ NOT NULL,
    -- Failed attempts of the current step.
    attempt BIGINT NOT NULL DEFAULT 0,
    -- Workers in a row that vanished before they committed anything.
    lost BIGINT NOT NULL DEFAULT 0,
    error_message TEXT,
    question JSONB,
    -- Key of the effect that the answer becomes.
    answer_to JSONB,
    idempotency_key TEXT,
    fingerprint BYTEA,
    forked_from UUID,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    started_at TIMESTAMPTZ,
    -- Time limits count from here; NULL while the run waits for an answer.
    active_since TIMESTAMPTZ,
    ended_at TIMESTAMPTZ,
    -- The intermediate checkpoints have expired.
    trimmed BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE UNIQUE INDEX runs_idempotency_key ON runs (owner, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX runs_due ON runs (lease_until) WHERE status IN ('queued', 'running', 'cancelling');
CREATE INDEX runs_by_owner ON runs (owner, created_at, id);
CREATE INDEX runs_ended ON runs (ended_at) WHERE ended_at IS NOT NULL AND NOT trimmed;

CREATE TABLE checkpoints (
    run_id UUID NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    step BIGINT NOT NULL,
    -- The step of the full record that this one is read from.
    base BIGINT NOT NULL,
    record BYTEA NOT NULL,
    -- Where the record's body lies when it is not in it.
    spilled TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (run_id, step)
);
-- Records are compressed already.
ALTER TABLE checkpoints ALTER COLUMN record SET STORAGE EXTERNAL;

CREATE TABLE run_events (
    run_id UUID NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    -- 1, 2, 3… without gaps.
    number BIGINT NOT NULL,
    kind TEXT NOT NULL,
    -- JSON, as it was written.
    data TEXT NOT NULL,
    -- The step whose node emitted it; NULL for the engine's own.
    step BIGINT,
    at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (run_id, number)
);

CREATE TABLE effects (
    run_id UUID NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    step BIGINT NOT NULL,
    node TEXT NOT NULL,
    -- Index of the fan-out item, or -1.
    item BIGINT NOT NULL,
    key TEXT NOT NULL,
    -- JSON, as it was written.
    value TEXT NOT NULL,
    PRIMARY KEY (run_id, step, node, item, key)
);
