//! What comes with a message, read leniently: clients name their fields in many ways. What can't be read is said.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use proto::tasks::adiuva::{AssistantInput, ClientRecord, Priority, TaskItem, TaskStatus};
use serde_json::Value;

use crate::when::{DayOrder, Frame, Mention, find_mentions, local_time, read_zone, write_moment};
use crate::words::{priority_of, status_of};

/// What an agent works at.
pub(crate) struct Desk<'a> {
    pub(crate) input: &'a AssistantInput,
    pub(crate) frame: Frame,
    pub(crate) tasks: Vec<Task>,
    notes: Vec<String>,
}

/// A task of the client's.
#[derive(Debug, Clone)]
pub(crate) struct Task {
    pub(crate) item: TaskItem,
    pub(crate) tags: Vec<String>,
    /// The last day on which it is in time, and the moment when there is one.
    pub(crate) due: Option<Due>,
    pub(crate) created: Option<DateTime<Tz>>,
    pub(crate) finished: Option<DateTime<Tz>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Due {
    pub(crate) day: NaiveDate,
    /// The first moment at which it is late.
    pub(crate) end: DateTime<Tz>,
}

/// A moment or a whole day, as a record has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stamp {
    Day(NaiveDate),
    Moment(DateTime<Tz>),
}

impl Stamp {
    pub(crate) fn start(self, zone: Tz) -> DateTime<Tz> {
        match self {
            Self::Moment(at) => at,
            Self::Day(day) => local_time(zone, day.and_time(NaiveTime::MIN)).0,
        }
    }

    fn due(self, zone: Tz) -> Due {
        match self {
            Self::Moment(at) => Due {
                day: at.date_naive(),
                end: at,
            },
            Self::Day(day) => {
                let next = day.succ_opt().unwrap_or(day);
                Due {
                    day,
                    end: local_time(zone, next.and_time(NaiveTime::MIN)).0,
                }
            }
        }
    }

    fn write(self) -> String {
        match self {
            Self::Day(day) => day.to_string(),
            Self::Moment(at) => write_moment(at),
        }
    }
}

impl<'a> Desk<'a> {
    pub(crate) fn open(input: &'a AssistantInput, now: DateTime<Utc>) -> Self {
        let mut notes = Vec::new();
        let profile = &input.context.user_profile;
        let zone = profile_zone(profile, &mut notes);
        let frame = Frame {
            now: now.with_timezone(&zone),
            order: day_order(profile),
        };
        let records = &input.context.recent_tasks;
        let tasks = records
            .iter()
            .filter(|record| is_task(record))
            .filter_map(|record| read_task(record, &frame))
            .collect();

        Self {
            input,
            frame,
            tasks,
            notes,
        }
    }

    pub(crate) fn message(&self) -> &'a str {
        &self.input.message
    }

    /// Days and times in a text, and what there is to say about them.
    pub(crate) fn mentions(&mut self, text: &str) -> Vec<Mention> {
        let mentions = find_mentions(text, &self.frame);
        self.notes
            .extend(mentions.iter().flat_map(|mention| mention.notes.iter().cloned()));

        mentions
    }

    pub(crate) fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    pub(crate) fn into_notes(self) -> Vec<String> {
        self.notes
    }

    /// Records of a kind, wherever the client keeps them.
    pub(crate) fn records(
        &self,
        own: &'a [ClientRecord],
        is_one: fn(&ClientRecord) -> bool,
    ) -> Vec<ClientRecord> {
        let context = &self.input.context;
        let written = context
            .relevant_documents
            .iter()
            .flat_map(|document| read_json_records(document));
        let mut found: Vec<ClientRecord> = own.to_vec();
        found.extend(
            context
                .recent_tasks
                .iter()
                .filter(|record| is_one(record))
                .cloned(),
        );
        found.extend(written.filter(is_one));

        found
    }

    /// When work begins and ends, in minutes of the day.
    pub(crate) fn work_hours(&self) -> (i64, i64) {
        let hours = self
            .input
            .context
            .user_profile
            .get("work_hours")
            .and_then(Value::as_object);
        let minute = |name: &str, default: i64| {
            let text = hours
                .and_then(|hours| hours.get(name))
                .and_then(Value::as_str)
                .unwrap_or_default();
            let read = NaiveTime::parse_from_str(text, "%H:%M").ok();
            read.map_or(default, |time| (time - NaiveTime::MIN).num_minutes())
        };
        let (start, end) = (minute("start", 9 * 60), minute("end", 17 * 60));

        if start < end {
            (start, end)
        } else {
            (9 * 60, 17 * 60)
        }
    }
}

fn profile_zone(profile: &ClientRecord, notes: &mut Vec<String>) -> Tz {
    let named = text_of(profile, &["timezone", "time_zone", "timeZone", "tz"]);
    match named.as_deref().map(read_zone) {
        Some(Some(zone)) => zone,
        Some(None) => {
            notes.push("The time zone in user_profile is none of IANA's, so UTC is taken.".to_owned());
            Tz::UTC
        }
        None => {
            notes.push("There is no timezone in user_profile, so UTC is taken.".to_owned());
            Tz::UTC
        }
    }
}

fn day_order(profile: &ClientRecord) -> DayOrder {
    let format = text_of(profile, &["date_format", "dateFormat"])
        .unwrap_or_default()
        .to_uppercase();
    let locale = text_of(profile, &["locale", "language"])
        .unwrap_or_default()
        .replace('_', "-");

    if format.starts_with('M') || locale == "en-US" {
        DayOrder::MonthFirst
    } else if format.starts_with('D')
        || locale.contains('-')
        || matches!(locale.as_str(), "de" | "fr" | "es" | "it" | "nl" | "pt" | "pl")
    {
        DayOrder::DayFirst
    } else {
        DayOrder::Unknown
    }
}

/// The first of the fields that has a text or a number.
pub(crate) fn text_of(record: &ClientRecord, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| match record.get(*name)? {
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

pub(crate) fn title_of(record: &ClientRecord) -> Option<String> {
    text_of(
        record,
        &["title", "name", "summary", "subject", "content", "text"],
    )
}

pub(crate) fn is_event(record: &ClientRecord) -> bool {
    let kind = text_of(record, &["type", "kind"]).unwrap_or_default();
    matches!(kind.as_str(), "event" | "meeting" | "calendar")
        || (kind.is_empty() && record.contains_key("start") && title_of(record).is_some())
}

pub(crate) fn is_email(record: &ClientRecord) -> bool {
    let kind = text_of(record, &["type", "kind"]).unwrap_or_default();
    matches!(kind.as_str(), "email" | "mail")
        || (kind.is_empty() && record.contains_key("from") && record.contains_key("subject"))
}

fn is_task(record: &ClientRecord) -> bool {
    !is_event(record) && !is_email(record)
}

/// Objects of a document that is JSON.
fn read_json_records(document: &str) -> Vec<ClientRecord> {
    match serde_json::from_str(document.trim()) {
        Ok(Value::Object(record)) => vec![record],
        Ok(Value::Array(items)) => items
            .into_iter()
            .filter_map(|item| match item {
                Value::Object(record) => Some(record),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// A moment or a day in a record: RFC 3339, a local time, a day, or seconds or milliseconds since 1970.
pub(crate) fn stamp_of(record: &ClientRecord, names: &[&str], zone: Tz) -> Option<Stamp> {
    names.iter().find_map(|name| match record.get(*name)? {
        Value::String(text) => read_stamp(text, zone),
        Value::Number(number) => {
            let number = number.as_i64()?;
            let seconds = if number.abs() > 100_000_000_000 {
                number / 1000
            } else {
                number
            };
            Utc.timestamp_opt(seconds, 0)
                .single()
                .map(|at| Stamp::Moment(at.with_timezone(&zone)))
        }
        Value::Object(inner) => {
            // As Google's calendar writes them.
            let zone = text_of(inner, &["timeZone"])
                .and_then(|name| read_zone(&name))
                .unwrap_or(zone);
            stamp_of(inner, &["dateTime", "date"], zone)
        }
        _ => None,
    })
}

pub(crate) fn read_stamp(text: &str, zone: Tz) -> Option<Stamp> {
    let text = text.trim();
    if let Ok(at) = DateTime::parse_from_rfc3339(&text.replacen(' ', "T", 1)) {
        return Some(Stamp::Moment(at.with_timezone(&zone)));
    }
    if let Ok(at) = DateTime::parse_from_rfc2822(text) {
        return Some(Stamp::Moment(at.with_timezone(&zone)));
    }
    let local = [
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%dT%H:%M",
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%d %H:%M",
    ]
    .iter()
    .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
    if let Some(shown) = local {
        return Some(Stamp::Moment(local_time(zone, shown).0));
    }

    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(Stamp::Day)
}

fn read_task(record: &ClientRecord, frame: &Frame) -> Option<Task> {
    let zone = frame.zone();
    let title = title_of(record)?;
    let finished = stamp_of(
        record,
        &[
            "completed_at",
            "completedAt",
            "done_at",
            "finished_at",
            "closed_at",
        ],
        zone,
    );
    let status = read_status(record, finished.is_some());
    let due = stamp_of(
        record,
        &["due_date", "dueDate", "due", "deadline", "due_at"],
        zone,
    );
    let is_open = matches!(status, TaskStatus::Todo | TaskStatus::InProgress);

    let is_late = is_open && due.is_some_and(|due| due.due(zone).end <= frame.now);
    Some(Task {
        item: TaskItem {
            id: text_of(record, &["id", "_id", "uuid", "key"]),
            title,
            status,
            priority: read_priority(record),
            due_date: due.map(Stamp::write),
            is_late,
        },
        tags: read_tags(record),
        due: due.map(|due| due.due(zone)),
        created: stamp_of(record, &["created_at", "createdAt", "created"], zone).map(|at| at.start(zone)),
        finished: finished.map(|at| at.start(zone)),
    })
}

fn read_status(record: &ClientRecord, is_finished: bool) -> TaskStatus {
    let flag = ["done", "completed", "is_done", "isDone"]
        .iter()
        .find_map(|name| record.get(*name)?.as_bool());
    if flag == Some(true) {
        return TaskStatus::Done;
    }

    let named = text_of(record, &["status", "state"]).and_then(|text| status_of(&text));
    named.unwrap_or(if is_finished {
        TaskStatus::Done
    } else {
        TaskStatus::Todo
    })
}

fn read_priority(record: &ClientRecord) -> Priority {
    match record.get("priority") {
        Some(Value::String(text)) => priority_of(text).unwrap_or_default(),
        Some(Value::Number(number)) => match number.as_i64() {
            Some(1) => Priority::Urgent,
            Some(2) => Priority::High,
            Some(3) => Priority::Medium,
            Some(_) => Priority::Low,
            None => Priority::Medium,
        },
        _ => Priority::Medium,
    }
}

fn read_tags(record: &ClientRecord) -> Vec<String> {
    let listed = ["tags", "labels", "project", "category"]
        .iter()
        .filter_map(|name| record.get(*name));

    listed
        .flat_map(|value| match value {
            Value::Array(items) => items
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_lowercase)
                .collect(),
            Value::String(text) => vec![text.to_lowercase()],
            _ => Vec::new(),
        })
        .collect()
}

/// A length as people say it.
pub(crate) fn say_length(length: TimeDelta) -> String {
    let minutes = length.num_minutes();
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}
