//! A schedule as LangGraph's clients know it: a cron of runs, of one thread or each of a new one.

use proto::v1::WorkflowSchedule;
use serde_json::{Map, Value, json};

use super::{read, write_time};

/// `assistant` is the id of what it runs. A schedule of workflows, which was made elsewhere, is told as one whose runs have threads of
/// their own.
pub(crate) fn write_cron(schedule: &WorkflowSchedule, assistant: &str) -> Value {
    let run = schedule.thread_run.as_ref();
    let thread = run.and_then(|run| run.thread_id.as_deref());
    let metadata = run.map(|run| read_cron_run(&run.metadata)).unwrap_or_default();
    let then = run.map_or("keep", |run| if run.delete_thread { "delete" } else { "keep" });
    let mut payload = run.map(|run| read_cron_run(&run.kwargs)).unwrap_or_default();
    payload.insert("assistant_id".to_owned(), assistant.into());
    payload.insert("input".to_owned(), read(&schedule.user_input));
    if run.is_none() {
        payload.insert("context".to_owned(), read(&schedule.config));
    }

    json!({
        "cron_id": schedule.id,
        "assistant_id": assistant,
        "thread_id": thread,
        "on_run_completed": if thread.is_some() { Value::Null } else { then.into() },
        "end_time": write_time(schedule.ends_at.as_ref()),
        "schedule": schedule.cron,
        "timezone": schedule.time_zone,
        "created_at": write_time(schedule.created_at.as_ref()),
        "updated_at": write_time(schedule.updated_at.as_ref()),
        "payload": payload,
        "user_id": null,
        "next_run_date": write_time(schedule.next_at.first()),
        "metadata": metadata,
        "enabled": schedule.enabled,
    })
}

/// An object of a cron's run.
pub(crate) fn read_cron_run(text: &str) -> Map<String, Value> {
    read(text).as_object().cloned().unwrap_or_default()
}
