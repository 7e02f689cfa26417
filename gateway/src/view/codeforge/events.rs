//! The events of a job's run in CodeForge's words (CodeForge.6), for server-sent events alone: every other door tells them in the
//! engine's own. What only we tell of a run, as lines of its log, clients of CodeForge do not know.

use proto::v1::{Job, RunEvent};
use serde_json::{Value, json};

use super::jobs::JobStatus;
use crate::view::akd::workflows::raw;

/// What a client is told of an event.
#[derive(Debug, PartialEq)]
pub(crate) enum JobEvent {
    /// Its name and its data.
    Told(&'static str, Value),
    /// The end that went well; the result is to be read.
    Complete,
}

/// Why a run was ended that took too long.
const TIMED_OUT: &str = "RUN_TIMED_OUT";

/// The event as clients know it; `None` when they don't. `progress` is how far the job was when they were told last.
pub(crate) fn read_event(event: &RunEvent, progress: &mut f64) -> Option<JobEvent> {
    let data: Value = serde_json::from_str(&event.data).ok()?;
    let job = event.run_id.as_str();

    match event.kind.as_str() {
        "status" => {
            *progress = data["progress"].as_f64().unwrap_or(*progress);
            match data["status"].as_str()? {
                "queued" => Some(tell_progress(job, JobStatus::Queued, *progress)),
                "running" | "cancelling" => Some(tell_progress(job, JobStatus::Running, *progress)),
                "cancelled" => {
                    let data =
                        json!({ "job_id": job, "status": JobStatus::Cancelled, "progress": *progress });
                    Some(JobEvent::Told("cancelled", data))
                }
                // Told by what it asks, by its result, or by its error.
                _ => None,
            }
        }
        "question" => {
            let asked = &data["question"]["value"];
            let data = json!({
                "job_id": job,
                "status": JobStatus::WaitingForInput,
                "progress": *progress,
                "result": { "questions": asked["questions"], "is_complete": false },
            });
            Some(JobEvent::Told("waiting", data))
        }
        "complete" => Some(JobEvent::Complete),
        "error" => {
            let status = match data["reason"].as_str() {
                Some(TIMED_OUT) => "timeout",
                _ => "failed",
            };
            let data = json!({ "job_id": job, "status": status, "error": data["error_message"] });
            Some(JobEvent::Told("error", data))
        }
        _ => None,
    }
}

fn tell_progress(job: &str, status: JobStatus, progress: f64) -> JobEvent {
    JobEvent::Told(
        "progress",
        json!({ "job_id": job, "status": status, "progress": progress }),
    )
}

/// The data of the end that went well.
pub(crate) fn tell_complete(job: Job) -> Value {
    let result = job.result.and_then(raw);
    json!({ "job_id": job.id, "status": JobStatus::Completed, "progress": 100.0, "result": result })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(kind: &str, data: &Value) -> Option<JobEvent> {
        let event = RunEvent {
            number: 3,
            kind: kind.to_owned(),
            data: data.to_string(),
            run_id: "j".to_owned(),
            ..RunEvent::default()
        };
        read_event(&event, &mut 40.0)
    }

    #[test]
    fn each_event_has_the_contracts_name_and_fields() {
        let status = |word: &str| {
            told(
                "status",
                &json!({ "status": word, "phase": "code", "progress": 55.5 }),
            )
        };
        assert_eq!(
            status("running"),
            Some(JobEvent::Told(
                "progress",
                json!({ "job_id": "j", "status": "running", "progress": 55.5 })
            ))
        );
        assert_eq!(
            status("cancelled"),
            Some(JobEvent::Told(
                "cancelled",
                json!({ "job_id": "j", "status": "cancelled", "progress": 55.5 })
            ))
        );
        assert_eq!((status("completed"), status("waiting_for_input")), (None, None));

        let questions = json!([{ "question": "What?", "why": "So.", "options": [] }]);
        assert_eq!(
            told(
                "question",
                &json!({ "question": { "value": { "questions": questions } } })
            ),
            Some(JobEvent::Told(
                "waiting",
                json!({
                    "job_id": "j", "status": "waiting_for_input", "progress": 40.0,
                    "result": { "questions": questions, "is_complete": false },
                })
            ))
        );
        assert_eq!(told("complete", &json!({})), Some(JobEvent::Complete));
        assert_eq!(told("log", &json!({})), None);
    }

    #[test]
    fn what_took_too_long_is_a_timeout() {
        let error = |reason: &str| {
            let told = told("error", &json!({ "error_message": "No.", "reason": reason }));
            let Some(JobEvent::Told("error", data)) = told else {
                panic!("{told:?}")
            };
            data["status"].clone()
        };
        assert_eq!(
            (error("RUN_TIMED_OUT"), error("X")),
            (json!("timeout"), json!("failed"))
        );
    }
}
