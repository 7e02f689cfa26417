-- What signs access tokens, and what waits, counts and remembers around signing in.

CREATE TABLE signing_keys (
    kid          TEXT NOT NULL PRIMARY KEY,
    state        TEXT NOT NULL CHECK (state IN ('standby', 'active', 'retired')),
    -- PKCS#8, sealed with a key that is not in the database.
    sealed       BLOB NOT NULL,
    -- The public part, as a JSON Web Key.
    public_jwk   TEXT NOT NULL,
    created_at   TEXT NOT NULL,
    activated_at TEXT,
    retired_at   TEXT
);
-- One key signs, one waits.
CREATE UNIQUE INDEX signing_keys_one ON signing_keys (state) WHERE state IN ('standby', 'active');

-- Failed attempts by account, by address, and by both; registrations by address.
CREATE TABLE throttles (
    -- SHA-256 of what is counted, so that nothing that was typed into a login form is kept.
    key           BLOB NOT NULL PRIMARY KEY,
    count         INTEGER NOT NULL,
    blocked_until TEXT NOT NULL,
    updated_at    TEXT NOT NULL
);
CREATE INDEX throttles_by_age ON throttles (updated_at);

-- Networks that an account has signed in from: strangers' failures do not lock these out.
CREATE TABLE known_networks (
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    network TEXT NOT NULL,
    seen_at TEXT NOT NULL,
    PRIMARY KEY (user_id, network)
);

-- Sign-ins that a provider has not answered yet.
CREATE TABLE oauth_states (
    -- SHA-256 of the state.
    hash         BLOB NOT NULL PRIMARY KEY,
    provider     TEXT NOT NULL,
    redirect_url TEXT NOT NULL,
    return_to    TEXT NOT NULL,
    -- Who wants to add the provider to the own account.
    link_user_id BLOB,
    expires_at   TEXT NOT NULL
);
CREATE INDEX oauth_states_by_end ON oauth_states (expires_at);

-- What other services must still be told about an account; written together with the change itself.
CREATE TABLE account_tasks (
    id         BLOB NOT NULL PRIMARY KEY,
    user_id    BLOB NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('claim', 'delete')),
    created_at TEXT NOT NULL,
    due_at     TEXT NOT NULL,
    attempts   INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX account_tasks_once ON account_tasks (user_id, kind);
CREATE INDEX account_tasks_due ON account_tasks (due_at);
