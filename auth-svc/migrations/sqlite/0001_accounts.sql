-- Who you are: users, what they sign in with, their sessions and keys.
-- Times are RFC 3339 in UTC, which sorts as text.

CREATE TABLE users (
    id             BLOB NOT NULL PRIMARY KEY,
    -- As it was written; NULL for guests and for users of other issuers.
    email          TEXT,
    -- Normalised, so that case and Unicode form make no second account.
    email_key      TEXT,
    email_verified BOOLEAN NOT NULL DEFAULT FALSE,
    username       TEXT NOT NULL,
    username_key   TEXT NOT NULL,
    guest          BOOLEAN NOT NULL,
    tier           TEXT NOT NULL CHECK (tier IN ('free', 'pro', 'power', 'team')),
    -- `deleting`: every credential is useless already, the run that deletes what the user owns is not over.
    status         TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled', 'deleting')),
    created_at     TEXT NOT NULL,
    updated_at     TEXT NOT NULL
);
CREATE UNIQUE INDEX users_email_key ON users (email_key);
CREATE UNIQUE INDEX users_username_key ON users (username_key);
CREATE INDEX users_by_age ON users (created_at, id);

CREATE TABLE credentials (
    user_id       BLOB NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    -- Argon2id in PHC form, or bcrypt from an older product until its owner signs in.
    password_hash TEXT NOT NULL,
    changed_at    TEXT NOT NULL
);

-- Users of other issuers: Supabase, OpenID Connect, GitHub, Google.
CREATE TABLE identities (
    -- Name of the issuer in the configuration.
    issuer     TEXT NOT NULL,
    subject    TEXT NOT NULL,
    user_id    BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at TEXT NOT NULL,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX identities_by_user ON identities (user_id);

CREATE TABLE profiles (
    user_id     BLOB NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    full_name   TEXT NOT NULL,
    avatar_url  TEXT NOT NULL,
    skill_level TEXT NOT NULL CHECK (skill_level IN ('beginner', 'intermediate', 'advanced')),
    created_at  TEXT NOT NULL,
    updated_at  TEXT NOT NULL
);

-- A session is also the family of its refresh tokens: revoking it revokes them all.
CREATE TABLE sessions (
    id           BLOB NOT NULL PRIMARY KEY,
    user_id      BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    address      TEXT NOT NULL,
    user_agent   TEXT NOT NULL,
    created_at   TEXT NOT NULL,
    last_used_at TEXT NOT NULL,
    expires_at   TEXT NOT NULL,
    revoked_at   TEXT
);
CREATE INDEX sessions_by_user ON sessions (user_id, last_used_at DESC);
CREATE INDEX sessions_by_end ON sessions (expires_at);

CREATE TABLE refresh_tokens (
    -- SHA-256 of the token; the token itself is nowhere.
    hash       BLOB NOT NULL PRIMARY KEY,
    session_id BLOB NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    -- Set once, by the one request that rotates it.
    used_at    TEXT
);
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id);

CREATE TABLE api_keys (
    id           BLOB NOT NULL PRIMARY KEY,
    user_id      BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name         TEXT NOT NULL,
    prefix       TEXT NOT NULL,
    hash         BLOB NOT NULL,
    scopes       TEXT NOT NULL,
    created_at   TEXT NOT NULL,
    expires_at   TEXT,
    last_used_at TEXT,
    revoked_at   TEXT
);
CREATE UNIQUE INDEX api_keys_hash ON api_keys (hash);
CREATE INDEX api_keys_by_user ON api_keys (user_id, created_at DESC);
