-- Who did what to what, when and from where. Rows are added and never changed; a deleted account's rows lose where they
-- came from, and nothing else.

CREATE TABLE audit_events (
    id         BLOB NOT NULL PRIMARY KEY,
    at         TEXT NOT NULL,
    -- Whose account it concerns, who may read it. No reference: the event outlives the account.
    user_id    BLOB,
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

CREATE TRIGGER audit_events_not_changed BEFORE UPDATE ON audit_events
WHEN NOT (NEW.address = '' AND NEW.user_agent = '' AND NEW.id IS OLD.id AND NEW.at IS OLD.at
    AND NEW.user_id IS OLD.user_id AND NEW.actor IS OLD.actor AND NEW.action IS OLD.action
    AND NEW.target IS OLD.target AND NEW.request_id IS OLD.request_id)
BEGIN
    SELECT RAISE(ABORT, 'audit events are never changed or deleted');
END;
CREATE TRIGGER audit_events_not_deleted BEFORE DELETE ON audit_events
BEGIN
    SELECT RAISE(ABORT, 'audit events are never changed or deleted');
END;
