//! A schedule as LangGraph's clients know it: a cron whose runs have threads of their own.

use proto::v1::WorkflowSchedule;
use serde_json::{Value, json};

use super::{read, write_time};

/// `assistant` is the id of what it runs.
pub(crate) fn write_cron(schedule: &WorkflowSchedule, assistant: &str) -> Value {
    json!({
        "cron_id": schedule.id,
        "assistant_id": assistant,
        "thread_id": null,
        "on_run_completed": "keep",
        "end_time": null,
        "schedule": schedule.cron,
        "timezone": schedule.time_zone,
        "created_at": write_time(schedule.created_at.as_ref()),
        "updated_at": write_time(schedule.updated_at.as_ref()),
        "payload": {
            "assistant_id": assistant, "input": read(&schedule.user_input), "context": read(&schedule.config),
        },
        "user_id": null,
        "next_run_date": write_time(schedule.next_at.first()),
        "metadata": {},
        "enabled": schedule.enabled,
    })
}
