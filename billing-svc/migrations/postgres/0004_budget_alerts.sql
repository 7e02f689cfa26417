-- Alerts of budgets that somebody's webhooks are to be told of, written in the transaction that reaches the share.
CREATE TABLE budget_alerts (
    id           UUID NOT NULL PRIMARY KEY,
    owner_id     UUID NOT NULL,
    at           TIMESTAMPTZ NOT NULL,
    -- JSON, as it is told.
    data         TEXT NOT NULL
);
CREATE INDEX budget_alerts_by_time ON budget_alerts (at);

ALTER TABLE budget_alerts ENABLE ROW LEVEL SECURITY;
ALTER TABLE budget_alerts FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON budget_alerts
    USING ((SELECT scope_is('system')) OR owner_id = (SELECT scope_user()));
