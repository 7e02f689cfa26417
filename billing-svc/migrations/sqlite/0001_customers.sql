-- What somebody has bought. Times are RFC 3339 in UTC, which sorts as text.

-- Who has bought a tier, and which version of what it contains.
CREATE TABLE customers (
    user_id      BLOB NOT NULL PRIMARY KEY,
    tier         TEXT NOT NULL CHECK (tier IN ('free', 'pro', 'power', 'team')),
    tier_version INTEGER NOT NULL CHECK (tier_version > 0),
    seats        INTEGER NOT NULL CHECK (seats > 0),
    updated_at   TEXT NOT NULL
);
