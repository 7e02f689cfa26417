//! `adiuva.calendar`: lists events, finds conflicts, proposes other times and new events. Nothing of a calendar is kept.

mod events;
mod slots;

use chrono::{Days, NaiveDate, NaiveTime, TimeDelta};
use proto::tasks::adiuva::{ClientRecord, Conflict, PlanActionKind, Reschedule, ToolResult};
use serde_json::Value;

use self::events::{Event, conflicts_of, read_events, say_span};
use self::slots::free_slots;
use crate::Reply;
use crate::context::{Desk, say_length};
use crate::task::action;
use crate::when::{Mention, When, local_time, write_moment};
use crate::words::{capitalise, count, find_phrase, likeness, quoted, says_any, without};

const LISTED: usize = 30;
const PROPOSED: usize = 3;
/// A meeting whose length nobody said.
const USUAL_LENGTH: TimeDelta = TimeDelta::minutes(30);

const CONFLICT: &[&str] = &[
    "conflict",
    "conflicts",
    "clash",
    "clashes",
    "overlap",
    "overlaps",
    "overlapping",
    "double booked",
    "double-booked",
    "collide",
];
const MOVE: &[&str] = &["move", "reschedule", "postpone", "push", "resolve", "shift"];
const FIND: &[&str] = &[
    "find time",
    "find a time",
    "find a slot",
    "free slot",
    "free slots",
    "free time",
    "when am i free",
    "am i free",
    "available",
    "availability",
    "when can i",
    "find me",
    "a good time",
    "open slot",
    "open slots",
    "find an hour",
    "fit in",
    "slot",
];
const CREATE: &[&str] = &[
    "schedule",
    "book",
    "create",
    "add",
    "set up",
    "plan",
    "put",
    "arrange",
    "block",
    "invite",
    "new event",
    "new meeting",
    "organise",
    "organize",
];

pub(crate) fn answer_about_events(desk: &mut Desk<'_>) -> Reply {
    let message = desk.message();
    let mentions = desk.mentions(message);
    let events = read_events(desk);

    if says_any(message, CONFLICT) {
        return tell_conflicts(desk, &events, &mentions);
    }
    if says_any(message, FIND) {
        return tell_free_slots(desk, &events, &mentions);
    }
    if says_any(message, MOVE) {
        return move_event(desk, &events, &mentions);
    }
    if says_any(message, CREATE) && !message.trim_end().ends_with('?') {
        return create_event(desk, &events, &mentions);
    }
    list_events(desk, &events, &mentions)
}

/// The days that are asked about; the seven from today on when none are.
fn asked_days(desk: &Desk<'_>, mentions: &[Mention]) -> (NaiveDate, NaiveDate) {
    let today = desk.frame.today();
    let days = mentions.iter().find_map(|mention| match &mention.when {
        When::Days(first, last) => Some((*first, *last)),
        When::At(at) => Some((at.date_naive(), at.date_naive())),
        When::Span(from, until) => Some((from.date_naive(), until.date_naive())),
        When::Repeats(..) | When::Lasts(_) => None,
    });

    days.unwrap_or((today, today + Days::new(6)))
}

fn say_days((first, last): (NaiveDate, NaiveDate)) -> String {
    if first == last {
        format!("on {}", first.format("%A, %-d %B %Y"))
    } else {
        format!(
            "from {} to {}",
            first.format("%A, %-d %B"),
            last.format("%A, %-d %B %Y")
        )
    }
}

fn list_events(desk: &Desk<'_>, events: &[Event], mentions: &[Mention]) -> Reply {
    let mut reply = Reply::default();
    let days = asked_days(desk, mentions);
    let found: Vec<&Event> = events.iter().filter(|event| event.touches(days)).collect();

    if events.is_empty() {
        reply.say("There are no events in the context.");
    } else if found.is_empty() {
        reply.say(format!("Nothing {}.", say_days(days)));
    } else {
        let lines: Vec<String> = found
            .iter()
            .take(LISTED)
            .map(|event| format!("- {}: {}", say_span(event), event.item.title))
            .collect();
        let rest = found.len().saturating_sub(LISTED);
        let more = if rest > 0 {
            format!("\n- … and {rest} more")
        } else {
            String::new()
        };
        reply.say(format!(
            "{} {}:\n{}{more}",
            count(found.len(), "event"),
            say_days(days),
            lines.join("\n")
        ));
    }

    reply.results.push(ToolResult::ListEvents(
        found.into_iter().map(|event| event.item.clone()).collect(),
    ));
    reply
}

fn tell_conflicts(desk: &Desk<'_>, events: &[Event], mentions: &[Mention]) -> Reply {
    let mut reply = Reply::default();
    let days = mentions
        .iter()
        .any(|mention| !matches!(mention.when, When::Lasts(_)))
        .then(|| asked_days(desk, mentions));
    let found: Vec<(&Event, &Event)> = conflicts_of(events)
        .into_iter()
        .filter(|(one, other)| days.is_none_or(|days| one.touches(days) && other.touches(days)))
        .collect();
    if found.is_empty() {
        reply.say(format!(
            "No conflicts among {}{}.",
            count(events.len(), "event"),
            days.map_or_else(String::new, |days| format!(" {}", say_days(days)))
        ));
        reply.results.push(ToolResult::DetectConflicts(Vec::new()));
        return reply;
    }

    let conflicts: Vec<Conflict> = found
        .iter()
        .map(|(one, other)| Conflict {
            first: one.item.clone(),
            second: other.item.clone(),
            overlap_minutes: one.overlap(other).num_minutes(),
        })
        .collect();
    let lines: Vec<String> = found
        .iter()
        .map(|(one, other)| {
            format!(
                "- “{}” ({}) and “{}” ({}): {} at once",
                one.item.title,
                say_span(one),
                other.item.title,
                say_span(other),
                say_length(one.overlap(other))
            )
        })
        .collect();
    reply.say(format!(
        "{}:\n{}",
        count(conflicts.len(), "conflict"),
        lines.join("\n")
    ));
    reply.results.push(ToolResult::DetectConflicts(conflicts));

    // Whoever moves, moves once, and not onto what was proposed for another one.
    let mut proposals: Vec<Reschedule> = Vec::new();
    let mut taken = events.to_vec();
    for (one, other) in &found {
        let mover = easier_to_move(one, other);
        if proposals.iter().any(|known| known.event == mover.item) {
            continue;
        }
        let slots = free_slots(
            desk,
            &taken,
            mover.length(),
            mover.start.max(desk.frame.now),
            Some(mover),
            PROPOSED,
        );
        if let Some(slot) = slots.first() {
            taken.push(mover.move_to(slot.0));
        }
        proposals.push(mover.reschedule(&slots));
    }
    let lines: Vec<String> = proposals.iter().map(tell_proposal).collect();
    reply.say(format!("I suggest to move:\n{}", lines.join("\n")));

    reply.actions.extend(proposals.iter().filter_map(move_action));
    reply.results.push(ToolResult::SuggestReschedule(proposals));
    reply
}

/// The one with fewer people in it; of two alike the shorter, then the later one.
fn easier_to_move<'e>(one: &'e Event, other: &'e Event) -> &'e Event {
    let weight = |event: &Event| (event.attendees, event.length(), std::cmp::Reverse(event.start));
    if weight(other) <= weight(one) { other } else { one }
}

fn tell_proposal(proposal: &Reschedule) -> String {
    let slots: Vec<&str> = proposal.slots.iter().map(|slot| slot.start.as_str()).collect();
    let to = if slots.is_empty() {
        "no free time within two weeks".to_owned()
    } else {
        slots.join(", or ")
    };

    format!("- “{}” to {to}", proposal.event.title)
}

fn move_action(proposal: &Reschedule) -> Option<proto::tasks::adiuva::PlanAction> {
    let slot = proposal.slots.first()?;
    let mut data = ClientRecord::new();
    match &proposal.event.id {
        Some(id) => data.insert("id".to_owned(), Value::from(id.as_str())),
        None => data.insert("title".to_owned(), Value::from(proposal.event.title.as_str())),
    };
    data.insert("start".to_owned(), Value::from(slot.start.as_str()));
    data.insert("end".to_owned(), Value::from(slot.end.as_str()));

    Some(action(PlanActionKind::UpdateRecord, "events", data))
}

fn tell_free_slots(desk: &mut Desk<'_>, events: &[Event], mentions: &[Mention]) -> Reply {
    let mut reply = Reply::default();
    let length = mentions.iter().find_map(|mention| match mention.when {
        When::Lasts(length) => Some(length),
        _ => None,
    });
    let length = length
        .or_else(|| read_bare_length(desk.message()))
        .unwrap_or(USUAL_LENGTH);
    let days = asked_days(desk, mentions);
    let from = local_time(desk.frame.zone(), days.0.and_time(NaiveTime::MIN))
        .0
        .max(desk.frame.now);

    // `am I free on Friday at 3?`
    if let Some(Mention {
        when: When::At(at) | When::Span(at, _),
        ..
    }) = mentions
        .iter()
        .find(|mention| matches!(mention.when, When::At(_) | When::Span(..)))
    {
        let until = match mentions.iter().find_map(|mention| {
            if let When::Span(_, until) = mention.when {
                Some(until)
            } else {
                None
            }
        }) {
            Some(until) => until,
            None => *at + length,
        };
        let busy: Vec<&Event> = events.iter().filter(|event| event.blocks(*at, until)).collect();
        let names: Vec<String> = busy
            .iter()
            .map(|event| format!("“{}” ({})", event.item.title, say_span(event)))
            .collect();
        reply.say(if names.is_empty() {
            format!(
                "You are free at {} for {}.",
                write_moment(*at),
                say_length(until - *at)
            )
        } else {
            format!("You are not free then: {}.", names.join(", "))
        });
        if names.is_empty() {
            reply.results.push(ToolResult::ListEvents(Vec::new()));
            return reply;
        }
    }

    let slots: Vec<_> = free_slots(desk, events, length, from, None, 2 * PROPOSED)
        .into_iter()
        .filter(|(start, _)| start.date_naive() <= days.1 || mentions.is_empty())
        .collect();
    let lines: Vec<String> = slots
        .iter()
        .map(|(start, end)| {
            format!(
                "- {} to {}",
                start.format("%A, %-d %B %H:%M"),
                end.format("%H:%M")
            )
        })
        .collect();
    reply.say(if lines.is_empty() {
        format!(
            "No {} are free in your working hours {}.",
            say_length(length),
            say_days(days)
        )
    } else {
        format!(
            "Free for {} {}:\n{}",
            say_length(length),
            say_days(days),
            lines.join("\n")
        )
    });
    reply.results.push(ToolResult::ListEvents(
        events
            .iter()
            .filter(|event| event.touches(days))
            .map(|event| event.item.clone())
            .collect(),
    ));
    reply
}

/// `a 45 minute slot`, `an hour with Ben`.
fn read_bare_length(message: &str) -> Option<TimeDelta> {
    let lower = message.to_lowercase().replace('-', " ");
    let words: Vec<&str> = lower.split_whitespace().collect();

    words.windows(2).find_map(|pair| {
        let unit = if pair[1].starts_with("min") {
            1
        } else if pair[1].starts_with("hour") {
            60
        } else {
            return None;
        };
        let number: i64 = match pair[0] {
            "an" | "one" | "a" => 1,
            "two" => 2,
            "three" => 3,
            digits => digits.parse().ok()?,
        };
        let length = TimeDelta::try_minutes(number.checked_mul(unit)?)?;
        (length > TimeDelta::zero() && length <= TimeDelta::hours(12)).then_some(length)
    })
}

fn move_event(desk: &mut Desk<'_>, events: &[Event], mentions: &[Mention]) -> Reply {
    let mut reply = Reply::default();
    let message = desk.message();
    let text = quoted(message).map_or_else(
        || {
            without(
                message,
                mentions.iter().map(|mention| mention.place.clone()).collect(),
            )
        },
        str::to_owned,
    );
    let best = events
        .iter()
        .map(|event| (likeness(&event.item.title, &text), event))
        .filter(|(like, _)| *like >= 0.5);
    let Some((_, event)) =
        best.max_by(|one, other| one.0.total_cmp(&other.0).then(other.1.start.cmp(&one.1.start)))
    else {
        reply.say(if events.is_empty() {
            "There are no events in the context to move."
        } else {
            "Which event do you mean? I found none of that name."
        });
        return reply;
    };

    let wanted = mentions.iter().rev().find_map(|mention| match mention.when {
        When::At(at) | When::Span(at, _) => Some(at),
        When::Days(day, _) => Some(local_time(desk.frame.zone(), day.and_time(event.start.time())).0),
        _ => None,
    });
    let others: Vec<Event> = events
        .iter()
        .filter(|other| other.item != event.item)
        .cloned()
        .collect();
    let slots = match wanted {
        Some(at) if !others.iter().any(|other| other.blocks(at, at + event.length())) => {
            vec![(at, at + event.length())]
        }
        Some(at) => {
            let busy: Vec<String> = others
                .iter()
                .filter(|other| other.blocks(at, at + event.length()))
                .map(|other| format!("“{}”", other.item.title))
                .collect();
            desk.note(format!(
                "{} is taken by {}.",
                write_moment(at),
                busy.join(" and ")
            ));
            free_slots(desk, &others, event.length(), at, None, PROPOSED)
        }
        None => free_slots(
            desk,
            events,
            event.length(),
            event.start.max(desk.frame.now),
            Some(event),
            PROPOSED,
        ),
    };

    let proposal = event.reschedule(&slots);
    reply.say(format!("I suggest to move:\n{}", tell_proposal(&proposal)));
    reply.actions.extend(move_action(&proposal));
    reply.results.push(ToolResult::SuggestReschedule(vec![proposal]));
    reply
}

fn create_event(desk: &mut Desk<'_>, events: &[Event], mentions: &[Mention]) -> Reply {
    let mut reply = Reply::default();
    let message = desk.message();
    let length = mentions
        .iter()
        .find_map(|mention| {
            if let When::Lasts(length) = mention.when {
                Some(length)
            } else {
                None
            }
        })
        .or_else(|| read_bare_length(message));
    let dated = mentions
        .iter()
        .find(|mention| !matches!(mention.when, When::Lasts(_)));
    let (rule, when) = match dated.map(|mention| &mention.when) {
        Some(When::Repeats(rule, first)) => (Some(rule.clone()), Some((**first).clone())),
        when => (None, when.cloned()),
    };

    let span = match when {
        Some(When::Span(from, until)) => Some((from, until)),
        Some(When::At(at)) => Some((at, at + length.unwrap_or(USUAL_LENGTH))),
        Some(When::Days(first, _)) => {
            let from = local_time(desk.frame.zone(), first.and_time(NaiveTime::MIN))
                .0
                .max(desk.frame.now);
            desk.note("No time was said, so the first free one is proposed.");
            free_slots(desk, events, length.unwrap_or(USUAL_LENGTH), from, None, 1)
                .first()
                .copied()
        }
        _ => None,
    };
    let Some((from, until)) = span else {
        reply.say(
            "When should it be? Say for example “schedule a call with Anna tomorrow at 3pm for 45 minutes”.",
        );
        return reply;
    };
    if length.is_none()
        && matches!(
            dated.map(|mention| &mention.when),
            Some(When::At(_) | When::Repeats(..))
        )
        && until - from == USUAL_LENGTH
    {
        desk.note("No length was said, so half an hour is proposed.");
    }

    let title = event_title(message, mentions);
    let mut data = ClientRecord::new();
    data.insert("title".to_owned(), Value::from(title.as_str()));
    data.insert("start".to_owned(), Value::from(write_moment(from)));
    data.insert("end".to_owned(), Value::from(write_moment(until)));
    if let Some(rule) = rule {
        data.insert("repeats".to_owned(), Value::from(rule));
    }
    reply.say(format!(
        "I propose “{title}”: {} to {}.",
        from.format("%A, %-d %B %Y %H:%M"),
        until.format("%H:%M")
    ));

    let busy: Vec<&Event> = events.iter().filter(|event| event.blocks(from, until)).collect();
    if !busy.is_empty() {
        let names: Vec<String> = busy
            .iter()
            .map(|event| format!("“{}” ({})", event.item.title, say_span(event)))
            .collect();
        let free: Vec<String> = free_slots(desk, events, until - from, from, None, PROPOSED)
            .iter()
            .map(|(start, _)| write_moment(*start))
            .collect();
        reply.say(format!(
            "It conflicts with {}. Free instead: {}.",
            names.join(" and "),
            if free.is_empty() {
                "nothing within two weeks".to_owned()
            } else {
                free.join(", ")
            }
        ));
    }
    reply
        .actions
        .push(action(PlanActionKind::CreateRecord, "events", data));
    reply
}

fn event_title(message: &str, mentions: &[Mention]) -> String {
    if let Some(title) = quoted(message) {
        return title.to_owned();
    }
    let bare = without(
        message,
        mentions.iter().map(|mention| mention.place.clone()).collect(),
    );
    let mut title = bare.trim();
    if let Some(place) = CREATE
        .iter()
        .filter_map(|verb| find_phrase(title, verb))
        .min_by_key(|place| place.start)
    {
        title = title[place.end..].trim();
    }
    for article in ["a ", "an ", "the ", "in ", "my "] {
        title = title.strip_prefix(article).unwrap_or(title);
    }
    let title = title
        .trim_matches(|sign: char| !sign.is_alphanumeric() && !matches!(sign, ')' | '(' | '&'))
        .trim_end_matches(" please")
        .trim();

    if title.is_empty() {
        "Meeting".to_owned()
    } else {
        capitalise(title)
    }
}
