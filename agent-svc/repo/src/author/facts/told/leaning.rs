//! Whether a sentence can be understood alone, or goes on from the one before it.

/// Beginnings that go on from the sentence before.
const BEGINNINGS: [&str; 43] = [
    "without it",
    "without this",
    "without that",
    "without them",
    "the first one",
    "the second ",
    "the third ",
    "the latter",
    "the former",
    "the other ",
    "the solution is",
    "the plugins should now",
    "as you can see",
    "to do this",
    "to do so",
    "to this end",
    "to avoid this",
    "to fix this",
    "in this case",
    "in that case",
    "in both cases",
    "in addition",
    "in other words",
    "in particular",
    "for this ",
    "for that ",
    "for these ",
    "for example",
    "for instance",
    "because of this",
    "because of that",
    "as such",
    "as a result",
    "on the other hand",
    "with this ",
    "the first thing",
    "the next step",
    "the next thing",
    "the last step",
    "the default value",
    "the result is",
    "the output ",
    "notably ",
];

/// Words that go on from the sentence before.
#[rustfmt::skip]
const FIRST_WORDS: &[&str] = &[
    "this", "these", "that'll", "that's", "it's", "it'll", "this'll", "basically", "it", "they", "that", "those", "such", "however", "also", "then", "therefore", "but", "so", "both", "thus", "and", "or", "its", "their", "he", "she", "additionally", "furthermore", "moreover", "instead", "otherwise", "again", "similarly", "likewise", "hence", "here", "now", "yes", "no", "there", "still", "yet", "finally", "conversely", "alternatively", "nevertheless", "nonetheless", "first", "second", "another", "others", "either", "neither", "further", "consequently", "accordingly", "next", "later", "afterwards", "just", "example", "optional", "optionally",
];

/// "It keeps them sorted": needs the sentence before it.
pub(super) fn leans(text: &str) -> bool {
    let lower = text.to_lowercase();
    let mut words = lower.split_whitespace();
    let first = words.next().unwrap_or_default().trim_end_matches(',').to_owned();
    // "By default, it …": what it is, the sentence before says.
    let clause = lower
        .split_once(", ")
        .filter(|(start, _)| start.split(' ').count() < 4);
    // "Setting this option …"
    let points = lower.split(' ').skip(1).take(2).any(|word| word == "this")
        && lower.split(' ').next().is_some_and(|word| word.ends_with("ing"));
    let cased = ["if ", "when ", "once ", "by ", "for ", "since "]
        .iter()
        .any(|start| lower.starts_with(start));
    let also = lower
        .split(' ')
        .take(7)
        .any(|word| word == "also" || word == "then" && !cased);
    let later = points
        || also
        || names_another(&lower)
        || clause.is_some_and(|(_, rest)| {
            ["it ", "they ", "this ", "these "]
                .iter()
                .any(|word| rest.starts_with(word))
        });
    if later || BEGINNINGS.iter().any(|words| lower.starts_with(words)) {
        return true;
    }

    FIRST_WORDS.contains(&first.as_str())
}

/// "An item of this type …": of which, the sentence before says.
fn names_another(lower: &str) -> bool {
    let words: Vec<&str> = lower.split(' ').take(6).collect();

    words.windows(3).any(|three| {
        matches!(
            three[0],
            "of" | "in" | "find" | "see" | "use" | "from" | "with" | "by" | "for"
        ) && matches!(three[1], "this" | "these" | "such" | "those")
            && !matches!(
                three[2].trim_end_matches([',', '.']),
                "repository"
                    | "project"
                    | "library"
                    | "tool"
                    | "book"
                    | "lesson"
                    | "course"
                    | "package"
                    | "module"
                    | "repo"
                    | "role"
                    | "game"
                    | "app"
                    | "crate"
                    | "tutorial"
                    | "collection"
                    | "guide"
                    | "framework"
                    | "plugin"
                    | "dataset"
                    | "list"
                    | "program"
                    | "server"
                    | "template"
            )
    })
}

/// Whether a sentence of a comment speaks of something that only the code around it names: "Since then, it will …",
/// "We hope that they stay".
pub(in crate::author::facts) fn hangs(text: &str) -> bool {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower
        .split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric() && c != '\''))
        .collect();
    let pronoun = |word: &str| {
        matches!(
            word,
            "it" | "they"
                | "them"
                | "its"
                | "their"
                | "it's"
                | "itself"
                | "this"
                | "these"
                | "those"
                | "he"
                | "she"
        )
    };
    let early = words.iter().take(4).any(|word| pronoun(word));
    let opening = [
        "since", "if", "when", "because", "as", "while", "after", "before", "once",
    ];
    let clause = words.first().is_some_and(|first| opening.contains(first));
    let taken_up = lower
        .split(", ")
        .nth(1)
        .and_then(|rest| rest.split_whitespace().next())
        .is_some_and(pronoun);
    let first = words.first().copied().unwrap_or_default();
    let bare = [
        "useful", "similar", "same", "used", "needed", "assuming", "meaning", "notably", "unlike",
    ];

    leans(text) || early || clause && taken_up || bare.contains(&first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_hangs_on_the_code_around_it() {
        for text in [
            "Since the tide turned, it will open twice",
            "We hope it is shut",
            "Useful at night, since nobody looks",
            "The default value is a gate of wood",
        ] {
            assert!(hangs(text), "{text}");
        }
        for text in [
            "If the mill is shut, a boat waits instead of failing",
            "Each gate needs a wheel in order to turn",
        ] {
            assert!(!hangs(text), "{text}");
        }
    }

    #[test]
    fn what_needs_the_sentence_before_it_leans() {
        for text in [
            "It keeps them sorted",
            "An item of this type represents a gate",
            "You can find this script in the mill",
            "However, gates leak",
            "By default, it is shut",
        ] {
            assert!(leans(text), "{text}");
        }
        for text in [
            "The gate is shut at night",
            "Readers of this book need no gate",
            "By default, gates are shut",
        ] {
            assert!(!leans(text), "{text}");
        }
    }
}
