use chrono::DateTime;
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::domain::project::{ProjectMode, ProjectStatus};

fn project() -> Project {
    Project {
        id: Uuid::from_u128(7),
        owner_id: Uuid::from_u128(1),
        title: "Recipe box".to_owned(),
        description: "Keeps my recipes.".to_owned(),
        mode: ProjectMode::Builder,
        status: ProjectStatus::Planning,
        tech_stack: Vec::new(),
        requirements_spec: None,
        architecture_spec: None,
        dependencies: Vec::new(),
        readme: None,
        revision: 1,
        created_at: DateTime::UNIX_EPOCH,
        updated_at: DateTime::UNIX_EPOCH,
    }
}

fn context(value: &Value) -> (Map<String, Value>, Vec<FieldViolation>) {
    let mut faults = Faults::default();
    let context = read_context(&value.to_string(), &mut faults);
    (context, faults.0)
}

fn task(job_type: JobType, value: &Value) -> Result<JobTask, Vec<String>> {
    let (context, faults) = context(value);
    assert_eq!(faults, Vec::new());
    let tell = |faults: Vec<FieldViolation>| faults.into_iter().map(|fault| fault.field).collect();

    parse_task(job_type, context, &project()).map_err(tell)
}

#[test]
fn an_idea_may_be_text_or_stand_in_an_object_with_more_about_it() {
    let plain = task(JobType::Pipeline, &json!("A list of plants")).unwrap();
    assert_eq!(plain.app.idea, "A list of plants");
    assert_eq!(plain.app.seed, 7);

    let more = json!({ "user_idea": " Plants ", "target_users": ["gardeners", "florists"], "offline": true, "seed": 3 });
    let more = task(JobType::Pipeline, &more).unwrap();
    assert_eq!(
        more.app.idea,
        "Plants\noffline: yes\ntarget users: gardeners, florists"
    );
    assert_eq!(more.app.seed, 3);
}

#[test]
fn what_the_context_leaves_open_is_the_projects() {
    let research = task(JobType::Research, &json!({})).unwrap();
    assert_eq!(research.app.idea, "Recipe box. Keeps my recipes.");
}

#[test]
fn answers_are_taken_in_both_forms() {
    let told = json!({ "answers": [{ "question": "Who?", "answer": "Me" }, { "What?": "Plants" }] });
    let answers = task(JobType::Research, &told).unwrap().app.answers;
    let pairs: Vec<(&str, &str)> = answers
        .iter()
        .map(|one| (one.question.as_str(), one.answer.as_str()))
        .collect();
    assert_eq!(pairs, [("Who?", "Me"), ("What?", "Plants")]);

    for wrong in [
        json!("x"),
        json!([1]),
        json!([{ "a": "b", "c": "d" }]),
        json!([{ "a": " " }]),
    ] {
        let faults = task(JobType::Research, &json!({ "answers": wrong })).unwrap_err();
        assert_eq!(faults, ["input_context.answers"]);
    }
}

#[test]
fn documents_are_checked_where_they_stand() {
    let told = json!({
        "user_idea": "...", "seed": -1, "requirements": { "app_name": "" },
        "files": [{ "path": "src/a.ts", "content": 5 }],
    });
    let faults = task(JobType::Code, &told).unwrap_err();
    for field in [
        "input_context.user_idea",
        "input_context.seed",
        "input_context.requirements.app_name",
        "input_context.files.0.content",
    ] {
        assert!(faults.iter().any(|fault| fault == field), "{field} in {faults:?}");
    }
}

#[test]
fn a_context_is_bounded() {
    let many: Map<String, Value> = (0..11).map(|at| (at.to_string(), Value::Null)).collect();
    let long = json!({ "user_idea": "x".repeat(50_000) });

    for wrong in [
        Value::Object(many),
        long,
        json!([]),
        json!(5),
        json!({ "a": "\0" }),
    ] {
        let (_, faults) = context(&wrong);
        assert_eq!(faults.len(), 1, "{wrong:.60}");
        assert_eq!(faults[0].field, "input_context");
    }
}
