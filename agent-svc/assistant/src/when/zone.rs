//! Zones by name, and what the clock shows in them: hours that a change of the clock leaves out or has twice.

use chrono::{DateTime, LocalResult, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// A zone by its IANA name, or by one of the letters that mean one zone only.
pub(crate) fn read_zone(name: &str) -> Option<Tz> {
    let known = match name.to_ascii_lowercase().as_str() {
        "utc" | "gmt" | "z" => Tz::UTC,
        "et" | "est" | "edt" => Tz::America__New_York,
        "ct" | "cdt" => Tz::America__Chicago,
        "mt" | "mdt" => Tz::America__Denver,
        "pt" | "pst" | "pdt" => Tz::America__Los_Angeles,
        "cet" | "cest" => Tz::Europe__Berlin,
        "eet" | "eest" => Tz::Europe__Helsinki,
        "jst" => Tz::Asia__Tokyo,
        "aest" | "aedt" => Tz::Australia__Sydney,
        _ => return name.contains('/').then(|| name.parse().ok()).flatten(),
    };

    Some(known)
}

/// Letters that several zones are called by.
pub(super) fn is_ambiguous_zone(name: &str) -> bool {
    matches!(name, "ist" | "bst" | "cst" | "mst" | "ast" | "wst")
}

/// The moment at which clocks in the zone show this, and what there is to say about it.
pub(crate) fn local_time(zone: Tz, shown: NaiveDateTime) -> (DateTime<Tz>, Option<String>) {
    match zone.from_local_datetime(&shown) {
        LocalResult::Single(at) => (at, None),
        LocalResult::Ambiguous(first, _) => {
            let note = format!(
                "Clocks in {zone} show {} twice that day; the first time is meant.",
                shown.format("%H:%M")
            );
            (first, Some(note))
        }
        LocalResult::None => {
            let at = behind_gap(zone, shown);
            let note = format!(
                "Clocks in {zone} leave {} out that day; {} is meant.",
                shown.format("%H:%M"),
                at.format("%H:%M")
            );
            (at, Some(note))
        }
    }
}

/// As far behind the change of the clock as the time that is not there lies behind its beginning.
fn behind_gap(zone: Tz, shown: NaiveDateTime) -> DateTime<Tz> {
    let before = (1..=8)
        .map(|quarters| shown - TimeDelta::minutes(30 * quarters))
        .find_map(|earlier| {
            zone.from_local_datetime(&earlier)
                .earliest()
                .map(|at| (at, shown - earlier))
        });

    match before {
        Some((at, passed)) => at + passed,
        None => Utc.from_utc_datetime(&shown).with_timezone(&zone),
    }
}
