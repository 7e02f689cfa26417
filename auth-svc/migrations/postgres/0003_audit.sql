-- Who did what to what, when and from where. Rows are added and never changed; a deleted account's rows lose where they
-- came from, and nothing else.

CREATE TABLE audit_events (
    id         UUID NOT NULL PRIMARY KEY,
    at         TIMESTAMPTZ NOT NULL,
    -- Whose account it concerns, who may read it. No reference: the event outlives the account.
    user_id    UUID,
    -- A user's id, `operator`, `service`, or empty.
    actor      TEXT NOT NULL,
    action     TEXT NOT NULL,
    target     TEXT NOT NULL,
    address    TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    request_id TEXT NOT NULL
);
CREATE INDEX audit_events_by_user ON audit_events (user_id, at, id);
CREATE INDEX audit_events_by_time ON audit_events (at, id);

CREATE FUNCTION audit_events_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.address = '' AND NEW.user_agent = ''
        AND (NEW.id, NEW.at, NEW.user_id, NEW.actor, NEW.action, NEW.target, NEW.request_id)
            IS NOT DISTINCT FROM (OLD.id, OLD.at, OLD.user_id, OLD.actor, OLD.action, OLD.target, OLD.request_id)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'audit events are never changed or deleted';
END
$$;
CREATE TRIGGER audit_events_kept BEFORE UPDATE OR DELETE ON audit_events
    FOR EACH ROW EXECUTE FUNCTION audit_events_are_kept();
CREATE TRIGGER audit_events_not_truncated BEFORE TRUNCATE ON audit_events
    FOR EACH STATEMENT EXECUTE FUNCTION audit_events_are_kept();
