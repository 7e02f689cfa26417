-- What happens to somebody's workflows and stories is told to an address of theirs. A webhook's secret is made of a key of this
-- installation, its id and `secret_version`, and is nowhere.
CREATE TABLE webhooks (
    id             UUID NOT NULL PRIMARY KEY,
    owner_id       UUID NOT NULL,
    url            TEXT NOT NULL,
    -- JSON: the types of events; all of them when it is empty.
    event_types    TEXT NOT NULL,
    active         BOOLEAN NOT NULL,
    secret_version BIGINT NOT NULL,
    -- Until then the secret before signs, too.
    previous_until TIMESTAMPTZ,
    created_at     TIMESTAMPTZ NOT NULL,
    updated_at     TIMESTAMPTZ NOT NULL
);

CREATE INDEX webhooks_by_owner ON webhooks (owner_id, created_at, id);

-- Events that are to be told, written in the transaction that they happen in.
CREATE TABLE webhook_outbox (
    run_id   UUID NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    -- Of the event.
    number   BIGINT NOT NULL,
    owner_id UUID NOT NULL,
    at       TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (run_id, number)
);

CREATE INDEX webhook_outbox_by_time ON webhook_outbox (at);

-- One event for one webhook, and what became of it.
CREATE TABLE webhook_deliveries (
    id              UUID NOT NULL PRIMARY KEY,
    webhook_id      UUID NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    owner_id        UUID NOT NULL,
    event_type      TEXT NOT NULL,
    -- JSON, as it is sent.
    payload         TEXT NOT NULL,
    -- pending, delivered or failed.
    state           TEXT NOT NULL,
    attempts        BIGINT NOT NULL,
    -- Attempts since it was made, or asked for again: what the wait for the next one goes by.
    round           BIGINT NOT NULL,
    -- Rises whenever somebody begins an attempt, or asks for one: only the newest may say how it ended.
    fence           BIGINT NOT NULL,
    next_attempt_at TIMESTAMPTZ,
    last_attempt_at TIMESTAMPTZ,
    delivered_at    TIMESTAMPTZ,
    response_status BIGINT,
    response_head   TEXT,
    error           TEXT,
    created_at      TIMESTAMPTZ NOT NULL
);

CREATE INDEX webhook_deliveries_due ON webhook_deliveries (next_attempt_at) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (webhook_id, created_at DESC, id DESC);
CREATE INDEX webhook_deliveries_by_age ON webhook_deliveries (created_at);

ALTER TABLE webhooks ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhooks FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON webhooks
    USING ((SELECT scope_is('system')) OR owner_id = (SELECT scope_user()));

ALTER TABLE webhook_outbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook_outbox FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON webhook_outbox
    USING ((SELECT scope_is('system')) OR owner_id = (SELECT scope_user()));

ALTER TABLE webhook_deliveries ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook_deliveries FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON webhook_deliveries
    USING ((SELECT scope_is('system')) OR owner_id = (SELECT scope_user()));
