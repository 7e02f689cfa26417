//! Free times within working hours, on working days, that nothing else needs.

use chrono::{DateTime, Datelike, Days, NaiveTime, TimeDelta, Weekday};
use chrono_tz::Tz;

use super::events::Event;
use crate::context::Desk;
use crate::when::local_time;

const SEARCHED_DAYS: u64 = 14;
/// Meetings begin at the quarters of an hour.
const STEP_MINUTES: i64 = 15;

/// The first free times of a length from a moment on; `moved` is on its way, so its own time is free and is not proposed.
/// A day gives two at most, so that there is a choice.
pub(super) fn free_slots(
    desk: &Desk<'_>,
    events: &[Event],
    length: TimeDelta,
    from: DateTime<Tz>,
    moved: Option<&Event>,
    most: usize,
) -> Vec<(DateTime<Tz>, DateTime<Tz>)> {
    let zone = desk.frame.zone();
    let (opens, closes) = desk.work_hours();
    let mut found = Vec::new();
    if length <= TimeDelta::zero() {
        return found;
    }

    for step in 0..SEARCHED_DAYS {
        let day = from.date_naive() + Days::new(step);
        if matches!(day.weekday(), Weekday::Sat | Weekday::Sun) {
            continue;
        }
        let mut minute = opens;
        let mut of_day = 0;
        while minute + length.num_minutes() <= closes && of_day < 2 && found.len() < most {
            let start = local_time(zone, day.and_time(NaiveTime::MIN) + TimeDelta::minutes(minute)).0;
            let end = start + length;
            let is_own = moved.is_some_and(|event| event.start == start);
            let is_taken = events.iter().any(|event| {
                !moved.is_some_and(|moved| moved.item == event.item) && event.blocks(start, end)
            });
            if start >= from && !is_own && !is_taken {
                found.push((start, end));
                of_day += 1;
                minute += length.num_minutes().max(STEP_MINUTES);
                minute += (STEP_MINUTES - minute % STEP_MINUTES) % STEP_MINUTES;
            } else {
                minute += STEP_MINUTES;
            }
        }
        if found.len() >= most {
            break;
        }
    }

    found
}
