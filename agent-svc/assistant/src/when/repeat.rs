//! What comes again: every other Tuesday, daily, the last Friday of each month; as rules of RFC 5545.

use chrono::{Datelike, Days, NaiveDate, Weekday};

use super::Frame;
use super::day::{day_of, month_of, weekday_of};
use super::relative::{Unit, read_unit};
use super::tokens::Tokens;

#[derive(Debug, Clone)]
pub(super) struct RepeatReading {
    pub(super) rule: String,
    pub(super) first: NaiveDate,
    /// The first one behind it.
    pub(super) second: Option<NaiveDate>,
    pub(super) notes: Vec<String>,
    pub(super) next: usize,
}

/// When something comes again.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Cycle {
    Days(u32),
    Weeks(u32, Vec<Weekday>),
    MonthDay(u32, u32),
    /// The n-th such weekday of a month; the last one for -1.
    MonthWeekday(i64, Weekday),
    YearDay(u32, u32),
}

pub(super) fn read_repeat(tokens: Tokens<'_>, at: usize, frame: &Frame) -> Option<RepeatReading> {
    let (cycle, next) = read_cycle(tokens, at, frame)?;
    let today = frame.today();
    let mut days = (0..800)
        .map(|step| today + Days::new(step))
        .filter(|day| cycle.falls_on(*day));
    let first = days.next()?;
    let second = match &cycle {
        Cycle::Days(interval) => Some(first + Days::new(u64::from(*interval))),
        Cycle::Weeks(interval, weekdays) if *interval > 1 && weekdays.len() < 2 => {
            Some(first + Days::new(7 * u64::from(*interval)))
        }
        _ => days.next(),
    };

    let notes = match &cycle {
        Cycle::Weeks(interval, _) if *interval > 1 => vec![format!(
            "It is not said in which week it begins; {first} is taken."
        )],
        _ => Vec::new(),
    };
    Some(RepeatReading {
        rule: cycle.rule(),
        first,
        second,
        notes,
        next,
    })
}

impl Cycle {
    fn falls_on(&self, day: NaiveDate) -> bool {
        match self {
            Self::Days(_) => true,
            Self::Weeks(_, weekdays) => weekdays.contains(&day.weekday()),
            Self::MonthDay(_, number) => day_of(day.year(), day.month(), *number)
                .is_some_and(|(date, note)| date == day && note.is_none()),
            Self::MonthWeekday(-1, weekday) => {
                day.weekday() == *weekday && (day + Days::new(7)).month() != day.month()
            }
            Self::MonthWeekday(nth, weekday) => {
                day.weekday() == *weekday && i64::from((day.day() - 1) / 7 + 1) == *nth
            }
            Self::YearDay(month, number) => (day.month(), day.day()) == (*month, *number),
        }
    }

    fn rule(&self) -> String {
        let every = |interval: u32| {
            if interval == 1 {
                String::new()
            } else {
                format!(";INTERVAL={interval}")
            }
        };

        match self {
            Self::Days(interval) => format!("FREQ=DAILY{}", every(*interval)),
            Self::Weeks(interval, weekdays) => {
                let names: Vec<&str> = weekdays.iter().map(|weekday| short_name(*weekday)).collect();
                format!("FREQ=WEEKLY{};BYDAY={}", every(*interval), names.join(","))
            }
            Self::MonthDay(interval, day) => format!("FREQ=MONTHLY{};BYMONTHDAY={day}", every(*interval)),
            Self::MonthWeekday(nth, weekday) => format!("FREQ=MONTHLY;BYDAY={nth}{}", short_name(*weekday)),
            Self::YearDay(month, day) => format!("FREQ=YEARLY;BYMONTH={month};BYMONTHDAY={day}"),
        }
    }
}

const fn short_name(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Mon => "MO",
        Weekday::Tue => "TU",
        Weekday::Wed => "WE",
        Weekday::Thu => "TH",
        Weekday::Fri => "FR",
        Weekday::Sat => "SA",
        Weekday::Sun => "SU",
    }
}

const WORKDAYS: [Weekday; 5] = [
    Weekday::Mon,
    Weekday::Tue,
    Weekday::Wed,
    Weekday::Thu,
    Weekday::Fri,
];

fn read_cycle(tokens: Tokens<'_>, at: usize, frame: &Frame) -> Option<(Cycle, usize)> {
    let today = frame.today();
    let adverb = match tokens.word(at) {
        "daily" => Some((Unit::Day, 1)),
        "weekly" => Some((Unit::Week, 1)),
        "biweekly" | "fortnightly" => Some((Unit::Week, 2)),
        "monthly" => Some((Unit::Month, 1)),
        "quarterly" => Some((Unit::Month, 3)),
        "yearly" | "annually" => Some((Unit::Year, 1)),
        _ => None,
    };
    // A weekly report is none that is written weekly.
    if let Some((unit, interval)) = adverb
        && is_end_of_clause(tokens, at + 1)
    {
        return Some(with_details(tokens, at + 1, unit, interval, today));
    }
    if let Some(found) = read_nth_weekday(tokens, at) {
        return Some(found);
    }
    if let Some((weekdays, next)) = read_plural_weekdays(tokens, at) {
        return Some((Cycle::Weeks(1, weekdays), next));
    }
    if let Some(found) = read_monthly_day(tokens, at) {
        return Some(found);
    }

    let at = tokens
        .skip(at, &["every"])
        .or_else(|| tokens.skip(at, &["each"]))?;
    read_every(tokens, at, today)
}

/// What stands behind `every`.
fn read_every(tokens: Tokens<'_>, at: usize, today: NaiveDate) -> Option<(Cycle, usize)> {
    if tokens.is_one_of(at, &["weekday", "workday"]) {
        return Some((Cycle::Weeks(1, WORKDAYS.to_vec()), at + 1));
    }
    if let Some(next) = tokens
        .skip(at, &["business", "day"])
        .or_else(|| tokens.skip(at, &["working", "day"]))
    {
        return Some((Cycle::Weeks(1, WORKDAYS.to_vec()), next));
    }
    if tokens.word(at) == "weekend" {
        return Some((Cycle::Weeks(1, vec![Weekday::Sat, Weekday::Sun]), at + 1));
    }
    // The part of the day is read again as a time.
    if tokens.is_one_of(at, &["morning", "afternoon", "evening", "night"]) {
        return Some((Cycle::Days(1), at));
    }

    let (interval, behind) = read_interval(tokens, at);
    if let Some((weekdays, next)) = read_weekdays(tokens, behind) {
        return Some((Cycle::Weeks(interval, weekdays), next));
    }
    if let Some((unit, next)) = read_unit(tokens, behind)
        && matches!(
            unit,
            Unit::Day | Unit::Week | Unit::Month | Unit::Quarter | Unit::Year
        )
    {
        let (unit, interval) = if unit == Unit::Quarter {
            (Unit::Month, 3 * interval)
        } else {
            (unit, interval)
        };
        return Some(with_details(tokens, next, unit, interval, today));
    }

    if let Some(month) = month_of(tokens.word(at)) {
        let (day, _) = tokens.digits(at + 1).filter(|(day, _)| (1..=31).contains(day))?;
        return Some((
            Cycle::YearDay(month, day),
            tokens.skip_any(at + 2, &["st", "nd", "rd", "th"]),
        ));
    }
    let (day, _) = tokens.digits(at).filter(|(day, _)| (1..=31).contains(day))?;
    let next = tokens.skip_any(at + 1, &["st", "nd", "rd", "th"]);
    let named = tokens.skip_any(next, &["of"]);
    match month_of(tokens.word(named)) {
        Some(month) => Some((Cycle::YearDay(month, day), named + 1)),
        None if next > at + 1 => Some((
            Cycle::MonthDay(1, day),
            tokens.skip(next, &["of", "the", "month"]).unwrap_or(next),
        )),
        None => None,
    }
}

fn is_end_of_clause(tokens: Tokens<'_>, at: usize) -> bool {
    let is_sign = tokens
        .0
        .get(at)
        .is_some_and(|token| token.text.chars().all(|sign| !sign.is_alphanumeric()));
    is_sign
        || tokens.is_one_of(
            at,
            &[
                "", "on", "at", "from", "starting", "by", "and", "until", "in", "for", "with",
            ],
        )
}

fn read_interval(tokens: Tokens<'_>, at: usize) -> (u32, usize) {
    let interval = match tokens.word(at) {
        "other" | "second" => 2,
        "third" => 3,
        "fourth" => 4,
        _ => {
            let number = tokens.number(at).filter(|(number, _)| (1..=366).contains(number));
            let Some((number, next)) = number else {
                return (1, at);
            };
            let next = if tokens.is_glued(next) {
                tokens.skip_any(next, &["st", "nd", "rd", "th"])
            } else {
                next
            };
            let counts = read_unit(tokens, next).is_some() || read_weekdays(tokens, next).is_some();
            return if counts { (number, next) } else { (1, at) };
        }
    };

    (interval, at + 1)
}

/// Where in its week, month or year it falls: as said behind it, or where today does.
fn with_details(
    tokens: Tokens<'_>,
    next: usize,
    unit: Unit,
    interval: u32,
    today: NaiveDate,
) -> (Cycle, usize) {
    let on = tokens.skip_any(next, &["on"]);
    let behind_the = tokens.skip_any(on, &["the"]);

    match unit {
        Unit::Week => match read_weekdays(tokens, on).filter(|_| on > next) {
            Some((weekdays, next)) => (Cycle::Weeks(interval, weekdays), next),
            None => (Cycle::Weeks(interval, vec![today.weekday()]), next),
        },
        Unit::Month => match tokens
            .digits(behind_the)
            .filter(|(day, _)| on > next && (1..=31).contains(day))
        {
            Some((day, _)) => (
                Cycle::MonthDay(interval, day),
                tokens.skip_any(behind_the + 1, &["st", "nd", "rd", "th"]),
            ),
            None => (Cycle::MonthDay(interval, today.day()), next),
        },
        Unit::Year => (Cycle::YearDay(today.month(), today.day()), next),
        _ => (Cycle::Days(interval), next),
    }
}

/// `Monday`, `Monday and Thursday`, `Mon, Wed and Fri`.
fn read_weekdays(tokens: Tokens<'_>, at: usize) -> Option<(Vec<Weekday>, usize)> {
    let singular = |word: &str| weekday_of(word).or_else(|| weekday_of(word.strip_suffix('s')?));
    let mut weekdays = vec![singular(tokens.word(at))?];
    let mut next = at + 1;

    loop {
        let behind = tokens.skip_any(tokens.skip_any(next, &[",", "/"]), &["and", "&", "or"]);
        let Some(weekday) = singular(tokens.word(behind)).filter(|_| behind > next) else {
            break;
        };
        weekdays.push(weekday);
        next = behind + 1;
    }
    weekdays.sort_by_key(Weekday::num_days_from_monday);
    weekdays.dedup();

    Some((weekdays, next))
}

/// `Mondays and Thursdays`, `weekdays`.
fn read_plural_weekdays(tokens: Tokens<'_>, at: usize) -> Option<(Vec<Weekday>, usize)> {
    if tokens.is_one_of(at, &["weekdays", "workdays"]) {
        return Some((WORKDAYS.to_vec(), at + 1));
    }
    if tokens.word(at) == "weekends" {
        return Some((vec![Weekday::Sat, Weekday::Sun], at + 1));
    }
    let is_plural = |word: &str| word.len() > 6 && word.ends_with('s') && weekday_of(word).is_none();

    is_plural(tokens.word(at))
        .then(|| read_weekdays(tokens, at))
        .flatten()
}

/// `the last Friday of each month`, `first Monday of the month`; behind `every` too.
fn read_nth_weekday(tokens: Tokens<'_>, at: usize) -> Option<(Cycle, usize)> {
    let start = tokens.skip_any(at, &["every", "each", "the"]);
    let start = tokens.skip_any(start, &["the"]);
    let nth = match tokens.word(start) {
        "first" => 1,
        "second" => 2,
        "third" => 3,
        "fourth" => 4,
        "last" => -1,
        _ => i64::from(
            tokens
                .digits(start)
                .filter(|(nth, _)| (1..=4).contains(nth) && tokens.is_glued(start + 1))?
                .0,
        ),
    };
    let named = start + 1 + usize::from(tokens.digits(start).is_some());
    let weekday = weekday_of(tokens.word(named))?;

    let behind = tokens.skip(named + 1, &["of"])?;
    let month = tokens.skip_any(behind, &["every", "each", "the"]);
    (tokens.word(month) == "month" && month > behind)
        .then_some((Cycle::MonthWeekday(nth, weekday), month + 1))
}

/// `the 15th of every month`.
fn read_monthly_day(tokens: Tokens<'_>, at: usize) -> Option<(Cycle, usize)> {
    let start = tokens.skip_any(at, &["the"]);
    let (day, _) = tokens.digits(start).filter(|(day, _)| (1..=31).contains(day))?;
    let behind = tokens.skip_any(start + 1, &["st", "nd", "rd", "th"]);
    let month = tokens
        .skip(behind, &["of", "every", "month"])
        .or_else(|| tokens.skip(behind, &["of", "each", "month"]))?;

    Some((Cycle::MonthDay(1, day), month))
}
