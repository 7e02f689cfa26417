//! Releases that changed much, from a change log: majors, and what their notes say first.

use std::sync::LazyLock;

use regex::Regex;

use crate::analysis::{
    model::{Milestone, Remark},
    prose,
};

const MOST: usize = 6;

pub(super) fn is_change_log(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    path.matches('/').count() < 2
        && [
            "changelog",
            "history.",
            "changes",
            "news",
            "releases",
            "00-release",
        ]
        .iter()
        .any(|start| name.starts_with(start))
}

/// Reads a change log of any of the usual shapes.
pub(super) fn read(file: &str, text: &str) -> Vec<Milestone> {
    static HEADING: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(
            r"^(?:#{1,3}\s*)?(?:\[|Version |version |v|Release )*(\d+)\.(\d+)(?:\.(\d+))?\b[\w.-]*\]?",
        )
        .ok()
    });

    let lines: Vec<&str> = text.lines().collect();
    let mut found: Vec<Milestone> = Vec::new();
    let mut open = false;
    let mut aside = false;
    for (row, line) in lines.iter().enumerate() {
        let indented = line.starts_with([' ', '\t']);
        let heading = HEADING
            .as_ref()
            .filter(|_| !indented && line.len() < 80)
            .and_then(|pattern| pattern.captures(line));
        if let Some(groups) = heading {
            let part = |at: usize| groups.get(at).map_or("0", |part| part.as_str());
            let pre = ["alpha", "beta", "rc"]
                .iter()
                .any(|word| line.to_lowercase().contains(word));
            aside = false;
            open = part(2) == "0" && part(3) == "0" && !pre;
            if open && found.len() < MOST {
                found.push(Milestone {
                    version: format!("{}.0", part(1)),
                    file: file.to_owned(),
                    line: number(row),
                    changes: Vec::new(),
                });
            }
            continue;
        }

        if line.trim_start().starts_with('#') {
            aside = is_aside(line);
        }
        let Some(current) = found
            .last_mut()
            .filter(|current| open && !aside && current.changes.len() < 6)
        else {
            continue;
        };
        // What goes on in the next line is told whole, and that line not alone.
        let marked = line.trim_start().starts_with(['-', '*', '+', '#']);
        if !marked && indented {
            continue;
        }
        let following = if marked { &lines[row + 1..] } else { &[] };
        let text = without_references(&prose::tidy(&join_item(line, following)));
        let words = text.split(' ').count();
        let ends = line.trim().starts_with(['#', '=', '-']) && words < 3;
        let lower = format!(" {} ", text.to_lowercase());
        let personal = [" i ", " i'd ", " i'm ", " i've ", "thank", " my "]
            .iter()
            .any(|word| lower.contains(word));
        if (3..=32).contains(&words)
            && !ends
            && !personal
            && !text.contains('/')
            && ![
                "for ", "to ", "by ", "with ", "and ", "chore", "ci:", "ci(", "docs", "test", "style",
                "build:", "initial ",
            ]
            .iter()
            .any(|start| text.to_lowercase().starts_with(start))
            && !text.contains("http")
            && super::glean::is_prose(&text)
        {
            current.changes.push(Remark {
                text,
                file: file.to_owned(),
                line: number(row),
            });
        }
    }
    found.retain(|milestone| !milestone.changes.is_empty());
    found.iter_mut().for_each(keep_most_telling);

    found
}

/// A point of a list with the lines that go on with it.
fn join_item(line: &str, following: &[&str]) -> String {
    let goes_on = |line: &&&str| {
        let bare = line.trim_start();
        line.starts_with([' ', '\t']) && !bare.is_empty() && !bare.starts_with(['-', '*', '+'])
    };

    let mut whole = line.trim_start_matches(['-', '*', ' ', '\t', '+']).to_owned();
    for more in following.iter().take_while(goes_on).take(6) {
        whole.push(' ');
        whole.push_str(more.trim());
    }

    whole
}

fn keep_most_telling(milestone: &mut Milestone) {
    let telling = |text: &str| {
        let lower = text.to_lowercase();
        [
            "breaking", "remove", "drop", "new ", "support", "require", "rewrit", "replace", "add",
        ]
        .iter()
        .any(|word| lower.contains(word))
    };

    milestone.changes.sort_by_key(|change| !telling(&change.text));
    milestone.changes.truncate(3);
}

/// Parts of the notes of a release that thank, or are about the release itself.
fn is_aside(heading: &str) -> bool {
    let lower = heading.to_lowercase();
    [
        "thank",
        "contributor",
        "credit",
        "packag",
        "acknowledg",
        "internal",
        "chore",
    ]
    .iter()
    .any(|word| lower.contains(word))
}

/// The change without who made it and where it was talked about: "…, see #6 (@somebody)".
fn without_references(text: &str) -> String {
    static TAIL: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(r"(?i)[\s,;(\[]*(?:\b(?:see|fixes|closes|fixed|issue|pr|by|via|thanks to|thanks)\b[\s:]*)*(?:\[?#\d+|\{\w+\}`|:\w+:`|\(?@[a-z]).*$")
            .ok()
    });

    TAIL.as_ref().map_or_else(
        || text.to_owned(),
        |tail| tail.replace(text, "").trim().to_owned(),
    )
}

fn number(row: usize) -> u32 {
    u32::try_from(row + 1).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn majors_are_told_with_what_changed() {
        let text = "# Changes\n\n## [2.1.0] - 2024-01-01\n\n- Small fix of things\n\n## [2.0.0] - 2023-01-01\n\n- Tidied the notes a bit\n- Removed the old parser entirely\n\n5.0.0 / 2024-09-10\n====\n\n  * remove: the bundled body parser\n";
        let found = read("CHANGELOG.md", text);
        let told: Vec<(&str, &str)> = found
            .iter()
            .map(|m| (m.version.as_str(), m.changes[0].text.as_str()))
            .collect();
        let thanked = "## 3.0.0\n\n## Features\n\n- Summary output that compares the mills, see #6 (@somebody)\n\n## Thanks\n\n- for reviewing pull requests and for very valuable feedback\n";
        let found_thanked = read("CHANGELOG.md", thanked);
        let long = "## 4.0.0\n\n-   Add a gate to the mill, showing the name of its wheel for\n    friendlier listings at night. {pr}`12`\n";
        assert_eq!(
            read("CHANGES.md", long)[0].changes[0].text,
            "Add a gate to the mill, showing the name of its wheel for friendlier listings at night."
        );
        assert_eq!(found_thanked[0].changes.len(), 1);
        assert_eq!(
            found_thanked[0].changes[0].text,
            "Summary output that compares the mills"
        );
        assert_eq!(
            told,
            [
                ("2.0", "Removed the old parser entirely"),
                ("5.0", "remove: the bundled body parser")
            ]
        );
    }
}
