-- What is bought by Stripe, and what Stripe said.

-- Whose customer somebody is at Stripe; NULL until they begin to buy.
ALTER TABLE customers ADD COLUMN stripe_customer_id TEXT;
-- Rises with each time that the rows were made equal to Stripe's: who looked before another one wrote looks again.
ALTER TABLE customers ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX customers_by_stripe ON customers (stripe_customer_id);

CREATE TABLE subscriptions (
    -- Stripe's.
    id                   TEXT PRIMARY KEY,
    user_id              UUID NOT NULL REFERENCES customers (user_id) ON DELETE CASCADE,
    -- The item that seats are changed of.
    item_id              TEXT NOT NULL,
    tier                 TEXT NOT NULL CHECK (tier IN ('free', 'pro', 'power', 'team')),
    -- What it contains: the newest version when it was first seen with this tier.
    tier_version         INTEGER NOT NULL CHECK (tier_version > 0),
    -- In Stripe's words.
    status               TEXT NOT NULL,
    seats                INTEGER NOT NULL CHECK (seats > 0),
    current_period_end   TIMESTAMPTZ,
    cancel_at_period_end BOOLEAN NOT NULL,
    -- When it was first seen so; its tier stays for some days.
    past_due_since       TIMESTAMPTZ,
    created_at           TIMESTAMPTZ NOT NULL
);
CREATE INDEX subscriptions_by_user ON subscriptions (user_id, created_at);
CREATE INDEX subscriptions_past_due ON subscriptions (past_due_since) WHERE past_due_since IS NOT NULL;

-- Every event that Stripe sent, once. What is in it is asked of Stripe when it is worked off.
CREATE TABLE stripe_events (
    id          TEXT PRIMARY KEY,
    type        TEXT NOT NULL,
    -- Whom it is about: a customer or a subscription of Stripe's; empty when it is about neither.
    subject     TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'ignored', 'failed')),
    attempts    INTEGER NOT NULL DEFAULT 0,
    error       TEXT,
    due_at      TIMESTAMPTZ NOT NULL,
    received_at TIMESTAMPTZ NOT NULL,
    done_at     TIMESTAMPTZ
);
CREATE INDEX stripe_events_due ON stripe_events (due_at) WHERE state = 'waiting';
CREATE INDEX stripe_events_by_age ON stripe_events (received_at, id);

-- Tiers that auth-svc is still to be told.
CREATE TABLE tier_changes (
    user_id  UUID PRIMARY KEY,
    tier     TEXT NOT NULL CHECK (tier IN ('free', 'pro', 'power', 'team')),
    -- Another one each time, so that a change during the telling is told, too.
    change   UUID NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    due_at   TIMESTAMPTZ NOT NULL
);
CREATE INDEX tier_changes_due ON tier_changes (due_at);

ALTER TABLE subscriptions ENABLE ROW LEVEL SECURITY;
ALTER TABLE subscriptions FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON subscriptions
    USING ((SELECT scope_is('system')) OR user_id = (SELECT scope_user()));

ALTER TABLE tier_changes ENABLE ROW LEVEL SECURITY;
ALTER TABLE tier_changes FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON tier_changes
    USING ((SELECT scope_is('system')) OR user_id = (SELECT scope_user()));

-- `stripe_events` is nobody's.
