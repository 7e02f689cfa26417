-- One row for each call of a provider, and one for each piece of work done without one.
CREATE TABLE usage (
    id             UUID PRIMARY KEY,
    at             TIMESTAMPTZ NOT NULL,
    user_id        UUID NOT NULL,
    tier           TEXT NOT NULL CHECK (tier IN ('free', 'pro', 'power', 'team')),
    agent          TEXT NOT NULL,
    run_id         TEXT,
    provider       TEXT NOT NULL,
    model          TEXT NOT NULL,
    offline        BOOLEAN NOT NULL,
    input_tokens   BIGINT NOT NULL CHECK (input_tokens >= 0),
    output_tokens  BIGINT NOT NULL CHECK (output_tokens >= 0),
    cost_micro_usd BIGINT NOT NULL CHECK (cost_micro_usd >= 0),
    duration_ms    BIGINT NOT NULL CHECK (duration_ms >= 0),
    outcome        TEXT NOT NULL CHECK (outcome IN ('ok', 'truncated', 'refused', 'failed', 'aborted'))
);
CREATE INDEX usage_by_user ON usage (user_id, at);
CREATE INDEX usage_by_run ON usage (run_id) WHERE run_id IS NOT NULL;
