//! `adiuva.analytics`: metrics, reports and trends, computed from what came with the message, with the numbers shown.

mod metrics;
mod trend;

use chrono::{Days, NaiveDate};
use proto::tasks::adiuva::{Metric, Report, ToolResult, Trend};

use self::metrics::measure_tasks;
use self::trend::{data_series, describe_trend, finished_by_week};
use crate::Reply;
use crate::context::Desk;
use crate::numbers::say_number;
use crate::when::{Mention, When};
use crate::words::{capitalise, count, says_any};

const REPORT: &[&str] = &[
    "report",
    "summary",
    "summarise",
    "summarize",
    "overview",
    "review of",
    "recap",
];
const TREND: &[&str] = &[
    "trend",
    "trends",
    "trending",
    "over time",
    "progress over",
    "getting better",
    "getting worse",
    "improving",
    "slope",
    "rising",
    "falling",
    "growth",
    "increasing",
    "decreasing",
];

pub(crate) fn answer_about_numbers(desk: &mut Desk<'_>) -> Reply {
    let message = desk.message();
    let mentions = desk.mentions(message);
    if says_any(message, TREND) {
        return tell_trends(desk);
    }
    if says_any(message, REPORT) {
        return write_report(desk, &mentions);
    }

    tell_metrics(desk, &mentions)
}

/// The period that is asked about, if one is.
fn asked_period(mentions: &[Mention]) -> Option<(NaiveDate, NaiveDate)> {
    mentions.iter().find_map(|mention| match mention.when {
        When::Days(first, last) => Some((first, last)),
        When::At(at) | When::Span(at, _) => Some((at.date_naive(), at.date_naive())),
        _ => None,
    })
}

/// The period of a report: what is asked, or what the report is called after.
fn report_period(desk: &Desk<'_>, mentions: &[Mention]) -> (NaiveDate, NaiveDate) {
    let today = desk.frame.today();
    if let Some(period) = asked_period(mentions) {
        return period;
    }
    let days = match desk.message() {
        message if says_any(message, &["daily", "day"]) => 0,
        message if says_any(message, &["monthly", "month"]) => 29,
        message if says_any(message, &["quarterly", "quarter"]) => 89,
        message if says_any(message, &["yearly", "annual", "year"]) => 364,
        _ => 6,
    };

    (today - Days::new(days), today)
}

fn tell_metric(metric: &Metric) -> String {
    let value = metric.value.map_or_else(|| "–".to_owned(), say_number);
    format!(
        "- {}: {value}{} ({})",
        capitalise(&metric.name.replace('_', " ")),
        metric.unit,
        metric.explanation
    )
}

fn tell_metrics(desk: &Desk<'_>, mentions: &[Mention]) -> Reply {
    let mut reply = Reply::default();
    let series = data_series(desk);
    if desk.tasks.is_empty() && !series.is_empty() {
        return tell_trends(desk);
    }
    let metrics = measure_tasks(&desk.tasks, asked_period(mentions), &desk.frame);
    let lines: Vec<String> = metrics.iter().map(tell_metric).collect();
    reply.say(if desk.tasks.is_empty() {
        "There are no tasks in the context to measure.".to_owned()
    } else {
        format!("From {}:\n{}", count(desk.tasks.len(), "task"), lines.join("\n"))
    });

    reply.results.push(ToolResult::CalculateMetrics(metrics));
    reply
}

fn write_report(desk: &Desk<'_>, mentions: &[Mention]) -> Reply {
    let mut reply = Reply::default();
    let period = report_period(desk, mentions);
    let report = build_report(desk, period);

    reply.say(report.text.clone());
    reply.results.push(ToolResult::GenerateReport(report));
    reply
}

fn build_report(desk: &Desk<'_>, (from, until): (NaiveDate, NaiveDate)) -> Report {
    let metrics = measure_tasks(&desk.tasks, Some((from, until)), &desk.frame);
    let title = format!(
        "Report from {} to {}",
        from.format("%-d %B %Y"),
        until.format("%-d %B %Y")
    );
    let mut parts = vec![
        format!("## {title}"),
        metrics.iter().map(tell_metric).collect::<Vec<_>>().join("\n"),
    ];
    let within = |day: NaiveDate| from <= day && day <= until;

    let done: Vec<String> = desk
        .tasks
        .iter()
        .filter(|task| task.finished.is_some_and(|at| within(at.date_naive())))
        .map(|task| format!("- {}", task.item.title))
        .collect();
    let late: Vec<String> = desk
        .tasks
        .iter()
        .filter(|task| task.item.is_late)
        .map(|task| {
            format!(
                "- {} (due {})",
                task.item.title,
                task.item.due_date.as_deref().unwrap_or("–")
            )
        })
        .collect();
    let next: Vec<String> = desk
        .tasks
        .iter()
        .filter(|task| {
            task.finished.is_none()
                && !task.item.is_late
                && task
                    .due
                    .is_some_and(|due| due.day > until && due.day <= until + Days::new(7))
        })
        .map(|task| {
            format!(
                "- {} (due {})",
                task.item.title,
                task.item.due_date.as_deref().unwrap_or("–")
            )
        })
        .collect();
    for (head, lines) in [
        ("Finished", done),
        ("Late", late),
        ("Due in the seven days after", next),
    ] {
        if !lines.is_empty() {
            parts.push(format!("### {head}\n{}", lines.join("\n")));
        }
    }

    Report {
        title,
        from: from.to_string(),
        until: until.to_string(),
        metrics,
        text: parts.join("\n\n"),
    }
}

fn tell_trends(desk: &Desk<'_>) -> Reply {
    let mut reply = Reply::default();
    let mut series = data_series(desk);
    if series.is_empty() {
        series.extend(finished_by_week(desk));
    }
    let trends: Vec<Trend> = series
        .iter()
        .map(|(name, numbers)| describe_trend(name, numbers))
        .collect();
    if trends.is_empty() {
        reply.say("There are no numbers in the message or the context to find a trend in.");
    }

    let lines: Vec<String> = trends
        .iter()
        .zip(&series)
        .map(|(trend, (_, numbers))| trend::tell_trend(trend, numbers))
        .collect();
    if !lines.is_empty() {
        reply.say(lines.join("\n"));
    }
    reply.results.push(ToolResult::TrendAnalysis(trends));
    reply
}
