//! What a heading says of the part below it: the words that tell its role, and those of what is not about the thing.

use crate::analysis::model::PassageRole as Role;

/// Words of headings, most telling first, with the role they stand for.
const HEADINGS: &[(&str, Role)] = &[
    ("objective", Role::Goals),
    ("you will learn", Role::Goals),
    ("you'll learn", Role::Goals),
    ("learning goal", Role::Goals),
    ("learning outcome", Role::Goals),
    ("why not", Role::Alternatives),
    ("why should", Role::Why),
    ("shouldn't i", Role::Alternatives),
    ("alternative", Role::Alternatives),
    ("comparison", Role::Alternatives),
    ("compared", Role::Alternatives),
    ("versus", Role::Alternatives),
    (" vs", Role::Alternatives),
    ("differ", Role::Alternatives),
    ("similar", Role::Alternatives),
    ("related", Role::Alternatives),
    ("prior art", Role::Alternatives),
    ("why", Role::Why),
    ("motivation", Role::Why),
    ("rationale", Role::Why),
    ("philosophy", Role::Why),
    ("goal", Role::Why),
    ("principle", Role::Why),
    ("background", Role::Why),
    ("purpose", Role::Why),
    ("design decision", Role::Why),
    ("how it works", Role::How),
    ("how does", Role::How),
    ("how this works", Role::How),
    ("under the hood", Role::How),
    ("internals", Role::How),
    ("architecture", Role::How),
    ("design", Role::How),
    ("implementation", Role::How),
    ("concept", Role::How),
    ("data model", Role::How),
    ("algorithm", Role::How),
    ("protocol", Role::How),
    ("installation", Role::Start),
    ("method", Role::How),
    ("pipeline", Role::How),
    ("structure", Role::Contents),
    ("layout", Role::Contents),
    ("hardware", Role::How),
    ("wiring", Role::How),
    ("source code", Role::How),
    ("details", Role::How),
    ("feature", Role::Features),
    ("highlight", Role::Features),
    ("benefit", Role::Features),
    ("capabilit", Role::Features),
    ("what can", Role::Features),
    ("use case", Role::Features),
    ("support", Role::Features),
    ("caveat", Role::Caveats),
    ("limitation", Role::Caveats),
    ("known issue", Role::Caveats),
    ("faq", Role::Caveats),
    ("frequently", Role::Caveats),
    ("questions", Role::Caveats),
    ("troubleshoot", Role::Caveats),
    ("warning", Role::Caveats),
    ("gotcha", Role::Caveats),
    ("note", Role::Caveats),
    ("compatib", Role::Caveats),
    ("disclaimer", Role::Caveats),
    ("getting started", Role::Start),
    ("get started", Role::Start),
    ("quick start", Role::Start),
    ("quickstart", Role::Start),
    ("install", Role::Start),
    ("reproduc", Role::Start),
    ("setup", Role::Start),
    ("set up", Role::Start),
    ("build", Role::Start),
    ("running", Role::Start),
    ("run ", Role::Start),
    ("prerequisite", Role::Start),
    ("deploy", Role::Start),
    ("download", Role::Start),
    ("compil", Role::Start),
    ("flashing", Role::Start),
    ("flash ", Role::Start),
    ("dependenc", Role::Start),
    ("environment", Role::Start),
    ("requirement", Role::Start),
    ("usage", Role::Usage),
    ("using", Role::Usage),
    ("how to", Role::Usage),
    ("example", Role::Usage),
    ("command", Role::Usage),
    ("option", Role::Usage),
    ("configur", Role::Usage),
    ("customi", Role::Usage),
    ("input", Role::Usage),
    ("output", Role::Usage),
    ("control", Role::Usage),
    ("api", Role::Usage),
    ("reference", Role::Usage),
    ("content", Role::Contents),
    ("curriculum", Role::Contents),
    ("syllabus", Role::Contents),
    ("lesson", Role::Contents),
    ("chapter", Role::Contents),
    ("resource", Role::Contents),
    ("what is", Role::What),
    ("overview", Role::What),
    ("intro", Role::What),
];

/// Headings of what is not about the thing itself.
const ASIDE: &[&str] = &[
    "licen",
    "contribut",
    "author",
    "credit",
    "acknowledg",
    "sponsor",
    "support us",
    "donat",
    "communit",
    "contact",
    "changelog",
    "release",
    "thanks",
    "giving",
    "backer",
    "star history",
    "citation",
    "citing",
    "code of conduct",
    "security policy",
    "security issue",
    "security contact",
    "reporting",
    "people",
    "team",
    "maintainer",
    "table of contents",
    "translation",
    "badge",
    "copyright",
    "stay in touch",
    "social",
    "roadmap",
    "todo",
    "news",
    "feedback",
    "vulnerability",
    "getting help",
    "bug",
    "fixing",
    "providers",
    "additional information",
    "russia",
    "support the",
    "supporter",
    "non-goal",
    "non goal",
    "rejected",
    "considered",
    "out of scope",
    "open question",
    "unresolved",
    "future",
    "planned",
    "upgrad",
    "migrat",
    "breaking change",
    "incompatible change",
    "deprecat",
    "build status",
    "acceptance",
    "trademark",
    "professional support",
    "commercial support",
    "office hours",
    "newsletter",
    "mailing list",
    "follow us",
    "our services",
    "consult",
    "editor support",
    "editor integration",
    "ide support",
    "ide integration",
    "shell completion",
    "language server",
    "day-2",
    "operational mastery",
    "translations",
];

/// "First line {#firstline}" is "First line".
pub(super) fn without_anchor(heading: &str) -> String {
    let plain = heading.trim_end();
    let anchor = plain.rfind("{#").filter(|_| plain.ends_with('}'));

    anchor.map_or(plain, |at| plain[..at].trim_end()).to_owned()
}

/// "2. The mill" and "1.3) The gate" are "The mill" and "The gate".
pub(super) fn without_number(heading: &str) -> &str {
    let rest = heading.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let numbered = rest.len() < heading.len() && heading.starts_with(|c: char| c.is_ascii_digit());
    let after = rest.trim_start_matches([')', ':']);

    // "3D Design" and "64 bit" begin with what they are about.
    let marked = after.len() < rest.len() || heading[..heading.len() - rest.len()].ends_with('.');
    if numbered && marked && after.starts_with(' ') {
        after.trim_start()
    } else {
        heading
    }
}

/// "Using a different gate" sets nothing side by side; "How is it different?" and "Differences" do.
fn is_another(lower: &str, word: &str) -> bool {
    let noun = lower
        .split_once("different ")
        .and_then(|(_, rest)| rest.split_whitespace().next());

    word == "differ" && noun.is_some_and(|noun| !matches!(noun, "from" | "than" | "to"))
}

/// "debugging" has no bug.
fn begins_a_word(lower: &str, word: &str) -> bool {
    lower
        .match_indices(word)
        .any(|(at, _)| !lower[..at].ends_with(char::is_alphanumeric))
}

/// What a heading stands for; `None` when it is not about the thing itself.
pub(super) fn role_of(heading: &str, name: &str) -> Option<Role> {
    let lower = format!("{} ", heading.trim().to_lowercase().replace(['?', ':', '!'], ""));
    if ASIDE.iter().any(|word| begins_a_word(&lower, word)) {
        return None;
    }
    if matches!(
        lower.trim(),
        "changes" | "what's new" | "whats new" | "help" | "links" | "update" | "updates"
    ) {
        return None;
    }
    if letters(&lower) == letters(&name.to_lowercase())
        || matches!(lower.trim(), "what" | "description" | "summary" | "readme")
    {
        return Some(Role::What);
    }
    // "About tracks" is about a part.
    let of_the_whole = |rest: &str| {
        let rest = rest.trim().trim_start_matches("the ").trim_start_matches("this ");
        matches!(
            rest,
            "" | "project" | "repository" | "repo" | "app" | "us" | "it" | "book" | "game" | "library"
        ) || letters(rest) == letters(&name.to_lowercase())
    };
    if let Some(rest) = lower.strip_prefix("about ") {
        return Some(if of_the_whole(rest) {
            Role::What
        } else {
            Role::Subject
        });
    }

    // "Installing kiln and supported versions" says first how it is installed.
    if lower.starts_with("install") && !lower.starts_with("installer") {
        return Some(Role::Start);
    }
    // "Internal flash" is a part of a board.
    let is_part = |word: &str| word == "flash " && !lower.starts_with(word);
    let known = HEADINGS.iter().find(|(word, _)| {
        lower.contains(word) && !is_part(word) && !is_a_name(&lower, word) && !is_another(&lower, word)
    });
    Some(known.map_or(Role::Subject, |(_, role)| *role))
}

/// "Model Context Protocol", "The Unix Philosophy" and "The Peter Principle (of 1969)" are names of something, and say
/// nothing of what stands below them.
fn is_a_name(lower: &str, word: &str) -> bool {
    const OWN: [&str; 15] = [
        "our",
        "design",
        "core",
        "guiding",
        "main",
        "basic",
        "key",
        "general",
        "the",
        "wire",
        "project",
        "some",
        "and",
        "development",
        "its",
    ];
    let named = matches!(
        word,
        "protocol" | "philosophy" | "principle" | "theorem" | "model" | "input" | "output"
    );
    let words: Vec<&str> = lower.split_whitespace().collect();
    let Some(at) = words.iter().position(|found| found.starts_with(word)) else {
        // "Input-Process-Output" holds the word, and does not have it.
        return named;
    };
    let before = at.checked_sub(1).map(|before| words[before]);

    named
        && (before.is_some_and(|before| !OWN.contains(&before))
            || words.get(at).is_some_and(|found| found.contains('-')))
}

/// Letters and digits alone: `Rack::Attack` and `rack-attack` are one name.
fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_is_the_projects_name_in_any_writing_and_about_a_part_is_not_about_the_whole() {
        assert_eq!(role_of("Tide::Mill", "tide-mill"), Some(Role::What));
        assert_eq!(without_number("2. The mill"), "The mill");
        assert_eq!(without_number("3D mills"), "3D mills");
        assert_eq!(without_number("2048 gates"), "2048 gates");
        assert_eq!(role_of("Bug reports", "tide-mill"), None);
        assert!(role_of("Debugging a gate", "tide-mill").is_some());
        assert_eq!(role_of("Using a different gate", "tide-mill"), Some(Role::Usage));
        assert_eq!(
            role_of("How is it different?", "tide-mill"),
            Some(Role::Alternatives)
        );
        assert_eq!(role_of("About", "tide-mill"), Some(Role::What));
        assert_eq!(role_of("About TideMill", "tide-mill"), Some(Role::What));
        assert_eq!(role_of("About sluices", "tide-mill"), Some(Role::Subject));
    }
}
