//! `adiuva.analytics`.

use assistant::Assistant;
use serde_json::{Value, json};

use crate::{ask, result};

fn done(title: &str, created: &str, completed: &str, due: &str) -> Value {
    json!({ "title": title, "status": "done", "created_at": created, "completed_at": completed, "due_date": due })
}

fn tasks() -> Value {
    json!({ "recent_tasks": [
        done("A", "2026-11-20T09:00:00Z", "2026-11-22T09:00:00Z", "2026-11-23"),
        done("B", "2026-11-18T09:00:00Z", "2026-11-22T09:00:00Z", "2026-11-21"),
        done("C", "2026-11-23T09:00:00Z", "2026-11-24T09:00:00Z", ""),
        { "title": "D", "status": "todo", "due_date": "2026-11-20", "priority": "urgent" },
        { "title": "E", "status": "in_progress", "due_date": "2026-11-27" },
        { "title": "F", "status": "cancelled" },
    ] })
}

fn value(metrics: &Value, name: &str) -> Value {
    metrics
        .as_array()
        .expect("a list")
        .iter()
        .find(|metric| metric["name"] == name)
        .expect("the metric")["value"]
        .clone()
}

#[test]
fn metrics_are_counted_and_shown() {
    let output = ask(
        Assistant::Analytics,
        "how productive was I? show my metrics",
        tasks(),
    );
    let metrics = result(&output, "calculate_metrics");
    for (name, expected) in [
        ("tasks", json!(6.0)),
        ("finished", json!(3.0)),
        ("open", json!(2.0)),
        ("late", json!(1.0)),
        ("open_high_or_urgent", json!(1.0)),
        ("completion_rate", json!(60.0)),
        ("on_time_rate", json!(50.0)),
        ("median_days_to_finish", json!(2.0)),
        ("median_days_late", json!(5.0)),
    ] {
        assert_eq!(value(&metrics, name), expected, "{name}");
    }
    assert!(
        output
            .response
            .contains("Completion rate: 60% (3 of 5 that were not cancelled)"),
        "{}",
        output.response
    );
}

#[test]
fn a_report_is_of_its_period() {
    let output = ask(Assistant::Analytics, "generate a weekly report", tasks());
    let report = result(&output, "generate_report");
    assert_eq!(
        (report["from"].as_str(), report["until"].as_str()),
        (Some("2026-11-19"), Some("2026-11-25"))
    );
    let text = report["text"].as_str().unwrap();
    assert!(
        text.contains("### Finished\n- A\n- B\n- C")
            && text.contains("### Late\n- D (due 2026-11-20)")
            && text.contains("- E (due 2026-11-27)"),
        "{text}"
    );

    for (message, from, until) in [
        ("report for last month", "2026-10-01", "2026-10-31"),
        ("monthly report", "2026-10-27", "2026-11-25"),
        ("report for this week", "2026-11-23", "2026-11-29"),
    ] {
        let report = result(&ask(Assistant::Analytics, message, tasks()), "generate_report");
        assert_eq!(
            (report["from"].as_str(), report["until"].as_str()),
            (Some(from), Some(until)),
            "{message}"
        );
    }
}

#[test]
fn trends_are_lines_through_the_points_with_their_numbers() {
    for (message, direction, slope) in [
        ("what is the trend of 1, 3, 5, 7?", "rising", json!(2.0)),
        ("trend: 10 8 6 4", "falling", json!(-2.0)),
        ("trend of 100, 101, 100, 101", "flat", json!(0.2)),
        ("trend of 1, 9, 2, 8, 1", "unclear", json!(-0.1)),
    ] {
        let trends = result(&ask(Assistant::Analytics, message, json!({})), "trend_analysis");
        assert_eq!(
            (trends[0]["direction"].as_str(), &trends[0]["slope"]),
            (Some(direction), &slope),
            "{message}: {trends}"
        );
    }

    let points = json!({ "relevant_documents": [r#"[{"date":"2026-11-03","sales":30},{"date":"2026-11-01","sales":10},{"date":"2026-11-02","sales":20}]"#] });
    let output = ask(
        Assistant::Analytics,
        "are sales increasing? show the trend",
        points,
    );
    let trend = &result(&output, "trend_analysis")[0];
    assert_eq!(
        (
            trend["name"].as_str(),
            trend["direction"].as_str(),
            trend["slope"].as_f64(),
            trend["fit"].as_f64()
        ),
        (Some("sales"), Some("rising"), Some(10.0), Some(1.0))
    );
    assert!(
        output.response.contains("3 points: 10, 20, 30"),
        "{}",
        output.response
    );

    let weekly = json!({ "recent_tasks": [
        done("A", "", "2026-11-03T09:00:00Z", ""), done("B", "", "2026-11-10T09:00:00Z", ""), done("C", "", "2026-11-11T09:00:00Z", ""),
        done("D", "", "2026-11-17T09:00:00Z", ""), done("E", "", "2026-11-18T09:00:00Z", ""), done("F", "", "2026-11-19T09:00:00Z", ""),
    ] });
    let trend = result(
        &ask(Assistant::Analytics, "am I getting better over time?", weekly),
        "trend_analysis",
    )[0]
    .clone();
    assert_eq!(
        (
            trend["points"].as_u64(),
            trend["slope"].as_f64(),
            trend["direction"].as_str()
        ),
        (Some(3), Some(1.0), Some("rising")),
        "{trend}"
    );
}
