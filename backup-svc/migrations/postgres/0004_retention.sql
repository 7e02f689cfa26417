-- Which backups an account wants to be kept; without a row all of them. 0 is no rule.
CREATE TABLE backup_retention (
    user_id          UUID NOT NULL PRIMARY KEY,
    keep_last        BIGINT NOT NULL,
    keep_daily       BIGINT NOT NULL,
    keep_weekly      BIGINT NOT NULL,
    keep_monthly     BIGINT NOT NULL,
    keep_within_days BIGINT NOT NULL,
    -- After so many days without a backup of a device its owner is told.
    alert_after_days BIGINT NOT NULL,
    updated_at       TIMESTAMPTZ NOT NULL
);

-- Devices whose owner was told that they have had no backup for long.
CREATE TABLE backup_overdue (
    user_id   UUID NOT NULL,
    device    TEXT NOT NULL,
    -- The moment of the device's last backup when that was told.
    last_at   TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (user_id, device)
);

ALTER TABLE backup_retention ENABLE ROW LEVEL SECURITY;
ALTER TABLE backup_retention FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON backup_retention
    USING ((SELECT scope_is('system')) OR user_id = (SELECT scope_user()));

ALTER TABLE backup_overdue ENABLE ROW LEVEL SECURITY;
ALTER TABLE backup_overdue FORCE ROW LEVEL SECURITY;
CREATE POLICY scoped ON backup_overdue
    USING ((SELECT scope_is('system')) OR user_id = (SELECT scope_user()));
