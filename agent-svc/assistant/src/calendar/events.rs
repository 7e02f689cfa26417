//! Events as clients keep them, and which of them are at one time.

use chrono::{DateTime, NaiveDate, TimeDelta};
use chrono_tz::Tz;
use proto::tasks::adiuva::{ClientRecord, EventItem, Reschedule, Slot};
use serde_json::Value;

use crate::context::{Desk, Stamp, is_event, stamp_of, text_of, title_of};
use crate::when::write_moment;

/// An event with its times in the caller's zone.
#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) item: EventItem,
    pub(super) start: DateTime<Tz>,
    pub(super) end: DateTime<Tz>,
    pub(super) attendees: usize,
    /// Nobody is busy through it: cancelled, declined, or marked as free.
    is_free: bool,
}

pub(super) fn read_events(desk: &mut Desk<'_>) -> Vec<Event> {
    let own = &desk.input.context.events;
    let records = desk.records(own, is_event);
    let mut events: Vec<Event> = records
        .iter()
        .filter_map(|record| read_event(record, desk.frame.zone()))
        .collect();
    let unread = records.len() - events.len();
    if unread > 0 {
        desk.note(format!(
            "{unread} of {} events have no readable start and are left out.",
            records.len()
        ));
    }

    events.sort_by(|one, other| {
        one.start
            .cmp(&other.start)
            .then(one.item.title.cmp(&other.item.title))
    });
    events.dedup_by(|one, other| one.item == other.item);
    events
}

fn read_event(record: &ClientRecord, zone: Tz) -> Option<Event> {
    let start_stamp = stamp_of(
        record,
        &["start", "start_time", "startTime", "starts_at", "from", "begin"],
        zone,
    )?;
    let start = start_stamp.start(zone);
    let end = stamp_of(
        record,
        &["end", "end_time", "endTime", "ends_at", "until", "to"],
        zone,
    )
    .map(|end| end.start(zone));
    let minutes = ["duration_minutes", "duration", "minutes"]
        .iter()
        .find_map(|name| record.get(*name)?.as_i64());
    let is_all_day =
        matches!(start_stamp, Stamp::Day(_)) || record.get("all_day").and_then(Value::as_bool) == Some(true);

    let usual = if is_all_day {
        TimeDelta::days(1)
    } else {
        TimeDelta::hours(1)
    };
    let end = end.filter(|end| *end > start).unwrap_or_else(|| {
        start
            + minutes
                .and_then(TimeDelta::try_minutes)
                .filter(|length| *length > TimeDelta::zero())
                .unwrap_or(usual)
    });
    let status = text_of(record, &["status", "response_status", "transparency", "show_as"])
        .unwrap_or_default()
        .to_lowercase();
    Some(Event {
        item: EventItem {
            id: text_of(record, &["id", "_id", "uid"]),
            title: title_of(record).unwrap_or_else(|| "Untitled".to_owned()),
            start: write_moment(start),
            end: write_moment(end),
            is_all_day,
        },
        start,
        end,
        attendees: record
            .get("attendees")
            .and_then(Value::as_array)
            .map_or(0, Vec::len),
        is_free: is_all_day
            || matches!(
                status.as_str(),
                "cancelled" | "canceled" | "declined" | "free" | "transparent"
            ),
    })
}

impl Event {
    pub(super) fn length(&self) -> TimeDelta {
        self.end - self.start
    }

    pub(super) fn touches(&self, (first, last): (NaiveDate, NaiveDate)) -> bool {
        // What ends at midnight does not touch the day that begins.
        let last_moment = self.end - TimeDelta::seconds(1);
        self.start.date_naive() <= last && last_moment.date_naive() >= first
    }

    /// Whether nothing else can be done in that time. All-day events don't keep anybody from meeting.
    pub(super) fn blocks(&self, from: DateTime<Tz>, until: DateTime<Tz>) -> bool {
        !self.is_free && self.start < until && from < self.end
    }

    pub(super) fn overlap(&self, other: &Self) -> TimeDelta {
        self.end.min(other.end) - self.start.max(other.start)
    }

    /// The same event at another time.
    pub(super) fn move_to(&self, start: DateTime<Tz>) -> Self {
        Self {
            start,
            end: start + self.length(),
            ..self.clone()
        }
    }

    pub(super) fn reschedule(&self, slots: &[(DateTime<Tz>, DateTime<Tz>)]) -> Reschedule {
        let slots = slots.iter().map(|(start, end)| Slot {
            start: write_moment(*start),
            end: write_moment(*end),
        });
        Reschedule {
            event: self.item.clone(),
            slots: slots.collect(),
        }
    }
}

/// Every two events that are at one time, in order: events stand in the order of their beginning.
pub(super) fn conflicts_of(events: &[Event]) -> Vec<(&Event, &Event)> {
    let mut found = Vec::new();
    for (at, one) in events.iter().enumerate() {
        let later = events[at + 1..].iter().take_while(|other| other.start < one.end);
        found.extend(
            later
                .filter(|other| !one.is_free && other.blocks(one.start, one.end))
                .map(|other| (one, other)),
        );
    }

    found
}

pub(super) fn say_span(event: &Event) -> String {
    let day = event.start.format("%a %-d %b");
    if event.item.is_all_day {
        return format!("{day}, all day");
    }
    let is_same_day = event.start.date_naive() == event.end.date_naive();
    let end = if is_same_day {
        event.end.format("%H:%M").to_string()
    } else {
        event.end.format("%a %-d %b %H:%M").to_string()
    };

    format!("{day} {}–{end}", event.start.format("%H:%M"))
}
