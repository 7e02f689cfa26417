//! Numbers about tasks: how many, how fast, how often in time.

use chrono::NaiveDate;
use proto::tasks::adiuva::{Metric, Priority, TaskStatus};

use crate::context::Task;
use crate::numbers::{as_number, median, percentage, round_tenth};
use crate::when::Frame;

/// Of all tasks, or of those that were made, due or finished in a period.
pub(super) fn measure_tasks(
    tasks: &[Task],
    period: Option<(NaiveDate, NaiveDate)>,
    frame: &Frame,
) -> Vec<Metric> {
    let within = |day: Option<NaiveDate>| {
        period.is_none_or(|(from, until)| day.is_some_and(|day| from <= day && day <= until))
    };
    let touches = |task: &&Task| {
        within(task.finished.map(|at| at.date_naive()))
            || within(task.created.map(|at| at.date_naive()))
            || within(task.due.map(|due| due.day))
    };
    let all: Vec<&Task> = tasks.iter().filter(touches).collect();
    let done: Vec<&Task> = tasks
        .iter()
        .filter(|task| task.item.status == TaskStatus::Done)
        .filter(|task| period.is_none() || within(task.finished.map(|at| at.date_naive())))
        .collect();
    let open = all.iter().filter(|task| is_open(task)).count();
    let late: Vec<&&Task> = all.iter().filter(|task| task.item.is_late).collect();

    let dated: Vec<&&Task> = done
        .iter()
        .filter(|task| task.due.is_some() && task.finished.is_some())
        .collect();
    let in_time = dated
        .iter()
        .filter(|task| task.finished.zip(task.due).is_some_and(|(at, due)| at < due.end))
        .count();
    let days: Vec<f64> = done.iter().filter_map(|task| days_taken(task)).collect();
    let late_days: Vec<f64> = late
        .iter()
        .filter_map(|task| task.due)
        .map(|due| as_number(usize::try_from((frame.today() - due.day).num_days()).unwrap_or(0)))
        .collect();
    let urgent = all
        .iter()
        .filter(|task| is_open(task) && task.item.priority >= Priority::High)
        .count();
    let counted = all
        .iter()
        .filter(|task| task.item.status != TaskStatus::Cancelled)
        .count()
        .max(done.len());

    vec![
        counted_metric("tasks", all.len(), "in the context, within the period"),
        counted_metric("finished", done.len(), "with status done"),
        counted_metric("open", open, "to do or in progress"),
        counted_metric("late", late.len(), "open and past their due date"),
        counted_metric("open_high_or_urgent", urgent, "open, of high or urgent priority"),
        metric(
            "completion_rate",
            percentage(done.len(), counted),
            "%",
            &format!("{} of {counted} that were not cancelled", done.len()),
        ),
        metric(
            "on_time_rate",
            percentage(in_time, dated.len()),
            "%",
            &format!("{in_time} of {} finished with a due date", dated.len()),
        ),
        metric(
            "median_days_to_finish",
            median(&days).map(round_tenth),
            " days",
            &format!("from creation to completion, of {}", days.len()),
        ),
        metric(
            "median_days_late",
            median(&late_days).map(round_tenth),
            " days",
            &format!("of {} late", late_days.len()),
        ),
    ]
}

fn is_open(task: &Task) -> bool {
    matches!(task.item.status, TaskStatus::Todo | TaskStatus::InProgress)
}

fn days_taken(task: &Task) -> Option<f64> {
    let minutes = (task.finished? - task.created?).num_minutes();
    u32::try_from(minutes)
        .ok()
        .map(|minutes| f64::from(minutes) / 1440.0)
}

fn counted_metric(name: &str, number: usize, explanation: &str) -> Metric {
    metric(name, Some(as_number(number)), "", explanation)
}

fn metric(name: &str, value: Option<f64>, unit: &str, explanation: &str) -> Metric {
    Metric {
        name: name.to_owned(),
        value,
        unit: unit.to_owned(),
        explanation: explanation.to_owned(),
    }
}
