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
        Regex::new(r"^(?:#{1,3}\s*)?(?:\[|Version |version |v|Release )*(\d+)\.(\d+)(?:\.(\d+))?\b[\w.-]*\]?")
            .ok()
    });

    let lines: Vec<&str> = text.lines().collect();
    let mut found: Vec<Milestone> = Vec::new();
    let mut open = false;
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

        let Some(current) = found
            .last_mut()
            .filter(|current| open && current.changes.len() < 6)
        else {
            continue;
        };
        let text = prose::tidy(line.trim_start_matches(['-', '*', ' ', '\t', '+']));
        let words = text.split(' ').count();
        let ends = line.trim().starts_with(['#', '=', '-']) && words < 3;
        let lower = format!(" {} ", text.to_lowercase());
        let personal = [" i ", " i'd ", " i'm ", " i've ", "thank", " my "]
            .iter()
            .any(|word| lower.contains(word));
        if (3..=32).contains(&words)
            && !ends
            && !personal
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
    for milestone in &mut found {
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

    found
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
        assert_eq!(
            told,
            [
                ("2.0", "Removed the old parser entirely"),
                ("5.0", "remove: the bundled body parser")
            ]
        );
    }
}
