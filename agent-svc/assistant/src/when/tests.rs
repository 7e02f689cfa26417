//! Phrases as users write them, and what they mean on Wednesday, 25 November 2026 at 10:00 in Berlin.

use chrono::{TimeZone, Utc};
use chrono_tz::Tz;

use super::{DayOrder, Frame, Mention, Tie, When, find_mentions, find_uncountable};

fn frame_at(zone: Tz, utc: (i32, u32, u32, u32, u32), order: DayOrder) -> Frame {
    let (year, month, day, hour, minute) = utc;
    let now = Utc
        .with_ymd_and_hms(year, month, day, hour, minute, 0)
        .single()
        .expect("a moment");
    Frame {
        now: now.with_timezone(&zone),
        order,
    }
}

fn berlin() -> Frame {
    frame_at(Tz::Europe__Berlin, (2026, 11, 25, 9, 0), DayOrder::Unknown)
}

fn show(when: &When) -> String {
    let at = |at: &chrono::DateTime<Tz>| at.format("%Y-%m-%dT%H:%M").to_string();
    match when {
        When::At(moment) => at(moment),
        When::Span(from, until) => format!("{}/{}", at(from), at(until)),
        When::Days(first, last) if first == last => first.to_string(),
        When::Days(first, last) => format!("{first}..{last}"),
        When::Repeats(rule, first) => format!("{rule} @ {}", show(first)),
        When::Lasts(length) => format!("{}m", length.num_minutes()),
    }
}

fn show_all(mentions: &[Mention]) -> String {
    mentions
        .iter()
        .map(|mention| show(&mention.when))
        .collect::<Vec<_>>()
        .join(" + ")
}

#[track_caller]
fn check(frame: &Frame, table: &[(&str, &str)]) {
    let mut broken = Vec::new();
    for (phrase, expected) in table {
        let found = show_all(&find_mentions(phrase, frame));
        if found != *expected {
            broken.push(format!("{phrase:?}\n   expected {expected}\n   found    {found}"));
        }
    }
    assert!(
        broken.is_empty(),
        "{} of {}:\n{}",
        broken.len(),
        table.len(),
        broken.join("\n")
    );
}

#[test]
fn days_are_read_as_people_write_them() {
    check(
        &berlin(),
        &[
            ("call Anna today", "2026-11-25"),
            ("call Anna tomorrow", "2026-11-26"),
            ("pay the rent tmrw", "2026-11-26"),
            ("what did I do yesterday?", "2026-11-24"),
            ("the day after tomorrow", "2026-11-27"),
            ("finish it by Friday", "2026-11-27"),
            ("by next Friday", "2026-12-04"),
            ("this Friday", "2026-11-27"),
            ("next Monday", "2026-11-30"),
            ("on Monday", "2026-11-30"),
            ("last Friday", "2026-11-20"),
            ("Friday week", "2026-12-04"),
            ("Tuesday next week", "2026-12-01"),
            ("on Thurs", "2026-11-26"),
            ("by Sun", "2026-11-29"),
            ("I sat in the sun", ""),
            ("in two weeks", "2026-12-09"),
            ("in 3 days", "2026-11-28"),
            ("in a month", "2026-12-25"),
            ("in a couple of weeks", "2026-12-09"),
            ("in a fortnight", "2026-12-09"),
            ("in 2 business days", "2026-11-27"),
            ("in 5 working days", "2026-12-02"),
            ("3 days ago", "2026-11-22"),
            ("two weeks from now", "2026-12-09"),
            ("a week from Friday", "2026-12-04"),
            ("two days after tomorrow", "2026-11-28"),
            ("two days before Christmas", ""),
            ("within a week", "2026-12-02"),
            ("next week", "2026-11-30..2026-12-06"),
            ("this week", "2026-11-23..2026-11-29"),
            ("last week", "2026-11-16..2026-11-22"),
            ("this weekend", "2026-11-28..2026-11-29"),
            ("next weekend", "2026-12-05..2026-12-06"),
            ("next month", "2026-12-01..2026-12-31"),
            ("last month", "2026-10-01..2026-10-31"),
            ("this quarter", "2026-10-01..2026-12-31"),
            ("next quarter", "2027-01-01..2027-03-31"),
            ("this year", "2026-01-01..2026-12-31"),
            ("by the end of the month", "2026-11-30"),
            ("end of month", "2026-11-30"),
            ("at the end of next month", "2026-12-31"),
            ("EOM", "2026-11-30"),
            ("end of the week", "2026-11-27"),
            ("end of the year", "2026-12-31"),
            ("beginning of next month", "2026-12-01"),
            ("start of next week", "2026-11-30"),
            ("mid December", "2026-12-16"),
            ("end of June", "2027-06-30"),
            ("the week of December 7", "2026-12-07..2026-12-13"),
            ("on December 1", "2026-12-01"),
            ("Dec 1st", "2026-12-01"),
            ("1 December", "2026-12-01"),
            ("the 1st of December 2027", "2027-12-01"),
            ("December 1, 2026", "2026-12-01"),
            ("March 3", "2027-03-03"),
            ("2026-12-24", "2026-12-24"),
            ("by 2026/12/24", "2026-12-24"),
            ("24.12.2026", "2026-12-24"),
            ("bis 24.12. bitte", "2026-12-24"),
            ("12/24/2026", "2026-12-24"),
            ("24/12/26", "2026-12-24"),
            ("due 24/12", "2026-12-24"),
            ("3/4 of the tasks", ""),
            ("on the 15th", "2026-12-15"),
            ("by the 28th", "2026-11-28"),
            ("the 5th of next month", "2026-12-05"),
            ("in December", "2026-12-01..2026-12-31"),
            ("in March 2027", "2027-03-01..2027-03-31"),
            ("you may go", ""),
            ("Friday, 4 December", "2026-12-04"),
            ("Fri Dec 4", "2026-12-04"),
            ("Dec 1-3", "2026-12-01..2026-12-03"),
            ("1-3 December", "2026-12-01..2026-12-03"),
            ("from Monday to Wednesday", "2026-11-30..2026-12-02"),
            ("Monday through Friday", "2026-11-30..2026-12-04"),
            ("between December 1 and January 5", "2026-12-01..2027-01-05"),
            ("by 30 February", "2027-02-28"),
            ("buy 2 apples and 10 pears", ""),
            ("version 1.2.3 and chapter 5", ""),
        ],
    );
}

#[test]
fn times_are_read_as_people_write_them() {
    check(
        &berlin(),
        &[
            ("tomorrow 5pm", "2026-11-26T17:00"),
            ("tomorrow at 5 pm", "2026-11-26T17:00"),
            ("at 5pm tomorrow", "2026-11-26T17:00"),
            ("tomorrow at 17:00", "2026-11-26T17:00"),
            ("tomorrow at 5", "2026-11-26T17:00"),
            ("tomorrow at 9", "2026-11-26T09:00"),
            ("tomorrow @ 9:30", "2026-11-26T09:30"),
            ("tomorrow at 5 p.m. please", "2026-11-26T17:00"),
            ("tomorrow 17h30", "2026-11-26T17:30"),
            ("tomorrow at 17.30", "2026-11-26T17:30"),
            ("morgen 17 Uhr", "2026-11-25T17:00"),
            ("at 1700 hours", "2026-11-25T17:00"),
            ("at noon", "2026-11-25T12:00"),
            ("tomorrow noon", "2026-11-26T12:00"),
            ("Friday at midnight", "2026-11-28T00:00"),
            ("at 12am tomorrow", "2026-11-26T00:00"),
            ("at 12pm tomorrow", "2026-11-26T12:00"),
            ("at 00:15 tomorrow", "2026-11-26T00:15"),
            ("at 8am", "2026-11-26T08:00"),
            ("at 3pm", "2026-11-25T15:00"),
            ("half past five tomorrow", "2026-11-26T17:30"),
            ("quarter to six tomorrow", "2026-11-26T17:45"),
            ("ten past four tomorrow", "2026-11-26T16:10"),
            ("at five o'clock tomorrow", "2026-11-26T17:00"),
            ("at five tomorrow", "2026-11-26T17:00"),
            ("tomorrow at 5 in the morning", "2026-11-26T05:00"),
            ("tomorrow morning", "2026-11-26T09:00"),
            ("tomorrow afternoon", "2026-11-26T14:00"),
            ("Friday evening", "2026-11-27T18:00"),
            ("this afternoon", "2026-11-25T14:00"),
            ("tonight", "2026-11-25T20:00"),
            ("tonight at 8", "2026-11-25T20:00"),
            ("at 7 tonight", "2026-11-25T19:00"),
            ("this evening at 7", "2026-11-25T19:00"),
            ("first thing tomorrow", "2026-11-26T09:00"),
            ("by EOD", "2026-11-25T17:00"),
            ("by end of day tomorrow", "2026-11-26T17:00"),
            ("Friday COB", "2026-11-27T17:00"),
            ("in an hour", "2026-11-25T11:00"),
            ("in half an hour", "2026-11-25T10:30"),
            ("in 90 minutes", "2026-11-25T11:30"),
            ("2 hours from now", "2026-11-25T12:00"),
            ("an hour ago", "2026-11-25T09:00"),
            ("2026-12-01T15:00", "2026-12-01T15:00"),
            ("on December 1 at 3pm", "2026-12-01T15:00"),
            ("3pm on December 1st", "2026-12-01T15:00"),
            ("next Friday at 10am", "2026-12-04T10:00"),
            ("in two weeks at 9am", "2026-12-09T09:00"),
            ("Monday, 9:00", "2026-11-30T09:00"),
            ("tomorrow 3-5pm", "2026-11-26T15:00/2026-11-26T17:00"),
            ("from 3 to 5pm tomorrow", "2026-11-26T15:00/2026-11-26T17:00"),
            ("tomorrow from 11-1pm", "2026-11-26T11:00/2026-11-26T13:00"),
            ("tomorrow between 9 and 11", "2026-11-26T09:00/2026-11-26T11:00"),
            ("15:00–16:30 tomorrow", "2026-11-26T15:00/2026-11-26T16:30"),
            ("tomorrow 9am to 5pm", "2026-11-26T09:00/2026-11-26T17:00"),
            ("tomorrow from 9 till 5", "2026-11-26T09:00/2026-11-26T17:00"),
            ("tomorrow from 10pm to 2am", "2026-11-26T22:00/2026-11-27T02:00"),
            (
                "tomorrow at 3pm for 45 minutes",
                "2026-11-26T15:00/2026-11-26T15:45",
            ),
            (
                "tomorrow at 3pm for an hour and a half",
                "2026-11-26T15:00/2026-11-26T16:30",
            ),
            ("for an hour tomorrow at 3pm", "2026-11-26T15:00/2026-11-26T16:00"),
            ("for 45 minutes", "45m"),
            ("for half an hour", "30m"),
            ("tomorrow 5pm UTC", "2026-11-26T18:00"),
            ("tomorrow 9am PST", "2026-11-26T18:00"),
            ("tomorrow at 9am America/New_York", "2026-11-26T15:00"),
            ("send 5 mails to Ben", ""),
            ("at 5 Main Street", ""),
            ("call 030 123456", ""),
            ("at 5% growth", ""),
            (
                "move it from Monday to Friday at 3pm",
                "2026-11-30..2026-12-04 + 2026-11-25T15:00",
            ),
        ],
    );
}

#[test]
fn repetitions_are_read_as_rules() {
    check(
        &berlin(),
        &[
            ("every day", "FREQ=DAILY @ 2026-11-25"),
            ("every day at 8am", "FREQ=DAILY @ 2026-11-26T08:00"),
            ("daily at 17:00", "FREQ=DAILY @ 2026-11-25T17:00"),
            ("every morning", "FREQ=DAILY @ 2026-11-26T09:00"),
            (
                "every weekday at 9",
                "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR @ 2026-11-26T09:00",
            ),
            ("on weekdays", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR @ 2026-11-25"),
            ("every Tuesday", "FREQ=WEEKLY;BYDAY=TU @ 2026-12-01"),
            (
                "every other Tuesday",
                "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU @ 2026-12-01",
            ),
            (
                "every second Friday at 4pm",
                "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR @ 2026-11-27T16:00",
            ),
            (
                "every Monday and Thursday at 10:00",
                "FREQ=WEEKLY;BYDAY=MO,TH @ 2026-11-26T10:00",
            ),
            ("on Mondays", "FREQ=WEEKLY;BYDAY=MO @ 2026-11-30"),
            ("Mondays and Fridays", "FREQ=WEEKLY;BYDAY=MO,FR @ 2026-11-27"),
            (
                "every Mon, Wed and Fri",
                "FREQ=WEEKLY;BYDAY=MO,WE,FR @ 2026-11-25",
            ),
            ("every week on Monday", "FREQ=WEEKLY;BYDAY=MO @ 2026-11-30"),
            ("every 2 weeks", "FREQ=WEEKLY;INTERVAL=2;BYDAY=WE @ 2026-11-25"),
            (
                "every two weeks on Friday",
                "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR @ 2026-11-27",
            ),
            ("every third day", "FREQ=DAILY;INTERVAL=3 @ 2026-11-25"),
            ("every 10 days", "FREQ=DAILY;INTERVAL=10 @ 2026-11-25"),
            (
                "every month on the 15th",
                "FREQ=MONTHLY;BYMONTHDAY=15 @ 2026-12-15",
            ),
            ("monthly on the 1st", "FREQ=MONTHLY;BYMONTHDAY=1 @ 2026-12-01"),
            (
                "on the 15th of every month",
                "FREQ=MONTHLY;BYMONTHDAY=15 @ 2026-12-15",
            ),
            ("every 15th", "FREQ=MONTHLY;BYMONTHDAY=15 @ 2026-12-15"),
            (
                "the first Monday of every month",
                "FREQ=MONTHLY;BYDAY=1MO @ 2026-12-07",
            ),
            (
                "every last Friday of the month",
                "FREQ=MONTHLY;BYDAY=-1FR @ 2026-11-27",
            ),
            (
                "every quarter",
                "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=25 @ 2026-11-25",
            ),
            (
                "every year on our day",
                "FREQ=YEARLY;BYMONTH=11;BYMONTHDAY=25 @ 2026-11-25",
            ),
            ("every 4 July", "FREQ=YEARLY;BYMONTH=7;BYMONTHDAY=4 @ 2027-07-04"),
            (
                "every July 4th",
                "FREQ=YEARLY;BYMONTH=7;BYMONTHDAY=4 @ 2027-07-04",
            ),
            ("at 9am every Tuesday", "FREQ=WEEKLY;BYDAY=TU @ 2026-12-01T09:00"),
            ("write the weekly report", ""),
        ],
    );
}

#[test]
fn what_can_be_read_in_two_ways_is_said() {
    let frame = berlin();
    for (phrase, said) in [
        (
            "by 3/4/2027",
            "3 April 2027 (day first); month first it would be 4 March 2027",
        ),
        (
            "next Friday",
            "4 December 2026; the coming one is 27 November 2026",
        ),
        ("tomorrow at 5", "17:00; say am or pm"),
        ("on Wednesday", "Today is Wednesday"),
        ("Friday at midnight", "the end of that day"),
        ("Monday, 4 December", "is a Friday, no Monday"),
        ("end of the week", "Sunday, 2026-11-29"),
        ("by 30 February", "February 2027 has no day 30"),
        ("on 3 November", "has passed this year"),
        ("at 8am", "has passed today"),
        ("at 5pm IST", "several zones"),
        ("every other Tuesday", "not said in which week"),
        ("tomorrow morning", "read as 09:00"),
        ("tomorrow 5pm UTC", "18:00 on 26 November"),
    ] {
        let notes: Vec<String> = find_mentions(phrase, &frame)
            .into_iter()
            .flat_map(|mention| mention.notes)
            .collect();
        assert!(
            notes.iter().any(|note| note.contains(said)),
            "{phrase}: {notes:?}"
        );
    }
    for phrase in [
        "tomorrow at 5pm",
        "2026-12-01",
        "1 December",
        "at 17:00",
        "24/12/2026",
        "3/3/2027",
    ] {
        let mentions = find_mentions(phrase, &frame);
        assert!(
            mentions.len() == 1 && mentions[0].notes.is_empty(),
            "{phrase}: {mentions:?}"
        );
    }
}

#[test]
fn the_order_of_day_and_month_is_the_writers() {
    let at = (2026, 11, 25, 15, 0);
    check(
        &frame_at(Tz::America__New_York, at, DayOrder::MonthFirst),
        &[
            ("on 3/4/2027", "2027-03-04"),
            ("on 13/4/2027", "2027-04-13"),
            ("by 12/1", "2026-12-01"),
        ],
    );
    check(
        &frame_at(Tz::Europe__London, at, DayOrder::DayFirst),
        &[
            ("on 3/4/2027", "2027-04-03"),
            ("on 4/13/2027", "2027-04-13"),
            ("by 12/1", "2027-01-12"),
        ],
    );
}

#[test]
fn changes_of_the_clock_are_minded() {
    // Saturday, 28 March 2026; the night after, clocks go from 02:00 to 03:00.
    let spring = frame_at(Tz::Europe__Berlin, (2026, 3, 28, 9, 0), DayOrder::Unknown);
    let found = find_mentions("tomorrow at 2:30am", &spring);
    assert_eq!(show_all(&found), "2026-03-29T03:30");
    assert!(
        found[0].notes[0].contains("leave 02:30 out"),
        "{:?}",
        found[0].notes
    );
    // An hour is an hour, a day is a day.
    check(
        &spring,
        &[
            ("in 24 hours", "2026-03-29T11:00"),
            ("tomorrow at 10:00", "2026-03-29T10:00"),
        ],
    );

    // Saturday, 24 October 2026; the night after, clocks show 02:30 twice.
    let autumn = frame_at(Tz::Europe__Berlin, (2026, 10, 24, 9, 0), DayOrder::Unknown);
    let found = find_mentions("tomorrow at 2:30am", &autumn);
    let When::At(at) = found[0].when else {
        panic!("{found:?}")
    };
    assert_eq!(at.to_rfc3339(), "2026-10-25T02:30:00+02:00");
    assert!(found[0].notes[0].contains("02:30 twice"), "{:?}", found[0].notes);

    // A day that begins at one o'clock, and one that is not there at all.
    let beirut = frame_at(Tz::Asia__Beirut, (2027, 3, 27, 12, 0), DayOrder::Unknown);
    assert_eq!(
        show_all(&find_mentions("tomorrow at 00:30", &beirut)),
        "2027-03-28T01:30"
    );
    let apia = frame_at(Tz::Pacific__Apia, (2011, 12, 29, 12, 0), DayOrder::Unknown);
    assert!(!find_mentions("tomorrow at noon", &apia).is_empty());
}

#[test]
fn today_is_the_day_of_the_writers_zone() {
    // 23:30 on the 25th in London is the 26th in Tokyo and still the 25th in New York.
    let at = (2026, 11, 25, 23, 30);
    for (zone, today) in [
        (Tz::Asia__Tokyo, "2026-11-26"),
        (Tz::America__New_York, "2026-11-25"),
        (Tz::Europe__London, "2026-11-25"),
        (Tz::Pacific__Kiritimati, "2026-11-26"),
    ] {
        check(&frame_at(zone, at, DayOrder::Unknown), &[("today", today)]);
    }
}

#[test]
fn a_phrase_knows_its_place_and_what_ties_it() {
    let text = "Send the report by Friday at 3pm, and call Anna after Monday.";
    let found = find_mentions(text, &berlin());
    let shown: Vec<(&str, Tie)> = found
        .iter()
        .map(|mention| (&text[mention.place.clone()], mention.tie))
        .collect();
    assert_eq!(
        shown,
        [("by Friday at 3pm", Tie::By), ("after Monday", Tie::From)]
    );
}

#[test]
fn no_text_breaks_it() {
    let frame = berlin();
    let pieces = [
        "5",
        "pm",
        ":",
        "/",
        "every",
        "in",
        "the",
        "31",
        "99999999999",
        "Feb",
        "weeks",
        "ago",
        "-",
        "month",
        "next",
        "last",
        "of",
        "é",
        "。",
        "\u{200b}",
        "at",
        "24",
        "o'clock",
        "a",
        "friday",
        "2026",
        ".",
        "10000",
        "years",
        "to",
    ];
    let mut chance: u64 = 7;
    for _ in 0..20_000 {
        let text: Vec<&str> = (0..6)
            .map(|_| {
                chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                pieces[(chance >> 33) as usize % pieces.len()]
            })
            .collect();
        for joint in [" ", ""] {
            let text = text.join(joint);
            for mention in find_mentions(&text, &frame) {
                assert!(text.get(mention.place.clone()).is_some(), "{text}");
            }
            assert!(find_uncountable(&text).is_none_or(|phrase| text.contains(phrase)));
        }
    }
}

#[test]
fn a_count_that_is_too_large_is_found_as_it_is_written_and_no_other_number_is() {
    for (text, phrase) in [
        (
            "pay the rent in 99999999999999999 weeks, please",
            Some("in 99999999999999999 weeks"),
        ),
        ("do it within 20000 days", Some("within 20000 days")),
        ("what was 123456789012 years ago?", Some("123456789012 years ago")),
        ("call 4915112345678 in 2 days", None),
        ("order 99999 weeks of milk", None),
        ("plan a meeting in two weeks", None),
    ] {
        assert_eq!(find_uncountable(text), phrase, "{text}");
    }
}
