//! Which of somebody's backups rules keep. Pure.
//!
//! The rules are restic's (https://restic.readthedocs.io/en/stable/060_forget.html), device by device: a backup is kept when any rule
//! keeps it. What counts is the moment at which it came here, which no device can choose: whoever may only add backups can push others
//! out of `last` and of the present day, week and month, never out of an earlier one or out of `within`.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use kit::error::Faults;

use crate::{
    error::BackupError,
    store::{backups::Backup, retention::RetentionRow},
};

/// The highest count of a rule.
const MOST_KEPT: i64 = 10_000;
/// A hundred years.
const MOST_DAYS: i64 = 36_500;
const MOST_ALERT_DAYS: i64 = 3_650;

/// Rules that fit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RetentionRules(pub(crate) RetentionRow);

/// Why a backup is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keeper {
    All,
    Newest,
    Last,
    Within,
    Daily,
    Weekly,
    Monthly,
}

impl Keeper {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Newest => "newest",
            Self::Last => "last",
            Self::Within => "within",
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
        }
    }
}

/// A backup, and why it is kept; no reason means that it is not.
#[derive(Clone, Debug)]
pub(crate) struct Verdict {
    pub(crate) backup: Backup,
    pub(crate) kept_by: Vec<Keeper>,
}

impl RetentionRules {
    pub(crate) fn parse(row: RetentionRow) -> Result<Self, BackupError> {
        let mut faults = Faults::default();
        for (field, value, most) in [
            ("keep_last", row.keep_last, MOST_KEPT),
            ("keep_daily", row.keep_daily, MOST_KEPT),
            ("keep_weekly", row.keep_weekly, MOST_KEPT),
            ("keep_monthly", row.keep_monthly, MOST_KEPT),
            ("keep_within_days", row.keep_within_days, MOST_DAYS),
            ("alert_after_days", row.alert_after_days, MOST_ALERT_DAYS),
        ] {
            if !(0..=most).contains(&value) {
                faults.add(field, format!("a whole number from 0, which is none, to {most}"));
            }
        }

        match faults.is_empty() {
            true => Ok(Self(row)),
            false => Err(faults.into()),
        }
    }

    /// True when some backup may fall out of them.
    pub(crate) const fn bind(&self) -> bool {
        let row = &self.0;
        row.keep_last + row.keep_daily + row.keep_weekly + row.keep_monthly + row.keep_within_days > 0
    }

    /// After which time without a backup a device is overdue.
    pub(crate) fn patience(&self) -> Option<TimeDelta> {
        (self.0.alert_after_days > 0).then(|| TimeDelta::days(self.0.alert_after_days))
    }

    /// One verdict for each backup, the one that came last first.
    pub(crate) fn judge(&self, mut backups: Vec<Backup>) -> Vec<Verdict> {
        backups.sort_by_key(|backup| std::cmp::Reverse((backup.created_at, backup.id)));

        let mut devices: BTreeMap<String, DeviceTally> = BTreeMap::new();
        let judged = backups.into_iter().map(|backup| {
            let kept_by = match self.bind() {
                false => vec![Keeper::All],
                true => {
                    let tally = devices
                        .entry(backup.device.clone())
                        .or_insert_with(|| DeviceTally::begin(backup.created_at));
                    tally.find_keepers(&self.0, backup.created_at)
                }
            };
            Verdict { backup, kept_by }
        });

        judged.collect()
    }
}

/// What of a device was seen, from its newest backup back.
struct DeviceTally {
    newest: DateTime<Utc>,
    seen: i64,
    days: HashSet<i32>,
    weeks: HashSet<(i32, u32)>,
    months: HashSet<(i32, u32)>,
}

impl DeviceTally {
    fn begin(newest: DateTime<Utc>) -> Self {
        Self {
            newest,
            seen: 0,
            days: HashSet::new(),
            weeks: HashSet::new(),
            months: HashSet::new(),
        }
    }

    fn find_keepers(&mut self, rules: &RetentionRow, at: DateTime<Utc>) -> Vec<Keeper> {
        let date = at.date_naive();
        let week = date.iso_week();
        self.seen += 1;

        let within = TimeDelta::days(rules.keep_within_days);
        let keepers = [
            (Keeper::Newest, self.seen == 1),
            (Keeper::Last, self.seen <= rules.keep_last),
            (
                Keeper::Within,
                rules.keep_within_days > 0 && self.newest - at <= within,
            ),
            (
                Keeper::Daily,
                is_first(&mut self.days, date.num_days_from_ce(), rules.keep_daily),
            ),
            (
                Keeper::Weekly,
                is_first(&mut self.weeks, (week.year(), week.week()), rules.keep_weekly),
            ),
            (
                Keeper::Monthly,
                is_first(&mut self.months, (date.year(), date.month()), rules.keep_monthly),
            ),
        ];

        let kept = keepers.into_iter().filter(|(_, kept)| *kept);
        kept.map(|(keeper, _)| keeper).collect()
    }
}

/// True for the first of its time, when not more than `most` times were seen.
fn is_first<T: Eq + std::hash::Hash>(seen: &mut HashSet<T>, time: T, most: i64) -> bool {
    i64::try_from(seen.len()).is_ok_and(|count| count < most) && seen.insert(time)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn backup(device: &str, at: &str) -> Backup {
        Backup {
            id: kit::ids::random_id(),
            user_id: Uuid::nil(),
            s3_key: String::new(),
            version: 1,
            timestamp: 0,
            checksum: String::new(),
            size_bytes: 1,
            chunk_count: 1,
            device: device.to_owned(),
            created_at: format!("{at}:00Z").parse().unwrap(),
        }
    }

    /// `device time: reasons` of each, newest first.
    fn told(rules: RetentionRow, backups: &[(&str, &str)]) -> Vec<String> {
        let backups = backups.iter().map(|(device, at)| backup(device, at)).collect();
        let verdicts = RetentionRules::parse(rules).unwrap().judge(backups);
        let told = verdicts.iter().map(|verdict| {
            let kept: Vec<_> = verdict.kept_by.iter().map(|keeper| keeper.as_str()).collect();
            let at = verdict.backup.created_at.format("%m-%d %H");
            format!("{}{at}: {}", verdict.backup.device, kept.join(" "))
        });
        told.collect()
    }

    #[test]
    fn without_a_rule_everything_is_kept() {
        let alert = RetentionRow {
            alert_after_days: 3,
            ..RetentionRow::default()
        };
        assert_eq!(
            told(alert, &[("", "2026-03-01T10:00"), ("", "2020-01-01T10:00")]),
            ["03-01 10: all", "01-01 10: all"]
        );
    }

    #[test]
    fn a_backup_is_kept_by_any_rule_and_the_newest_of_its_time_stands_for_it() {
        let rules = RetentionRow {
            keep_last: 1,
            keep_daily: 2,
            keep_weekly: 2,
            keep_monthly: 2,
            ..RetentionRow::default()
        };
        // The 1st of March 2026 is a Sunday, so the 2nd begins a week.
        let backups = [
            ("", "2026-03-03T20:00"),
            ("", "2026-03-03T08:00"),
            ("", "2026-03-02T08:00"),
            ("", "2026-03-01T08:00"),
            ("", "2026-02-28T08:00"),
            ("", "2026-01-31T08:00"),
        ];
        assert_eq!(
            told(rules, &backups),
            [
                "03-03 20: newest last daily weekly monthly",
                "03-03 08: ",
                "03-02 08: daily",
                "03-01 08: weekly",
                "02-28 08: monthly",
                "01-31 08: ",
            ]
        );
    }

    #[test]
    fn each_device_is_looked_at_alone_and_never_loses_its_newest() {
        let rules = RetentionRow {
            keep_within_days: 1,
            ..RetentionRow::default()
        };
        let backups = [
            ("phone ", "2026-03-03T20:00"),
            ("phone ", "2026-03-02T20:00"),
            ("phone ", "2026-03-02T19:00"),
            ("laptop ", "2020-01-01T00:00"),
        ];
        assert_eq!(
            told(rules, &backups),
            [
                "phone 03-03 20: newest within",
                "phone 03-02 20: within",
                "phone 03-02 19: ",
                "laptop 01-01 00: newest within",
            ]
        );
    }

    #[test]
    fn a_week_over_the_new_year_is_one_week() {
        let rules = RetentionRow {
            keep_weekly: 1,
            ..RetentionRow::default()
        };
        // Monday the 29th of December 2025 to Sunday the 4th of January 2026.
        assert_eq!(
            told(rules, &[("", "2026-01-04T10:00"), ("", "2025-12-29T10:00")]),
            ["01-04 10: newest weekly", "12-29 10: "]
        );
    }

    #[test]
    fn a_rule_beyond_its_bounds_is_named() {
        let wrong = RetentionRow {
            keep_last: -1,
            keep_daily: 10_001,
            alert_after_days: 3_651,
            ..RetentionRow::default()
        };
        let Err(BackupError::Invalid(faults)) = RetentionRules::parse(wrong) else {
            panic!("it fits");
        };
        let fields: Vec<_> = faults.0.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, ["keep_last", "keep_daily", "alert_after_days"]);
    }
}
