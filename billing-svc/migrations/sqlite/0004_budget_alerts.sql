-- Alerts of budgets that somebody's webhooks are to be told of, written in the transaction that reaches the share.
CREATE TABLE budget_alerts (
    id           BLOB NOT NULL PRIMARY KEY,
    owner_id     BLOB NOT NULL,
    at           TEXT NOT NULL,
    -- JSON, as it is told.
    data         TEXT NOT NULL
);
CREATE INDEX budget_alerts_by_time ON budget_alerts (at);
