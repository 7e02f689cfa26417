//! When a line of cron is due in a time zone. Pure. An hour that a clock skips is due at its end; one that it repeats is due once for
//! a fixed time.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use kit::error::Faults;

use crate::domain::schedule::MissedRuns;

const CRON_MAX: usize = 200;
/// So late, a time counts as missed.
const LATE: TimeDelta = TimeDelta::minutes(5);
/// Missed times that are made good.
const CAUGHT_UP: usize = 10;
/// A line that is not due within so many days is taken for one that never is: leap days are eight years apart at most.
const HORIZON: TimeDelta = TimeDelta::days(366 * 9);

/// A line in a time zone.
#[derive(Debug, Clone)]
pub(crate) struct Timetable {
    cron: Cron,
    zone: Tz,
}

/// What is to be done now about a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tick {
    /// The times for which a workflow begins, the first one first.
    pub(super) fires: Vec<DateTime<Utc>>,
    pub(super) next_at: Option<DateTime<Utc>>,
}

impl Timetable {
    /// Adds what is wrong to the faults. An empty zone is UTC.
    pub(crate) fn parse(cron: &str, zone: &str, now: DateTime<Utc>, faults: &mut Faults) -> Option<Self> {
        let zone = match zone.trim() {
            "" => Some(Tz::UTC),
            name => name.parse().ok(),
        };
        if zone.is_none() {
            faults.add("time_zone", "the IANA name of a time zone, such as Europe/Berlin");
        }

        let line = parse_line(cron);
        if line.is_none() {
            faults.add(
                "cron",
                "five fields (minute, hour, day of month, month, day of week), such as 30 8 * * 1-5, or @daily",
            );
        }

        let timetable = Self {
            cron: line?,
            zone: zone?,
        };
        if timetable.next_after(now).is_none() {
            faults.add("cron", "a line that is due at some time");
            return None;
        }
        Some(timetable)
    }

    pub(crate) fn next_after(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let found = self
            .cron
            .find_next_occurrence(&at.with_timezone(&self.zone), false)
            .ok()?;
        let found = found.to_utc();

        (found - at <= HORIZON).then_some(found)
    }

    pub(crate) fn list_next(&self, after: DateTime<Utc>, count: usize) -> Vec<DateTime<Utc>> {
        let next = std::iter::successors(self.next_after(after), |at| self.next_after(*at));
        next.take(count).collect()
    }

    /// The last times up to now that are not before `since`, the first one first; at most `most`.
    fn list_last(&self, since: DateTime<Utc>, now: DateTime<Utc>, most: usize) -> Vec<DateTime<Utc>> {
        let before = |at: DateTime<Utc>, inclusive: bool| {
            let found = self
                .cron
                .find_previous_occurrence(&at.with_timezone(&self.zone), inclusive)
                .ok()?;
            Some(found.to_utc()).filter(|found| *found >= since)
        };
        let mut last: Vec<_> = std::iter::successors(before(now, true), |at| before(*at, false))
            .take(most)
            .collect();
        last.reverse();

        last
    }

    /// What is to be done at `now` about a schedule that was due at `due`.
    pub(super) fn tick(&self, due: DateTime<Utc>, now: DateTime<Utc>, missed: MissedRuns) -> Tick {
        let fires = match missed {
            MissedRuns::CatchUp => self.list_last(due, now, CAUGHT_UP),
            MissedRuns::Skip => {
                let mut last = self.list_last(due, now, 1);
                last.retain(|at| now - *at <= LATE);
                last
            }
        };

        Tick {
            fires,
            next_at: self.next_after(now),
        }
    }
}

fn parse_line(text: &str) -> Option<Cron> {
    if text.len() > CRON_MAX {
        return None;
    }
    let text = text.trim();
    let nickname = ["@hourly", "@daily", "@weekly", "@monthly", "@yearly"].contains(&text);
    let plain = text.split_whitespace().count() == 5 && !text.contains('@');
    if !nickname && !plain {
        return None;
    }

    let parser = CronParser::builder()
        .seconds(Seconds::Disallowed)
        .year(Year::Disallowed)
        .build();
    parser.parse(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn parse(cron: &str, zone: &str) -> Result<Timetable, Vec<String>> {
        let mut faults = Faults::default();
        let parsed = Timetable::parse(cron, zone, at("2026-11-27T12:00:00Z"), &mut faults);
        let fields = faults.0.into_iter().map(|fault| fault.field).collect();
        parsed.ok_or(fields)
    }

    #[test]
    fn nonsense_and_what_is_due_each_second_or_never_is_refused() {
        let bomb = format!(
            "{} * * * *",
            (0..60).map(|n| n.to_string()).collect::<Vec<_>>().join(",")
        );
        for (cron, zone, field) in [
            ("", "", "cron"),
            ("often", "", "cron"),
            ("* * * * * *", "", "cron"),
            ("*/1 * * * * * *", "", "cron"),
            ("60 * * * *", "", "cron"),
            ("* 24 * * *", "", "cron"),
            ("* * 0 * *", "", "cron"),
            ("* * * 13 *", "", "cron"),
            ("*/0 * * * *", "", "cron"),
            ("@reboot", "", "cron"),
            ("@every 1s", "", "cron"),
            ("0 0 30 2 *", "", "cron"),
            ("0 0 31 4,6,9,11 *", "", "cron"),
            (bomb.repeat(20).as_str(), "", "cron"),
            (format!("{}0 8 * * *", " ".repeat(10_000)).as_str(), "", "cron"),
            ("* * * * *; DROP TABLE runs", "", "cron"),
            ("0 8 * * *", "Mars/Olympus", "time_zone"),
            ("0 8 * * *", "../../etc/passwd", "time_zone"),
        ] {
            assert_eq!(parse(cron, zone).unwrap_err(), [field], "{cron} {zone}");
        }
        assert_eq!(parse("x", "y").unwrap_err(), ["time_zone", "cron"]);
    }

    #[test]
    fn times_are_those_of_the_zone_also_where_its_clock_is_changed() {
        let daily = parse("30 2 * * *", "Europe/Berlin").unwrap();
        // 2:30 does not exist on 2027-03-28, and exists twice on 2027-10-31.
        let spring = daily.list_next(at("2027-03-26T12:00:00Z"), 3);
        assert_eq!(spring[0], at("2027-03-27T01:30:00Z"));
        assert_eq!(spring[2], at("2027-03-29T00:30:00Z"));
        let autumn = daily.list_next(at("2027-10-30T12:00:00Z"), 2);
        assert_eq!(autumn.len(), 2);
        assert_eq!(
            autumn[1],
            at("2027-11-01T01:30:00Z"),
            "once, though the clock shows it twice"
        );
        let noon = parse("@daily", "America/New_York").unwrap();
        assert_eq!(
            noon.next_after(at("2026-11-27T12:00:00Z")),
            Some(at("2026-11-28T05:00:00Z"))
        );
        assert!(parse("0 0 29 2 *", "").is_ok(), "a leap day comes");
    }

    #[test]
    fn what_was_missed_is_skipped_or_caught_up_at_most_ten_times() {
        let hourly = parse("0 * * * *", "").unwrap();
        let (due, now) = (at("2026-11-26T00:00:00Z"), at("2026-11-27T12:30:00Z"));
        let skipped = hourly.tick(due, now, MissedRuns::Skip);
        assert_eq!(
            (skipped.fires, skipped.next_at),
            (Vec::new(), Some(at("2026-11-27T13:00:00Z")))
        );
        let caught = hourly.tick(due, now, MissedRuns::CatchUp).fires;
        assert_eq!(
            (caught.len(), caught[0], caught[9]),
            (10, at("2026-11-27T03:00:00Z"), at("2026-11-27T12:00:00Z"))
        );

        let late = hourly.tick(
            at("2026-11-27T12:00:00Z"),
            at("2026-11-27T12:04:00Z"),
            MissedRuns::Skip,
        );
        assert_eq!(late.fires, [at("2026-11-27T12:00:00Z")]);
        let on_time = hourly.tick(
            at("2026-11-27T12:00:00Z"),
            at("2026-11-27T12:00:00Z"),
            MissedRuns::CatchUp,
        );
        assert_eq!(on_time.fires, [at("2026-11-27T12:00:00Z")]);
    }
}
