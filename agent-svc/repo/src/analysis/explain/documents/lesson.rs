//! What a page of a course or a site says of itself beside its text: its title, what is to be learned and what was
//! learned, in front matter or in fenced divs; and the page without what only exercises need. Every line keeps its place.

use std::sync::LazyLock;

use regex::Regex;

/// A page, read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Lesson {
    pub(super) title: Option<String>,
    /// What a reader is to be able to do, with lines from 1.
    pub(super) goals: Vec<(u32, String)>,
    /// What a reader is to remember.
    pub(super) points: Vec<(u32, String)>,
    /// The page without its divs of exercises.
    pub(super) text: String,
}

const GOALS: [&str; 5] = [
    "objectives",
    "goals",
    "learning_objectives",
    "outcomes",
    "learning-objectives",
];
const POINTS: [&str; 5] = [
    "keypoints",
    "key_points",
    "takeaways",
    "key-points",
    "summary_points",
];
/// Divs whose content is an exercise, an answer, or for somebody else.
const ASIDE: [&str; 16] = [
    "solution",
    "challenge",
    "exercise",
    "spoiler",
    "hint",
    "instructor",
    "testimonial",
    "questions",
    "callout",
    "discussion",
    "prereq",
    "prerequisites",
    "tab",
    "group-tab",
    "checklist",
    "quiz",
];

pub(super) fn read(text: &str) -> Lesson {
    let mut lesson = Lesson::default();
    let lines: Vec<&str> = text.lines().collect();
    let body = front_matter(&lines, &mut lesson);
    let mut out: Vec<&str> = vec![""; body];
    let mut open: Vec<&str> = Vec::new();
    for (row, line) in lines.iter().enumerate().skip(body) {
        let trimmed = line.trim();
        if trimmed.starts_with(":::") {
            let word = trimmed.trim_matches([':', ' ']);
            match word.split([' ', '}']).next().unwrap_or_default() {
                "" => {
                    open.pop();
                }
                name => open.push(name.trim_start_matches(['{', '.'])),
            }
            out.push("");
            continue;
        }

        let within = |names: &[&str]| {
            open.iter()
                .any(|name| names.contains(&name.to_lowercase().as_str()))
        };
        let item = trimmed
            .strip_prefix(['-', '*', '+'])
            .filter(|item| item.starts_with(' '));
        let listed = match (within(&GOALS), within(&POINTS)) {
            (true, _) => Some(&mut lesson.goals),
            (_, true) => Some(&mut lesson.points),
            _ => None,
        };
        if let Some(listed) = listed {
            match (item, listed.last_mut()) {
                (Some(item), _) => listed.push((line_number(row), item.trim().to_owned())),
                (None, Some((_, last))) if line.starts_with([' ', '\t']) && !trimmed.is_empty() => {
                    last.push(' ');
                    last.push_str(trimmed);
                }
                _ => {}
            }
            out.push("");
        } else if within(&ASIDE) {
            out.push("");
        } else {
            out.push(line);
        }
    }
    lesson.text = out.join("\n");

    lesson
}

fn line_number(row: usize) -> u32 {
    u32::try_from(row + 1).unwrap_or(u32::MAX)
}

/// Takes title, goals and points out of what stands between `---`; the row of the line after it.
fn front_matter(lines: &[&str], lesson: &mut Lesson) -> usize {
    static KEY: LazyLock<Option<Regex>> =
        LazyLock::new(|| crate::pattern::compile(r"^([\w-]+):\s*(.*)$").ok());

    if lines.first().map(|line| line.trim_end()) != Some("---") {
        return 0;
    }
    let Some(end) = lines
        .iter()
        .skip(1)
        .take(120)
        .position(|line| line.trim_end() == "---")
    else {
        return 0;
    };

    let mut key = String::new();
    for (row, line) in lines.iter().enumerate().take(end + 1).skip(1) {
        if let Some(groups) = KEY.as_ref().and_then(|key| key.captures(line)) {
            key = groups[1].to_lowercase();
            let value = unquoted(&groups[2]);
            if key == "title" && !value.is_empty() {
                lesson.title = Some(value);
            }
            continue;
        }
        let Some(item) = line.trim().strip_prefix("- ").map(unquoted) else {
            continue;
        };
        if GOALS.contains(&key.as_str()) {
            lesson.goals.push((line_number(row), item));
        } else if POINTS.contains(&key.as_str()) {
            lesson.points.push((line_number(row), item));
        }
    }

    end + 2
}

fn unquoted(text: &str) -> String {
    text.trim().trim_matches(['"', '\'']).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lesson_says_what_is_to_be_learned_and_keeps_its_lines() {
        let text = "---\ntitle: Tracking Changes\nobjectives:\n- \"Go through the cycle.\"\n---\n\n:::: keypoints\n\n- `git add` puts files\n  in the staging area.\n\n::::\n\nA sentence.\n\n::: challenge\n\n## Try\n\n:::: solution\nNo.\n::::\n:::\n\nThe end.\n";
        let lesson = read(text);
        assert_eq!(lesson.title.as_deref(), Some("Tracking Changes"));
        assert_eq!(lesson.goals, [(4, "Go through the cycle.".to_owned())]);
        assert_eq!(
            lesson.points,
            [(9, "`git add` puts files in the staging area.".to_owned())]
        );
        let left: Vec<(usize, &str)> = lesson
            .text
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.is_empty())
            .collect();
        assert_eq!(left, [(13, "A sentence."), (24, "The end.")]);
    }
}
