//! From what the domain gives to messages.

use proto::v1;
use serde_json::Value;

use crate::domain::thread::{
    MultitaskStrategy, Thread, ThreadInterrupt, ThreadRun, ThreadRunStatus, ThreadState, ThreadStatus,
    ThreadStorage, ThreadTask, ThreadTtl,
};
use crate::rpc::convert::timestamp;

pub(super) fn thread(thread: Thread) -> v1::Thread {
    let record = thread.record;
    let status = match thread.status {
        ThreadStatus::Idle => v1::ThreadStatus::Idle,
        ThreadStatus::Busy => v1::ThreadStatus::Busy,
        ThreadStatus::Interrupted => v1::ThreadStatus::Interrupted,
        ThreadStatus::Error => v1::ThreadStatus::Error,
    };

    v1::Thread {
        id: record.id.to_string(),
        metadata: Value::Object(record.metadata).to_string(),
        status: status.into(),
        values: thread.values.map(|values| Value::Object(values).to_string()),
        interrupts: thread.interrupts.into_iter().map(interrupt).collect(),
        error: thread.error,
        created_at: Some(timestamp(record.created_at)),
        updated_at: Some(timestamp(thread.updated_at)),
        state_updated_at: Some(timestamp(thread.updated_at.max(record.state_updated_at))),
        ttl: record.ttl.and_then(ttl),
    }
}

/// Nobody asked for that of one run.
fn ttl(ttl: ThreadTtl) -> Option<v1::ThreadTtl> {
    match ttl {
        ThreadTtl::OneRun => None,
        ThreadTtl::Timed {
            strategy,
            seconds,
            expires_at,
        } => Some(v1::ThreadTtl {
            strategy: strategy.as_str().to_owned(),
            minutes: f64::from(u32::try_from(seconds).unwrap_or(u32::MAX)) / 60.0,
            expires_at: Some(timestamp(expires_at)),
        }),
    }
}

fn interrupt(asked: ThreadInterrupt) -> v1::ThreadInterrupt {
    v1::ThreadInterrupt {
        id: asked.id,
        value: asked.value.to_string(),
        response_schema: asked.response_schema.map(|schema| schema.to_string()),
        task_id: asked.task_id.to_string(),
    }
}

pub(super) fn storage(storage: ThreadStorage) -> v1::ThreadStorage {
    let values = storage
        .values
        .into_iter()
        .map(|(name, bytes)| v1::ThreadValueSize { name, bytes });

    v1::ThreadStorage {
        checkpoints: storage.checkpoints.count,
        checkpoint_bytes: storage.checkpoints.bytes,
        pending_writes: storage.pending.count,
        pending_bytes: storage.pending.bytes,
        values: values.collect(),
    }
}

fn task(task: ThreadTask) -> v1::ThreadTask {
    v1::ThreadTask {
        id: task.id.to_string(),
        name: task.name,
        interrupts: task.interrupts.into_iter().map(interrupt).collect(),
        result: task.result.map(|result| result.to_string()),
        error: task.error,
    }
}

pub(super) fn state(state: ThreadState) -> v1::ThreadState {
    v1::ThreadState {
        thread_id: state.thread_id.to_string(),
        values: Value::Object(state.values).to_string(),
        next: state.next,
        tasks: state.tasks.into_iter().map(task).collect(),
        checkpoint_id: state.checkpoint.map(|id| id.to_string()),
        parent_checkpoint_id: state.parent.map(|id| id.to_string()),
        step: state.step,
        source: state.source,
        run_id: state.run_id.map(|id| id.to_string()),
        assistant_id: state.assistant_id.map(|id| id.to_string()),
        graph: state.graph,
        created_at: state.created_at.map(timestamp),
    }
}

pub(super) fn run(run: ThreadRun) -> v1::ThreadRun {
    let record = run.record;
    let status = match run.status {
        ThreadRunStatus::Pending => v1::ThreadRunStatus::Pending,
        ThreadRunStatus::Running => v1::ThreadRunStatus::Running,
        ThreadRunStatus::Success => v1::ThreadRunStatus::Success,
        ThreadRunStatus::Error => v1::ThreadRunStatus::Error,
        ThreadRunStatus::Interrupted => v1::ThreadRunStatus::Interrupted,
    };
    let strategy = match record.strategy {
        MultitaskStrategy::Enqueue => v1::MultitaskStrategy::Enqueue,
        MultitaskStrategy::Reject => v1::MultitaskStrategy::Reject,
        MultitaskStrategy::Interrupt => v1::MultitaskStrategy::Interrupt,
        MultitaskStrategy::Rollback => v1::MultitaskStrategy::Rollback,
    };

    v1::ThreadRun {
        id: record.id.to_string(),
        thread_id: record.thread_id.to_string(),
        assistant_id: record.assistant_id.to_string(),
        graph: record.graph,
        status: status.into(),
        metadata: record.metadata.to_string(),
        kwargs: record.kwargs.to_string(),
        strategy: strategy.into(),
        created_at: Some(timestamp(record.created_at)),
        updated_at: Some(timestamp(run.updated_at)),
        error: run.error,
    }
}
