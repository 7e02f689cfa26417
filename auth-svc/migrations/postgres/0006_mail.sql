-- Mail: what is to be sent, and links that prove an address. An address that nobody has proven takes nothing from anybody:
-- several accounts may claim it where mail is sent, and the one that proves it has it.

-- The address where nobody else may have it: it is proven, or there is no mail to prove it with.
ALTER TABLE users ADD COLUMN email_held TEXT;
UPDATE users SET email_held = email_key;
DROP INDEX users_email_key;
CREATE UNIQUE INDEX users_email_held ON users (email_held);
CREATE INDEX users_by_email ON users (email_key);

-- What an issuer calls its user's address without vouching for it. It is shown, and finds nobody.
ALTER TABLE identities ADD COLUMN email TEXT;

-- Mail that is still to be sent. No secret is in it: a link is made when its mail is.
CREATE TABLE mails (
    id         UUID NOT NULL PRIMARY KEY,
    kind       TEXT NOT NULL,
    -- NULL while nobody has looked who has the address.
    user_id    UUID REFERENCES users (id) ON DELETE CASCADE,
    email      TEXT NOT NULL,
    email_key  TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    -- Whoever sends it moves this on first, so that nobody else does.
    due_at     TIMESTAMPTZ NOT NULL,
    attempts   INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX mails_due ON mails (due_at);

CREATE TABLE email_links (
    -- SHA-256 of the link's secret.
    hash       BYTEA NOT NULL PRIMARY KEY,
    kind       TEXT NOT NULL CHECK (kind IN ('verify', 'change', 'reset')),
    user_id    UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- The address that it was mailed to, and so proves.
    email      TEXT NOT NULL,
    email_key  TEXT NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX email_links_by_user ON email_links (user_id);
CREATE INDEX email_links_by_email ON email_links (email_key);
CREATE INDEX email_links_by_end ON email_links (expires_at);
