-- A second factor: a code of an authenticator (RFC 6238), asked for at sign-in.

CREATE TABLE second_factors (
    user_id      UUID NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    -- The shared secret, sealed with a key that is not in the database.
    sealed       BYTEA NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL,
    -- NULL until a first code was right: it is not asked for before.
    confirmed_at TIMESTAMPTZ,
    -- Step of 30 s of the last code that was taken; none before it is taken any more.
    last_step    BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE recovery_codes (
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- HMAC-SHA256 of the code. The row goes when the code is used.
    hash    BYTEA NOT NULL,
    PRIMARY KEY (user_id, hash)
);

-- Sign-ins whose first factor was right.
CREATE TABLE sign_in_tickets (
    -- SHA-256 of the ticket.
    hash       BYTEA NOT NULL PRIMARY KEY,
    user_id    UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- What the first factor was.
    method     TEXT NOT NULL,
    return_to  TEXT NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    -- Wrong codes so far.
    attempts   INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX sign_in_tickets_by_user ON sign_in_tickets (user_id);
CREATE INDEX sign_in_tickets_by_end ON sign_in_tickets (expires_at);
