//! Examples of a field's values, and values that lie on either side of a rule's boundary.

use crate::model::{Entity, Era, Field, FieldKind, Rule};

const TEXTS: [&str; 5] = ["Maple", "Harbour", "Sunrise", "Meadow", "Juniper"];
const LONG_TEXTS: [&str; 5] = [
    "Bring it back on Friday.",
    "Looks good so far.",
    "Ask again next month.",
    "Needs a second look.",
    "All as expected.",
];
const NUMBERS: [f64; 5] = [3.0, 12.0, 7.0, 25.0, 1.0];
const MONEY: [f64; 5] = [12.5, 48.0, 7.9, 120.0, 33.3];
const DAYS: [(i32, i32, i32); 5] = [
    (-40, 2, -12),
    (-21, 5, -3),
    (-9, 9, 4),
    (-4, 14, 11),
    (-1, 21, 25),
];

/// Least and largest number that a field may have.
pub(crate) fn number_range(key: &str, rules: &[Rule]) -> (Option<f64>, Option<f64>) {
    let least = rules.iter().find_map(|rule| matches_key(rule, key, true));
    let most = rules.iter().find_map(|rule| matches_key(rule, key, false));
    (least, most)
}

fn matches_key(rule: &Rule, key: &str, is_least: bool) -> Option<f64> {
    match rule {
        Rule::AtLeast(of, value) if is_least && of == key => Some(*value),
        Rule::AtMost(of, value) if !is_least && of == key => Some(*value),
        _ => None,
    }
}

/// Shortest and longest text that a field may have.
pub(crate) fn text_range(key: &str, rules: &[Rule]) -> (usize, usize) {
    let mut range = (0, usize::MAX);
    for rule in rules {
        match rule {
            Rule::Shortest(of, least) if of == key => {
                range.0 = range.0.max(usize::try_from(*least).unwrap_or(usize::MAX))
            }
            Rule::Longest(of, most) if of == key => {
                range.1 = range.1.min(usize::try_from(*most).unwrap_or(usize::MAX))
            }
            _ => {}
        }
    }

    range
}

/// Whether an example of the lexicon breaks no rule of the idea.
pub(crate) fn fits_rules(sample: &String, key: &str, field: &Field, rules: &[Rule]) -> bool {
    if field.required && sample.is_empty() {
        return false;
    }
    if field.is_number() {
        let Ok(value) = sample.parse::<f64>() else {
            return false;
        };
        let (least, most) = number_range(key, rules);
        return least.is_none_or(|least| value >= least) && most.is_none_or(|most| value <= most);
    }
    if field.is_text() {
        let (shortest, longest) = text_range(key, rules);
        let length = sample.chars().count();
        return (sample.is_empty() || length >= shortest) && length <= longest;
    }

    match &field.kind {
        FieldKind::Choice(options) => options.contains(sample),
        _ => true,
    }
}

/// The example at one of five places.
pub(crate) fn make_sample(noun: &str, field: &Field, key: &str, rules: &[Rule], at: usize) -> String {
    let at = at % 5;

    match &field.kind {
        FieldKind::Text => fit_text(&text_sample(noun, field, at), text_range(key, rules), at),
        FieldKind::Long => fit_text(LONG_TEXTS[at], text_range(key, rules), at),
        FieldKind::Number { whole } => show_number(fit_number(NUMBERS[at], number_range(key, rules), *whole)),
        FieldKind::Money => show_number(fit_number(MONEY[at], number_range(key, rules), false)),
        FieldKind::Date(era) => {
            let (past, future, any) = DAYS[at];
            match era {
                Era::Past => past,
                Era::Future => future,
                Era::Any => any,
            }
            .to_string()
        }
        FieldKind::Time => ["09:00", "10:30", "13:00", "15:15", "18:00"][at].to_owned(),
        FieldKind::YesNo => if at % 2 == 1 { "yes" } else { "no" }.to_owned(),
        FieldKind::Choice(options) => options
            .get(at % options.len().max(1))
            .cloned()
            .unwrap_or_default(),
        FieldKind::Email => format!("{}@example.com", TEXTS[at].to_lowercase()),
        FieldKind::Phone => format!("+44 20 7946 07{at:02}"),
        FieldKind::Url => format!("https://{}.example", TEXTS[at].to_lowercase()),
        FieldKind::Reference(_) => at.to_string(),
    }
}

fn text_sample(noun: &str, field: &Field, at: usize) -> String {
    match field.label.as_str() {
        "name" | "title" => format!("{} {}", TEXTS[at], noun.to_lowercase()),
        "city" | "town" => ["York", "Bristol", "Leeds", "Bath", "Hull"][at].to_owned(),
        "author" | "owner" | "person" | "assignee" | "artist" | "customer" | "patient" => {
            ["Alex Moreau", "Robin Hale", "Sam Ito", "Kim Duarte", "Noor Aziz"][at].to_owned()
        }
        "colour" | "color" => ["Green", "Blue", "Amber", "Red", "White"][at].to_owned(),
        "location" | "place" | "room" | "shelf" | "area" => {
            ["North side", "Kitchen", "Shelf 3", "Garden", "Hall"][at].to_owned()
        }
        label if label.ends_with("number") || label.ends_with("code") => {
            ["101", "204", "305", "412", "518"][at].to_owned()
        }
        "month" => ["January", "March", "June", "September", "November"][at].to_owned(),
        "weekday" => ["Monday", "Tuesday", "Thursday", "Friday", "Saturday"][at].to_owned(),
        "first name" => ["Alex", "Robin", "Sam", "Kim", "Noor"][at].to_owned(),
        "surname" | "last name" => ["Moreau", "Hale", "Ito", "Duarte", "Aziz"][at].to_owned(),
        "tag" | "tags" => ["new", "home", "later", "idea", "new"][at].to_owned(),
        label => format!("{} {label}", TEXTS[at]),
    }
}

fn fit_text(text: &str, (shortest, longest): (usize, usize), at: usize) -> String {
    let cut: String = text.chars().take(longest.max(1)).collect();
    let mut fitted = cut.trim_end().to_owned();
    let filling = ["a", "b", "c", "d", "e"][at];
    while fitted.chars().count() < shortest && fitted.len() < 5000 {
        fitted.push_str(filling);
    }

    fitted
}

fn fit_number(value: f64, (least, most): (Option<f64>, Option<f64>), whole: bool) -> f64 {
    let inside =
        |value: f64| least.is_none_or(|least| value >= least) && most.is_none_or(|most| value <= most);
    if inside(value) {
        return value;
    }

    let middle = match (least, most) {
        (Some(least), Some(most)) => least + (most - least) * value.min(25.0) / 50.0,
        (Some(least), None) => least + value,
        (None, Some(most)) => most - value,
        (None, None) => value,
    };
    if whole {
        middle.ceil().min(most.unwrap_or(middle.ceil()))
    } else {
        (middle * 100.0).round() / 100.0
    }
}

/// No example of one field is after, or larger than, that of another one.
pub(crate) fn order_samples(entity: &mut Entity, later: &str, earlier: &str, is_strict: bool) {
    let (Some(end), Some(begin)) = (entity.field(later), entity.field(earlier)) else {
        return;
    };
    let ordered: Vec<(String, String)> = begin
        .samples
        .iter()
        .zip(&end.samples)
        .map(|(begins, ends)| order_pair(begin, begins, ends, is_strict))
        .collect();

    for (key, is_end) in [(earlier, false), (later, true)] {
        if let Some(field) = entity.fields.iter_mut().find(|field| field.key() == key) {
            field.samples = ordered
                .iter()
                .map(|(begin, end)| if is_end { end } else { begin }.clone())
                .collect();
        }
    }
}

/// Two examples, the smaller one first; a step apart where they may not be equal.
fn order_pair(field: &Field, begin: &str, end: &str, is_strict: bool) -> (String, String) {
    let step = if is_strict { 1.0 } else { 0.0 };
    if field.kind == FieldKind::Time {
        let is_ordered = if is_strict { begin < end } else { begin <= end };
        let hour: u32 = begin.get(..2).and_then(|hour| hour.parse().ok()).unwrap_or(9);
        let behind = format!("{:02}:{}", (hour + 1).min(23), begin.get(3..).unwrap_or("00"));
        return (begin.to_owned(), if is_ordered { end.to_owned() } else { behind });
    }

    let (Ok(first), Ok(last)) = (begin.parse::<f64>(), end.parse::<f64>()) else {
        return (begin.to_owned(), end.to_owned());
    };
    let smaller = first.min(last - step);
    (show_number(smaller), end.to_owned())
}

/// A number as code has it: without a point where it is whole.
pub(crate) fn show_number(value: f64) -> String {
    if value.fract() == 0.0 {
        format!("{value:.0}")
    } else {
        format!("{value}")
    }
}
