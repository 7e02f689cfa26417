//! Gives sentences their subject: what a page says of the thing that it is about ("Built for gardens.") is told with its name.

use crate::analysis::model::Remark;
use crate::author::grammar::prose;

/// What a project may call itself.
const ITSELF: [&str; 34] = [
    "lesson",
    "repository",
    "repo",
    "project",
    "book",
    "package",
    "module",
    "library",
    "tool",
    "course",
    "workshop",
    "tutorial",
    "guide",
    "app",
    "role",
    "plugin",
    "extension",
    "action",
    "chart",
    "image",
    "theme",
    "framework",
    "program",
    "script",
    "game",
    "site",
    "demo",
    "template",
    "starter",
    "toolkit",
    "collection",
    "gem",
    "crate",
    "application",
];

/// "Built for our garden." is said of the thing itself: "Mossball is built for its authors' garden."
pub(super) fn with_subjects(name: &str, remarks: &[Remark]) -> Vec<Remark> {
    let of_itself = |remark: &Remark| Remark {
        text: with_subject(name, &without_owner(name, &undashed(&remark.text))),
        ..remark.clone()
    };

    remarks.iter().map(of_itself).collect()
}

/// "Mossball – is a garden" has its subject already.
fn undashed(text: &str) -> String {
    [" - is ", " – is ", " — is "]
        .iter()
        .fold(text.to_owned(), |text, dash| text.replacen(dash, " is ", 1))
}

/// `harbour/tidemill` is called by its own name.
fn without_owner(name: &str, text: &str) -> String {
    let words = text.split(' ').map(|word| {
        let bare = word.trim_matches(|c: char| "`*_,.;:()".contains(c));
        match bare.split_once('/') {
            Some((owner, own)) if own.eq_ignore_ascii_case(name) && !owner.is_empty() => {
                word.replace(bare, own)
            }
            _ => word.to_owned(),
        }
    });

    words.collect::<Vec<_>>().join(" ")
}

fn with_subject(name: &str, text: &str) -> String {
    let mut words = text.split_whitespace();
    let (first, second, third) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    // "This lesson gives an overview" says it of the thing itself.
    if first == "This"
        && ITSELF.contains(&second)
        && (prose::is_third_person(third)
            || matches!(third, "is" | "has" | "contains" | "provides" | "gives"))
    {
        let rest: Vec<&str> = text.split_whitespace().skip(2).collect();
        return format!("{name} {}", rest.join(" "));
    }
    if first == "This" && second == "is" && matches!(third, "a" | "an" | "the") {
        let rest: Vec<&str> = text.split_whitespace().skip(1).collect();
        return format!("{name} {}", rest.join(" "));
    }
    if acts(text, first, second) {
        return format!("{name} {}", prose::lower_first(text));
    }
    if fits_somebody(text, first) {
        return format!("{name} is {}", prose::lower_first(text));
    }
    if is_passive(text, first, second) {
        return format!("{name} is {}", prose::lower_first(text))
            .replace(" our ", " its authors' ")
            .replace(" my ", " its author's ");
    }

    text.to_owned()
}

/// "Installs it on every server." lacks only its name.
fn acts(text: &str, first: &str, second: &str) -> bool {
    // "Installs and loads plugins" has two verbs, and "Installs the plugins" begins with one.
    let verb_first = matches!(
        second,
        "and" | "or" | "a" | "an" | "the" | "your" | "all" | "multiple"
    );

    first.ends_with('s')
        && prose::is_third_person(&first.to_lowercase())
        && text.ends_with('.')
        && text.split(' ').count() > 4
        && (verb_first || !prose::is_statement(text))
}

/// "Useful for people with many gates.", and "For people with many photos.", which says for whom it is.
fn fits_somebody(text: &str, first: &str) -> bool {
    let fits = matches!(
        first,
        "Useful" | "Potentially" | "Suitable" | "Ideal" | "Perfect" | "Inspired" | "Compatible"
    ) && !text.contains([':', ';']);
    let audience = first == "For" && !text.contains([',', ':', ';']) && text.split(' ').count() < 18;

    (fits || audience) && text.ends_with('.') && !prose::is_statement(text)
}

/// "Built in one winter."
fn is_passive(text: &str, first: &str, second: &str) -> bool {
    let participle = first.len() > 4 && first.ends_with("ed")
        || matches!(first, "Written" | "Built" | "Made" | "Given" | "Known");
    // "Inspired by mills, Mossball aims to be one" has its subject.
    let has_subject = text
        .split_once(", ")
        .is_some_and(|(_, rest)| prose::is_statement(rest));

    participle
        && !has_subject
        && matches!(
            second,
            "by" | "in"
                | "on"
                | "for"
                | "with"
                | "from"
                | "to"
                | "as"
                | "at"
                | "after"
                | "of"
                | "using"
                | "so"
        )
}

#[cfg(test)]
mod tests {
    use super::with_subject;

    #[test]
    fn a_sentence_gets_the_subject_that_it_lacks_and_no_second_one() {
        for (text, expected) in [
            (
                "Built for our garden.",
                "Mossball is built for its authors' garden.",
            ),
            (
                "Installs and loads gates of all kinds.",
                "Mossball installs and loads gates of all kinds.",
            ),
            (
                "Potentially useful for learning.",
                "Mossball is potentially useful for learning.",
            ),
            (
                "Inspired by mills, Mossball aims to be one.",
                "Inspired by mills, Mossball aims to be one.",
            ),
            ("This is a game about moss.", "Mossball is a game about moss."),
            ("This game is about moss.", "Mossball is about moss."),
        ] {
            assert_eq!(with_subject("Mossball", text), expected);
        }
    }
}
