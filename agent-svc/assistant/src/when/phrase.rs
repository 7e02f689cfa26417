//! Puts days, times, lengths and repetitions that stand beside one another together.

use chrono::{DateTime, Days, NaiveDate, TimeDelta};
use chrono_tz::Tz;

use super::clock::{Minutes, TimeReading, half_of, read_part, read_time};
use super::day::{DayReading, read_day};
use super::relative::{read_counted_moment, read_length};
use super::repeat::read_repeat;
use super::tokens::{Token, Tokens, read_tokens};
use super::zone::local_time;
use super::{Frame, Mention, Tie, When};

/// Every phrase of a text that means a day or a time, in order; none lies in another one.
pub(crate) fn find_mentions(text: &str, frame: &Frame) -> Vec<Mention> {
    let tokens = read_tokens(text);
    let mut found: Vec<Mention> = Vec::new();
    let mut at = 0;

    while at < tokens.len() {
        match read_mention(Tokens(&tokens), at, frame) {
            Some((mention, next)) => {
                join_or_push(&mut found, mention, &tokens[at], text, frame);
                at = next;
            }
            None => at += 1,
        }
    }
    found
}

/// `tomorrow at 5pm for an hour`: the length belongs to the moment before it.
fn join_or_push(found: &mut Vec<Mention>, mention: Mention, first: &Token, text: &str, frame: &Frame) {
    if let (Some(before), When::Lasts(length)) = (found.last_mut(), &mention.when)
        && let When::At(at) = before.when
        && text[before.place.end..first.place.start].trim().is_empty()
    {
        before.when = When::Span(at, at + *length);
        before.place.end = mention.place.end;
        return;
    }
    // `for an hour tomorrow at 5pm`.
    if let Some(before) = found.last_mut()
        && let (When::Lasts(length), When::At(at)) = (&before.when, &mention.when)
        && text[before.place.end..first.place.start].trim().is_empty()
        && *at > frame.now
    {
        let when = When::Span(*at, *at + *length);
        *before = Mention {
            place: before.place.start..mention.place.end,
            when,
            ..mention
        };
        return;
    }

    found.push(mention);
}

/// What ties a phrase to its sentence, and how many tokens that takes.
fn read_tie(tokens: Tokens<'_>, at: usize) -> (Tie, usize) {
    let by = [
        &["no", "later", "than"][..],
        &["not", "later", "than"],
        &["due", "on"],
        &["due", "by"],
        &["due", "at"],
        &["due", "date", ":"],
        &["due", "date"],
        &["due", ":"],
        &["due"],
        &["deadline", ":"],
        &["deadline", "is"],
        &["deadline"],
        &["by"],
        &["before"],
        &["until"],
        &["till"],
        &["within"],
    ];
    let from = [
        &["starting", "on"][..],
        &["starting", "from"],
        &["starting"],
        &["beginning", "on"],
        &["since"],
        &["after"],
        &["as", "of"],
    ];
    let at_words = [
        &["on"][..],
        &["at"],
        &["@"],
        &["around"],
        &["about"],
        &["for"],
        &["in"],
        &["during"],
        &["of"],
    ];

    let find = |ties: &[&[&str]]| ties.iter().find_map(|words| tokens.skip(at, words));
    if let Some(next) = find(&by) {
        return (Tie::By, next);
    }
    if let Some(next) = find(&from) {
        return (Tie::From, next);
    }

    (Tie::At, find(&at_words).unwrap_or(at))
}

fn read_mention(tokens: Tokens<'_>, start: usize, frame: &Frame) -> Option<(Mention, usize)> {
    let (tie, behind) = read_tie(tokens, start);
    let expects_time = behind > start
        && !matches!(
            tokens.word(behind - 1),
            "of" | "in" | "on" | "the" | "since" | "for" | "during"
        );

    let reading = [start, behind]
        .into_iter()
        .filter_map(|at| {
            read_when(tokens, at, frame, at == behind && expects_time).map(|reading| (at, reading))
        })
        .max_by_key(|(_, (_, _, next))| *next)
        .map(|(_, reading)| reading);
    let (when, notes, next) = match reading {
        Some(reading) => reading,
        None => {
            let (length, next) =
                read_length(tokens, behind).filter(|_| behind > start && tokens.word(behind - 1) == "for")?;
            (When::Lasts(length), Vec::new(), next)
        }
    };

    let place = tokens.0[start].place.start..tokens.0[next - 1].place.end;
    Some((
        Mention {
            place,
            tie,
            when,
            notes,
        },
        next,
    ))
}

type Reading = (When, Vec<String>, usize);

fn read_when(tokens: Tokens<'_>, at: usize, frame: &Frame, expects_time: bool) -> Option<Reading> {
    let moment = read_counted_moment(tokens, at, frame).map(|(at, next)| (When::At(at), Vec::new(), next));

    [
        read_repeated(tokens, at, frame),
        moment,
        read_day_and_time(tokens, at, frame),
        read_time_and_day(tokens, at, frame, expects_time),
    ]
    .into_iter()
    .flatten()
    .max_by_key(|(_, _, next)| *next)
}

/// One time, or two with a word or a dash between them.
struct Times {
    start: TimeReading,
    end: Option<TimeReading>,
}

impl Times {
    fn next(&self) -> usize {
        self.end.as_ref().map_or(self.start.next, |end| end.next)
    }
}

fn read_times(tokens: Tokens<'_>, at: usize, is_expected: bool) -> Option<Times> {
    let opened = tokens.skip_any(at, &["from", "between"]);
    let is_range = opened > at;
    let start = read_time(
        tokens,
        opened,
        is_expected || is_range || is_short_range(tokens, opened),
    );
    let mut start = start.or_else(|| read_part(tokens, opened))?;

    let behind = tokens.skip_any(start.next, &["to", "till", "until", "-", "–", "—", "through"]);
    let behind = if behind == start.next && is_range {
        tokens.skip_any(behind, &["and"])
    } else {
        behind
    };
    let end = (behind > start.next)
        .then(|| read_time(tokens, behind, true))
        .flatten();
    if end.is_none() && is_range && tokens.digits(opened).is_some() && tokens.word(at) == "between" {
        return None;
    }

    if let Some(end) = &end {
        start.borrow_half(end);
    }
    Some(Times { start, end })
}

/// `3-5pm`: a bare number is a time when a dash and a time stand behind it.
fn is_short_range(tokens: Tokens<'_>, at: usize) -> bool {
    let is_open = tokens
        .digits(at)
        .is_some_and(|(hour, digits)| digits <= 2 && hour <= 24);
    let dash = tokens.is_one_of(at + 1, &["-", "–", "to"]);

    is_open && dash && read_time(tokens, at + 2, false).is_some()
}

fn read_day_and_time(tokens: Tokens<'_>, at: usize, frame: &Frame) -> Option<Reading> {
    let day = read_days(tokens, at, frame)?;
    let behind = tokens.skip_any(day.next, &[",", "t"]);
    let tied = tokens.skip_any(behind, &["at", "@", "around", "about", "by", "before"]);
    let times = read_times(tokens, tied, tied > behind);

    match times {
        Some(times) if day.first == day.last => Some(place_times(
            frame,
            day.first,
            true,
            &times,
            day.notes,
            times.next(),
        )),
        _ => Some((When::Days(day.first, day.last), day.notes, day.next)),
    }
}

/// `from Monday to Wednesday`, or one day.
fn read_days(tokens: Tokens<'_>, at: usize, frame: &Frame) -> Option<DayReading> {
    let opened = tokens.skip_any(at, &["from", "between"]);
    let mut first = read_day(tokens, opened, frame)?;
    let behind = tokens.skip_any(first.next, &["to", "till", "until", "through", "thru", "-", "–"]);
    let behind = if opened > at {
        tokens.skip_any(behind, &["and"])
    } else {
        behind
    };
    if behind == first.next {
        return Some(first);
    }
    // A time that follows a dash is no day.
    if read_time(tokens, behind, false).is_some() && read_day(tokens, behind, frame).is_none() {
        return Some(first);
    }

    let Some(last) = read_day(tokens, behind, frame) else {
        return Some(first);
    };
    let mut end = last.last;
    while end < first.first && last.next == behind + 1 {
        end = end + Days::new(7);
    }
    if end >= first.first {
        (first.last, first.next) = (end, last.next);
        if end == last.last {
            first.notes.extend(last.notes);
        }
    }
    Some(first)
}

/// `5pm tomorrow`, `at noon`, `tonight at 8`, `this afternoon`.
fn read_time_and_day(tokens: Tokens<'_>, at: usize, frame: &Frame, is_expected: bool) -> Option<Reading> {
    let today = frame.today();
    let this = tokens.skip_any(at, &["this"]);
    if this > at || matches!(tokens.word(at), "tonight" | "tonite") {
        let part = read_part(tokens, this)?;
        let half = half_of(tokens.word(this));
        let tied = tokens.skip_any(part.next, &["at", "@", "around", "by"]);
        let exact = read_time(tokens, tied, tied > part.next).map(|mut time| {
            half.into_iter().for_each(|half| time.take_half(half));
            time
        });
        let times = Times {
            start: exact.unwrap_or(part),
            end: None,
        };
        return Some(place_times(frame, today, true, &times, Vec::new(), times.next()));
    }

    let is_part_alone = read_time(tokens, tokens.skip_any(at, &["from", "between"]), true).is_none();
    if is_part_alone
        && tokens.skip(at, &["in", "the"]).is_none()
        && tokens.skip(at, &["first", "thing"]).is_none()
    {
        return None;
    }
    let times = read_times(tokens, at, is_expected)?;
    let behind = tokens.skip_any(tokens.skip_any(times.next(), &[","]), &["on", "of"]);
    let day = read_day(tokens, behind, frame).filter(|day| day.first == day.last);
    if tokens.word(times.next()) == "tonight" {
        return Some(place_times(
            frame,
            today,
            true,
            &times,
            Vec::new(),
            times.next() + 1,
        ));
    }

    Some(match day {
        Some(day) => {
            let part = tokens.word(day.next);
            let mut times = times;
            let next = match half_of(part) {
                Some(half) => {
                    times.start.take_half(half);
                    day.next + 1
                }
                None => day.next,
            };
            place_times(frame, day.first, true, &times, day.notes, next)
        }
        None => place_times(frame, today, false, &times, Vec::new(), times.next()),
    })
}

/// The moment or the span that the times of a day are. A time without a day that has passed is tomorrow's.
fn place_times(
    frame: &Frame,
    day: NaiveDate,
    is_dated: bool,
    times: &Times,
    mut notes: Vec<String>,
    next: usize,
) -> Reading {
    let (start, said) = times.start.settle();
    notes.extend(said);
    let zone = times
        .start
        .zone
        .or_else(|| times.end.as_ref().and_then(|end| end.zone))
        .unwrap_or(frame.zone());
    let mut at = place_minutes(zone, day, start, &mut notes);
    let mut day = day;
    if !is_dated && at < frame.now {
        notes.push(format!(
            "{} has passed today; tomorrow's is meant.",
            at.format("%H:%M")
        ));
        day = day + Days::new(1);
        at = place_minutes(zone, day, start, &mut notes);
    }
    if zone != frame.zone() {
        notes.push(format!(
            "{} in {zone} is {} in {}.",
            at.format("%H:%M"),
            at.with_timezone(&frame.zone()).format("%H:%M on %-d %B"),
            frame.zone()
        ));
    }

    let when = match times.end.clone() {
        None => When::At(at.with_timezone(&frame.zone())),
        Some(mut end) => {
            end.follow(start);
            let (minutes, said) = end.settle();
            notes.extend(said);
            let minutes = if minutes <= start {
                Minutes(minutes.0 + 24 * 60)
            } else {
                minutes
            };
            let until = place_minutes(zone, day, minutes, &mut notes);
            When::Span(
                at.with_timezone(&frame.zone()),
                until.with_timezone(&frame.zone()),
            )
        }
    };
    notes.dedup();
    (when, notes, next)
}

fn place_minutes(zone: Tz, day: NaiveDate, minutes: Minutes, notes: &mut Vec<String>) -> DateTime<Tz> {
    let shown = day.and_time(chrono::NaiveTime::MIN) + TimeDelta::minutes(minutes.0);
    let (at, note) = local_time(zone, shown);
    notes.extend(note);

    at
}

fn read_repeated(tokens: Tokens<'_>, at: usize, frame: &Frame) -> Option<Reading> {
    let timed = read_times(tokens, at, false);
    let before = timed.as_ref().map_or(at, Times::next);
    let repeat = read_repeat(tokens, before, frame)
        .or_else(|| read_repeat(tokens, tokens.skip_any(before, &["on"]), frame));
    let (repeat, times) = match repeat {
        Some(repeat) => {
            let behind = tokens.skip_any(tokens.skip_any(repeat.next, &[","]), &["at", "@", "in", "from"]);
            let behind = if tokens.word(behind) == "the" {
                behind - 1
            } else {
                behind
            };
            let times = read_times(tokens, behind, behind > repeat.next);
            (repeat, timed.or(times))
        }
        None => return None,
    };

    let Some(times) = times else {
        let first = When::Days(repeat.first, repeat.first);
        return Some((
            When::Repeats(repeat.rule, Box::new(first)),
            repeat.notes,
            repeat.next,
        ));
    };
    let next = repeat.next.max(times.next());
    let (first, mut notes, _) = place_times(frame, repeat.first, true, &times, repeat.notes.clone(), next);
    let has_passed = matches!(&first, When::At(at) | When::Span(at, _) if *at < frame.now);
    let first = match repeat.second.filter(|_| has_passed) {
        Some(second) => {
            let (first, said, _) = place_times(frame, second, true, &times, Vec::new(), next);
            notes = said;
            first
        }
        None => first,
    };

    Some((When::Repeats(repeat.rule, Box::new(first)), notes, next))
}
