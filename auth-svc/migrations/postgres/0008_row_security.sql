-- Row-level security: a statement sees and changes the rows of the scope that its transaction was begun for, whatever it says
-- itself. `saga.scope` is `user`, `reader` or `system`; where nobody has set one there are no rows. It binds the owner of the
-- tables, too; migrations run in the scope of the system.

CREATE FUNCTION scope_is(name TEXT) RETURNS BOOLEAN LANGUAGE sql STABLE
    RETURN current_setting('saga.scope', TRUE) = name;
CREATE FUNCTION scope_user() RETURNS UUID LANGUAGE sql STABLE
    RETURN CAST(NULLIF(current_setting('saga.user_id', TRUE), '') AS UUID);

ALTER TABLE users ENABLE ROW LEVEL SECURITY;
ALTER TABLE users FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON users
    USING ((SELECT scope_is('system')) OR id = (SELECT scope_user()));

ALTER TABLE credentials ENABLE ROW LEVEL SECURITY;
ALTER TABLE credentials FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON credentials
    USING ((SELECT scope_is('system')) OR user_id = (SELECT scope_user()));

ALTER TABLE identities ENABLE ROW LEVEL SECURITY;
ALTER TABLE identities FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON identities
    USING ((SELECT scope_is('system')) OR user_id = (SELECT scope_user()));

ALTER TABLE profiles ENABLE ROW LEVEL SECURITY;
ALTER TABLE profiles FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON profiles
    USING ((SELECT scope_is('system')) OR user_id = (SELECT scope_user()));

ALTER TABLE sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE sessions FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON sessions
    USING ((SELECT scope_is('system')) OR user_id = (SELECT scope_user()));

ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON api_keys
    USING ((SELECT scope_is('system')) OR user_id = (SELECT scope_user()));

ALTER TABLE known_networks ENABLE ROW LEVEL SECURITY;
ALTER TABLE known_networks FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON known_networks
    USING ((SELECT scope_is('system')) OR user_id = (SELECT scope_user()));

ALTER TABLE account_tasks ENABLE ROW LEVEL SECURITY;
ALTER TABLE account_tasks FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON account_tasks
    USING ((SELECT scope_is('system')) OR user_id = (SELECT scope_user()));

ALTER TABLE email_links ENABLE ROW LEVEL SECURITY;
ALTER TABLE email_links FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON email_links
    USING ((SELECT scope_is('system')) OR user_id = (SELECT scope_user()));

ALTER TABLE second_factors ENABLE ROW LEVEL SECURITY;
ALTER TABLE second_factors FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON second_factors
    USING ((SELECT scope_is('system')) OR user_id = (SELECT scope_user()));

ALTER TABLE recovery_codes ENABLE ROW LEVEL SECURITY;
ALTER TABLE recovery_codes FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON recovery_codes
    USING ((SELECT scope_is('system')) OR user_id = (SELECT scope_user()));

ALTER TABLE sign_in_tickets ENABLE ROW LEVEL SECURITY;
ALTER TABLE sign_in_tickets FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON sign_in_tickets
    USING ((SELECT scope_is('system')) OR user_id = (SELECT scope_user()));

-- With their session.
ALTER TABLE refresh_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE refresh_tokens FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON refresh_tokens
    USING ((SELECT scope_is('system')) OR EXISTS (SELECT FROM sessions WHERE sessions.id = session_id));

-- Nobody's, where there is no user yet.
ALTER TABLE oauth_states ENABLE ROW LEVEL SECURITY;
ALTER TABLE oauth_states FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON oauth_states
    USING ((SELECT scope_is('system')) OR link_user_id = (SELECT scope_user()));

ALTER TABLE mails ENABLE ROW LEVEL SECURITY;
ALTER TABLE mails FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON mails
    USING ((SELECT scope_is('system')) OR user_id = (SELECT scope_user()));

ALTER TABLE audit_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_events FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON audit_events
    USING ((SELECT scope_is('system')) OR user_id = (SELECT scope_user()));

-- `throttles` and `signing_keys` are nobody's.
