//! Threads, their states and their runs.

use proto::v1::{
    MultitaskStrategy, Thread, ThreadInterrupt, ThreadRun, ThreadRunStatus, ThreadState, ThreadStatus,
    ThreadStorage, ThreadTask, ThreadTtl,
};
use serde_json::{Map, Value, json};

use super::{read, read_optional, write_time};

pub(crate) fn write_thread(thread: &Thread) -> Value {
    let status = match thread.status() {
        ThreadStatus::Busy => "busy",
        ThreadStatus::Interrupted => "interrupted",
        ThreadStatus::Error => "error",
        ThreadStatus::Idle | ThreadStatus::Unspecified => "idle",
    };
    let mut interrupts: Map<String, Value> = Map::new();
    for asked in &thread.interrupts {
        let of_task = interrupts
            .entry(asked.task_id.clone())
            .or_insert_with(|| json!([]));
        if let Some(list) = of_task.as_array_mut() {
            list.push(write_interrupt(asked));
        }
    }

    json!({
        "thread_id": thread.id,
        "created_at": write_time(thread.created_at.as_ref()),
        "updated_at": write_time(thread.updated_at.as_ref()),
        "state_updated_at": write_time(thread.state_updated_at.as_ref()),
        "metadata": read(&thread.metadata),
        "status": status,
        "config": {},
        "values": read_optional(thread.values.as_ref()),
        "error": thread.error.as_ref().map(|why| json!({ "error": RUN_FAILED, "message": why })),
        "interrupts": interrupts,
    })
}

/// How long a thread is kept.
pub(crate) fn write_ttl(ttl: &ThreadTtl) -> Value {
    json!({
        "strategy": ttl.strategy,
        "ttl_minutes": ttl.minutes,
        "expires_at": write_time(ttl.expires_at.as_ref()),
    })
}

/// The room that a thread's states take. Values of the past lie in the states, so each name has one version.
pub(crate) fn write_storage(thread: &str, storage: &ThreadStorage) -> Value {
    let by_channel: Map<String, Value> = storage
        .values
        .iter()
        .map(|value| (value.name.clone(), json!({ "versions": 1, "bytes": value.bytes })))
        .collect();
    let values: u64 = storage.values.iter().map(|value| value.bytes).sum();

    json!({
        "thread_id": thread,
        "total_bytes": storage.checkpoint_bytes + storage.pending_bytes,
        "checkpoints": { "count": storage.checkpoints, "bytes": storage.checkpoint_bytes },
        "channel_values": { "count": by_channel.len(), "bytes": values, "by_channel": by_channel },
        "pending_writes": { "count": storage.pending_writes, "bytes": storage.pending_bytes },
    })
}

/// What the clients are told as the class of every failure of a run.
pub(super) const RUN_FAILED: &str = "RunFailed";

fn write_interrupt(asked: &ThreadInterrupt) -> Value {
    let mut written = json!({ "id": asked.id, "value": read(&asked.value) });
    if let Some(schema) = &asked.response_schema {
        written["response_schema"] = read(schema);
    }

    written
}

pub(crate) fn write_state(state: &ThreadState) -> Value {
    let checkpoint = |id: Option<&String>| match id {
        Some(id) => json!({ "checkpoint_id": id, "thread_id": state.thread_id, "checkpoint_ns": "" }),
        None => Value::Null,
    };
    let is_known = state.checkpoint_id.is_some();
    let mut metadata = json!({
        "source": state.source, "step": state.step, "parents": {}, "thread_id": state.thread_id,
    });
    let known = [
        ("graph_id", &state.graph),
        ("assistant_id", &state.assistant_id),
        ("run_id", &state.run_id),
    ];
    for (name, value) in known {
        if let Some(value) = value {
            metadata[name] = value.as_str().into();
        }
    }

    let interrupts: Vec<Value> = state
        .tasks
        .iter()
        .flat_map(|task| task.interrupts.iter().map(write_interrupt))
        .collect();
    json!({
        "values": read(&state.values),
        "next": state.next,
        "tasks": state.tasks.iter().map(write_task).collect::<Vec<_>>(),
        "metadata": if is_known { metadata } else { Value::Null },
        "created_at": write_time(state.created_at.as_ref()),
        "checkpoint": checkpoint(state.checkpoint_id.as_ref()),
        "parent_checkpoint": checkpoint(state.parent_checkpoint_id.as_ref()),
        "interrupts": interrupts,
        "checkpoint_id": state.checkpoint_id,
        "parent_checkpoint_id": state.parent_checkpoint_id,
    })
}

fn write_task(task: &ThreadTask) -> Value {
    json!({
        "id": task.id,
        "name": task.name,
        "path": ["__pregel_pull", task.name],
        "error": task.error,
        "interrupts": task.interrupts.iter().map(write_interrupt).collect::<Vec<_>>(),
        "checkpoint": null,
        "state": null,
        "result": read_optional(task.result.as_ref()),
    })
}

/// A checkpoint that was made by hand.
pub(crate) fn write_checkpoint(thread: &str, id: &str) -> Value {
    let checkpoint = json!({ "thread_id": thread, "checkpoint_ns": "", "checkpoint_id": id });
    json!({ "checkpoint": checkpoint, "configurable": checkpoint, "checkpoint_id": id })
}

pub(crate) fn write_run(run: &ThreadRun) -> Value {
    let status = match run.status() {
        ThreadRunStatus::Running => "running",
        ThreadRunStatus::Success => "success",
        ThreadRunStatus::Error => "error",
        ThreadRunStatus::Interrupted => "interrupted",
        ThreadRunStatus::Pending | ThreadRunStatus::Unspecified => "pending",
    };
    let strategy = match run.strategy() {
        MultitaskStrategy::Reject => "reject",
        MultitaskStrategy::Interrupt => "interrupt",
        MultitaskStrategy::Rollback => "rollback",
        MultitaskStrategy::Enqueue | MultitaskStrategy::Unspecified => "enqueue",
    };
    let mut metadata = read(&run.metadata).as_object().cloned().unwrap_or_default();
    metadata.insert("graph_id".to_owned(), run.graph.as_str().into());
    metadata.insert("assistant_id".to_owned(), run.assistant_id.as_str().into());

    json!({
        "run_id": run.id,
        "thread_id": run.thread_id,
        "assistant_id": run.assistant_id,
        "metadata": metadata,
        "status": status,
        "kwargs": read(&run.kwargs),
        "multitask_strategy": strategy,
        "created_at": write_time(run.created_at.as_ref()),
        "updated_at": write_time(run.updated_at.as_ref()),
    })
}
