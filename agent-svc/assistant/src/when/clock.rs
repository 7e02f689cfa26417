//! Times of the day: 5pm, 17:00, half past five, noon.

use chrono_tz::Tz;

use super::tokens::{TokenKind, Tokens};
use super::zone::{is_ambiguous_zone, read_zone};

/// Half of the day that a time is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Half {
    Am,
    Pm,
}

/// A time as it was written; `24:00` is the midnight that ends a day.
#[derive(Debug, Clone)]
pub(super) struct TimeReading {
    hour: u32,
    minute: u32,
    half: Option<Half>,
    /// It can't be meant otherwise.
    is_exact: bool,
    pub(super) zone: Option<Tz>,
    pub(super) notes: Vec<String>,
    pub(super) next: usize,
}

/// Minutes since the day began, once it is known which half is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Minutes(pub(super) i64);

impl TimeReading {
    fn exact(hour: u32, minute: u32, next: usize) -> Self {
        Self {
            hour,
            minute,
            half: None,
            is_exact: true,
            zone: None,
            notes: Vec::new(),
            next,
        }
    }

    fn open(hour: u32, minute: u32, next: usize) -> Self {
        Self {
            is_exact: hour == 0 || hour > 12,
            ..Self::exact(hour, minute, next)
        }
    }

    fn noting(mut self, note: String) -> Self {
        self.notes.push(note);
        self
    }

    /// The minute of the day, and a note when a half had to be chosen: people mean working hours.
    pub(super) fn settle(&self) -> (Minutes, Vec<String>) {
        let mut notes = self.notes.clone();
        let hour = match (self.half, self.is_exact) {
            (Some(Half::Am), _) => self.hour % 12,
            (Some(Half::Pm), _) => self.hour % 12 + 12,
            (None, true) => self.hour,
            (None, false) => {
                let hour = if (1..=6).contains(&self.hour) {
                    self.hour + 12
                } else {
                    self.hour
                };
                notes.push(format!(
                    "“{}:{:02}” is read as {hour:02}:{:02}; say am or pm to be sure.",
                    self.hour, self.minute, self.minute
                ));
                hour
            }
        };

        (Minutes(i64::from(hour * 60 + self.minute)), notes)
    }

    /// In `3-5pm` the half is said once; it is the other one where the range would run backwards.
    pub(super) fn borrow_half(&mut self, end: &Self) {
        if self.half.is_some() || self.is_exact {
            return;
        }
        let Some(half) = end.half else { return };
        let at = |reading: &Self| (reading.hour % 12) * 60 + reading.minute;

        self.half = Some(match half {
            Half::Pm if at(self) > at(end) => Half::Am,
            half => half,
        });
    }

    /// In `9-5` nothing is said: the later time is the first one after the earlier.
    pub(super) fn follow(&mut self, start: Minutes) {
        let at = Minutes(i64::from(self.hour * 60 + self.minute));
        if self.half.is_none() && !self.is_exact && at <= start && at.0 + 720 > start.0 {
            self.hour += 12;
            self.is_exact = true;
        }
    }

    pub(super) fn take_half(&mut self, half: Half) {
        if !self.is_exact && self.half.is_none() {
            self.half = Some(half);
        }
    }
}

/// Words after which a bare number is no time.
fn may_follow_bare(tokens: Tokens<'_>, at: usize) -> bool {
    const WORDS: [&str; 32] = [
        "", "am", "pm", "today", "tomorrow", "tonight", "on", "in", "for", "with", "and", "to", "till",
        "until", "sharp", "every", "this", "next", "the", "at", "about", "or", "please", "because", "then",
        "so", "my", "if", "but", "by", "from", "-",
    ];
    let word = tokens.word(at);
    let is_sign = tokens
        .0
        .get(at)
        .is_some_and(|token| token.kind == TokenKind::Sign);
    let is_number = is_sign
        && tokens.is_glued(at)
        && matches!(word, "%" | "/" | "." | "," | "€" | "$" | "°" | ":")
        && tokens.digits(at + 1).is_some();

    (WORDS.contains(&word)
        || is_sign && !matches!(word, "%" | "€" | "$" | "£" | "/")
        || super::day::weekday_of(word).is_some())
        && !is_number
}

/// The time that is written here. Bare numbers are one only where a time is expected.
pub(super) fn read_time(tokens: Tokens<'_>, at: usize, is_expected: bool) -> Option<TimeReading> {
    let mut time = read_spoken(tokens, at).or_else(|| read_digits(tokens, at, is_expected))?;

    if let Some((half, next)) = read_half_behind(tokens, time.next) {
        time.take_half(half);
        time.next = next;
    }
    time.next = tokens.skip_any(time.next, &["sharp"]);
    read_zone_behind(tokens, &mut time);

    Some(time)
}

fn read_spoken(tokens: Tokens<'_>, at: usize) -> Option<TimeReading> {
    match tokens.word(at) {
        "noon" | "midday" => return Some(TimeReading::exact(12, 0, at + 1)),
        "midnight" => {
            let note = "Midnight is read as the end of that day.".to_owned();
            return Some(TimeReading::exact(24, 0, at + 1).noting(note));
        }
        "eod" | "cob" => return Some(end_of_day(at + 1)),
        _ => {}
    }
    let behind_the = tokens.skip_any(at, &["the"]);
    for words in [
        ["end", "of", "day"],
        ["close", "of", "business"],
        ["end", "of", "business"],
    ] {
        if let Some(next) = tokens.skip(behind_the, &words) {
            return Some(end_of_day(next));
        }
    }
    if let Some(next) = tokens.skip(behind_the, &["end", "of", "the", "day"]) {
        return Some(end_of_day(next));
    }

    read_past(tokens, at)
}

fn end_of_day(next: usize) -> TimeReading {
    TimeReading::exact(17, 0, next).noting("The end of the day is read as 17:00.".to_owned())
}

/// `half past five`, `quarter to six`, `ten past four`, `5 o'clock`.
fn read_past(tokens: Tokens<'_>, at: usize) -> Option<TimeReading> {
    let behind_a = tokens.skip_any(at, &["a"]);
    let (minutes, next) = match tokens.word(behind_a) {
        "half" => (30, behind_a + 1),
        "quarter" => (15, behind_a + 1),
        _ => tokens.number(at)?,
    };
    if tokens.word(next) == "o'clock" && (1..=12).contains(&minutes) {
        return Some(TimeReading::open(minutes, 0, next + 1));
    }

    let next = tokens.skip_any(next, &["minutes"]);
    let is_past = match tokens.word(next) {
        "past" | "after" => true,
        "to" | "before" => false,
        _ => return None,
    };
    let is_round = matches!(tokens.word(behind_a), "half" | "quarter") || minutes % 5 == 0;
    let (hour, behind) = tokens
        .number(next + 1)
        .filter(|(hour, _)| (1..=24).contains(hour))?;
    // `5 to 6` is a range, `ten to six` a time.
    let is_spoken = matches!(tokens.word(behind_a), "half" | "quarter") || tokens.digits(at).is_none();
    if !is_round || !is_spoken || !(1..60).contains(&minutes) || tokens.is_one_of(next + 1, &["a", "an"]) {
        return None;
    }

    Some(if is_past {
        TimeReading::open(hour, minutes, behind)
    } else {
        TimeReading::open(if hour == 1 { 12 } else { hour - 1 }, 60 - minutes, behind)
    })
}

fn read_digits(tokens: Tokens<'_>, at: usize, is_expected: bool) -> Option<TimeReading> {
    let Some((hour, digits)) = tokens.digits(at) else {
        return read_hour_in_words(tokens, at, is_expected);
    };
    if digits == 4 && tokens.is_one_of(at + 1, &["hours", "hrs"]) && hour < 2400 && hour % 100 < 60 {
        return Some(TimeReading::exact(hour / 100, hour % 100, at + 2));
    }
    if digits > 2 || hour > 24 {
        return None;
    }

    let two_digits = |at: usize| {
        tokens
            .digits(at)
            .filter(|(minute, digits)| *digits == 2 && *minute < 60 && tokens.is_glued(at))
    };
    let sign = tokens.word(at + 1);
    if let Some((minute, _)) = two_digits(at + 2).filter(|_| sign == ":" && tokens.is_glued(at + 1)) {
        let seconds = two_digits(at + 4).filter(|_| tokens.word(at + 3) == ":" && tokens.is_glued(at + 3));
        let next = if seconds.is_some() { at + 5 } else { at + 3 };
        let mut time = TimeReading::open(hour, minute, next);
        time.is_exact |= digits == 2 && tokens.word(at).starts_with('0');
        return Some(with_half(tokens, time));
    }
    if matches!(sign, "h" | "uhr")
        && (hour > 12 || is_expected || sign == "uhr")
        && (tokens.is_glued(at + 1) || sign == "uhr")
    {
        let minute = two_digits(at + 2);
        return Some(TimeReading::exact(
            hour,
            minute.map_or(0, |(minute, _)| minute),
            at + 2 + usize::from(minute.is_some()),
        ));
    }

    let dotted = two_digits(at + 2).filter(|_| sign == "." && tokens.is_glued(at + 1));
    if let Some((minute, _)) = dotted {
        let time = with_half(tokens, TimeReading::open(hour, minute, at + 3));
        let is_date = tokens.word(time.next) == "." && tokens.is_glued(time.next);
        return ((is_expected || time.half.is_some() || tokens.word(time.next) == "uhr") && !is_date).then(
            || TimeReading {
                next: tokens.skip_any(time.next, &["uhr"]),
                ..time
            },
        );
    }

    let time = with_half(tokens, TimeReading::open(hour, 0, at + 1));
    let may_be_bare = is_expected && may_follow_bare(tokens, time.next) && hour <= 24;
    (time.half.is_some() || may_be_bare).then_some(time)
}

/// `at five`.
fn read_hour_in_words(tokens: Tokens<'_>, at: usize, is_expected: bool) -> Option<TimeReading> {
    let (hour, next) = tokens.number(at).filter(|(hour, _)| (1..=12).contains(hour))?;
    if tokens.is_one_of(at, &["a", "an"]) {
        return None;
    }
    let (hour_minutes, next) = match tokens.number(next) {
        Some((minute @ (15 | 30 | 40 | 45), next)) => (minute, next),
        _ => (0, next),
    };

    let time = with_half(tokens, TimeReading::open(hour, hour_minutes, next));
    (time.half.is_some() || is_expected && may_follow_bare(tokens, time.next)).then_some(time)
}

fn with_half(tokens: Tokens<'_>, time: TimeReading) -> TimeReading {
    let (half, length) = match (
        tokens.word(time.next),
        tokens.word(time.next + 1),
        tokens.word(time.next + 2),
    ) {
        ("am", _, _) => (Half::Am, 1),
        ("pm", _, _) => (Half::Pm, 1),
        ("a", ".", "m") if tokens.is_glued(time.next + 2) => (Half::Am, 3),
        ("p", ".", "m") if tokens.is_glued(time.next + 2) => (Half::Pm, 3),
        _ => return time,
    };
    if !(1..=12).contains(&time.hour) {
        return TimeReading {
            next: time.next + length,
            ..time
        };
    }

    let closes = length == 3 && tokens.word(time.next + 3) == "." && tokens.is_glued(time.next + 3);
    TimeReading {
        half: Some(half),
        next: time.next + length + usize::from(closes),
        ..time
    }
}

fn read_half_behind(tokens: Tokens<'_>, at: usize) -> Option<(Half, usize)> {
    let half = |word: &str| match word {
        "morning" => Some(Half::Am),
        "afternoon" | "evening" => Some(Half::Pm),
        _ => None,
    };
    if tokens.word(at) == "tonight" {
        return Some((Half::Pm, at));
    }
    if let Some(next) = tokens.skip(at, &["at", "night"]) {
        return Some((Half::Pm, next));
    }

    let behind = tokens.skip(at, &["in", "the"])?;
    half(tokens.word(behind)).map(|half| (half, behind + 1))
}

fn read_zone_behind(tokens: Tokens<'_>, time: &mut TimeReading) {
    let at = time.next;
    let Some(token) = tokens.0.get(at).filter(|token| token.kind == TokenKind::Word) else {
        return;
    };
    let is_area = tokens.word(at + 1) == "/"
        && tokens.is_glued(at + 1)
        && tokens.is_glued(at + 2)
        && token.is_capitalised;

    if is_area {
        let name = format!(
            "{}/{}",
            capitalised(tokens.word(at)),
            capitalised(tokens.word(at + 2))
        );
        let long = format!("{name}_{}", capitalised(tokens.word(at + 4)));
        if let Some(zone) = read_zone(&long).filter(|_| tokens.word(at + 3) == "_") {
            (time.zone, time.next) = (Some(zone), at + 5);
        } else if let Some(zone) = read_zone(&name) {
            (time.zone, time.next) = (Some(zone), at + 3);
        }
    } else if is_ambiguous_zone(&token.text) && token.is_capitalised {
        let name = token.text.to_uppercase();
        time.notes.push(format!(
            "“{name}” is the name of several zones; your own is taken."
        ));
        time.next += 1;
    } else if let Some(zone) = read_zone(&token.text).filter(|_| token.text.len() > 2 || token.is_capitalised)
    {
        (time.zone, time.next) = (Some(zone), at + 1);
    }
    time.next = tokens.skip_any(time.next, if time.zone.is_some() { &["time"] } else { &[] });
}

fn capitalised(word: &str) -> String {
    let mut signs = word.chars();
    signs
        .next()
        .map(|first| first.to_uppercase().chain(signs).collect())
        .unwrap_or_default()
}

/// `morning`, `this afternoon`, `tonight`: the hour that is taken for it, and what is said about it.
pub(super) fn read_part(tokens: Tokens<'_>, at: usize) -> Option<TimeReading> {
    let behind = tokens.skip(at, &["in", "the"]).unwrap_or(at);
    let word = tokens.word(behind);
    if let Some(next) = tokens.skip(at, &["first", "thing"]) {
        let next = tokens.skip(next, &["in", "the", "morning"]).unwrap_or(next);
        return Some(TimeReading::exact(9, 0, next).noting("First thing is read as 09:00.".to_owned()));
    }
    let hour = match word {
        "morning" | "mornings" => 9,
        "lunch" | "lunchtime" => 12,
        "afternoon" | "afternoons" => 14,
        "evening" | "evenings" => 18,
        "tonight" | "tonite" => 20,
        "night" | "nights" => 20,
        _ => return None,
    };

    Some(TimeReading::exact(hour, 0, behind + 1).noting(format!("“{word}” is read as {hour:02}:00.")))
}

/// Which half of the day a part of it is in.
pub(super) fn half_of(word: &str) -> Option<Half> {
    match word {
        "morning" | "mornings" => Some(Half::Am),
        "afternoon" | "evening" | "tonight" | "night" | "afternoons" | "evenings" => Some(Half::Pm),
        _ => None,
    }
}
