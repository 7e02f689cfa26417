//! Plans for what many ask: ready to be run by a client, each from a tier on.

use proto::tasks::adiuva::{ANALYTICS, CALENDAR, ClientRecord, ExecutionPlan, TASK};
use serde_json::{Value, json};

use super::PlanBuilder;

/// A plan that is there for everybody from a tier on.
#[derive(Debug, Clone, PartialEq)]
pub struct Playbook {
    pub plan: ExecutionPlan,
}

/// The tiers, the lowest first.
const TIERS: [&str; 4] = ["free", "pro", "power", "team"];

impl Playbook {
    /// Whether it is for a tier.
    #[must_use]
    pub fn is_for(&self, tier: &str) -> bool {
        let rank = |name: &str| TIERS.iter().position(|known| *known == name);
        rank(tier).is_some_and(|tier| rank(&self.plan.min_tier).is_some_and(|least| least <= tier))
    }
}

/// Every playbook, in the order of their ids.
#[must_use]
pub fn list_playbooks() -> Vec<Playbook> {
    // They are checked by a test; one that is none is not offered.
    [create_task_from_email(), daily_agenda(), weekly_report()]
        .into_iter()
        .flatten()
        .map(|plan| Playbook { plan })
        .collect()
}

#[must_use]
pub fn find_playbook(id: &str) -> Option<Playbook> {
    list_playbooks()
        .into_iter()
        .find(|playbook| playbook.plan.id == id)
}

fn record(value: Value) -> ClientRecord {
    match value {
        Value::Object(fields) => fields,
        _ => ClientRecord::new(),
    }
}

/// The newest mail becomes a task.
fn create_task_from_email() -> Option<ExecutionPlan> {
    PlanBuilder::new(
        "create-task-from-email",
        "Create a task from an email",
        TASK,
        "free",
    )
    .add_step(
        "select",
        record(json!({ "source": "emails", "sort": "date", "descending": true, "limit": 1 })),
    )
    .add_data_step("first", None, 0)
    .add_llm_step("task.from_email", ClientRecord::new(), Some(1))
    .add_data_step("create_record", Some(record(json!({ "table": "tasks" }))), 2)
    .add_step(
        "respond",
        record(json!({ "text": "A task from “{{1.subject}}”: {{2.title}}" })),
    )
    .build()
    .ok()
}

/// What today brings, by the calendar and the tasks.
fn daily_agenda() -> Option<ExecutionPlan> {
    PlanBuilder::new("daily-agenda", "Today's agenda", CALENDAR, "free")
        .add_step("select", record(json!({ "source": "events", "where": [{ "field": "start", "op": "on", "value": "$today" }], "sort": "start" })))
        .add_data_step("count", None, 0)
        .add_step("select", record(json!({ "source": "recent_tasks", "where": [{ "field": "status", "op": "not_in", "value": ["done", "completed", "cancelled"] }, { "field": "due_date", "op": "until", "value": "$today" }], "sort": "due_date" })))
        .add_data_step("count", None, 2)
        .add_step("respond", record(json!({ "text": "{{1}} events and {{3}} tasks for today" })))
        .build()
        .ok()
}

/// What the last seven days brought.
fn weekly_report() -> Option<ExecutionPlan> {
    let is_done = json!({ "field": "status", "op": "in", "value": ["done", "completed"] });
    let is_open = json!({ "field": "status", "op": "not_in", "value": ["done", "completed", "cancelled"] });
    PlanBuilder::new("weekly-report", "Generate the weekly report", ANALYTICS, "pro")
        .add_step("select", record(json!({ "source": "recent_tasks", "where": [is_done, { "field": "completed_at", "op": "since", "value": "$today-6" }, { "field": "completed_at", "op": "until", "value": "$today" }], "sort": "completed_at" })))
        .add_data_step("count", None, 0)
        .add_step("select", record(json!({ "source": "recent_tasks", "where": [is_open, { "field": "due_date", "op": "before", "value": "$today" }], "sort": "due_date" })))
        .add_data_step("count", None, 2)
        .add_llm_step("analytics.weekly_summary", record(json!({ "finished": "{{1}}", "late": "{{3}}" })), Some(0))
        .add_data_step("create_record", Some(record(json!({ "table": "reports", "data": { "period": "$today-6/$today", "finished": "{{1}}" } }))), 4)
        .add_step("respond", record(json!({ "text": "{{4.text}}" })))
        .build()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans::{check_plan, list_templates};

    #[test]
    fn playbooks_are_plans_by_tier_and_tell_no_text_of_a_template() {
        let playbooks = list_playbooks();
        let ids: Vec<&str> = playbooks
            .iter()
            .map(|playbook| playbook.plan.id.as_str())
            .collect();
        assert_eq!(ids, ["create-task-from-email", "daily-agenda", "weekly-report"]);
        for (tier, count) in [("free", 2), ("pro", 3), ("power", 3), ("team", 3), ("nobody", 0)] {
            assert_eq!(
                playbooks.iter().filter(|playbook| playbook.is_for(tier)).count(),
                count,
                "{tier}"
            );
        }

        for playbook in &playbooks {
            assert_eq!(check_plan(&playbook.plan), Ok(()));
            let written = serde_json::to_string(&playbook.plan).unwrap();
            for template in list_templates() {
                assert!(
                    template
                        .text
                        .split(". ")
                        .all(|sentence| !written.contains(sentence)),
                    "{written}"
                );
            }
        }
    }
}
