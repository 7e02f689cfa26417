-- One row for each call of a provider, and one for each piece of work done without one.
CREATE TABLE usage (
    id             BLOB PRIMARY KEY NOT NULL,
    at             TEXT NOT NULL,
    user_id        BLOB NOT NULL,
    tier           TEXT NOT NULL CHECK (tier IN ('free', 'pro', 'power', 'team')),
    agent          TEXT NOT NULL,
    run_id         TEXT,
    provider       TEXT NOT NULL,
    model          TEXT NOT NULL,
    offline        BOOLEAN NOT NULL,
    input_tokens   INTEGER NOT NULL CHECK (input_tokens >= 0),
    output_tokens  INTEGER NOT NULL CHECK (output_tokens >= 0),
    cost_micro_usd INTEGER NOT NULL CHECK (cost_micro_usd >= 0),
    duration_ms    INTEGER NOT NULL CHECK (duration_ms >= 0),
    outcome        TEXT NOT NULL CHECK (outcome IN ('ok', 'truncated', 'refused', 'failed', 'aborted'))
);
CREATE INDEX usage_by_user ON usage (user_id, at);
CREATE INDEX usage_by_run ON usage (run_id) WHERE run_id IS NOT NULL;
