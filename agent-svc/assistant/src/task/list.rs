//! The tasks that fit what was asked: late, due, by priority, state, tag and words.

use chrono::NaiveDate;
use proto::tasks::adiuva::{Priority, TaskStatus, ToolResult};

use crate::Reply;
use crate::context::{Desk, Task};
use crate::when::{Mention, When};
use crate::words::{count, find_priority, quoted, says, says_any};

const SHOWN: usize = 20;

/// What is asked for.
#[derive(Debug, Default)]
struct Filter {
    is_late: bool,
    status: Option<Vec<TaskStatus>>,
    priority: Option<Priority>,
    days: Option<(NaiveDate, NaiveDate)>,
    tag: Option<String>,
    words: Option<String>,
    has_no_date: bool,
}

pub(super) fn list_tasks(desk: &mut Desk<'_>) -> Reply {
    let mut reply = Reply::default();
    let mentions = desk.mentions(desk.message());
    let filter = Filter::read(desk, &mentions);
    let mut found: Vec<&Task> = desk.tasks.iter().filter(|task| filter.fits(task)).collect();
    found.sort_by(|one, other| {
        let due = |task: &Task| task.due.map_or((true, None), |due| (false, Some(due.end)));
        due(one)
            .cmp(&due(other))
            .then(other.item.priority.cmp(&one.item.priority))
            .then(one.item.title.cmp(&other.item.title))
    });

    if desk.tasks.is_empty() {
        reply.say("There are no tasks in the context, so there is none to list.");
    } else if found.is_empty() {
        reply.say(format!(
            "None of your {} is {}.",
            count(desk.tasks.len(), "task"),
            filter.tell()
        ));
    } else {
        let lines: Vec<String> = found
            .iter()
            .take(SHOWN)
            .map(|task| format!("- {}", tell_task(task)))
            .collect();
        let rest = found.len().saturating_sub(SHOWN);
        let more = if rest > 0 {
            format!("\n- … and {rest} more")
        } else {
            String::new()
        };
        let late = found.iter().filter(|task| task.item.is_late).count();
        let are_late = if late > 0 && !filter.is_late {
            format!(", {late} of them late")
        } else {
            String::new()
        };
        reply.say(format!(
            "{} ({}){are_late}:\n{}{more}",
            count(found.len(), "task"),
            filter.tell(),
            lines.join("\n")
        ));
    }

    reply.results.push(ToolResult::ListTasks(
        found.into_iter().map(|task| task.item.clone()).collect(),
    ));
    reply
}

fn tell_task(task: &Task) -> String {
    let item = &task.item;
    let due = item
        .due_date
        .as_ref()
        .map_or_else(String::new, |due| format!(", due {due}"));
    let late = if item.is_late { ", late" } else { "" };
    let status = if item.status == TaskStatus::Todo {
        String::new()
    } else {
        format!(", {}", item.status.as_str().replace('_', " "))
    };

    format!(
        "{} ({} priority{due}{status}{late})",
        item.title,
        item.priority.as_str()
    )
}

impl Filter {
    fn read(desk: &Desk<'_>, mentions: &[Mention]) -> Self {
        let message = desk.message();
        let is_late = says_any(message, &["overdue", "late", "past due", "behind", "missed"]);
        let has_no_date = says_any(
            message,
            &[
                "without a due date",
                "without due date",
                "no due date",
                "without a date",
                "undated",
            ],
        );
        let days = mentions.iter().find_map(|mention| match mention.when {
            When::Days(first, last) => Some((first, last)),
            When::At(at) | When::Span(at, _) => Some((at.date_naive(), at.date_naive())),
            _ => None,
        });

        Self {
            is_late,
            status: read_status(message),
            priority: find_priority(message).map(|(priority, _)| priority),
            days: days.filter(|_| !is_late),
            tag: read_tag(desk, message),
            words: quoted(message)
                .map(str::to_lowercase)
                .or_else(|| read_subject(message)),
            has_no_date,
        }
    }

    fn fits(&self, task: &Task) -> bool {
        let item = &task.item;
        let is_open = matches!(item.status, TaskStatus::Todo | TaskStatus::InProgress);
        let days_fit = |(first, last): (NaiveDate, NaiveDate)| {
            let is_done = self
                .status
                .as_ref()
                .is_some_and(|wanted| wanted.contains(&TaskStatus::Done));
            let day = match task.finished {
                Some(at) if is_done => Some(at.date_naive()),
                _ => task.due.map(|due| due.day),
            };
            day.is_some_and(|day| first <= day && day <= last)
        };

        (!self.is_late || item.is_late)
            && self
                .status
                .as_ref()
                .map_or(is_open, |wanted| wanted.contains(&item.status))
            && self.priority.is_none_or(|priority| item.priority == priority)
            && self.days.is_none_or(days_fit)
            && (!self.has_no_date || task.due.is_none())
            && self.tag.as_ref().is_none_or(|tag| task.tags.contains(tag))
            && self
                .words
                .as_ref()
                .is_none_or(|words| item.title.to_lowercase().contains(words.as_str()))
    }

    fn tell(&self) -> String {
        let mut parts = Vec::new();
        match &self.status {
            None => parts.push("open".to_owned()),
            Some(wanted) if wanted.len() == 4 => parts.push("in any state".to_owned()),
            Some(wanted) => parts.push(
                wanted
                    .iter()
                    .map(|status| status.as_str().replace('_', " "))
                    .collect::<Vec<_>>()
                    .join(" or "),
            ),
        }
        parts.extend(self.is_late.then(|| "late".to_owned()));
        parts.extend(
            self.priority
                .map(|priority| format!("of {} priority", priority.as_str())),
        );
        parts.extend(self.days.map(|(first, last)| {
            if first == last {
                format!("for {first}")
            } else {
                format!("from {first} to {last}")
            }
        }));
        parts.extend(self.has_no_date.then(|| "without a due date".to_owned()));
        parts.extend(self.tag.as_ref().map(|tag| format!("tagged {tag}")));
        parts.extend(self.words.as_ref().map(|words| format!("about “{words}”")));

        parts.join(", ")
    }
}

fn read_status(message: &str) -> Option<Vec<TaskStatus>> {
    if says_any(
        message,
        &["all tasks", "all my tasks", "every task", "all of my tasks"],
    ) && !says_any(message, &["open", "done", "completed", "overdue"])
    {
        return Some(vec![
            TaskStatus::Todo,
            TaskStatus::InProgress,
            TaskStatus::Done,
            TaskStatus::Cancelled,
        ]);
    }
    if says_any(
        message,
        &[
            "done",
            "completed",
            "finished",
            "did i do",
            "have i done",
            "closed",
        ],
    ) && !says_any(message, &["not done", "to be done"])
    {
        return Some(vec![TaskStatus::Done]);
    }
    if says_any(
        message,
        &[
            "in progress",
            "in-progress",
            "started",
            "working on",
            "ongoing",
            "doing",
        ],
    ) {
        return Some(vec![TaskStatus::InProgress]);
    }

    says_any(message, &["cancelled", "canceled", "dropped"]).then(|| vec![TaskStatus::Cancelled])
}

/// `#work`, or a tag that tasks have, before or behind `tasks`.
fn read_tag(desk: &Desk<'_>, message: &str) -> Option<String> {
    let marked = message.split_whitespace().find_map(|word| word.strip_prefix('#'));
    if let Some(tag) = marked {
        return Some(
            tag.trim_matches(|sign: char| !sign.is_alphanumeric())
                .to_lowercase(),
        );
    }

    let tags = desk.tasks.iter().flat_map(|task| &task.tags);
    tags.filter(|tag| {
        [
            "tagged ",
            "labelled ",
            "labeled ",
            "in ",
            "project ",
            "for ",
            "for the ",
            "in the ",
        ]
        .iter()
        .any(|before| says(message, &format!("{before}{tag}")))
            || says(message, &format!("{tag} tasks"))
    })
    .max_by_key(|tag| tag.len())
    .cloned()
}

/// `tasks about the budget`.
fn read_subject(message: &str) -> Option<String> {
    let lower = message.to_lowercase();
    let rest = [
        "about ",
        "containing ",
        "mentioning ",
        "related to ",
        "regarding ",
    ]
    .iter()
    .find_map(|mark| lower.split_once(mark))?
    .1;
    let words: Vec<&str> = rest
        .split_whitespace()
        .skip_while(|word| matches!(*word, "the" | "my" | "a" | "our"))
        .take(2)
        .collect();
    let subject = words.first()?.trim_matches(|sign: char| !sign.is_alphanumeric());

    (!subject.is_empty()).then(|| subject.to_owned())
}
