//! An idea as plain words before it is cut: markup, template syntax and formulas leave it, short forms become words. What was taken
//! out and meant something is said.

use crate::model::Omission;

/// Elements whose marks are taken out. Others are left: `a<b` is no markup.
const ELEMENTS: &[&str] = &[
    "a", "b", "body", "br", "button", "code", "div", "em", "embed", "form", "h1", "h2", "h3", "h4", "h5",
    "h6", "head", "hr", "html", "i", "iframe", "img", "input", "li", "link", "math", "meta", "object", "ol",
    "p", "pre", "script", "section", "span", "strong", "style", "svg", "table", "td", "textarea", "th",
    "title", "tr", "u", "ul", "video",
];
/// What people write for what they mean; each stands between two places that are no letters.
const SHORT_FORMS: &[(&str, &str)] = &[
    ("w/o", "without"),
    ("w/", "with"),
    ("e.g.", "for example"),
    ("i.e.", "that is"),
    ("etc.", "etc"),
    ("approx.", "about"),
    ("y/n", "yes/no"),
    ("cant", "can't"),
    ("dont", "don't"),
    ("doesnt", "doesn't"),
    ("isnt", "isn't"),
    ("mustnt", "mustn't"),
    ("shouldnt", "shouldn't"),
    ("wont", "won't"),
    ("whats", "what is"),
    ("what's", "what is"),
    ("thru", "through"),
    ("pls", "please"),
    ("plz", "please"),
];
const LONGEST_MARK: usize = 200;

/// The words of a text, and what was taken out of it.
pub(super) fn plain_text(text: &str) -> (String, Vec<Omission>) {
    let mut said = Vec::new();
    let text = take_templates(text, &mut said);
    let text = take_markup(&text, &mut said);
    let text = take_formulas(&text, &mut said);
    let text = spell_comparisons(&text);

    (spell_short_forms(&text), said)
}

/// `{{name}}` and `${name}` are their name; what computes in one, and all of `{% … %}` and `<% … %>`, is taken out.
fn take_templates(text: &str, said: &mut Vec<Omission>) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    let mut any = false;

    while let Some((at, open, close)) = [("{{", "}}"), ("${", "}"), ("{%", "%}"), ("<%", "%>")]
        .iter()
        .filter_map(|(open, close)| Some((rest.find(open)?, *open, *close)))
        .min_by_key(|(at, _, _)| *at)
    {
        plain.push_str(&rest[..at]);
        let inner = &rest[at + open.len()..];
        let end = inner.find(close).filter(|end| *end <= LONGEST_MARK);
        let Some(end) = end else {
            plain.push(' ');
            rest = inner;
            continue;
        };
        let name = inner[..end].trim();
        let is_name = matches!(open, "{{" | "${")
            && !name.is_empty()
            && name.len() > 2
            && name.chars().all(|letter| letter.is_alphabetic() || letter == ' ');
        plain.push(' ');
        plain.push_str(if is_name { name } else { "" });
        plain.push(' ');
        any = true;
        rest = &inner[end + close.len()..];
    }
    plain.push_str(rest);

    if any {
        said.push(Omission {
            asked: "Template syntax".to_owned(),
            reason: "A name in it was read as a word; nothing of it runs.".to_owned(),
        });
    }
    plain
}

/// The text between marks; that of scripts and styles goes with them.
fn take_markup(text: &str, said: &mut Vec<Omission>) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    let mut any = false;

    while let Some(at) = rest.find('<') {
        plain.push_str(&rest[..at]);
        let mark = &rest[at + 1..];
        let name: String = mark
            .trim_start_matches('/')
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect::<String>()
            .to_ascii_lowercase();
        let end = mark.find('>').filter(|end| *end <= LONGEST_MARK);
        let Some(end) = end.filter(|_| ELEMENTS.contains(&name.as_str())) else {
            plain.push('<');
            rest = mark;
            continue;
        };

        any = true;
        plain.push(' ');
        rest = &mark[end + 1..];
        if matches!(name.as_str(), "script" | "style") && !mark.starts_with('/') {
            let close = format!("</{name}");
            let behind = rest.to_ascii_lowercase().find(&close);
            rest = behind.map_or("", |behind| &rest[behind..]);
        }
    }
    plain.push_str(rest);

    if any {
        said.push(Omission {
            asked: "Markup in the idea".to_owned(),
            reason: "Only the text between its marks was read; nothing of it runs.".to_owned(),
        });
    }
    plain
}

/// `total = guests * price`: the total stays, and how it comes about is said.
fn take_formulas(text: &str, said: &mut Vec<Omission>) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;

    while let Some(at) = rest.find('=') {
        let is_compared = rest[..at].ends_with(['<', '>', '!', '=']) || rest[at + 1..].starts_with('=');
        let behind = &rest[at + 1..];
        let end = behind
            .find([',', ';', '\n', ')'])
            .into_iter()
            .chain(behind.find(". "))
            .min()
            .unwrap_or_else(|| behind.trim_end_matches('.').len());
        let formula = behind[..end].trim();
        let computes = formula
            .chars()
            .any(|letter| matches!(letter, '*' | '+' | '/' | '×' | '-' | '−'))
            && formula.chars().any(char::is_alphabetic)
            && formula.len() <= LONGEST_MARK;
        if is_compared || !computes {
            plain.push_str(&rest[..=at]);
            rest = behind;
            continue;
        }

        let label: String = rest[..at]
            .trim_end()
            .rsplit(|letter: char| !letter.is_alphanumeric())
            .next()
            .unwrap_or_default()
            .to_owned();
        said.push(Omission {
            asked: format!("“{label} = {formula}”"),
            reason: "It is a field to fill in; nothing is worked out from other fields.".to_owned(),
        });
        plain.push_str(rest[..at].trim_end());
        rest = &behind[end..];
    }
    plain.push_str(rest);
    plain
}

/// `> 0` is `more than 0`; a `>` between words stands between choices.
fn spell_comparisons(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut plain = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(&letter) = letters.get(at) {
        let is_equal = letters.get(at + 1) == Some(&'=');
        let behind = letters[at + 1..].iter().find(|letter| **letter != ' ');
        let is_number = behind.is_some_and(char::is_ascii_digit);

        match letter {
            '≥' => plain.push_str(" at least "),
            '≤' => plain.push_str(" at most "),
            '>' if is_equal => plain.push_str(" at least "),
            '<' if is_equal => plain.push_str(" at most "),
            '>' if is_number => plain.push_str(" more than "),
            '<' if is_number => plain.push_str(" less than "),
            '-' if letters.get(at + 1) == Some(&'>') => {}
            '→' | '>' => plain.push('/'),
            // `max. 3` ends no sentence.
            '.' if is_number && (plain.ends_with("max") || plain.ends_with("min")) => {}
            _ => plain.push(letter),
        }
        at += if is_equal && matches!(letter, '<' | '>') {
            2
        } else {
            1
        };
    }
    plain
}

fn spell_short_forms(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let is_letter = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
    let mut plain = String::with_capacity(text.len());
    let mut at = 0;

    while at < text.len() {
        let before = text[..at].chars().next_back();
        let found = SHORT_FORMS.iter().find(|(short, _)| {
            let is_open = short.ends_with('/');
            lower[at..].starts_with(short)
                && !is_letter(before)
                && (is_open || !is_letter(text[at + short.len()..].chars().next()))
        });
        if let Some((short, long)) = found {
            plain.push_str(long);
            plain.push_str(if short.ends_with('/') { " " } else { "" });
            at += short.len();
        } else if let Some(letter) = text[at..].chars().next() {
            plain.push(letter);
            at += letter.len_utf8();
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::plain_text;

    #[test]
    fn markup_templates_and_formulas_leave_their_words_and_are_said() {
        for (idea, plain, said) in [
            ("<h1>Guests</h1> with <b>name</b>", "Guests with name", 1),
            ("a<script>alert('x')</script> list", "a list", 1),
            (
                "keep {{customers}} for ${company}",
                "keep customers for company",
                1,
            ),
            ("{% for f in fields %}x{{f.name}}", "x", 1),
            (
                "price and a total = price * number, and a note",
                "price and a total, and a note",
                1,
            ),
            (
                "weight > 0, age>=18, draft -> sent > paid",
                "weight more than 0, age at least 18, draft / sent / paid",
                0,
            ),
            (
                "routes w/ grade, w/o notes, cant stop",
                "routes with grade, without notes, can't stop",
                0,
            ),
            ("max. 3", "max 3", 0),
            ("a < b, x = 3, 5<br", "a < b, x = 3, 5<br", 0),
            ("{{ never closed", "never closed", 0),
        ] {
            let (words, omissions) = plain_text(idea);
            let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
            assert_eq!((words.as_str(), omissions.len()), (plain, said), "{idea}");
        }
    }
}
