//! Where numbers go: a line through them, and how well it fits.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate};
use proto::tasks::adiuva::{Direction, Trend};
use serde_json::Value;

use crate::context::{Desk, read_stamp};
use crate::numbers::{fit_line, mean, median, round_hundredth, say_number};

/// Fewer points are no trend.
const LEAST_POINTS: usize = 3;
/// A line that explains less than this is no trend.
const LEAST_FIT: f64 = 0.3;
/// A change of less than this part of the mean over all points is none.
const LEAST_CHANGE: f64 = 0.05;
const MOST_WEEKS: usize = 26;
/// The largest number that is taken for one: whole numbers are exact up to it, and sums of squares stay finite.
const LARGEST: f64 = 1e15;

/// Every list of numbers in the message or the documents, by name.
pub(super) fn data_series(desk: &Desk<'_>) -> Vec<(String, Vec<f64>)> {
    let mut found = Vec::new();
    if let Some(numbers) = listed_numbers(desk.message()) {
        found.push(("numbers".to_owned(), numbers));
    }
    for document in &desk.input.context.relevant_documents {
        match serde_json::from_str::<Value>(document.trim()) {
            Ok(value) => found.extend(series_in(&value, "numbers")),
            Err(_) => found.extend(listed_numbers(document).map(|numbers| ("numbers".to_owned(), numbers))),
        }
    }

    found
}

/// Three numbers or more with nothing but commas or blanks between them.
fn listed_numbers(text: &str) -> Option<Vec<f64>> {
    let mut best: Vec<f64> = Vec::new();
    let mut run: Vec<f64> = Vec::new();
    for word in text
        .split([' ', ',', ';', '\n', '\t', '|'])
        .filter(|word| !word.is_empty())
    {
        let bare = word.trim_matches(['[', ']', '(', ')', ':', '.', '%', '€', '$', '?', '!']);
        match bare.parse::<f64>() {
            Ok(number) if is_sane(number) => run.push(number),
            _ if matches!(word, "and" | "to" | "→" | "->" | "then") => {}
            _ => run.clear(),
        }
        if run.len() > best.len() {
            best.clone_from(&run);
        }
    }

    (best.len() >= LEAST_POINTS).then_some(best)
}

fn is_sane(number: f64) -> bool {
    number.abs() <= LARGEST
}

fn read_number(value: &Value) -> Option<f64> {
    value.as_f64().filter(|number| is_sane(*number))
}

/// Lists of numbers in JSON: as they are, or as points with a value each, in the order of their dates.
fn series_in(value: &Value, name: &str) -> Vec<(String, Vec<f64>)> {
    match value {
        Value::Array(items) => {
            let numbers: Vec<f64> = items.iter().filter_map(read_number).collect();
            if numbers.len() == items.len() && numbers.len() >= LEAST_POINTS {
                return vec![(name.to_owned(), numbers)];
            }
            point_series(items)
        }
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(name, value)| series_in(value, name))
            .collect(),
        _ => Vec::new(),
    }
}

fn point_series(items: &[Value]) -> Vec<(String, Vec<f64>)> {
    let mut points: Vec<(Option<String>, &serde_json::Map<String, Value>)> = items
        .iter()
        .filter_map(Value::as_object)
        .map(|point| {
            let date = [
                "date",
                "day",
                "week",
                "month",
                "timestamp",
                "time",
                "at",
                "period",
            ]
            .iter()
            .find_map(|name| point.get(*name)?.as_str());
            (date.map(str::to_owned), point)
        })
        .collect();
    if points.len() < LEAST_POINTS {
        return Vec::new();
    }
    if points.iter().all(|(date, _)| date.is_some()) {
        points.sort_by_key(|(date, _)| {
            date.as_deref().map(|date| {
                read_stamp(date, chrono_tz::Tz::UTC).map_or_else(
                    || date.to_owned(),
                    |stamp| stamp.start(chrono_tz::Tz::UTC).to_rfc3339(),
                )
            })
        });
    }

    let mut series: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for (_, point) in &points {
        for (name, number) in point
            .iter()
            .filter_map(|(name, value)| read_number(value).map(|number| (name.as_str(), number)))
        {
            if !matches!(name, "id" | "timestamp" | "time") {
                series.entry(name).or_default().push(number);
            }
        }
    }
    series
        .into_iter()
        .filter(|(_, numbers)| numbers.len() == points.len())
        .map(|(name, numbers)| (name.to_owned(), numbers))
        .collect()
}

/// How many tasks were finished in each week, from the first with one to the last whole week.
pub(super) fn finished_by_week(desk: &Desk<'_>) -> Option<(String, Vec<f64>)> {
    let monday = |day: NaiveDate| day - Days::new(u64::from(day.weekday().num_days_from_monday()));
    let this_week = monday(desk.frame.today());
    let weeks: Vec<NaiveDate> = desk
        .tasks
        .iter()
        .filter_map(|task| task.finished)
        .map(|at| monday(at.date_naive()))
        .filter(|week| *week < this_week)
        .collect();
    let first = *weeks.iter().min()?;

    let counts = first
        .iter_weeks()
        .take_while(|week| *week < this_week)
        .map(|week| crate::numbers::as_number(weeks.iter().filter(|known| **known == week).count()));
    let counts: Vec<f64> = counts.collect();
    let from = counts.len().saturating_sub(MOST_WEEKS);
    Some(("tasks finished a week".to_owned(), counts[from..].to_vec()))
}

pub(super) fn describe_trend(name: &str, numbers: &[f64]) -> Trend {
    let line = fit_line(numbers).filter(|_| numbers.len() >= LEAST_POINTS);
    let mean = mean(numbers);
    let direction = match line {
        None => Direction::Unclear,
        Some((slope, fit)) => {
            let steps = crate::numbers::as_number(numbers.len() - 1);
            let change = slope * steps;
            let is_small = change.abs() <= LEAST_CHANGE * mean.unwrap_or(0.0).abs();
            match (is_small, fit >= LEAST_FIT, slope > 0.0) {
                (true, ..) => Direction::Flat,
                (false, false, _) => Direction::Unclear,
                (false, true, true) => Direction::Rising,
                (false, true, false) => Direction::Falling,
            }
        }
    };

    Trend {
        name: name.to_owned(),
        direction,
        points: numbers.len(),
        first: numbers.first().copied(),
        last: numbers.last().copied(),
        mean: mean.map(round_hundredth),
        median: median(numbers).map(round_hundredth),
        slope: line.map(|(slope, _)| round_hundredth(slope)),
        fit: line.map(|(_, fit)| round_hundredth(fit)),
    }
}

pub(super) fn tell_trend(trend: &Trend, numbers: &[f64]) -> String {
    let direction = match trend.direction {
        Direction::Rising => "rising",
        Direction::Falling => "falling",
        Direction::Flat => "flat",
        Direction::Unclear => "no clear direction",
    };
    let shown: Vec<String> = numbers
        .iter()
        .take(12)
        .map(|number| say_number(*number))
        .collect();
    let say = |number: Option<f64>| number.map_or_else(|| "–".to_owned(), say_number);
    let more = if numbers.len() > 12 { ", …" } else { "" };

    format!(
        "{}: {direction}. {} a step (least squares, R² {}), mean {}, median {}, from {} to {}; {} points: {}{more}",
        crate::words::capitalise(&trend.name),
        say(trend.slope),
        say(trend.fit),
        say(trend.mean),
        say(trend.median),
        say(trend.first),
        say(trend.last),
        trend.points,
        shown.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_beyond_all_measure_are_none_and_nothing_becomes_infinite() {
        assert_eq!(listed_numbers("1e308, -1e308, 1e308"), None);
        assert_eq!(listed_numbers("inf nan 1e999 2"), None);
        assert_eq!(listed_numbers("9e400 3, 4 and 5"), Some(vec![3.0, 4.0, 5.0]));
        assert!(series_in(&json!([1e308, 1, 2]), "numbers").is_empty());

        let trend = describe_trend("numbers", &[LARGEST, -LARGEST, LARGEST]);
        let told = tell_trend(&trend, &[LARGEST, -LARGEST, LARGEST]);
        assert!(!told.contains("inf") && !told.contains("NaN"), "{told}");
    }
}
