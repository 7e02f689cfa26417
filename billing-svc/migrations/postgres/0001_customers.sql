-- What somebody has bought.

-- Row-level security: a statement sees and changes the rows of the scope that its transaction was begun for, whatever it says
-- itself. `saga.scope` is `user`, `reader` or `system`; where nobody has set one there are no rows. It binds the owner of the
-- tables, too; migrations run in the scope of the system.
CREATE FUNCTION scope_is(name TEXT) RETURNS BOOLEAN LANGUAGE sql STABLE
    RETURN current_setting('saga.scope', TRUE) = name;
CREATE FUNCTION scope_user() RETURNS UUID LANGUAGE sql STABLE
    RETURN CAST(NULLIF(current_setting('saga.user_id', TRUE), '') AS UUID);

-- Who has bought a tier, and which version of what it contains.
CREATE TABLE customers (
    user_id      UUID PRIMARY KEY,
    tier         TEXT NOT NULL CHECK (tier IN ('free', 'pro', 'power', 'team')),
    tier_version INTEGER NOT NULL CHECK (tier_version > 0),
    seats        INTEGER NOT NULL CHECK (seats > 0),
    updated_at   TIMESTAMPTZ NOT NULL
);
ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
ALTER TABLE customers FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON customers
    USING ((SELECT scope_is('system')) OR user_id = (SELECT scope_user()));
