-- Which backups an account wants to be kept; without a row all of them. 0 is no rule.
CREATE TABLE backup_retention (
    user_id          BLOB NOT NULL PRIMARY KEY,
    keep_last        INTEGER NOT NULL,
    keep_daily       INTEGER NOT NULL,
    keep_weekly      INTEGER NOT NULL,
    keep_monthly     INTEGER NOT NULL,
    keep_within_days INTEGER NOT NULL,
    -- After so many days without a backup of a device its owner is told.
    alert_after_days INTEGER NOT NULL,
    updated_at       TEXT NOT NULL
);

-- Devices whose owner was told that they have had no backup for long.
CREATE TABLE backup_overdue (
    user_id   BLOB NOT NULL,
    device    TEXT NOT NULL,
    -- The moment of the device's last backup when that was told.
    last_at   TEXT NOT NULL,
    PRIMARY KEY (user_id, device)
);
