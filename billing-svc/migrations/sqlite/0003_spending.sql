-- What calls of models and voices cost, and budgets over it. Money that was used is in millionths of millionths of a US dollar, which is
-- exact: a price for a million tokens is in millionths. Times are RFC 3339 in UTC, which sorts as text.

CREATE TABLE budgets (
    id          BLOB NOT NULL PRIMARY KEY,
    -- Who may change it; NULL for an operator's.
    owner_id    BLOB,
    scope       TEXT NOT NULL CHECK (scope IN ('key', 'user', 'team', 'installation')),
    -- Of the key, the user or the team; all zeros for the installation.
    subject     BLOB NOT NULL,
    -- NULL: all calls.
    model_class TEXT,
    unit        TEXT NOT NULL CHECK (unit IN ('micro_usd', 'tokens')),
    amount      BIGINT NOT NULL CHECK (amount > 0),
    period      TEXT NOT NULL CHECK (period IN ('day', 'month', 'total')),
    hard        BOOLEAN NOT NULL,
    created_at  TEXT NOT NULL
);
CREATE INDEX budgets_by_subject ON budgets (subject);
CREATE INDEX budgets_by_owner ON budgets (owner_id);

-- What was used of a budget in one period, and what is reserved. Whoever changes several takes them in the order of their keys. The one
-- whose budget_id is a user's id counts the user's tokens of a month, which its tier may limit.
CREATE TABLE budget_counters (
    budget_id    BLOB NOT NULL,
    period_start TEXT NOT NULL,
    owner_id     BLOB,
    -- Tokens, or money as above.
    used         BIGINT NOT NULL,
    reserved     BIGINT NOT NULL,
    -- The share at which it was told: 0, 80 or 100.
    alerted      BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (budget_id, period_start)
);
CREATE INDEX budget_counters_by_owner ON budget_counters (owner_id);

-- Calls that are under way.
CREATE TABLE spend_reservations (
    id          BLOB NOT NULL PRIMARY KEY,
    user_id     BLOB NOT NULL,
    -- JSON: which counters hold how much.
    holds       TEXT NOT NULL,
    cost        BIGINT NOT NULL,
    reserved_at TEXT NOT NULL,
    expires_at  TEXT NOT NULL
);
CREATE INDEX spend_reservations_by_expiry ON spend_reservations (expires_at);

-- What was used, one row for each call; only ever added to. A deleted account's rows stay, and are nobody's.
CREATE TABLE spend_ledger (
    id                  BLOB NOT NULL PRIMARY KEY,
    at                  TEXT NOT NULL,
    -- NULL: of an account that is gone.
    user_id             BLOB,
    key_id              BLOB,
    team_id             BLOB,
    provider            TEXT NOT NULL,
    model               TEXT NOT NULL,
    model_class         TEXT NOT NULL,
    input_tokens        BIGINT NOT NULL,
    cached_input_tokens BIGINT NOT NULL,
    output_tokens       BIGINT NOT NULL,
    reasoning_tokens    BIGINT NOT NULL,
    audio_tokens        BIGINT NOT NULL,
    characters          BIGINT NOT NULL,
    cost                BIGINT NOT NULL
);
CREATE INDEX spend_ledger_by_user ON spend_ledger (user_id, at);
CREATE INDEX spend_ledger_by_time ON spend_ledger (at);
