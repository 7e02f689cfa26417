//! Days counted from today: tomorrow, in two weeks, the end of the month.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, TimeDelta, Weekday};
use chrono_tz::Tz;

use super::Frame;
use super::day::{DayReading, monday_of, month_of, read_day};
use super::tokens::{TokenKind, Tokens, read_tokens};

/// What time is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Minute,
    Hour,
    Day,
    BusinessDay,
    Week,
    Month,
    Quarter,
    Year,
}

pub(super) fn read_unit(tokens: Tokens<'_>, at: usize) -> Option<(Unit, usize)> {
    let unit = match tokens.word(at) {
        "minute" | "minutes" | "min" | "mins" => Unit::Minute,
        "hour" | "hours" | "hr" | "hrs" | "h" => Unit::Hour,
        "day" | "days" => Unit::Day,
        "business" | "working" | "work" if tokens.is_one_of(at + 1, &["day", "days"]) => {
            return Some((Unit::BusinessDay, at + 2));
        }
        "weekday" | "weekdays" | "workday" | "workdays" => Unit::BusinessDay,
        "week" | "weeks" | "wk" | "wks" => Unit::Week,
        "month" | "months" => Unit::Month,
        "quarter" | "quarters" => Unit::Quarter,
        "year" | "years" | "yr" | "yrs" => Unit::Year,
        _ => return None,
    };

    Some((unit, at + 1))
}

pub(super) fn read_relative_day(tokens: Tokens<'_>, at: usize, frame: &Frame) -> Option<DayReading> {
    [read_named, read_counted, read_period, read_edge]
        .into_iter()
        .filter_map(|read| read(tokens, at, frame))
        .max_by_key(|reading| reading.next)
}

fn read_named(tokens: Tokens<'_>, at: usize, frame: &Frame) -> Option<DayReading> {
    let today = frame.today();
    let behind_the = tokens.skip_any(at, &["the"]);
    if let Some(next) = tokens.skip(behind_the, &["day", "after", "tomorrow"]) {
        return Some(DayReading::one(today + Days::new(2), next));
    }
    if let Some(next) = tokens.skip(behind_the, &["day", "before", "yesterday"]) {
        return Some(DayReading::one(today - Days::new(2), next));
    }

    let day = match tokens.word(at) {
        "today" => today,
        "tomorrow" | "tmrw" | "tmr" | "tomorow" | "tommorow" | "tommorrow" => today + Days::new(1),
        "yesterday" => today - Days::new(1),
        _ => return None,
    };
    Some(DayReading::one(day, at + 1))
}

/// `in two weeks`, `3 days ago`, `a week from Friday`, `two weeks from now`, `within a month`.
fn read_counted(tokens: Tokens<'_>, at: usize, frame: &Frame) -> Option<DayReading> {
    let is_ahead = tokens.is_one_of(at, &["in", "within"]);
    let (count, unit, next) = read_count(tokens, at + usize::from(is_ahead))?;
    let today = frame.today();
    let ahead = |from: NaiveDate, next: usize| {
        shift_day(from, i64::from(count), unit).map(|day| DayReading::one(day, next))
    };

    if let Some(next) = tokens.skip(next, &["ago"]) {
        return shift_day(today, -i64::from(count), unit).map(|day| DayReading::one(day, next));
    }
    if let Some(next) = tokens.skip(next, &["from", "now"]) {
        return ahead(today, next);
    }
    if tokens.is_one_of(next, &["from", "after"]) && !is_ahead {
        let base = read_day(tokens, next + 1, frame)?;
        return ahead(base.first, base.next).map(|reading| DayReading {
            notes: base.notes,
            ..reading
        });
    }
    if tokens.word(next) == "before" && !is_ahead {
        let base = read_day(tokens, next + 1, frame)?;
        let day = shift_day(base.first, -i64::from(count), unit)?;
        return Some(DayReading {
            notes: base.notes,
            ..DayReading::one(day, base.next)
        });
    }

    // `in two weeks' time`, `in 2 weeks on Monday`.
    is_ahead
        .then(|| ahead(today, tokens.skip_any(next, &["time"])))
        .flatten()
}

/// A phrase that counts further than days are counted here: `in 99999999999 weeks`.
pub(crate) fn find_uncountable(text: &str) -> Option<&str> {
    let all = read_tokens(text);
    let tokens = Tokens(&all);

    (0..all.len()).find_map(|at| {
        let is_ahead = tokens.is_one_of(at, &["in", "within"]);
        let number = at + usize::from(is_ahead);
        let is_number = all
            .get(number)
            .is_some_and(|token| token.kind == TokenKind::Number);
        if !is_number || tokens.number(number).is_some() {
            return None;
        }

        let (_, next) = read_unit(tokens, number + 1)?;
        let behind = tokens
            .skip(next, &["ago"])
            .or_else(|| tokens.skip(next, &["from", "now"]));
        let end = behind.or(is_ahead.then_some(next))?;
        Some(&text[all[at].place.start..all[end - 1].place.end])
    })
}

/// A number of days or more.
fn read_count(tokens: Tokens<'_>, at: usize) -> Option<(u32, Unit, usize)> {
    if tokens.is_one_of(at, &["fortnight"]) || tokens.skip(at, &["a", "fortnight"]).is_some() {
        return Some((2, Unit::Week, tokens.skip_any(at, &["a"]) + 1));
    }
    let (count, next) = tokens.number(at)?;
    let next = tokens.skip_any(next, &["-", "full", "whole"]);
    let (unit, next) = read_unit(tokens, next).or_else(|| {
        let plural = tokens.word(next).strip_suffix('\'')?;
        (plural == "weeks").then_some((Unit::Week, next + 1))
    })?;

    (!matches!(unit, Unit::Minute | Unit::Hour)).then_some((count, unit, next))
}

fn shift_day(day: NaiveDate, count: i64, unit: Unit) -> Option<NaiveDate> {
    let months = |factor: i64| {
        let months = Months::new(u32::try_from((count * factor).unsigned_abs()).ok()?);
        if count < 0 {
            day.checked_sub_months(months)
        } else {
            day.checked_add_months(months)
        }
    };

    match unit {
        Unit::Day => day.checked_add_signed(TimeDelta::try_days(count)?),
        Unit::Week => day.checked_add_signed(TimeDelta::try_weeks(count)?),
        Unit::Month => months(1),
        Unit::Quarter => months(3),
        Unit::Year => months(12),
        Unit::BusinessDay => {
            let step = TimeDelta::try_days(count.signum())?;
            let mut day = day;
            let mut left = count.unsigned_abs().min(5_000);
            while left > 0 {
                day = day.checked_add_signed(step)?;
                left -= u64::from(!is_weekend(day));
            }
            Some(day)
        }
        Unit::Minute | Unit::Hour => None,
    }
}

pub(super) fn is_weekend(day: NaiveDate) -> bool {
    matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}

/// The first and the last day of the period that a day lies in, so many periods on.
fn period(day: NaiveDate, unit: Unit, step: i64) -> Option<(NaiveDate, NaiveDate)> {
    let start = match unit {
        Unit::Week => monday_of(day),
        Unit::Month => day.with_day(1)?,
        Unit::Quarter => NaiveDate::from_ymd_opt(day.year(), (day.month() - 1) / 3 * 3 + 1, 1)?,
        Unit::Year => NaiveDate::from_ymd_opt(day.year(), 1, 1)?,
        _ => return None,
    };
    let first = shift_day(start, step, unit)?;
    let last = shift_day(first, 1, unit)?.pred_opt()?;

    Some((first, last))
}

fn read_step(word: &str) -> Option<i64> {
    Some(match word {
        "this" | "current" | "the" => 0,
        "next" | "following" | "coming" => 1,
        "last" | "previous" | "past" => -1,
        _ => return None,
    })
}

/// `next week`, `this month`, `last quarter`, `this weekend`, `the week of 7 December`.
fn read_period(tokens: Tokens<'_>, at: usize, frame: &Frame) -> Option<DayReading> {
    let today = frame.today();
    let at_which = if tokens.is_one_of(
        at + 1,
        &[
            "next",
            "following",
            "coming",
            "last",
            "previous",
            "past",
            "current",
        ],
    ) {
        tokens.skip_any(at, &["the"])
    } else {
        at
    };
    let which = tokens.word(at_which);
    let step = read_step(which)?;

    if which == "the" && tokens.skip(at, &["the", "week", "of"]).is_some() {
        let base = read_day(tokens, at + 3, frame)?;
        let (first, last) = period(base.first, Unit::Week, 0)?;
        return Some(DayReading {
            notes: base.notes,
            ..DayReading::several(first, last, base.next)
        });
    }
    if matches!(tokens.word(at_which + 1), "weekend") {
        let saturday = monday_of(today) + Days::new(5);
        let first = shift_day(saturday, step, Unit::Week)?;
        return Some(DayReading::several(first, first.succ_opt()?, at_which + 2));
    }

    let (unit, next) = read_unit(tokens, at_which + 1)?;
    let (first, last) = period(today, unit, step)?;
    (which != "the").then(|| DayReading::several(first, last, next))
}

/// `end of month`, `beginning of next week`, `mid December`, `EOM`.
fn read_edge(tokens: Tokens<'_>, at: usize, frame: &Frame) -> Option<DayReading> {
    let today = frame.today();
    let short = match tokens.word(at) {
        "eow" => Some(Unit::Week),
        "eom" => Some(Unit::Month),
        "eoq" => Some(Unit::Quarter),
        "eoy" => Some(Unit::Year),
        _ => None,
    };
    if let Some(unit) = short {
        return Some(edge_day(Edge::End, unit, period(today, unit, 0)?, at + 1));
    }

    let named = tokens.skip_any(at, &["the"]);
    let (edge, behind) = match tokens.word(named) {
        "end" => (Edge::End, named + 1),
        "beginning" | "start" => (Edge::Start, named + 1),
        "middle" | "mid" => (Edge::Middle, named + 1),
        _ => return None,
    };
    let behind = tokens.skip_any(tokens.skip_any(behind, &["of", "-"]), &["the"]);
    let (step, unit_at) = match read_step(tokens.word(behind)) {
        Some(step) => (step, behind + 1),
        None => (0, behind),
    };

    if let Some((unit, next)) = read_unit(tokens, unit_at) {
        return Some(edge_day(edge, unit, period(today, unit, step)?, next));
    }
    let month = month_of(tokens.word(unit_at))?;
    let year = today.year() + i32::from(month < today.month());
    let first = NaiveDate::from_ymd_opt(year, month, 1)?;
    Some(edge_day(
        edge,
        Unit::Month,
        period(first, Unit::Month, 0)?,
        unit_at + 1,
    ))
}

#[derive(Clone, Copy)]
enum Edge {
    Start,
    Middle,
    End,
}

fn edge_day(edge: Edge, unit: Unit, (first, last): (NaiveDate, NaiveDate), next: usize) -> DayReading {
    match edge {
        Edge::Start => DayReading::one(first, next),
        Edge::Middle => DayReading::one(first + (last - first) / 2, next),
        Edge::End if unit == Unit::Week => {
            let friday = first + Days::new(4);
            let note =
                format!("The end of the week is read as Friday, {friday}; the week ends on Sunday, {last}.");
            DayReading::one(friday, next).noting(note)
        }
        Edge::End => DayReading::one(last, next),
    }
}

/// A moment counted in hours and minutes: `in 90 minutes`, `an hour ago`, `2 hours from now`, `in half an hour`.
pub(super) fn read_counted_moment(
    tokens: Tokens<'_>,
    at: usize,
    frame: &Frame,
) -> Option<(DateTime<Tz>, usize)> {
    let is_ahead = tokens.is_one_of(at, &["in", "within"]);
    let (length, next) = read_length(tokens, at + usize::from(is_ahead))?;

    if let Some(next) = tokens.skip(next, &["ago"]) {
        return Some((frame.now.checked_sub_signed(length)?, next));
    }
    let behind = tokens.skip(next, &["from", "now"]);
    let next = behind.or_else(|| is_ahead.then_some(next))?;
    Some((frame.now.checked_add_signed(length)?, next))
}

/// `45 minutes`, `two hours`, `half an hour`, `an hour and a half`, `1h30`, `1.5 hours`.
pub(super) fn read_length(tokens: Tokens<'_>, at: usize) -> Option<(TimeDelta, usize)> {
    if let Some(next) = tokens
        .skip(at, &["half", "an", "hour"])
        .or_else(|| tokens.skip(at, &["half", "hour"]))
    {
        return Some((TimeDelta::minutes(30), next));
    }
    if let Some(next) = tokens.skip(at, &["a", "quarter", "of", "an", "hour"]) {
        return Some((TimeDelta::minutes(15), next));
    }

    let (count, next) = tokens.number(at)?;
    if tokens.word(next) == "."
        && tokens.is_glued(next + 1)
        && tokens.digits(next + 1).is_some_and(|(part, _)| part == 5)
    {
        let (unit, behind) = read_unit(tokens, next + 2)?;
        return (unit == Unit::Hour).then(|| (TimeDelta::minutes(i64::from(count) * 60 + 30), behind));
    }
    let next = tokens.skip_any(next, &["-"]);
    let (unit, next) = read_unit(tokens, next)?;
    match unit {
        Unit::Minute => Some((TimeDelta::minutes(count.into()), next)),
        Unit::Hour => {
            let whole = TimeDelta::hours(count.into());
            if let Some(next) = tokens.skip(next, &["and", "a", "half"]) {
                return Some((whole + TimeDelta::minutes(30), next));
            }
            let behind = tokens.skip_any(next, &["and"]);
            let Some((minutes, behind)) = tokens.number(behind).filter(|(minutes, _)| *minutes < 60) else {
                return Some((whole, next));
            };
            match read_unit(tokens, behind) {
                Some((Unit::Minute, behind)) => Some((whole + TimeDelta::minutes(minutes.into()), behind)),
                _ if tokens.is_glued(next) => Some((whole + TimeDelta::minutes(minutes.into()), behind)),
                _ => Some((whole, next)),
            }
        }
        _ => None,
    }
}
