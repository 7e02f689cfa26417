//! Days by name and number: weekdays, months, dates in every order.

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};

use super::tokens::Tokens;
use super::{DayOrder, Frame, relative};

/// One day or several in a row, as they were read.
#[derive(Debug, Clone)]
pub(super) struct DayReading {
    pub(super) first: NaiveDate,
    pub(super) last: NaiveDate,
    pub(super) notes: Vec<String>,
    /// The token behind it.
    pub(super) next: usize,
}

impl DayReading {
    pub(super) fn one(day: NaiveDate, next: usize) -> Self {
        Self::several(day, day, next)
    }

    pub(super) fn several(first: NaiveDate, last: NaiveDate, next: usize) -> Self {
        Self {
            first,
            last,
            notes: Vec::new(),
            next,
        }
    }

    pub(super) fn noting(mut self, note: impl Into<Option<String>>) -> Self {
        self.notes.extend(note.into());
        self
    }
}

const TIES: &[&str] = &[
    "on", "by", "until", "till", "due", "from", "to", "for", "since", "before", "after", "starting",
    "through", "thru", "deadline", "date", "is", "-", "–", "and", "this", "next", "last", "every", "each",
    ",", "(", ":", "at", "or", "of", "between", "coming", "be",
];

/// The longest reading of the tokens from here on as a day or days.
pub(super) fn read_day(tokens: Tokens<'_>, at: usize, frame: &Frame) -> Option<DayReading> {
    [
        relative::read_relative_day,
        read_iso,
        read_numbers,
        read_month_first,
        read_day_first,
        read_month,
        read_day_of_month,
        read_weekday,
    ]
    .into_iter()
    .filter_map(|read| read(tokens, at, frame))
    .max_by_key(|reading| reading.next)
}

pub(super) fn weekday_of(word: &str) -> Option<Weekday> {
    let word = word.strip_suffix("'s").unwrap_or(word);
    Some(match word {
        "monday" | "mon" => Weekday::Mon,
        "tuesday" | "tue" | "tues" => Weekday::Tue,
        "wednesday" | "wed" | "weds" => Weekday::Wed,
        "thursday" | "thu" | "thur" | "thurs" => Weekday::Thu,
        "friday" | "fri" => Weekday::Fri,
        "saturday" | "sat" => Weekday::Sat,
        "sunday" | "sun" => Weekday::Sun,
        _ => return None,
    })
}

pub(super) fn month_of(word: &str) -> Option<u32> {
    const NAMES: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let is_short =
        |name: &str| word == "sept" && name == "september" || word.len() == 3 && name.starts_with(word);
    let at = NAMES.iter().position(|name| *name == word || is_short(name))?;

    u32::try_from(at + 1).ok()
}

/// The first such weekday after a day.
pub(super) fn weekday_after(day: NaiveDate, weekday: Weekday) -> NaiveDate {
    let steps = (7 + weekday.num_days_from_monday() - day.weekday().num_days_from_monday()) % 7;
    day + Days::new(u64::from(if steps == 0 { 7 } else { steps }))
}

pub(super) fn monday_of(day: NaiveDate) -> NaiveDate {
    day - Days::new(u64::from(day.weekday().num_days_from_monday()))
}

/// A day of a month, or its last one where it has no such day.
pub(super) fn day_of(year: i32, month: u32, day: u32) -> Option<(NaiveDate, Option<String>)> {
    if !(1..=31).contains(&day) {
        return None;
    }
    if let Some(date) = NaiveDate::from_ymd_opt(year, month, day) {
        return Some((date, None));
    }

    let last = NaiveDate::from_ymd_opt(year, month, 1)? + Months::new(1) - Days::new(1);
    let note = format!("{} has no day {day}; {last} is meant.", last.format("%B %Y"));
    Some((last, Some(note)))
}

/// The next such day of the year, today included.
fn coming(frame: &Frame, month: u32, day: u32) -> Option<(NaiveDate, Option<String>)> {
    let today = frame.today();
    let (date, note) = day_of(today.year(), month, day)?;
    if date >= today {
        return Some((date, note));
    }

    let (later, note) = day_of(today.year() + 1, month, day)?;
    let passed = format!(
        "{} has passed this year; {later} is meant.",
        date.format("%-d %B")
    );
    Some((later, note.or(Some(passed))))
}

fn read_iso(tokens: Tokens<'_>, at: usize, _: &Frame) -> Option<DayReading> {
    let (year, digits) = tokens.digits(at)?;
    let sign = tokens.word(at + 1);
    let is_date = digits == 4 && matches!(sign, "-" | "/" | ".") && tokens.word(at + 3) == sign;
    if !is_date || !(1..=4).all(|offset| tokens.is_glued(at + offset)) {
        return None;
    }

    let (month, _) = tokens.digits(at + 2)?;
    let (day, _) = tokens.digits(at + 4)?;
    let (date, note) = day_of(i32::try_from(year).ok()?, month, day)?;
    Some(DayReading::one(date, at + 5).noting(note))
}

/// `12/1/2026`, `1.12.2026`, `1.12.`, `1/12`.
fn read_numbers(tokens: Tokens<'_>, at: usize, frame: &Frame) -> Option<DayReading> {
    let (one, digits) = tokens.digits(at)?;
    let sign = tokens.word(at + 1);
    let (two, other) = tokens.digits(at + 2)?;
    if digits > 2
        || other > 2
        || !matches!(sign, "/" | "." | "-")
        || !tokens.is_glued(at + 1)
        || !tokens.is_glued(at + 2)
    {
        return None;
    }

    let closes = tokens.word(at + 3) == sign && tokens.is_glued(at + 3);
    let year = tokens
        .digits(at + 4)
        .filter(|_| closes && tokens.is_glued(at + 4));
    let year = match year {
        Some((year, 4)) => Some((i32::try_from(year).ok()?, at + 5)),
        Some((year, 2)) => Some((2000 + i32::try_from(year).ok()?, at + 5)),
        _ => None,
    };
    let is_tied = at > 0 && TIES.contains(&tokens.word(at - 1));
    let without_year = match sign {
        "/" if is_tied && tokens.word(at + 3) != "of" => Some(at + 3),
        "." if closes && tokens.digits(at + 4).is_none() => Some(at + 4),
        _ => None,
    };

    let (day, month, note) = order_numbers(one, two, sign, frame)?;
    let (date, other, next) = match (year, without_year) {
        (Some((year, next)), _) => (day_of(year, month, day)?, day_of(year, day, month), next),
        (None, Some(next)) => (coming(frame, month, day)?, coming(frame, day, month), next),
        (None, None) => return None,
    };

    let note = note.and(other).map(|(other, _)| {
        format!(
            "“{one}{sign}{two}” is read as {} (day first); month first it would be {}.",
            say_day(date.0),
            say_day(other)
        )
    });
    Some(DayReading::one(date.0, next).noting(date.1).noting(note))
}

/// The day, the month, and whether the other order fits as well.
fn order_numbers(one: u32, two: u32, sign: &str, frame: &Frame) -> Option<(u32, u32, Option<()>)> {
    let fits = |day: u32, month: u32| (1..=31).contains(&day) && (1..=12).contains(&month);
    let day_first = fits(one, two);
    let month_first = fits(two, one);
    if sign == "." {
        return day_first.then_some((one, two, None));
    }

    match (day_first, month_first, frame.order) {
        (false, false, _) => None,
        (true, true, DayOrder::Unknown) => Some((one, two, (one != two).then_some(()))),
        (true, true, DayOrder::DayFirst) | (true, false, _) => Some((one, two, None)),
        (true, true, DayOrder::MonthFirst) | (false, true, _) => Some((two, one, None)),
    }
}

pub(crate) fn say_day(day: NaiveDate) -> String {
    day.format("%-d %B %Y").to_string()
}

/// A day of a month by number, with or without its ending: the number, and what stands behind it.
fn read_number_of_day(tokens: Tokens<'_>, at: usize) -> Option<(u32, usize, bool)> {
    let (day, digits) = tokens.digits(at)?;
    if digits > 2 || !(1..=31).contains(&day) {
        return None;
    }
    let has_ending = tokens.is_glued(at + 1) && tokens.is_one_of(at + 1, &["st", "nd", "rd", "th"]);
    // `5pm`, `5%`, `5:30` and `5.30` are no days.
    let is_other = tokens.is_glued(at + 1)
        && (tokens.is_one_of(at + 1, &[":", "%", "am", "pm", "h", "k"])
            || tokens.word(at + 1) == "." && tokens.is_glued(at + 2) && tokens.digits(at + 2).is_some());

    (!is_other).then_some((day, at + 1 + usize::from(has_ending), has_ending))
}

fn read_year(tokens: Tokens<'_>, at: usize) -> Option<(i32, usize)> {
    let at = tokens.skip_any(at, &[","]);
    let (year, digits) = tokens.digits(at)?;
    let is_year =
        digits == 4 && (1900..2200).contains(&year) && !tokens.is_one_of(at + 1, &["hours", "hrs", ":"]);

    is_year.then_some((i32::try_from(year).ok()?, at + 1))
}

/// A second day behind a dash or a word.
fn read_last_day(tokens: Tokens<'_>, at: usize) -> Option<(u32, usize)> {
    let behind = ["-", "–", "to", "until", "till", "through"]
        .iter()
        .find_map(|word| tokens.skip(at, &[word]))?;
    let (day, next, _) = read_number_of_day(tokens, behind)?;

    Some((day, next))
}

/// `December 1st, 2026`, `Dec 1-3`.
fn read_month_first(tokens: Tokens<'_>, at: usize, frame: &Frame) -> Option<DayReading> {
    let month = month_of(tokens.word(at))?;
    let behind = tokens.skip_any(at + 1, &["."]);
    let behind = tokens.skip_any(behind, &["the"]);
    let (day, next, _) = read_number_of_day(tokens, behind)?;

    let (last, next) = read_last_day(tokens, next).map_or((None, next), |(last, next)| (Some(last), next));
    build_days(tokens, frame, month, (day, last), next)
}

/// `1 December`, `the 1st of December 2026`, `1-3 Dec`.
fn read_day_first(tokens: Tokens<'_>, at: usize, frame: &Frame) -> Option<DayReading> {
    let at = tokens.skip_any(at, &["the"]);
    let (day, next, _) = read_number_of_day(tokens, at)?;
    let (last, next) = read_last_day(tokens, next).map_or((None, next), |(last, next)| (Some(last), next));
    let next = tokens.skip_any(next, &["."]);
    let next = tokens.skip_any(next, &["of"]);

    let month = month_of(tokens.word(next))?;
    build_days(tokens, frame, month, (day, last), next + 1)
}

fn build_days(
    tokens: Tokens<'_>,
    frame: &Frame,
    month: u32,
    days: (u32, Option<u32>),
    next: usize,
) -> Option<DayReading> {
    let (year, next) = read_year(tokens, next).map_or((None, next), |(year, next)| (Some(year), next));
    let (first, note) = match year {
        Some(year) => day_of(year, month, days.0)?,
        None => coming(frame, month, days.0)?,
    };
    let last = match days.1 {
        Some(last) => day_of(first.year(), month, last)?.0,
        None => first,
    };

    (last >= first).then(|| DayReading::several(first, last, next).noting(note))
}

/// A whole month: `in December`, `June 2027`, `next March`.
fn read_month(tokens: Tokens<'_>, at: usize, frame: &Frame) -> Option<DayReading> {
    let (step, month_at) = match tokens.word(at) {
        "next" => (1, at + 1),
        "this" => (0, at + 1),
        "last" => (-1, at + 1),
        _ => (0, at),
    };
    let month = month_of(tokens.word(month_at))?;
    let year = read_year(tokens, month_at + 1);
    let before = if at > 0 { tokens.word(at - 1) } else { "" };
    let is_tied = month_at > at
        || matches!(
            before,
            "in" | "by" | "of" | "until" | "till" | "during" | "since" | "for"
        );
    if year.is_none() && !is_tied {
        return None;
    }

    let today = frame.today();
    let (year, next) = year.unwrap_or_else(|| {
        let this = today.year() + i32::from(month < today.month());
        let passed = step < 0 && month >= today.month();
        (
            if step < 0 {
                today.year() - i32::from(passed)
            } else {
                this + i32::from(step > 0 && month == today.month())
            },
            month_at + 1,
        )
    });
    let first = NaiveDate::from_ymd_opt(year, month, 1)?;
    Some(DayReading::several(
        first,
        first + Months::new(1) - Days::new(1),
        next,
    ))
}

/// `the 15th`, `the 15th of next month`.
fn read_day_of_month(tokens: Tokens<'_>, at: usize, frame: &Frame) -> Option<DayReading> {
    let behind = tokens.skip_any(at, &["the"]);
    let (day, next, has_ending) = read_number_of_day(tokens, behind)?;
    let is_tied = behind > at || (at > 0 && TIES.contains(&tokens.word(at - 1)));
    if !has_ending || !is_tied {
        return None;
    }

    let today = frame.today();
    let start = today.with_day(1)?;
    let (month, next) = if let Some(next) = tokens.skip(next, &["of", "next", "month"]) {
        (start + Months::new(1), next)
    } else if let Some(next) = tokens
        .skip(next, &["of", "this", "month"])
        .or_else(|| tokens.skip(next, &["of", "the", "month"]))
    {
        (start, next)
    } else if day < today.day() {
        (start + Months::new(1), next)
    } else {
        (start, next)
    };

    let (date, note) = day_of(month.year(), month.month(), day)?;
    Some(DayReading::one(date, next).noting(note))
}

/// `Friday`, `this Friday`, `next Friday`, `Friday next week`, `last Friday`, `Friday, 4 December`.
fn read_weekday(tokens: Tokens<'_>, at: usize, frame: &Frame) -> Option<DayReading> {
    let which = match tokens.word(at) {
        word @ ("next" | "this" | "last" | "coming") => word,
        "the" if tokens.is_one_of(at + 1, &["next", "coming", "following"]) => {
            return read_weekday(tokens, at + 1, frame);
        }
        _ => "",
    };
    let named = at + usize::from(!which.is_empty());
    let word = tokens.word(named);
    let weekday = weekday_of(word)?;
    let is_word_too = matches!(word, "sat" | "sun" | "wed" | "mon");
    if is_word_too && which.is_empty() && at > 0 && !TIES.contains(&tokens.word(at - 1)) {
        return None;
    }

    // The date says which one; the weekday may be wrong.
    let dated = tokens.skip_any(tokens.skip_any(named + 1, &["."]), &[","]);
    let dated = tokens.skip_any(dated, &["the"]);
    let date = [
        read_iso,
        read_numbers,
        read_month_first,
        read_day_first,
        read_day_of_month,
    ]
    .into_iter()
    .find_map(|read| read(tokens, dated, frame));
    if let Some(mut date) = date {
        if date.first.weekday() != weekday {
            date.notes.push(format!(
                "{} is a {}, no {}.",
                say_day(date.first),
                full_name(date.first.weekday()),
                full_name(weekday)
            ));
        }
        return Some(date);
    }

    Some(pick_weekday(tokens, named + 1, frame, weekday, which))
}

fn pick_weekday(tokens: Tokens<'_>, next: usize, frame: &Frame, weekday: Weekday, which: &str) -> DayReading {
    let today = frame.today();
    let name = full_name(weekday);
    let in_week = |monday: NaiveDate| monday + Days::new(u64::from(weekday.num_days_from_monday()));
    let this_week = in_week(monday_of(today));
    let next_week = this_week + Days::new(7);
    let coming = weekday_after(today, weekday);

    if let Some(next) = tokens
        .skip(next, &["next", "week"])
        .or_else(|| tokens.skip(next, &["of", "next", "week"]))
    {
        return DayReading::one(next_week, next);
    }
    if let Some(next) = tokens.skip(next, &["week"]) {
        return DayReading::one(coming + Days::new(7), next);
    }
    if let Some(next) = tokens.skip(next, &["this", "week"]) {
        return DayReading::one(this_week, next);
    }

    match which {
        "next" if next_week == coming => DayReading::one(coming, next),
        "next" => {
            let note = format!(
                "“next {name}” is read as the one of next week, {}; the coming one is {}.",
                say_day(next_week),
                say_day(coming)
            );
            DayReading::one(next_week, next).noting(note)
        }
        "last" => {
            let before = coming - Days::new(7);
            DayReading::one(
                if before == today {
                    before - Days::new(7)
                } else {
                    before
                },
                next,
            )
        }
        _ if today.weekday() == weekday && which != "coming" => DayReading::one(today, next).noting(format!(
            "Today is {name}, so today is meant; a week later is {}.",
            say_day(coming)
        )),
        _ => DayReading::one(coming, next),
    }
}

pub(super) const fn full_name(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Mon => "Monday",
        Weekday::Tue => "Tuesday",
        Weekday::Wed => "Wednesday",
        Weekday::Thu => "Thursday",
        Weekday::Fri => "Friday",
        Weekday::Sat => "Saturday",
        Weekday::Sun => "Sunday",
    }
}
